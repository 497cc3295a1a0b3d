import { dropAccepted } from '../../lib/rules/alias-move.ts'
import { isOver } from '../../lib/rules/operation.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { checkRetirement } from '../../lib/rules/retirement.ts'
import { move, refuseUnknown } from '../moves.ts'
import { askedBy, note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'

/** Retire the version, in one transaction, unless something still reaches it. From now on its path answers 410. */
export const retireVersion =
  (ports: Ports): Step<StepInput, { readonly status: 'retired' | 'over' }> =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    if (isOver(operation)) return { status: 'over' }
    const { model, version, actor, reason } = operation
    const record = refuseUnknown(model, version, await ports.registry.version(model, version))
    if (record.state === 'RETIRED' || record.state === 'DELETING') return { status: 'retired' }
    const retiredAt = new Date(ports.clock.now()).toISOString()
    const retired = move(ports, model, (seen) => {
      checkRetirement(seen, version)
      return {
        moved: dropAccepted(seen, version),
        happening: { kind: 'retired', version, actor, reason, operation: id },
        change: { version, seen: { state: 'READY' }, facts: { state: 'RETIRED', retiredAt } },
      }
    })
    // The same step, called twice at the same time: the other one was faster, and its endpoint is still to go.
    const first = await retired.catch(unlessRetired)
    if (first === undefined) return { status: 'retired' }
    await note(ports, id, {}, `retired ${model} ${version}`)
    await ports.events.publish({ type: 'Retired', ...askedBy(operation), message: reason })
    return { status: 'retired' }
  }

function unlessRetired(error: unknown): undefined {
  if (!isProblem(error) || error.code !== 'version-retired') throw error
}
