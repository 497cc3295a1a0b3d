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
  let last: number | undefined
  for (const cell of ordered) {
    if (last !== undefined) distance += Math.abs(before / baseline - now / current) * (cell.middle - last)
    before += cell.baseline
    now += cell.current
    last = cell.middle
  }
  return distance
}
