import { endpointDeadline } from '../../lib/rules/endpoint-patience.ts'
import { runsNothing } from '../../lib/rules/graph/graph-endpoint.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { endpointClaims } from '../../lib/rules/quota.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'
import { stayWithinQuotas } from './within-quotas.ts'

/** Start the version's own endpoint, if the account has room for it. */
export const createEndpoint =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    const { model, version } = operation
    const { image, manifest, endpoint: standing } = (await ports.registry.version(model, version)) ?? {}
    const isBare = manifest !== undefined && runsNothing(manifest.runtime)
    if (manifest === undefined || (image === undefined && !isBare))
      throw new Problem('platform-fault', 'the image was not packed')
    if (standing === undefined && !isBare)
      await stayWithinQuotas(ports, id, { model, version }, endpointClaims(manifest))
    const endpoint = ports.host.endpointOf({ model, version, manifest })
    // Both are written down before anything is made: what fails half-way is found by its name and removed.
    const seen = { state: 'CREATING', owner: id } as const
    if (!(await ports.registry.changeVersion(model, { version, seen, facts: { endpoint } })))
      throw new Problem(
        'platform-fault',
        'the version has been taken from this release: nothing is made for it',
      )
    const deadline = endpointDeadline(manifest.host.kind, ports.clock.now(), operation.endpointDeadline)
    await note(ports, id, { endpointDeadline: deadline })
    if (image !== undefined) await ports.host.create({ model, version, image, manifest })
    return {}
  }
