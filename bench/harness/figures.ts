/** The value that the given share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** A value that a bench is to reach, and whether it did. */
export interface Aim {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly atMost?: number
  readonly atLeast?: number
}

/** @returns undefined where nothing was measured */
export function isReached({ value, atMost, atLeast }: Aim): boolean | undefined {
  if (Number.isNaN(value)) return undefined
  return value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY)
}

/** `what   12.3 ms   (aim ≤ 50 ms: reached)`. */
export function figure(what: string, value: number, unit: string, aim?: number): string {
  return aimed({ what, value, unit, ...(aim !== undefined && { atMost: aim }) })
}

/** As `figure`, for an aim in either direction. */
export function aimed(aim: Aim): string {
  const { what, value, unit, atMost, atLeast } = aim
  const reached = isReached(aim)
  const shown = reached === undefined ? 'not measured' : `${value.toPrecision(3)} ${unit}`
  const verdict = reached === undefined ? 'not measured' : reached ? 'reached' : 'MISSED'
  const bound = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`
  const judged = (atMost ?? atLeast) === undefined ? '' : `(aim ${bound} ${unit}: ${verdict})`
  return `${what.padEnd(62)}${shown.padStart(12)}  ${judged}`.trimEnd()
}

/** A number to be read in a column: three digits of it, and no exponent. */
export function plain(value: number): string {
  if (Number.isNaN(value)) return '-'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 1e-9))))
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.min(digits, 6) })
}

/** Rows under headings; the first column to the left, numbers to the right. */
export function columns(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows]
  const widths = headings.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)))
  const padded = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)
  return all.map((row) => `  ${row.map(padded).join('  ')}`.trimEnd()).join('\n')
}
