import { undoMove } from '../../lib/rules/alias-move.ts'
import { move, writeRecords } from '../moves.ts'
import { end } from '../operations.ts'
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
    const { model, version, alias, actor } = promotion
    const standing = standingOf(promotion, await ports.registry.model(model))
    if (standing === 'baking') await takeBack(ports, promotion, problem.message)
    if (
      standing === 'promoted' &&
      (problem.code === 'served-is-not-ours' || problem.code === 'endpoint-failed')
    )
      await move(ports, model, (record) => {
        const moved = undoMove(record, { alias, version, rollout: id })
        const stable = moved?.aliases[alias]?.stable
        if (moved === undefined || stable === undefined) return undefined
        const reason = problem.message
        const happening = {
          kind: 'rolled-back',
          version: stable,
          from: version,
          alias,
          actor,
          reason,
          operation: id,
        } as const
        return { moved, happening }
      })
    await writeRecords(ports, model)
    await end(ports, id, 'failed', problem.message, problem.facts)
    await ports.events.publish({
      type: 'Operation Failed',
      model,
      version,
      detail: problem.message,
      operation: id,
    })
    return {}
  }
