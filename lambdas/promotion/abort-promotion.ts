import { endRollout, undoMove } from '../../lib/rules/alias-move.ts'
import { writeRecords } from '../moves.ts'
import { endInFailure } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { caughtProblem, type Step, type StepFailure, type StepInput } from '../step.ts'
import { promotionOf, standingOf } from './promotion.ts'
import { takeBack } from './return-traffic.ts'

/** Undo a promotion that failed: the canary loses its traffic, and an alias that was moved to a liar moves back. */
export const abortPromotion =
  (ports: Ports): Step<StepInput & { readonly failure: StepFailure }> =>
  async ({ operation: id, failure }) => {
    const problem = caughtProblem(failure)
    const promotion = await promotionOf(ports, id)
    const standing = standingOf(promotion, await ports.registry.model(promotion.model))
    const liar = problem.code === 'served-is-not-ours' || problem.code === 'endpoint-failed'
    if (standing === 'baking') await takeBack(ports, promotion, problem.message, endRollout)
    if (standing === 'promoted' && liar) await takeBack(ports, promotion, problem.message, undoMove)
    await writeRecords(ports, promotion.model)
    await endInFailure(ports, id, problem, 'Operation Failed')
    return {}
  }
