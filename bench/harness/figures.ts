/** The value that the given share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** `what   12.3 ms   (aim ≤ 50 ms: reached)`. */
export function figure(what: string, value: number, unit: string, aim?: number): string {
  const shown = `${value.toPrecision(3)} ${unit}`
  const verdict = aim === undefined ? '' : `(aim ≤ ${aim} ${unit}: ${value <= aim ? 'reached' : 'MISSED'})`
  return `${what.padEnd(62)}${shown.padStart(12)}  ${verdict}`.trimEnd()
}
