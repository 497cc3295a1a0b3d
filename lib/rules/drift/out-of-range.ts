import { cellsOf, type NumberSketch } from './number-sketch.ts'

/** Numbers beyond those of the baseline. */
export interface OutOfRange {
  /** Shares of the numbers of now, 0 to 1. */
  readonly below: number
  readonly above: number
  readonly p: number
}

/**
 * How many numbers lie below the least and above the greatest of the baseline; those in the same cell as these two are not
 * counted. Where both sides come from one population any order of their rows is equally likely, so the chance that the k
 * greatest of n + m are all of the m rows of now is Π (m − i)/(n + m − i) for i < k: p is twice the lesser one of both
 * ends, without any assumption about the population. Undefined where a side has no number.
 */
export function outOfRange(baseline: NumberSketch, current: NumberSketch): OutOfRange | undefined {
  if (baseline.count === 0 || current.count === 0) return undefined
  let [below, above] = [0, 0]
  for (const { lower, upper, count } of cellsOf(current)) {
    if (lower > baseline.max || (lower === baseline.max && upper <= 0 && lower < upper)) above += count
    if (upper < baseline.min || (upper === baseline.min && lower >= 0 && lower < upper)) below += count
  }
  const p =
    2 *
    Math.min(extremes(below, baseline.count, current.count), extremes(above, baseline.count, current.count))
  return { below: below / current.count, above: above / current.count, p: Math.min(1, p) }
}

function extremes(count: number, before: number, now: number): number {
  let chance = 1
  for (let i = 0; i < count && chance > 1e-300; i += 1) chance *= (now - i) / (before + now - i)
  return chance
}
