import { hashes, textHash } from './text-hash.ts'

/** So many different values are counted one by one. */
export const mostCategories = 256
/** All others share so many counters, by their hash. */
export const tailCounters = 256
/** Longer values are known by their beginning and their hash. */
const longestName = 64

interface Counted {
  readonly hash: number
  count: number
}

/**
 * All that is kept of a column of categories (strings, booleans). Up to 256 different values are counted one by one.
 * Where there are more, it is the 256 of the least hashes, however often they come: a choice by frequency or by first
 * appearance would depend on the order of the rows, and this one depends on the set of values alone. The others share
 * 256 counters by their hash, so that a change among them is seen, and not named.
 */
export class CategorySketch {
  readonly kind = 'categories'
  /** Values that are there. */
  count = 0
  /** Null or absent. */
  missing = 0
  /** Of another type than the column's. */
  unreadable = 0
  readonly #named = new Map<string, Counted>()
  readonly tail = new Float64Array(tailCounters)
  /** The greatest hash among the named ones, once there are 256 of them: who has a greater one goes to the tail. */
  #last: { readonly name: string; readonly hash: number } | undefined

  get rows(): number {
    return this.count + this.missing + this.unreadable
  }

  add(value: string): void {
    this.count += 1
    const name = value.length > longestName ? shortened(value) : value
    const known = this.#named.get(name)
    if (known !== undefined) known.count += 1
    else this.addCounted(name, 1)
  }

  /** Count a value, already shortened, that was met so often, without counting its rows. */
  addCounted(name: string, count: number): void {
    const known = this.#named.get(name)
    if (known !== undefined) {
      known.count += count
      return
    }
    const hash = textHash(name)
    if (this.#last !== undefined && isBefore(this.#last, { name, hash })) {
      this.#addToTail(hash, count)
      return
    }
    this.#named.set(name, { hash, count })
    if (this.#named.size > mostCategories) this.#dropLast()
    else if (this.#named.size === mostCategories) this.#last = this.#greatest()
  }

  #dropLast(): void {
    const dropped = this.#greatest()
    this.#addToTail(dropped.hash, this.#named.get(dropped.name)?.count ?? 0)
    this.#named.delete(dropped.name)
    this.#last = this.#greatest()
  }

  #greatest(): { readonly name: string; readonly hash: number } {
    let greatest = { name: '', hash: -1 }
    for (const [name, { hash }] of this.#named)
      if (isBefore(greatest, { name, hash })) greatest = { name, hash }
    return greatest
  }

  #addToTail(hash: number, count: number): void {
    const counter = hash % tailCounters
    this.tail[counter] = (this.tail[counter] ?? 0) + count
  }

  merge(other: CategorySketch): void {
    this.count += other.count
    this.missing += other.missing
    this.unreadable += other.unreadable
    // A tail tells that 256 lesser hashes were met, and those are among the named ones that come now.
    for (const [name, count] of other.named()) this.addCounted(name, count)
    for (const [counter, count] of other.tail.entries())
      this.tail[counter] = (this.tail[counter] ?? 0) + count
  }

  /** The values that are counted one by one, in one order for one set. */
  named(): [string, number][] {
    const named = [...this.#named].map(([name, { count }]): [string, number] => [name, count])
    return named.sort(([one], [other]) => (one < other ? -1 : 1))
  }

  countOf(name: string): number {
    return this.#named.get(name)?.count ?? 0
  }

  /** Whether this value would be counted one by one if it came: then a count of 0 says that it never did. */
  wouldName(name: string): boolean {
    return (
      this.#named.has(name) ||
      this.#last === undefined ||
      isBefore({ name, hash: textHash(name) }, this.#last)
    )
  }

  /**
   * How many different values there were: exact up to 256, and beyond that estimated from how closely the 256 least
   * hashes lie together (k minimum values; Bar-Yossef et al. 2002), with a standard error of 1/√254, 6.3 %.
   */
  get cardinality(): number {
    if (this.#last === undefined || !this.tail.some((count) => count > 0)) return this.#named.size
    return Math.round((mostCategories - 1) / ((this.#last.hash + 1) / hashes))
  }
}

function isBefore(
  one: { readonly name: string; readonly hash: number },
  other: { readonly name: string; readonly hash: number },
): boolean {
  return one.hash < other.hash || (one.hash === other.hash && one.name < other.name)
}

/** `a very long value…#1f0c…`: the beginning, and a hash of the whole, so that long values stay apart. */
function shortened(value: string): string {
  return `${value.slice(0, longestName - 16)}…#${textHash(value).toString(16).padStart(13, '0')}`
}
