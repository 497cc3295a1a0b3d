import type { EntryKind, HistoryEntry } from './audit.ts'

/** Which entries of a history are asked for; what is absent excludes none. */
export interface HistoryFilter {
  /** Entries about this alias. */
  readonly alias?: string | undefined
  readonly version?: string | undefined
  readonly kinds?: readonly EntryKind[] | undefined
  /** From this moment on, itself included: milliseconds since the epoch. */
  readonly since?: number | undefined
  /** Up to this moment, itself excluded: milliseconds since the epoch. */
  readonly until?: number | undefined
}

/** Whether an entry is one of those asked for. A version is also that which an alias was taken from. */
export function fitsFilter(entry: HistoryEntry, filter: HistoryFilter): boolean {
  const { alias, version, kinds, since, until } = filter
  const at = Date.parse(entry.at)
  return (
    (alias === undefined || entry.alias === alias) &&
    (version === undefined || entry.version === version || entry.from === version) &&
    (kinds === undefined || kinds.includes(entry.kind)) &&
    (since === undefined || at >= since) &&
    (until === undefined || at < until)
  )
}

/** So many entries has an answer that is not asked for fewer. */
export const usualPage = 1000
/** A page ends before it is larger than this, in characters of JSON: a function's answer is at most 6 MB on AWS. */
const largestPage = 4_000_000

export interface HistoryPage {
  readonly entries: readonly HistoryEntry[]
  /** There are more: those after this revision. */
  readonly next?: number
}

/** The first entries, as many as one answer takes; always one at least, where there is one. */
export function firstPage(entries: readonly HistoryEntry[], limit: number): HistoryPage {
  let size = 0
  let count = 0
  for (const entry of entries.slice(0, limit)) {
    size += JSON.stringify(entry).length
    if (count > 0 && size > largestPage) break
    count += 1
  }
  const page = entries.slice(0, count)
  const last = page.at(-1)
  return { entries: page, ...(last !== undefined && count < entries.length && { next: last.rev }) }
}
