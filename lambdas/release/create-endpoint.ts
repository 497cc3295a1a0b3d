import { Problem } from '../../lib/rules/problem.ts'
import { endpointClaims } from '../../lib/rules/quota.ts'
import { operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'
import { stayWithinQuotas } from './within-quotas.ts'

/** Start the version's own endpoint, if the account has room for it. */
export const createEndpoint =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const { model, version } = await operationOf(ports, id)
    const { image, manifest } = (await ports.registry.version(model, version)) ?? {}
    if (image === undefined || manifest === undefined)
      throw new Problem('platform-fault', 'the image was not packed')
    await stayWithinQuotas(ports, id, { model, version }, endpointClaims(manifest))
    const endpoint = await ports.host.create({ model, version, image, manifest })
    const seen = { state: 'CREATING', owner: id } as const
    await ports.registry.changeVersion(model, { version, seen, facts: { endpoint } })
    return {}
  }
