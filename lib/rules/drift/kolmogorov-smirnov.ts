import { type Counts, totalsOf } from './common-cells.ts'

/** A statistic and the chance that two samples of one population give it, or a greater one. */
export interface Tested {
  readonly value: number
  readonly p: number
}

/**
 * The Kolmogorov–Smirnov statistic of two samples: D = max |F(x) − G(x)|, the largest difference of the shares of rows up
 * to a value, 0 to 1, without a unit. On cells it looks at their edges only, so that D is never more than that of the rows
 * themselves, and less by at most what one cell holds.
 *
 * p is that of the limiting distribution at (√n + 0.12 + 0.11/√n)·D with n = n₁n₂/(n₁ + n₂) (Stephens 1970). With
 * ties, as whole numbers have, it is too large rather than too small. Undefined where a side has no row.
 */
export function kolmogorovSmirnov(ordered: readonly Counts[]): Tested | undefined {
  const { baseline, current } = totalsOf(ordered)
  if (baseline === 0 || current === 0) return undefined
  let [before, now, value] = [0, 0, 0]
  for (const cell of ordered) {
    before += cell.baseline
    now += cell.current
    value = Math.max(value, Math.abs(before / baseline - now / current))
  }
  const root = Math.sqrt((baseline / (baseline + current)) * current)
  return { value, p: kolmogorovTail((root + 0.12 + 0.11 / root) * value) }
}

/** The chance that the Kolmogorov distribution exceeds a value: two series, each where it is the quicker one. */
export function kolmogorovTail(value: number): number {
  if (!(value > 0.04)) return 1
  if (value < 1.18) {
    const step = Math.exp(-(Math.PI ** 2) / (8 * value ** 2))
    const series = step + step ** 9 + step ** 25 + step ** 49
    return Math.min(1, Math.max(0, 1 - (Math.sqrt(2 * Math.PI) / value) * series))
  }
  const step = Math.exp(-2 * value ** 2)
  return Math.min(1, Math.max(0, 2 * (step - step ** 4 + step ** 9 - step ** 16)))
}
