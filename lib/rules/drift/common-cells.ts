import type { CategorySketch } from './category-sketch.ts'
import { tailCounters } from './category-sketch.ts'
import { cellsOf, middleOf, type NumberSketch, within } from './number-sketch.ts'
import { textHash } from './text-hash.ts'

/** How many rows of the baseline and of now have a value in one and the same part of the values. */
export interface Counts {
  readonly baseline: number
  readonly current: number
}

/** A cell that both sketches know. */
export interface NumberCounts extends Counts {
  readonly lower: number
  readonly upper: number
  /** One number for what is in it. */
  readonly middle: number
}

/** The cells of two sketches side by side, in the order of their numbers, as coarse as the coarser of the two. */
export function commonCells(baseline: NumberSketch, current: NumberSketch): NumberCounts[] {
  const coarseness = Math.max(baseline.cells.coarseness, current.cells.coarseness)
  const [before, now] = [cellsOf(baseline, coarseness), cellsOf(current, coarseness)]
  const areWhole = baseline.areWhole && current.areWhole
  const range = { min: Math.min(baseline.min, current.min), max: Math.max(baseline.max, current.max) }
  const common: NumberCounts[] = []
  for (let i = 0, j = 0; i < before.length || j < now.length; ) {
    const [one, other] = [before[i], now[j]]
    const side = compared(one, other)
    const cell = side <= 0 ? one : other
    if (cell === undefined) break
    const { lower, upper } = cell
    common.push({
      lower,
      upper,
      middle: within(middleOf(cell, areWhole), range),
      baseline: side <= 0 ? (one?.count ?? 0) : 0,
      current: side >= 0 ? (other?.count ?? 0) : 0,
    })
    if (side <= 0) i += 1
    if (side >= 0) j += 1
  }
  return common
}

interface Edges {
  readonly lower: number
  readonly upper: number
}

/** Negative where the first cell is the lesser one or the only one. Zero's cell has no width. */
function compared(one: Edges | undefined, other: Edges | undefined): number {
  if (one === undefined) return 1
  if (other === undefined) return -1
  return Math.sign(one.lower - other.lower) || Math.sign(one.upper - other.upper)
}

/** A category of both sketches; undefined for one of the counters that rarer ones share. */
export interface CategoryCounts extends Counts {
  readonly name: string | undefined
}

/**
 * The categories of two sketches side by side. A value that one of them would have counted among others is counted so on
 * both sides: a count of 0 is never one that was not kept.
 */
export function commonCategories(baseline: CategorySketch, current: CategorySketch): CategoryCounts[] {
  const names = new Set([...baseline.named(), ...current.named()].map(([name]) => name))
  const tail = Array.from({ length: tailCounters }, (_, place) => ({
    baseline: baseline.tail[place] ?? 0,
    current: current.tail[place] ?? 0,
  }))
  const common: CategoryCounts[] = []
  for (const name of [...names].sort((one, other) => (one < other ? -1 : 1))) {
    const counts = { baseline: baseline.countOf(name), current: current.countOf(name) }
    const place = tail[textHash(name) % tailCounters]
    if (baseline.wouldName(name) && current.wouldName(name)) common.push({ name, ...counts })
    else if (place !== undefined) {
      place.baseline += counts.baseline
      place.current += counts.current
    }
  }
  return [
    ...common,
    ...tail
      .filter(({ baseline: before, current: now }) => before + now > 0)
      .map((counts) => ({ name: undefined, ...counts })),
  ]
}

/** How many rows both sides have. */
export function totalsOf(counts: readonly Counts[]): Counts {
  return {
    baseline: counts.reduce((sum, { baseline }) => sum + baseline, 0),
    current: counts.reduce((sum, { current }) => sum + current, 0),
  }
}
