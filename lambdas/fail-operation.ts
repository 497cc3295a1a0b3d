import { writeRecords } from './moves.ts'
import { endInFailure, operationOf } from './operations.ts'
import type { Ports } from './ports.ts'
import { caughtProblem, type Step, type StepFailure, type StepInput } from './step.ts'

/** End an operation that failed and has nothing to undo: what it moved was asked for, and stays. */
export const failOperation =
  (ports: Ports): Step<StepInput & { readonly failure: StepFailure }> =>
  async ({ operation: id, failure }) => {
    const { model } = await operationOf(ports, id)
    await writeRecords(ports, model)
    await endInFailure(ports, id, caughtProblem(failure), 'Operation Failed')
    return {}
  }
