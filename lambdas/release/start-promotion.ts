import { isPerson } from '../../lib/rules/approval.ts'
import { promotionOfRelease } from '../../lib/rules/intake.ts'
import { promotionAfterRelease } from '../../lib/rules/promotion-plan.ts'
import { describeRollout } from '../../lib/rules/rollout.ts'
import { refuseUnknown } from '../moves.ts'
import { begin, note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { announce, approvalFor } from '../promotion/approval.ts'
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
    const approval = approvalFor(ports, manifest, planned.alias, actor)
    if (approval?.needs === 'four-eyes' && !isPerson(actor)) {
      await note(
        ports,
        id,
        {},
        'waits to be promoted: four eyes need to know who asks, and nobody knows who pushed',
      )
      return {}
    }
    const promotion = await begin(
      ports,
      promotionOperation(ports, promotionOfRelease(id), {
        model,
        version,
        actor,
        ...planned,
        ...(approval !== undefined && { approval }),
      }),
    )
    const rollout = describeRollout(planned.rollout)
    await note(
      ports,
      id,
      { promotion: promotion.id },
      approval === undefined
        ? `promoting to '${planned.alias}': ${rollout}`
        : `asks for approval to promote to '${planned.alias}': ${rollout}`,
    )
    await announce(ports, promotion)
    return {}
  }
