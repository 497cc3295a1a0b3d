import { dropAccepted } from '../../lib/rules/alias-move.ts'
import { isOver } from '../../lib/rules/operation.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { checkRetirement, recentCallers } from '../../lib/rules/retirement.ts'
import { move, refuseUnknown } from '../moves.ts'
import { askedBy, note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { retirementView } from './retirement-view.ts'

/** Retire the version, in one transaction, unless somebody still needs it. From now on its path answers 410. */
export const retireVersion =
  (ports: Ports): Step<StepInput, { readonly status: 'retired' | 'over' }> =>
  async ({ operation: id }) => {
    const operation = await operationOf(ports, id)
    if (isOver(operation)) return { status: 'over' }
    const { model, version, actor, reason, ignoreCallers = false } = operation
    const found = refuseUnknown(model, version, await ports.registry.version(model, version))
    if (found.state === 'RETIRED' || found.state === 'DELETING') return { status: 'retired' }
    const view = await retirementView(ports, { model, version, ignoreCallers })
    const ignored = ignoreCallers ? recentCallers(view) : []
    const retiredAt = new Date(view.now).toISOString()
    const retired = move(ports, model, (record) => {
      checkRetirement({ ...view, record })
      return {
        moved: dropAccepted(record, version),
        happening: {
          kind: 'retired',
          version,
          actor,
          reason,
          operation: id,
          ...(ignored.length > 0 && { ignoredCallers: ignored.slice(0, mostRecorded) }),
        },
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

/** An entry of the history stays small, however many callers a version had. */
const mostRecorded = 20

function unlessRetired(error: unknown): undefined {
  if (!isProblem(error) || error.code !== 'version-retired') throw error
}
