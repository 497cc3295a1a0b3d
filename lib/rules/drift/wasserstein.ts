import { type NumberCounts, totalsOf } from './common-cells.ts'

/**
 * The Wasserstein distance of order 1 (earth mover's distance): ∫ |F(x) − G(x)| dx, how far a row has to be moved on
 * average to turn one sample into the other, in the unit of the numbers (Kantorovich; Vallender 1974 for this form).
 * Rows count as the middle of their cell, which puts each off by half a cell's width at most. Undefined where a side
 * has no row.
 */
export function wasserstein(ordered: readonly NumberCounts[]): number | undefined {
  const { baseline, current } = totalsOf(ordered)
  if (baseline === 0 || current === 0) return undefined
  let [before, now, distance] = [0, 0, 0]
  for (const [i, cell] of ordered.entries()) {
    before += cell.baseline
    now += cell.current
    const next = ordered[i + 1]
    if (next !== undefined)
      distance += Math.abs(before / baseline - now / current) * (next.middle - cell.middle)
  }
  return distance
}
