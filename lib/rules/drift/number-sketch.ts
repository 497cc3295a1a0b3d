import { ExactSum, summand } from './exact-sum.ts'
import { type NumberCell, NumberCells } from './number-cells.ts'

/** Sums over the rows in which a number and the prediction are both there: what a correlation is made of. */
export interface PairedSums {
  count: number
  readonly x: ExactSum
  readonly xx: ExactSum
  readonly y: ExactSum
  readonly yy: ExactSum
  readonly xy: ExactSum
}

/**
 * All that is kept of a column of numbers. It never grows beyond 2,048 cells, and merging is exact: any order and any
 * division of the same rows gives the same sketch, bit for bit.
 */
export class NumberSketch {
  readonly kind = 'numbers'
  /** Numbers, zero among them. */
  count = 0
  /** Null, absent, or no number (NaN), which JSON has as null. */
  missing = 0
  /** Plus or minus infinity. */
  infinite = 0
  /** Of another type than a number. */
  unreadable = 0
  zero = 0
  /** Infinity where there is no number; -0 counts as 0. */
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY
  /** Whether all of the numbers are whole; true where there is none. */
  areWhole = true
  readonly cells = new NumberCells()
  readonly sum = new ExactSum()
  readonly squares = new ExactSum()
  readonly paired: PairedSums = {
    count: 0,
    x: new ExactSum(),
    xx: new ExactSum(),
    y: new ExactSum(),
    yy: new ExactSum(),
    xy: new ExactSum(),
  }

  get rows(): number {
    return this.count + this.missing + this.infinite + this.unreadable
  }

  /** Count a number and, where the row has one, the prediction beside it. */
  add(value: number, prediction?: number): void {
    if (!Number.isFinite(value)) {
      if (Number.isNaN(value)) this.missing += 1
      else this.infinite += 1
      return
    }
    this.#count(value)
    const x = summand(value)
    this.sum.add(x)
    this.squares.addProduct(x, x)
    if (prediction !== undefined && Number.isFinite(prediction)) this.#pair(x, summand(prediction))
  }

  #count(value: number): void {
    this.count += 1
    if (value === 0) this.zero += 1
    else this.cells.add(value)
    if (value < this.min) this.min = value + 0
    if (value > this.max) this.max = value + 0
    if (this.areWhole && !Number.isInteger(value)) this.areWhole = false
  }

  #pair(x: number, y: number): void {
    const { paired } = this
    paired.count += 1
    paired.x.add(x)
    paired.xx.addProduct(x, x)
    paired.y.add(y)
    paired.yy.addProduct(y, y)
    paired.xy.addProduct(x, y)
  }

  merge(other: NumberSketch): void {
    this.count += other.count
    this.missing += other.missing
    this.infinite += other.infinite
    this.unreadable += other.unreadable
    this.zero += other.zero
    this.min = Math.min(this.min, other.min)
    this.max = Math.max(this.max, other.max)
    this.areWhole &&= other.areWhole
    this.cells.merge(other.cells)
    this.sum.merge(other.sum)
    this.squares.merge(other.squares)
    this.paired.count += other.paired.count
    for (const part of ['x', 'xx', 'y', 'yy', 'xy'] as const) this.paired[part].merge(other.paired[part])
  }
}

/** The cells of a sketch in the order of their numbers, zero in a cell of its own. */
export function cellsOf(sketch: NumberSketch, coarseness = sketch.cells.coarseness): readonly NumberCell[] {
  const cells = sketch.cells.cells(coarseness)
  if (sketch.zero === 0) return cells
  const positive = cells.findIndex(({ upper }) => upper > 0)
  const at = positive < 0 ? cells.length : positive
  return [...cells.slice(0, at), { lower: 0, upper: 0, count: sketch.zero }, ...cells.slice(at)]
}

/**
 * One number for a cell: the middle of what can be in it, which is off by at most half of the cell's width. Whole
 * numbers are themselves as long as a cell holds only one of them.
 */
export function middleOf({ lower, upper }: Omit<NumberCell, 'count'>, areWhole: boolean): number {
  if (!areWhole || lower === upper) return lower + (upper - lower) / 2
  const [first, last] = [firstWhole(lower), lastWhole(upper)]
  return first + (last - first) / 2
}

/** The first whole number of a cell: its lower edge is in it where it is positive. */
export function firstWhole(lower: number): number {
  return lower < 0 ? Math.floor(lower) + 1 : Math.ceil(lower)
}

/** The last whole number of a cell: its upper edge is in it where it is negative, or zero. */
export function lastWhole(upper: number): number {
  return upper <= 0 ? Math.floor(upper) : Math.ceil(upper) - 1
}

/**
 * The number that the given share of the numbers does not exceed: the ceil(share × count)-th of them, off by at most half
 * of its cell's width, and never outside the least and the most. Undefined where there are none.
 */
export function quantile(sketch: NumberSketch, share: number): number | undefined {
  const rank = Math.max(1, Math.ceil(share * sketch.count))
  let seen = 0
  for (const cell of cellsOf(sketch)) {
    seen += cell.count
    if (seen >= rank) return within(middleOf(cell, sketch.areWhole), sketch)
  }
  return undefined
}

/** A number held between the least and the most of a sketch. */
export function within(value: number, { min, max }: Pick<NumberSketch, 'min' | 'max'>): number {
  return Math.min(Math.max(value, min), max)
}

/** The share of the numbers that do not exceed a value; inside a cell, as if they lay evenly. NaN where there are none. */
export function shareUpTo(sketch: NumberSketch, value: number): number {
  if (value >= sketch.max) return sketch.count / sketch.count
  let below = 0
  for (const { lower, upper, count } of cellsOf(sketch)) {
    if (lower > value) break
    if (sketch.areWhole) below += middleOf({ lower, upper }, true) <= value ? count : 0
    else below += upper <= value ? count : (count * (value - lower)) / (upper - lower)
  }
  return value < sketch.min ? 0 / sketch.count : below / sketch.count
}

/** NaN where there is no number. */
export function meanOf(sketch: NumberSketch): number {
  return sketch.sum.value / sketch.count
}

/** The standard deviation over all rows (divided by n), without cancellation. NaN where there is no number. */
export function deviationOf(sketch: NumberSketch): number {
  const { count, sum, squares } = sketch
  if (count === 0) return Number.NaN
  const scaled = BigInt(count) * (squares.units << 300n) - sum.units ** 2n
  return Math.sqrt(ratio(scaled, 1n << 600n)) / count
}

/**
 * Pearson's correlation of a number with the prediction, over the rows that have both: −1 to 1, exact up to the 24 bits
 * with which numbers enter sums. Undefined where either does not vary.
 */
export function correlationOf({ paired }: NumberSketch): number | undefined {
  const { count, x, xx, y, yy, xy } = paired
  const n = BigInt(count)
  const ofX = n * (xx.units << 300n) - x.units ** 2n
  const ofY = n * (yy.units << 300n) - y.units ** 2n
  if (ofX <= 0n || ofY <= 0n) return undefined
  const both = n * (xy.units << 300n) - x.units * y.units
  return Math.sign(Number(both > 0n) - Number(both < 0n)) * Math.sqrt(ratio(both ** 2n, ofX * ofY))
}

/** A quotient of two big integers as a double, right to 52 bits at least. */
function ratio(above: bigint, below: bigint): number {
  if (above === 0n) return 0
  const digits = (value: bigint) => value.toString(16).length * 4
  const shift = BigInt(digits(below) - digits(above) + 64)
  const quotient = shift >= 0n ? (above << shift) / below : above / (below << -shift)
  return Number(quotient) * 2 ** Number(-shift)
}
