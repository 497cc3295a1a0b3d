import { promotionOfRelease } from '../../lib/rules/intake.ts'
import { type PromotionPlan, planFor, promotionAfterRelease } from '../../lib/rules/promotion-plan.ts'
import { describeRollout } from '../../lib/rules/rollout.ts'
import { refuseUnknown } from '../moves.ts'
import { begin, note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { promotionOperation } from '../promotion/promotion-operation.ts'
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
    const { id: promotion } = await begin(
      ports,
      promotionOperation(ports, promotionOfRelease(id), { model, version, actor, ...planned }),
    )
    await note(
      ports,
      id,
      { promotion },
      `promoting to '${planned.alias}': ${describeRollout(planned.rollout)}${thenTo(planned)}`,
    )
    return {}
  }

function thenTo({ then = [], rollouts = {} }: PromotionPlan): string {
  return then.map((alias) => `; then to '${alias}': ${describeRollout(planFor(alias, rollouts))}`).join('')
}
