import type { HistoryEntry } from './audit.ts'
import type { VersionRecord } from './model-version.ts'
import { liveAlias, previousAlias } from './names.ts'
import { Problem, shown } from './problem.ts'

/** What a model served at a moment of the past, and how that came about. */
export interface ServedThen {
  readonly model: string
  /** The moment that was meant: RFC 3339, UTC. */
  readonly at: string
  /** The revision that stood then; 0 before the first entry. */
  readonly rev: number
  /** The routing record as it was. */
  readonly aliases: HistoryEntry['after']['aliases']
  /** The last entry until then. */
  readonly entry?: HistoryEntry
  /** The same by alias, each with its story. */
  readonly served: readonly ServedAlias[]
  /** The first entry there is, where the moment lies before it. */
  readonly begins?: Move
}

/** What an alias served, since when and until when. */
export interface ServedAlias {
  readonly alias: string
  readonly stable: ServedVersion
  readonly canary?: ServedVersion & { readonly weightPercent: number }
  /** What it would have returned to. */
  readonly previous?: string
  /** The move that ended it; absent while it serves still. */
  readonly until?: Move
}

/** A version that had traffic, how it got it, and what it is made of. */
export interface ServedVersion {
  readonly version: string
  /** The move that gave it this traffic. */
  readonly since: Move
  /** Its release; absent where the history does not tell it. */
  readonly released?: Move
  /** The digests of its artifact and its image. */
  readonly artifact?: string
  readonly image?: string
  /** The digest of the lock of its dependencies, where it has some. */
  readonly lock?: string
  /** Where it came from, as its manifest said. */
  readonly source?: unknown
}

/** An entry without the hashes and the state: who did what, when and why. */
export type Move = Pick<HistoryEntry, 'rev' | 'at' | 'kind' | 'version' | 'actor' | 'reason' | 'operation'> &
  Partial<Pick<HistoryEntry, 'alias' | 'from' | 'weightPercent' | 'gates' | 'deprecation' | 'repair'>> & {
    /** Who let it begin, where somebody was asked. */
    readonly approval?: Pick<HistoryEntry, 'rev' | 'at' | 'actor' | 'reason'>
  }

interface Serving {
  readonly stable: string
  readonly previous?: string | undefined
  readonly canary?: { readonly version: string; readonly weightPercent: number } | undefined
}

/**
 * What every alias, or one of them, served at a moment.
 * @param entries the model's whole history, oldest first @param at milliseconds since the epoch
 * @throws Problem `alias-unknown` where no entry ever knew the alias
 */
export function servedThen(
  model: string,
  entries: readonly HistoryEntry[],
  at: number,
  alias?: string,
): ServedThen {
  if (alias !== undefined) refuseUnknownAlias(model, entries, alias)
  const index = entries.findLastIndex((one) => Date.parse(one.at) <= at)
  const entry = entries[index]
  const [first] = entries
  const names = alias === undefined ? Object.keys(entry?.after.aliases ?? {}).toSorted(liveFirst) : [alias]
  return {
    model,
    at: new Date(at).toISOString(),
    rev: entry?.rev ?? 0,
    aliases: entry?.after.aliases ?? {},
    ...(entry !== undefined && { entry }),
    served: names.flatMap((name) => servedAlias(entries, index, name) ?? []),
    ...(entry === undefined && first !== undefined && { begins: moveOf(entries, first) }),
  }
}

function refuseUnknownAlias(model: string, entries: readonly HistoryEntry[], alias: string): void {
  const known = [...new Set(entries.flatMap(({ after }) => Object.keys(after.aliases)))].toSorted(liveFirst)
  if (known.includes(alias) || (alias === previousAlias && known.includes(liveAlias))) return
  throw new Problem(
    'alias-unknown',
    `'${model}' never had an alias ${shown(alias)}; it had: ${known.join(', ') || 'none yet'}`,
  )
}

function liveFirst(a: string, b: string): number {
  if (a === liveAlias || b === liveAlias) return a === b ? 0 : a === liveAlias ? -1 : 1
  return a < b ? -1 : 1
}

function servedAlias(
  entries: readonly HistoryEntry[],
  index: number,
  alias: string,
): ServedAlias | undefined {
  const now = servingIn(entries[index], alias)
  if (now === undefined) return undefined
  const { stable, canary, previous } = now
  const since = (same: (then: Serving | undefined) => boolean) => beganWith(entries, index, alias, same)
  const until = entries.slice(index + 1).find((one) => differs(servingIn(one, alias), now))
  return {
    alias,
    stable: servedVersion(
      entries,
      stable,
      since((then) => then?.stable === stable),
    ),
    ...(canary !== undefined && {
      canary: {
        weightPercent: canary.weightPercent,
        ...servedVersion(
          entries,
          canary.version,
          since(
            (then) =>
              then?.canary?.version === canary.version && then.canary.weightPercent === canary.weightPercent,
          ),
        ),
      },
    }),
    ...(previous !== undefined && { previous }),
    ...(until !== undefined && { until: moveOf(entries, until) }),
  }
}

/** What an alias served after an entry; `previous` is an alias of what `live` served before. */
function servingIn(entry: HistoryEntry | undefined, alias: string): Serving | undefined {
  const aliases = entry?.after.aliases ?? {}
  const held = Object.hasOwn(aliases, alias) ? aliases[alias] : undefined
  if (alias !== previousAlias || held !== undefined) return held
  const stable = aliases[liveAlias]?.previous
  return stable === undefined ? undefined : { stable }
}

/** The first entry of the unbroken run up to `index` in which an alias served the same. */
function beganWith(
  entries: readonly HistoryEntry[],
  index: number,
  alias: string,
  same: (then: Serving | undefined) => boolean,
): HistoryEntry {
  const before = entries.slice(0, index).findLastIndex((one) => !same(servingIn(one, alias)))
  return entries[before + 1] as HistoryEntry
}

function differs(then: Serving | undefined, now: Serving): boolean {
  return (
    then?.stable !== now.stable ||
    then.canary?.version !== now.canary?.version ||
    then.canary?.weightPercent !== now.canary?.weightPercent
  )
}

function servedVersion(
  entries: readonly HistoryEntry[],
  version: string,
  since: HistoryEntry,
): ServedVersion {
  const release = entries.findLast(
    (one) => one.kind === 'released' && one.version === version && one.rev <= since.rev,
  )
  // An entry has the digests of the version that it is about: a rollback's is another than the one it moved from.
  const own = since.version === version ? since : undefined
  const artifact = own?.artifact ?? release?.artifact
  const image = own?.image ?? release?.image
  const record = release?.released as Partial<VersionRecord> | undefined
  const [lock, source] = [record?.image?.lock, record?.manifest?.source]
  return {
    version,
    since: moveOf(entries, since),
    ...(release !== undefined && { released: moveOf(entries, release) }),
    ...(artifact !== undefined && { artifact }),
    ...(image !== undefined && { image }),
    ...(lock !== undefined && { lock }),
    ...(source !== undefined && { source }),
  }
}

function moveOf(entries: readonly HistoryEntry[], entry: HistoryEntry): Move {
  const {
    model: _,
    after: __,
    before: ___,
    hash: ____,
    artifact: _a,
    image: _i,
    released: _r,
    ...told
  } = entry
  const approved = entries.findLast(
    (one) => one.kind === 'approved' && one.operation === entry.operation && one.rev < entry.rev,
  )
  if (approved === undefined) return told
  const { rev, at, actor, reason } = approved
  return { ...told, approval: { rev, at, actor, reason } }
}
