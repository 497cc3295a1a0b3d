/** What was measured, printed at the end: the only thing of a visit that stays. */
export class Findings {
  readonly #lines: string[] = []

  add(what: string, value: unknown): void {
    this.#lines.push(`${what}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  }

  toString(): string {
    return this.#lines.map((line) => `  ${line}`).join('\n')
  }
}

/** The middle and the slow end of some milliseconds. */
export function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN)
  return `median ${at(0.5)} ms, p95 ${at(0.95)} ms, of ${sorted.length}`
}
