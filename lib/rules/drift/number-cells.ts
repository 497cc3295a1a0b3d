import { ofUpperBits, upperBits, upperWord } from './float-bits.ts'

/** One cell of a sketch: so many numbers from `lower` to `upper`. */
export interface NumberCell {
  readonly lower: number
  readonly upper: number
  readonly count: number
}

/** More cells than this are never kept; at 2,048 a table of 4,096 places is half full. */
export const mostCells = 2048
/** At this coarseness no set of doubles has more than `mostCells` cells. */
export const mostCoarseness = 21
const firstPlaces = 64

/**
 * Numbers counted in cells of logarithmic width. The cell of a number is the upper bits of its double: sign, exponent
 * and, at coarseness 0, twenty bits of fraction, which makes a cell at most 2^-20 of its numbers wide. Where there would
 * be more than 2,048 cells, one bit of all of them is given up: a cell at coarseness c is at most 2^(c - 20) wide,
 * relative to what is in it. Numbers that lie close together relative to their size keep more bits than widely spread ones.
 *
 * A bit is given up exactly when the set of numbers has more than 2,048 cells with it. That depends on the set alone, so
 * any order of adding and merging ends with the same cells.
 */
export class NumberCells {
  coarseness = 0
  size = 0
  #places = firstPlaces
  #keys = new Int32Array(firstPlaces)
  #counts = new Float64Array(firstPlaces)
  /** What was last made of them, until something is counted. */
  #sorted: Int32Array | undefined
  #made: { readonly coarseness: number; readonly cells: readonly NumberCell[] } | undefined

  /** Count a number, zero excepted: it has two doubles, and its owner counts it. */
  add(value: number): void {
    this.addBits(upperBits(value), 1)
  }

  /** Count numbers by the upper bits of their doubles. */
  addBits(bits: number, count: number): void {
    // Negative numbers get ~magnitude, so that keys sort as their numbers do.
    this.addKey((bits ^ ((bits >> 31) >>> 1)) >> this.coarseness, count)
  }

  /**
   * Count the first numbers of a block, zeros excepted: the same as one by one.
   * @param numbers finite ones @param words the same memory, as 32-bit words
   */
  addBlock(numbers: Float64Array, words: Int32Array, count: number): void {
    this.#sorted = undefined
    this.#made = undefined
    for (let i = 0; i < count; ) i = this.#addKnown(numbers, words, i, count)
  }

  /** Count up to the first number that has no cell yet, and that one. @returns where to go on */
  #addKnown(numbers: Float64Array, words: Int32Array, from: number, end: number): number {
    const [keys, counts, mask, coarseness] = [this.#keys, this.#counts, this.#places - 1, this.coarseness]
    for (let i = from; i < end; i += 1) {
      if (numbers[i] === 0) continue
      const bits = words[2 * i + upperWord] ?? 0
      const key = (bits ^ ((bits >> 31) >>> 1)) >> coarseness
      let place = placeOf(key) & mask
      while (keys[place] !== key && counts[place] !== 0) place = (place + 1) & mask
      if (counts[place] === 0) {
        this.addKey(key, 1)
        return i + 1
      }
      counts[place] = (counts[place] ?? 0) + 1
    }
    return end
  }

  /** Count in a cell of the present coarseness. */
  addKey(key: number, count: number): void {
    this.#sorted = undefined
    this.#made = undefined
    const mask = this.#places - 1
    let place = placeOf(key) & mask
    while (this.#counts[place] !== 0) {
      if (this.#keys[place] === key) {
        this.#counts[place] = (this.#counts[place] ?? 0) + count
        return
      }
      place = (place + 1) & mask
    }
    this.#keys[place] = key
    this.#counts[place] = count
    this.size += 1
    if (this.size > this.#places / 2) this.#makeRoom()
  }

  #makeRoom(): void {
    if (this.#places < mostCells * 2) this.#rebuild(this.#places * 2, this.coarseness)
    while (this.size > mostCells) this.#rebuild(this.#places, this.coarseness + 1)
  }

  #rebuild(places: number, coarseness: number): void {
    const [keys, counts, given] = [this.#keys, this.#counts, coarseness - this.coarseness]
    this.#places = places
    this.#keys = new Int32Array(places)
    this.#counts = new Float64Array(places)
    this.size = 0
    this.coarseness = coarseness
    this.#sorted = undefined
    this.#made = undefined
    for (let place = 0; place < keys.length; place += 1) {
      const count = counts[place] ?? 0
      if (count > 0) this.addKey((keys[place] ?? 0) >> given, count)
    }
  }

  /** Give up bits until cells are this coarse. */
  coarsen(coarseness: number): void {
    if (coarseness > this.coarseness) this.#rebuild(this.#places, coarseness)
  }

  merge(other: NumberCells): void {
    this.coarsen(other.coarseness)
    // What is added may make this one coarser on the way.
    for (const [key, count] of other.entries())
      this.addKey(key >> (this.coarseness - other.coarseness), count)
  }

  /** Keys and counts, by key, which is the order of the numbers. */
  entries(): readonly (readonly [number, number])[] {
    return Array.from(this.#keysInOrder(), (key): [number, number] => [key, this.#countAt(key)])
  }

  #keysInOrder(): Int32Array {
    this.#sorted ??= this.#keys.filter((_, place) => this.#counts[place] !== 0).sort()
    return this.#sorted
  }

  #countAt(key: number): number {
    let place = placeOf(key) & (this.#places - 1)
    while (this.#keys[place] !== key || this.#counts[place] === 0) place = (place + 1) & (this.#places - 1)
    return this.#counts[place] ?? 0
  }

  /** Cells in the order of their numbers, as coarse as asked for; never finer than they are kept. */
  cells(coarseness: number): readonly NumberCell[] {
    if (this.#made?.coarseness !== coarseness) this.#made = { coarseness, cells: this.#cells(coarseness) }
    return this.#made.cells
  }

  #cells(coarseness: number): NumberCell[] {
    const cells: NumberCell[] = []
    const given = coarseness - this.coarseness
    let [open, inside] = [0, 0]
    for (const fine of this.#keysInOrder()) {
      const key = fine >> given
      if (key !== open && inside > 0) {
        cells.push(cellOf(open, coarseness, inside))
        inside = 0
      }
      open = key
      inside += this.#countAt(fine)
    }
    if (inside > 0) cells.push(cellOf(open, coarseness, inside))
    return cells
  }
}

/** Where a key is looked for first. Neighbours in order are neighbours in memory, which is what they are counted in. */
function placeOf(key: number): number {
  return key + Math.imul(key >> 12, 0x9e3779b1)
}

/** A cell by its key. A positive one has its lower edge in it, a negative one its upper edge. */
export function cellOf(key: number, coarseness: number, count: number): NumberCell {
  const magnitude = key < 0 ? ~key : key
  const near = magnitude === 0 ? 0 : ofUpperBits(magnitude << coarseness)
  const next = (magnitude + 1) * 2 ** coarseness
  const far = next >= 0x7ff0_0000 ? Number.MAX_VALUE : ofUpperBits(next)
  return key < 0 ? { lower: -far, upper: -near, count } : { lower: near, upper: far, count }
}
