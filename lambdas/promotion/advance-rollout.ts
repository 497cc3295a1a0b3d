import { note } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Step, StepInput } from '../step.ts'
import { baking, type Gone, type Moved, moveOn, promotionOf, standingOf } from './promotion.ts'

/** Give the canary the step after the one that was judged, or all traffic after the last. */
export const advanceRollout =
  (ports: Ports): Step<StepInput & { readonly step: number }, Gone | Moved> =>
  async ({ operation: id, step: judged }) => {
    const promotion = await promotionOf(ports, id)
    const record = await ports.registry.model(promotion.model)
    const standing = standingOf(promotion, record)
    if (standing === 'before' || standing === 'gone') return { status: 'gone' }
    if (standing === 'promoted') return { status: 'promoted' }
    const alias = record?.aliases[promotion.alias]
    const step = alias?.canary?.step ?? judged
    if (step !== judged) return baking(ports, promotion, step, alias?.stable)
    await note(ports, id, {}, `advances: ${promotion.rollout.verdict?.reason ?? ''}`)
    return moveOn(ports, promotion, judged + 1)
  }
