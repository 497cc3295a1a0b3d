import { endRollout } from '../../lib/rules/alias-move.ts'
import type { Operation, Untold } from '../../lib/rules/operation.ts'
import { rolloutSteps } from '../../lib/rules/rollout.ts'
import { said } from '../../lib/rules/rollout-control.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { move, writeRecords } from '../moves.ts'
import { askedBy, note } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { type Promotion, standingOf } from './promotion.ts'

/**
 * Write the history entries of what was asked of a rollout, unless they stand: whoever changes it does, and the machine
 * does it again, in case they died before.
 */
export async function writeUntold(
  ports: Pick<Ports, 'registry' | 'clock'>,
  { id, model, version, alias = '', untold = [] }: Operation,
): Promise<void> {
  for (const { kind, by: actor, reason, since } of untold)
    await move(ports, model, async (record) => {
      const after = await ports.registry.history(model, since)
      if (after.some((entry) => entry.kind === kind && entry.operation === id)) return undefined
      return {
        moved: record,
        happening: { kind, version, alias, actor, reason, operation: id },
        unready: true,
      }
    })
}

/** Tell the history, the records and the world what was asked of a rollout, and note that they know. */
export async function tellUntold(ports: Ports, promotion: Promotion): Promise<void> {
  const { untold = [], model, id } = promotion
  if (untold.length === 0) return
  await writeUntold(ports, promotion)
  await writeRecords(ports, model)
  for (const one of untold) await publish(ports, promotion, one)
  const isTold = (one: Untold) => untold.some(({ kind, since }) => kind === one.kind && since === one.since)
  await note(ports, id, (seen) => ({ untold: (seen.untold ?? []).filter((one) => !isTold(one)) }))
}

async function publish(
  { events }: Pick<Ports, 'events'>,
  promotion: Promotion,
  { kind, by: actor, reason }: Untold,
): Promise<void> {
  const { alias, rollout } = promotion
  const weightPercent = rolloutSteps(rollout.plan)[rollout.step]?.weightPercent
  if (weightPercent === undefined) return
  await events.publish({
    type: kind === 'paused' ? 'Rollout Paused' : 'Rollout Resumed',
    ...askedBy(promotion),
    actor,
    reason,
    alias,
    weightPercent,
    message: said(kind, { by: actor, reason }),
  })
}

/**
 * The one conditional write of an abort: the canary loses its traffic. Where it had none, an entry says that the
 * version may not get the alias: it is also what makes a first step fail that is being given at this very moment.
 * The control API makes it before it answers; the machine makes it again, to no effect, in case control died before.
 */
export async function takeBackAborted(
  ports: Pick<Ports, 'registry' | 'clock'>,
  promotion: Promotion,
): Promise<ModelRecord> {
  const { id, model, version, alias, abort } = promotion
  const { record } = await move(ports, model, async (seen) => {
    if (abort === undefined) return undefined
    const facts = { alias, actor: abort.by, reason: abort.reason, operation: id }
    const standing = standingOf(promotion, seen)
    if (standing === 'baking') {
      const moved = endRollout(seen, { alias, version, rollout: id })
      const stable = moved?.aliases[alias]?.stable
      return moved && stable !== undefined
        ? {
            moved,
            happening: { ...facts, kind: 'rolled-back', version: stable, from: version },
            unready: true,
          }
        : undefined
    }
    if (standing !== 'before') return undefined
    const after = await ports.registry.history(model, abort.since)
    if (after.some((entry) => entry.kind === 'rejected' && entry.operation === id)) return undefined
    return { moved: seen, happening: { ...facts, kind: 'rejected', version }, unready: true }
  })
  return record
}
