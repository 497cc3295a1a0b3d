import { type Later, removedOrLater } from '../endpoint-removal.ts'
import { writeRecords } from '../moves.ts'
import { endInFailure, note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { caughtProblem, type Step, type StepFailure, type StepInput } from '../step.ts'

/**
 * Undo a release that failed: only what this operation made and owns, and only while the version is still CREATING.
 * A version that became READY before the failure stays.
 */
export const failRelease =
  (ports: Ports): Step<StepInput & { readonly failure: StepFailure }, Partial<Later>> =>
  async ({ operation: id, failure }) => {
    const problem = caughtProblem(failure)
    const operation = await operationOf(ports, id)
    const { model, version } = operation
    const record = await ports.registry.version(model, version)
    if (record?.owner === id && record.state === 'CREATING') {
      const later = await removedOrLater(ports, operation, record.endpoint)
      if (later !== undefined) {
        await note(ports, id, {}, `failed, and waits to remove its endpoint: ${problem.message}`)
        return later
      }
      await ports.registry.changeVersion(model, {
        version,
        seen: { state: 'CREATING', owner: id },
        facts: { state: 'FAILED', problem: problem.facts },
      })
    }
    await endInFailure(ports, id, problem, 'Release Failed')
    // It may have become READY before: the store is to know of that, too.
    await writeRecords(ports, model)
    return {}
  }
