import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const place = join(import.meta.dirname, '..', '..', '.cache', 'runtimes-report.jsonl')

/** A row of the table: one layout, run in one way. */
export interface Row {
  readonly case: string
  readonly runtime: string
  readonly in: 'process' | 'container'
  readonly framework: string
  /** Of the artifact, and of the image below it where there is one. */
  readonly megabytes: number
  readonly imageMegabytes?: number
  /** From the push, or from the start of the container, to READY or the first 200. */
  readonly readyMs?: number
  readonly worst?: number
  /** What was not had here, or what fell short. */
  readonly note?: string
}

export function forgetRows(): void {
  rmSync(place, { force: true })
}

export function addRow(row: Row): void {
  appendFileSync(place, `${JSON.stringify(row)}\n`)
}

/** The table of all rows so far, as Markdown. */
export function tableOfRows(): string {
  if (!existsSync(place)) return ''
  const rows = readFileSync(place, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
  const cells = rows.map((row) => [
    row.case,
    row.runtime,
    row.in,
    row.framework,
    row.megabytes.toFixed(2),
    row.imageMegabytes?.toFixed(0) ?? '',
    row.readyMs?.toFixed(0) ?? '',
    row.worst?.toExponential(1) ?? '',
    row.note ?? '',
  ])
  const header = [
    'what',
    'runtime',
    'in',
    'made by',
    'MB',
    'image MB',
    'ready ms',
    'worst difference',
    'note',
  ]
  return [header, header.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
