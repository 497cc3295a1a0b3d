import { summand } from './exact-sum.ts'
import { upperWord } from './float-bits.ts'

/** Rows that are worked through at a time: what is copied of them fits into the fastest memory. */
export const blockRows = 2048

/**
 * The numbers of a block may span so many binary orders of magnitude to be summed in plain doubles. A term has 24 bits and
 * 2^11 of them are added: 24 + 11 + 18 are the 53 bits of a double. A product of two has 48, and is added in two parts.
 */
const mostSpan = 18

/** A sum of products: the sum of two doubles, and neither of them is rounded. */
export type ExactPair = readonly [upper: number, lower: number]

/** Numbers as they enter sums, a block of them at a time; zeros are terms, too. */
export class BlockTerms {
  readonly values = new Float64Array(blockRows)
  readonly #words = new Int32Array(this.values.buffer)
  count = 0
  /** The exponents, biased, of the smallest and the largest term that is not 0. */
  #least = 0
  #most = 0

  /** @param numbers finite ones, `blockRows` at most */
  take(numbers: Float64Array | Float32Array, count: number): void {
    const { values } = this
    const words = this.#words
    let [least, most] = [2047, 0]
    for (let i = 0; i < count; i += 1) {
      const term = summand(numbers[i] ?? 0)
      values[i] = term
      const exponent = ((words[2 * i + upperWord] ?? 0) >>> 20) & 0x7ff
      if (exponent > most) most = exponent
      // Of 0 alone it is 0: the smallest float32 is a normal double.
      if (exponent < least && exponent > 0) least = exponent
    }
    this.count = count
    this.#least = least
    this.#most = most
  }

  /** Whether `sum` and `products` are right; where not, sums need more room than a double has. */
  get areClose(): boolean {
    return this.#most - this.#least <= mostSpan
  }

  /** The sum of the terms, nothing rounded. They must be close. */
  sum(): number {
    const { values, count } = this
    let sum = 0
    for (let i = 0; i < count; i += 1) sum += values[i] ?? 0
    return sum
  }

  /**
   * The sum of the products of these terms and as many others, nothing rounded. Both must be close. A product, which is below
   * 2^E, is parted at a grid of 2^(E - 41): 2^11 upper parts are below 2^(E + 12), the 53 bits of a double above the grid,
   * and as many lower parts, whole numbers of the last bit of the smallest product, have at most 2 × 18 + 17 bits.
   */
  products(other: BlockTerms): ExactPair {
    const [{ values: xs, count }, { values: ys }] = [this, other]
    const exponent = this.#most + other.#most - 2 * 1023 + 2
    // Adding and taking away a number whose last bit is the grid rounds to it.
    const rounder = 1.5 * 2 ** (exponent - 41 + 52)
    let [upper, lower] = [0, 0]
    for (let i = 0; i < count; i += 1) {
      const product = (xs[i] ?? 0) * (ys[i] ?? 0)
      const rounded = product + rounder - rounder
      upper += rounded
      lower += product - rounded
    }
    return [upper, lower]
  }
}
