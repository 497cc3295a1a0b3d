import type { Operation } from '../../lib/rules/operation.ts'
import type { PromotionPlan } from '../../lib/rules/promotion-plan.ts'
import { rolloutDeadline } from '../../lib/rules/rollout.ts'
import type { Ports } from '../ports.ts'

/** The operation of a promotion that is about to begin. */
export function promotionOperation(
  { clock }: Pick<Ports, 'clock'>,
  id: string,
  asked: PromotionPlan & Pick<Operation, 'model' | 'version' | 'actor'>,
): Operation {
  const now = clock.now()
  const { model, version, actor, alias, reason, rollout, limits } = asked
  return {
    id,
    kind: 'promotion',
    model,
    version,
    alias,
    actor,
    reason,
    state: 'running',
    startedAt: new Date(now).toISOString(),
    deadline: rolloutDeadline(rollout, now),
    progress: [],
    rollout: { plan: rollout, limits, step: -1, bakeEndsAt: now, looks: 0 },
    executions: 0,
  }
}
