import { Problem } from '../../lib/rules/problem.ts'
import { operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'

/** Start the version's own endpoint. */
export const createEndpoint =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const { model, version } = await operationOf(ports, id)
    const { image, manifest } = (await ports.registry.version(model, version)) ?? {}
    if (image === undefined || manifest === undefined)
      throw new Problem('platform-fault', 'the image was not packed')
    const endpoint = await ports.host.create({ model, version, image, manifest })
    const seen = { state: 'CREATING', owner: id } as const
    await ports.registry.changeVersion(model, { version, seen, facts: { endpoint } })
    return {}
  }
