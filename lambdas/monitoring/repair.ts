import type { MovedRecord } from '../../lib/rules/alias-move.ts'
import type { Patience, Repair } from '../../lib/rules/reconcile.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { move, writeRecords } from '../moves.ts'
import type { Ports } from '../ports.ts'

/** How a sweep goes about it. */
export interface Sweeping {
  readonly ports: Ports
  /** When it began, milliseconds since the epoch. */
  readonly now: number
  readonly patience: Patience
  /** Only say what would be done. */
  readonly dryRun: boolean
}

/** Whom the history names for a repair. */
const actor = 'sweeper'

/**
 * Write a repair into its model's history, and tell the world. A model that nothing was ever ready of has no history
 * yet: of it, and of what no model is known for, only the event tells.
 * @param moved what the repair makes of the routing record; undefined: nothing is to be done after all
 * @returns whether there was anything to do
 */
export async function writeRepair(
  { ports, now }: Sweeping,
  repair: Repair,
  moved: (record: ModelRecord) => MovedRecord | undefined = (record) => record,
): Promise<boolean> {
  const { kind, model, version, alias, operation, found, did } = repair
  const about = { model, version, ...(alias !== undefined && { alias }) }
  const message = `${found}: ${did}`
  const id = operation ?? `sweep-${now.toString(36)}`
  let isGone = false
  const decide = (record: ModelRecord) => {
    if (record.rev === 0) return undefined
    const after = moved(record)
    isGone = after === undefined
    if (after === undefined) return undefined
    const happening = {
      kind: 'repaired' as const,
      ...about,
      actor,
      reason: found,
      operation: id,
      repair: message,
    }
    return { moved: after, happening, unready: true as const }
  }
  const { entry } = model === '' ? {} : await move(ports, model, decide)
  if (isGone) return false
  if (entry !== undefined) await writeRecords(ports, model)
  await ports.events.publish({ type: 'Repaired', ...about, operation: id, repair: kind, message })
  return true
}
