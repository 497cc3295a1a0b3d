import { waitingSentence } from '../../lib/rules/approval.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { type PromotionPlan, planFor } from '../../lib/rules/promotion-plan.ts'
import { rolloutDeadline } from '../../lib/rules/rollout.ts'
import { refuseUnknown } from '../moves.ts'
import { begin } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { announce, approvalFor } from './approval.ts'
import type { Promotion } from './promotion.ts'

type Beginning = Pick<Ports, 'clock' | 'events' | 'registry' | 'settings' | 'workflows'>

/** What a promotion is asked for with. */
type Asking = PromotionPlan & Pick<Operation, 'model' | 'version' | 'actor' | 'gates'>

/** The operation of a promotion that is about to begin, or waits for a person to let it. */
export function promotionOperation(
  { clock }: Pick<Ports, 'clock'>,
  id: string,
  asked: Asking & Pick<Operation, 'approval'>,
): Operation {
  const now = clock.now()
  const {
    model,
    version,
    actor,
    alias,
    reason,
    rollout,
    limits,
    then = [],
    rollouts,
    approval,
    gates,
  } = asked
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
    ...(gates !== undefined && { gates }),
    rollout: { plan: rollout, limits, step: -1, bakeEndsAt: now, looks: 0 },
    executions: 0,
    ...(then.length > 0 && { then }),
    ...(rollouts !== undefined && { rollouts }),
  }
}

/** Begin a promotion, or let it wait for a person where its alias or its manifest ask for one. */
export async function beginPromotion(ports: Beginning, id: string, asked: Asking): Promise<Operation> {
  const { model, version, alias, then = [] } = asked
  const record = refuseUnknown(model, version, await ports.registry.version(model, version))
  const approval = approvalFor(ports, record.manifest, {
    alias,
    isLast: then.length === 0,
    pushedBy: await pusherOf(ports, record),
  })
  const promotion = await begin(
    ports,
    promotionOperation(ports, id, { ...asked, ...(approval !== undefined && { approval }) }),
  )
  await announce(ports, promotion)
  return promotion
}

/** Who pushed a version: as its release says, or its entry in the history where releases were forgotten. */
async function pusherOf(
  { registry }: Pick<Ports, 'registry'>,
  { model, version, owner }: VersionRecord,
): Promise<string | undefined> {
  const release = await registry.operation(owner)
  if (release !== undefined) return release.actor
  const entries = await registry.history(model)
  return entries.findLast((one) => one.kind === 'released' && one.version === version)?.actor
}

/**
 * Begin the promotion to the next alias in order, by whom and why the first was asked for; however often it is called,
 * it is the same one. @returns undefined where no alias is left
 */
export async function beginNext(
  ports: Beginning,
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
  return beginPromotion(ports, `${id}-next`, { model, version, actor, ...plan })
}
