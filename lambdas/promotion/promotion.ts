import { completeRollout, giveStep } from '../../lib/rules/alias-move.ts'
import type { Asked, Operation, RolloutProgress } from '../../lib/rules/operation.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { rolloutSteps } from '../../lib/rules/rollout.ts'
import { mayNotMove } from '../../lib/rules/rollout-control.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { move, writeRecords } from '../moves.ts'
import { askedBy, note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'

/** A promotion: an operation with an alias and a rollout. */
export type Promotion = Operation & { readonly alias: string; readonly rollout: RolloutProgress }

/** @throws Problem `operation-unknown`; `platform-fault` where the operation is none */
export async function promotionOf(ports: Pick<Ports, 'registry'>, id: string): Promise<Promotion> {
  const operation = await operationOf(ports, id)
  if (operation.alias === undefined || operation.rollout === undefined)
    throw new Problem('platform-fault', `operation ${id} is no promotion`)
  return operation as Promotion
}

/** Where a promotion stands in the routing record: the one truth about it, whatever the operation remembers. */
export type Standing = 'before' | 'baking' | 'promoted' | 'gone'

export function standingOf(
  { id, alias: name, version, rollout }: Promotion,
  record: ModelRecord | undefined,
): Standing {
  const alias = record?.aliases[name]
  if (alias?.canary?.rollout === id) return 'baking'
  if (alias?.by === id) return alias.stable === version ? 'promoted' : 'gone'
  return rollout.step < 0 ? 'before' : 'gone'
}

/** What a promotion does next: look at the canary after a while, or nothing: all traffic has moved, or must not. */
export type Moved =
  | { readonly status: 'promoted' | 'gone' }
  | { readonly status: 'baking'; readonly waitUntil: string }

/** How a promotion moves on. */
export interface MoveOn {
  /** Who wanted it and why, where that is not who asked for the promotion. */
  readonly asked?: Asked
  /** At the first step: the version that the gates were passed against. */
  readonly gatedAgainst?: string | undefined
}

/**
 * Give the canary its next step, or all traffic where there is none left; nothing where somebody holds or ended the
 * promotion meanwhile, or the alias has moved on.
 */
export async function moveOn(
  ports: Ports,
  promotion: Promotion,
  step: number,
  { asked, gatedAgainst }: MoveOn = {},
): Promise<Moved> {
  const { id, model, version, alias, rollout, startedAt } = promotion
  const { by: actor, reason } = asked ?? { by: promotion.actor, reason: promotion.reason }
  const plan = rolloutSteps(rollout.plan)
  const next = plan[step]
  const of = { alias, version, rollout: id }
  const { record } = await move(ports, model, async (seen) => {
    // Read after the record: who holds or ends it writes to the operation first, and then to the record, so that this
    // move either sees it or fails.
    const present = await promotionOf(ports, id)
    if (mayNotMove(present) || !stepFollows(present, seen, step)) return undefined
    const once = step === 0 ? { once: { id, startedAt } } : {}
    const from = seen.aliases[alias]?.stable
    // The step is tried again, and holds the version to what is served then.
    if (step === 0 && from !== gatedAgainst) throw new Error(`'${alias}' of '${model}' moved meanwhile`)
    const gates = step === 0 && promotion.gates !== undefined ? { gates: promotion.gates } : {}
    const moved = { ...(from !== undefined && { from }), ...gates }
    const facts = { version, alias, ...moved, actor, reason, operation: id }
    if (next === undefined || from === undefined)
      return { moved: completeRollout(seen, of), happening: { ...facts, kind: 'promoted' }, ...once }
    const kind = step === 0 ? 'canary-started' : 'weight-moved'
    return {
      moved: giveStep(seen, of, step, next),
      happening: { ...facts, kind, weightPercent: next.weightPercent },
      ...once,
    }
  })
  // A rollout may last for days: what has moved is recorded at once.
  await writeRecords(ports, model)
  const standing = record.aliases[alias]
  if (standing?.canary?.rollout === id)
    return baking(ports, promotion, standing.canary.step, standing.stable, actor)
  if (standingOf(promotion, record) !== 'promoted') return { status: 'gone' }
  await note(ports, id, {}, `'${alias}' serves ${version}`)
  return { status: 'promoted' }
}

/** Whether a step is the next one: the first of a promotion that has no traffic yet, or the one after the present one. */
function stepFollows(promotion: Promotion, record: ModelRecord, step: number): boolean {
  const standing = standingOf(promotion, record)
  if (step === 0) return standing === 'before'
  return standing === 'baking' && record.aliases[promotion.alias]?.canary?.step === step - 1
}

/**
 * The canary has a step: its bake time begins when the operation notes it, once. Called again after a crash between
 * the move and the note, it notes it then; called again later, nothing begins anew.
 */
export async function baking(
  ports: Ports,
  promotion: Promotion,
  step: number,
  from: string | undefined,
  actor = promotion.actor,
): Promise<Moved> {
  const { id, rollout, version, alias } = promotion
  const given = rolloutSteps(rollout.plan)[step]
  if (rollout.step === step || given === undefined)
    return { status: 'baking', waitUntil: nextLook(ports, rollout.bakeEndsAt) }
  const share = `${given.weightPercent} % of '${alias}'`
  const now = ports.clock.now()
  const bakeEndsAt = now + given.bakeTimeSeconds * 1000
  const began = rollout.beganAt === undefined ? { beganAt: now } : {}
  await noteRollout(ports, id, { step, bakeEndsAt, ...began }, `${version} gets ${share}`)
  await ports.events.publish({
    type: 'Canary Step',
    ...askedBy(promotion),
    actor,
    alias,
    weightPercent: given.weightPercent,
    ...(from !== undefined && { from }),
    message: `gets ${share}`,
  })
  return { status: 'baking', waitUntil: nextLook(ports, bakeEndsAt) }
}

/** Note how far a rollout has come, beside what somebody may have changed of it meanwhile. */
export async function noteRollout(
  ports: Pick<Ports, 'registry' | 'clock'>,
  id: string,
  facts: Partial<RolloutProgress>,
  text?: string,
): Promise<void> {
  const added = ({ rollout }: Operation) =>
    rollout === undefined ? {} : { rollout: { ...rollout, ...facts } }
  await note(ports, id, added, text)
}

/** When to look at a canary again: soon, since harm is to be seen soon, and exactly when the bake time ends. */
export function nextLook({ clock, settings }: Pick<Ports, 'clock' | 'settings'>, bakeEndsAt: number): string {
  const now = clock.now()
  const soon = now + settings.lookIntervalMs
  return new Date(bakeEndsAt > now ? Math.min(soon, bakeEndsAt) : soon).toISOString()
}
