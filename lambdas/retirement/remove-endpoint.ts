import { type Later, removedOrLater } from '../endpoint-removal.ts'
import { refuseUnknown } from '../moves.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { collectImage } from './collect-image.ts'

/** Remove what a retired version costs, its endpoint and its image. Only RETIRED versions are collected, each claimed before. */
export const removeEndpoint =
  (ports: Ports): Step<StepInput, Partial<Later>> =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    const { model, version } = operation
    const record = refuseUnknown(model, version, await ports.registry.version(model, version))
    const { state, endpoint, image } = record
    const change = { version, seen: { state: 'RETIRED' }, facts: { state: 'DELETING' } } as const
    if (state === 'RETIRED') await ports.registry.changeVersion(model, change)
    // Read again: a client that lost the answer to its own change is told that there was nothing to change.
    const now = await ports.registry.version(model, version)
    if (now?.state !== 'DELETING') return {}
    const later = await removedOrLater(ports, operation, endpoint)
    if (later !== undefined) return later
    if (endpoint !== undefined) await note(ports, id, {}, 'removed its endpoint')
    if (image !== undefined) await note(ports, id, {}, await collectImage(ports, record, image))
    return {}
  }
