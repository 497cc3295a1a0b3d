import { waitingSentence } from '../../lib/rules/approval.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import type { PromotionPlan } from '../../lib/rules/promotion-plan.ts'
import { rolloutDeadline } from '../../lib/rules/rollout.ts'
import type { Ports } from '../ports.ts'

/** The operation of a promotion that is about to begin, or waits for a person to let it. */
export function promotionOperation(
  { clock }: Pick<Ports, 'clock'>,
  id: string,
  asked: PromotionPlan & Pick<Operation, 'model' | 'version' | 'actor' | 'approval'>,
): Operation {
  const now = clock.now()
  const { model, version, actor, alias, reason, rollout, limits, approval } = asked
  const startedAt = new Date(now).toISOString()
  const waits = approval && waitingSentence({ id, approval })
  return {
    id,
    kind: 'promotion',
    model,
    version,
    alias,
    actor,
    reason,
    state: approval === undefined ? 'running' : 'waiting',
    startedAt,
    deadline: approval?.expiresAt ?? rolloutDeadline(rollout, now),
    progress: waits === undefined ? [] : [{ at: startedAt, text: waits }],
    ...(approval !== undefined && { approval }),
    rollout: { plan: rollout, limits, step: -1, bakeEndsAt: now, looks: 0 },
    executions: 0,
  }
}
