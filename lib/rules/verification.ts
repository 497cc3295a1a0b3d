import { type Break, findBreak, type HistoryEntry, linkFault } from './audit.ts'
import { canonicalJson } from './digest.ts'
import type { ModelRecord } from './routing.ts'

/** What the store holds at the place of a record: whatever JSON it is, nothing, or bytes that are no JSON. */
export type FoundRecord = { readonly json: unknown } | 'missing' | 'unreadable'

/** What was seen of a model, in the registry and in the store. */
export interface SeenChain {
  readonly model: string
  readonly anchor: ModelRecord
  /** The registry's history up to the anchor; undefined where the registry cannot read it. */
  readonly entries: readonly HistoryEntry[] | undefined
  /** How many entries the registry's history has, beyond the anchor too. */
  readonly told: number
  /** The highest rev in the store. */
  readonly held: number
  /** The registry's rev after `held` and `told` were seen: what lies above it was written by a registry that knew more. */
  readonly revAfterwards: number
  /** Whether an operation of the model was running: it writes its records when it ends. */
  readonly running: boolean
  /** The first record that is not what the registry tells, by `recordFault`. */
  readonly recordBreak: Break | undefined
}

/** Whether the history of a model can be believed. */
export interface Verification {
  readonly model: string
  /** How many entries its history has. */
  readonly entries: number
  readonly rev: number
  readonly head: string
  /** Entries that a running operation has not yet written to the store. */
  readonly unrecorded: number
  readonly holds: boolean
  /** The first revision that is wrong. */
  readonly break?: Break
}

/**
 * Judge a model's chain: the registry's history against the head it keeps, the store's records against the history,
 * and how far both go.
 */
export function verification(seen: SeenChain): Verification {
  const { model, anchor, entries = [], held } = seen
  const breaks = [historyBreak(seen), seen.recordBreak, extentBreak(seen)].filter((one) => one !== undefined)
  const first = breaks.toSorted((a, b) => a.rev - b.rev)[0]
  return {
    model,
    entries: entries.length,
    rev: anchor.rev,
    head: anchor.head,
    unrecorded: Math.max(0, anchor.rev - held),
    holds: first === undefined,
    ...(first !== undefined && { break: first }),
  }
}

function historyBreak({ entries, anchor }: SeenChain): Break | undefined {
  if (entries === undefined)
    return { rev: 1, fault: 'cannot be read in the registry, or one after it cannot' }
  return findBreak(entries, anchor) ?? routingBreak(entries, anchor)
}

/** What calls are routed by is what the last entry left behind, or somebody moved traffic past the history. */
function routingBreak(entries: readonly HistoryEntry[], anchor: ModelRecord): Break | undefined {
  const { aliases, accepted } = entries.at(-1)?.after ?? { aliases: {}, accepted: [] }
  if (
    canonicalJson({ aliases, accepted }) ===
    canonicalJson({ aliases: anchor.aliases, accepted: anchor.accepted })
  )
    return undefined
  return { rev: anchor.rev, fault: 'left other aliases or accepted versions behind than calls are routed by' }
}

/** A registry behind its records was set back; records behind a registry at rest were taken away, or never written. */
function extentBreak({ anchor, told, held, revAfterwards, running }: SeenChain): Break | undefined {
  if (held > revAfterwards)
    return {
      rev: revAfterwards + 1,
      fault: `is not in the registry, and the store has records up to ${held}: the registry was set back, or lost`,
    }
  if (told > revAfterwards)
    return {
      rev: revAfterwards + 1,
      fault: "is in the registry's history, and its head knows of none after the one before: it was appended",
    }
  if (held < anchor.rev && !running)
    return { rev: held + 1, fault: 'has no record in the store, and no operation is running to write it' }
  return undefined
}

/** What is wrong with the store's record of an entry; undefined where both tell the same. */
export function recordFault(entry: HistoryEntry, found: FoundRecord): string | undefined {
  if (found === 'missing') return 'has no record in the store: it was taken away'
  if (found === 'unreadable') return 'has a record in the store that is no JSON'
  const { json } = found
  if (canonicalJson(json) === canonicalJson(entry)) return undefined
  const whole = typeof json === 'object' && json !== null
  return whole && linkFault(json as HistoryEntry, entry.rev, entry.before) === undefined
    ? 'is told otherwise by its record in the store: one of the two was rewritten'
    : 'has a record in the store that was edited'
}
