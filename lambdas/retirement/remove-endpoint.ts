import { refuseUnknown } from '../moves.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'

/** Remove the endpoint of a retired version. Only RETIRED versions are collected, each claimed before. */
export const removeEndpoint =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const { model, version } = await operationOf(ports, id)
    const { state, endpoint } = refuseUnknown(model, version, await ports.registry.version(model, version))
    const change = { version, seen: { state: 'RETIRED' }, facts: { state: 'DELETING' } } as const
    const ours = state === 'DELETING' || (await ports.registry.changeVersion(model, change))
    if (!ours || endpoint === undefined) return {}
    await ports.host.remove(endpoint)
    await note(ports, id, {}, 'removed its endpoint')
    return {}
  }
