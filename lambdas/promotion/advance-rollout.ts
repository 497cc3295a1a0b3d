import { mayNotMove } from '../../lib/rules/rollout-control.ts'
import { note } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { tellUntold } from './asked-of-rollout.ts'
import { baking, type Moved, moveOn, promotionOf, standingOf } from './promotion.ts'

/**
 * Give the canary the step after the one that was judged, or all traffic after the last. It is also called to tell
 * what was asked of the rollout, and moves on only where the verdict was to.
 */
export const advanceRollout =
  (ports: Ports): Step<StepInput & { readonly step: number }, Moved> =>
  async ({ operation: id, step: judged }) => {
    const promotion = await promotionOf(ports, id)
    await tellUntold(ports, promotion)
    const record = await ports.registry.model(promotion.model)
    const standing = standingOf(promotion, record)
    if (standing === 'before' || standing === 'gone') return { status: 'gone' }
    if (standing === 'promoted') return { status: 'promoted' }
    const alias = record?.aliases[promotion.alias]
    const step = alias?.canary?.step ?? judged
    const { verdict } = promotion.rollout
    if (step !== judged || verdict?.decision !== 'advance' || mayNotMove(promotion))
      return baking(ports, promotion, step, alias?.stable)
    const skip = promotion.skip?.step === judged ? promotion.skip : undefined
    await note(ports, id, {}, `advances: ${verdict.reason}`)
    return moveOn(
      ports,
      promotion,
      judged + 1,
      skip && { asked: { by: skip.by, reason: `skipped step ${judged + 1}: ${skip.reason}` } },
    )
  }
