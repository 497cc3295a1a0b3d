import { completeRollout, giveStep } from '../../lib/rules/alias-move.ts'
import type { Operation, RolloutProgress } from '../../lib/rules/operation.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { rolloutSteps } from '../../lib/rules/rollout.ts'
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

/** What a promotion does next: look at the canary after a while, or nothing, since all traffic has moved. */
export type Moved =
  | { readonly status: 'promoted' }
  | { readonly status: 'baking'; readonly waitUntil: string }

/** The promotion moved its alias before, and somebody else has moved it since. */
export interface Gone {
  readonly status: 'gone'
}

/** Give the canary its next step, or all traffic where there is none left. */
export async function moveOn(ports: Ports, promotion: Promotion, step: number): Promise<Moved | Gone> {
  const { id, model, version, alias, actor, reason, rollout, startedAt } = promotion
  const plan = rolloutSteps(rollout.plan)
  const next = plan[step]
  const of = { alias, version, rollout: id }
  const { record, entry } = await move(ports, model, (seen) => {
    const once = step === 0 ? { once: { id, startedAt } } : {}
    const from = seen.aliases[alias]?.stable
    const facts = { version, alias, ...(from !== undefined && { from }), actor, reason, operation: id }
    if (next === undefined || from === undefined)
      return { moved: completeRollout(seen, of), happening: { ...facts, kind: 'promoted' }, ...once }
    const kind = step === 0 ? 'canary-started' : 'weight-moved'
    return {
      moved: giveStep(seen, of, step, next),
      happening: { ...facts, kind, weightPercent: next.weightPercent },
      ...once,
    }
  })
  if (entry === undefined) return { status: 'gone' }
  // A rollout may last for days: what has moved is recorded at once.
  await writeRecords(ports, model)
  const standing = record.aliases[alias]
  if (standing?.canary !== undefined) return baking(ports, promotion, step, standing.stable)
  await note(ports, id, {}, `'${alias}' serves ${version}`)
  return { status: 'promoted' }
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
): Promise<Moved> {
  const { id, rollout, version, alias } = promotion
  const given = rolloutSteps(rollout.plan)[step]
  if (rollout.step === step || given === undefined)
    return { status: 'baking', waitUntil: nextLook(ports, rollout.bakeEndsAt) }
  const share = `${given.weightPercent} % of '${alias}'`
  const bakeEndsAt = ports.clock.now() + given.bakeTimeSeconds * 1000
  await note(ports, id, { rollout: { ...rollout, step, bakeEndsAt } }, `${version} gets ${share}`)
  await ports.events.publish({
    type: 'Canary Step',
    ...askedBy(promotion),
    alias,
    weightPercent: given.weightPercent,
    ...(from !== undefined && { from }),
    message: `gets ${share}`,
  })
  return { status: 'baking', waitUntil: nextLook(ports, bakeEndsAt) }
}

/** When to look at a canary again: soon, since harm is to be seen soon, and exactly when the bake time ends. */
export function nextLook({ clock, settings }: Pick<Ports, 'clock' | 'settings'>, bakeEndsAt: number): string {
  const now = clock.now()
  const soon = now + settings.lookIntervalMs
  return new Date(bakeEndsAt > now ? Math.min(soon, bakeEndsAt) : soon).toISOString()
}
