import { isPerson } from '../../lib/rules/approval.ts'
import { promotionOfRelease } from '../../lib/rules/intake.ts'
import { type PromotionPlan, planFor, promotionAfterRelease } from '../../lib/rules/promotion-plan.ts'
import { describeRollout } from '../../lib/rules/rollout.ts'
import { refuseUnknown } from '../moves.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { approvalFor } from '../promotion/approval.ts'
import { beginPromotion } from '../promotion/promotion-operation.ts'
import type { Step } from '../step.ts'

/** Start what the manifest asks for: the first version goes live, later ones move as `release` says, or wait. */
export const startPromotion =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const { model, version, actor } = await operationOf(ports, id)
    const { manifest } = refuseUnknown(model, version, await ports.registry.version(model, version))
    const planned = promotionAfterRelease(manifest, await ports.registry.model(model))
    if ('waits' in planned) {
      await note(ports, id, {}, planned.waits)
      return {}
    }
    const { alias, then = [] } = planned
    const approval = approvalFor(ports, manifest, { alias, isLast: then.length === 0, pushedBy: actor })
    if (approval?.needs === 'four-eyes' && !isPerson(actor)) {
      await note(
        ports,
        id,
        {},
        'waits to be promoted: four eyes need to know who asks, and nobody knows who pushed',
      )
      return {}
    }
    const promotion = await beginPromotion(ports, promotionOfRelease(id), {
      model,
      version,
      actor,
      ...planned,
    })
    const rollout = describeRollout(planned.rollout)
    await note(
      ports,
      id,
      { promotion: promotion.id },
      `${promotion.state === 'waiting' ? 'asks for approval to promote' : 'promoting'} to '${planned.alias}': ${rollout}${thenTo(planned)}`,
    )
    return {}
  }

function thenTo({ then = [], rollouts = {} }: PromotionPlan): string {
  return then.map((alias) => `; then to '${alias}': ${describeRollout(planFor(alias, rollouts))}`).join('')
}
