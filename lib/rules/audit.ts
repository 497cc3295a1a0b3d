import type { VersionCaller } from './calls.ts'
import { canonicalJson, sha256Hex } from './digest.ts'
import type { Deprecation } from './model-version.ts'
import type { GatePassed } from './operation.ts'
import type { ModelRecord } from './routing.ts'

/** What an entry of a model's history tells. */
export const entryKinds = [
  'released',
  'approved',
  'rejected',
  'canary-started',
  'weight-moved',
  'paused',
  'resumed',
  'promoted',
  'rolled-back',
  'shadow-cast',
  'shadow-lifted',
  'deprecated',
  'retired',
  'repaired',
] as const
export type EntryKind = (typeof entryKinds)[number]

const trafficKinds: ReadonlySet<EntryKind> = new Set([
  'canary-started',
  'weight-moved',
  'promoted',
  'rolled-back',
])

/** Whether entries of a kind tell of traffic that an operation moved; others tell of who may, of holding, of mending. */
export function movesTraffic(kind: EntryKind): boolean {
  return trafficKinds.has(kind)
}

/** What happened, as whoever did it tells it. */
export interface Happening {
  readonly kind: EntryKind
  readonly version: string
  readonly alias?: string
  /** The version that the alias served, or was given to, before. */
  readonly from?: string
  readonly weightPercent?: number
  readonly actor: string
  readonly reason: string
  readonly operation: string
  /** The digests of the version's artifact and image. */
  readonly artifact?: string
  readonly image?: string
  /** What the version passed before it got this traffic. */
  readonly gates?: readonly GatePassed[]
  /** Deprecated: until when and for what; absent where the deprecation was taken back. */
  readonly deprecation?: Deprecation
  /** Retired although these called it lately: who, by which way and when. */
  readonly ignoredCallers?: readonly VersionCaller[]
  /** Repaired: what was found, and what was done about it, for people. */
  readonly repair?: string
  /** Released: its model file is loaded whatever it does, because its manifest asks for it and the platform allows it. */
  readonly unsafePickle?: true
  /** The version's whole record, where it was released: the registry can be rebuilt from the history alone. */
  readonly released?: unknown
}

/** One link of a model's chain: what happened, what the routing record was afterwards, and the hash of it all. */
export interface HistoryEntry extends Happening {
  readonly model: string
  readonly rev: number
  /** RFC 3339, UTC. */
  readonly at: string
  readonly after: Pick<ModelRecord, 'aliases' | 'accepted'>
  /** The hash of the entry before; '' for the first. */
  readonly before: string
  /** SHA-256 over the canonical JSON (RFC 8785) of everything above. */
  readonly hash: string
}

/** Forge the next link of a model's chain. */
export function chained(
  record: ModelRecord,
  after: Pick<ModelRecord, 'aliases' | 'accepted'>,
  happening: Happening,
  at: string,
): HistoryEntry {
  const entry = {
    ...happening,
    model: record.model,
    rev: record.rev + 1,
    at,
    after: { aliases: after.aliases, accepted: after.accepted },
    before: record.head,
  }
  return { ...entry, hash: hashOf(entry) }
}

/** A break in a chain: which revision, and what is wrong with it. */
export interface Break {
  readonly rev: number
  readonly fault: string
}

/**
 * Check a model's whole chain against the head that the registry keeps: an entry edited, dropped, swapped, appended,
 * truncated or rewritten is found. @returns the first break, or undefined where the chain holds
 */
export function findBreak(
  entries: readonly HistoryEntry[],
  anchor: Pick<ModelRecord, 'rev' | 'head'>,
): Break | undefined {
  let before = ''
  for (const [i, entry] of entries.entries()) {
    const fault = linkFault(entry, i + 1, before)
    if (fault !== undefined) return { rev: i + 1, fault }
    before = entry.hash
  }
  if (entries.length !== anchor.rev || before !== anchor.head)
    return {
      rev: entries.length,
      fault: `is the last there is, and the registry knows ${anchor.rev} entries with another end`,
    }
  return undefined
}

/**
 * What is wrong with an entry as a link of its chain; undefined where it fits.
 * @param rev the revision it stands at @param before the hash of the entry before it, '' for the first
 */
export function linkFault(entry: HistoryEntry, rev: number, before: string): string | undefined {
  const { hash, ...rest } = entry
  if (entry.rev !== rev) return `is missing: the next entry is ${entry.rev}`
  if (entry.before !== before) return 'does not follow the entry before it'
  if (hashOf(rest) !== hash) return 'was edited: its hash does not fit'
  return undefined
}

function hashOf(entry: Omit<HistoryEntry, 'hash'>): string {
  return sha256Hex(canonicalJson(entry))
}
