import { isOver } from '../../lib/rules/operation.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step } from '../step.ts'

/** Go on in a new execution: this one has looked as often as one execution may. */
export const continuePromotion =
  (ports: Ports): Step =>
  async ({ operation: id, execution }) => {
    const seen = await operationOf(ports, id)
    if (isOver(seen)) return {}
    await ports.workflows.start(await note(ports, id, { executions: execution + 1 }))
    return {}
  }
