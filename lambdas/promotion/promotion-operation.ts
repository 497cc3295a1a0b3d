import type { Operation } from '../../lib/rules/operation.ts'
import { type PromotionPlan, planFor } from '../../lib/rules/promotion-plan.ts'
import { rolloutDeadline } from '../../lib/rules/rollout.ts'
import { begin } from '../operations.ts'
import type { Ports } from '../ports.ts'
import type { Promotion } from './promotion.ts'

/** The operation of a promotion that is about to begin. */
export function promotionOperation(
  { clock }: Pick<Ports, 'clock'>,
  id: string,
  asked: PromotionPlan & Pick<Operation, 'model' | 'version' | 'actor'>,
): Operation {
  const now = clock.now()
  const { model, version, actor, alias, reason, rollout, limits, then = [], rollouts } = asked
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
    ...(then.length > 0 && { then }),
    ...(rollouts !== undefined && { rollouts }),
  }
}

/**
 * Begin the promotion to the next alias in order, by whom and why the first was asked for; however often it is called,
 * it is the same one. @returns undefined where no alias is left
 */
export async function beginNext(
  ports: Pick<Ports, 'clock' | 'registry' | 'workflows'>,
  { id, model, version, actor, reason, then = [], rollouts = {}, rollout }: Promotion,
): Promise<Operation | undefined> {
  const [alias, ...rest] = then
  if (alias === undefined) return undefined
  const plan = {
    alias,
    then: rest,
    rollouts,
    rollout: planFor(alias, rollouts),
    limits: rollout.limits,
    reason,
  }
  return begin(ports, promotionOperation(ports, `${id}-next`, { model, version, actor, ...plan }))
}
