import { stringify } from 'csv-stringify/sync'
import type { HistoryEntry } from './audit.ts'
import { canonicalJson } from './digest.ts'

/** The media types in which a history is handed out. */
export const historyTypes = ['application/json', 'application/jsonlines', 'text/csv'] as const
export type HistoryType = (typeof historyTypes)[number]

type Column = readonly [name: string, of: (entry: HistoryEntry) => string | number | undefined]

const columns: readonly Column[] = [
  ['rev', ({ rev }) => rev],
  ['at', ({ at }) => at],
  ['kind', ({ kind }) => kind],
  ['alias', ({ alias }) => alias],
  ['version', ({ version }) => version],
  ['from', ({ from }) => from],
  ['weight_percent', ({ weightPercent }) => weightPercent],
  ['actor', ({ actor }) => actor],
  ['reason', ({ reason }) => reason],
  ['operation', ({ operation }) => operation],
  ['artifact', ({ artifact }) => artifact],
  ['image', ({ image }) => image],
  ['gates', ({ gates }) => gates?.map(({ gate, found }) => `${gate}: ${found}`).join('; ')],
  ['sunset', ({ deprecation }) => deprecation?.sunset],
  ['successor', ({ deprecation }) => deprecation?.successor],
  ['repair', ({ repair }) => repair],
  ['before', ({ before }) => before],
  ['hash', ({ hash }) => hash],
]

/** The names of the columns of a history as CSV, in their order. */
export const historyColumns: readonly string[] = columns.map(([name]) => name)

/**
 * Entries as JSON Lines, each as it was hashed: canonical JSON (RFC 8785) with its `hash` among the members, so that
 * whoever takes that one member out of a line has the bytes that the hash is of.
 */
export function historyLines(entries: readonly HistoryEntry[]): string {
  return entries.map((entry) => `${canonicalJson(entry)}\n`).join('')
}

/**
 * Entries as CSV for spreadsheets, one row each. A text that a spreadsheet would take for a formula has an apostrophe
 * before it: reasons and names are written by strangers. @param header whether the names of the columns stand above
 */
export function historyCsv(entries: readonly HistoryEntry[], header = true): string {
  const rows = entries.map((entry) => columns.map(([, of]) => of(entry) ?? ''))
  return stringify(rows, { header, columns: [...historyColumns], escape_formulas: true })
}
