import { upperBits } from './float-bits.ts'

/**
 * Eight binary orders of magnitude share a bin. Terms lie between 2^-298, the last bit of the smallest product of two
 * float32, and 2^256: biased by 1023 and divided by eight these are the bins from 90 to 159.
 */
const firstBin = 90
const bins = 70
/**
 * What is added to a bin has at most 26 bits, and a bin spans 8 more: 2^19 of them fit into the 53 of a double. The two
 * parts of a product never share a bin.
 */
const mostUnsettled = 2 ** 18
/** The unit of the whole sum is 2^-300: every term is a whole number of it. */
const unitExponent = 300
const unit = 2 ** unitExponent
/** 2^27 + 1: multiplying by it and taking the difference splits 53 bits into 26 and the rest (Veltkamp 1968). */
const splitter = 134_217_729
const largest = 3.4028234663852886e38

/**
 * A number as it enters sums: with the 24 bits of a float32, so that a product of two is exact in a double. What lies
 * beyond ±3.4e38 counts as that.
 */
export function summand(value: number): number {
  return Math.fround(Math.min(Math.max(value, -largest), largest))
}

/**
 * A sum in which nothing is rounded, so that neither the order of its terms nor how they were split between several
 * sums changes a bit of it. Terms of like size are added in doubles that have room for all of their bits; the doubles
 * are emptied into one big integer before that room is used up.
 */
export class ExactSum {
  #bins = new Float64Array(bins)
  #unsettled = 0
  #settled = 0n

  /** @param term a `summand` */
  add(term: number): void {
    if (term === 0) return
    this.#place(term)
    this.#unsettled += 1
    if (this.#unsettled >= mostUnsettled) this.#settle()
  }

  /** Add the product of two `summand`s. */
  addProduct(one: number, other: number): void {
    const product = one * other
    if (product === 0) return
    const scaled = product * splitter
    const upper = scaled - (scaled - product)
    this.#place(upper)
    if (upper !== product) this.#place(product - upper)
    this.#unsettled += 1
    if (this.#unsettled >= mostUnsettled) this.#settle()
  }

  /** Add a whole number of 2^-300, such as a sum of terms or of products in which nothing was rounded. */
  addWhole(sum: number): void {
    this.#settled += BigInt(sum * unit)
  }

  #place(term: number): void {
    const bin = ((upperBits(term) >>> 23) & 0xff) - firstBin
    this.#bins[bin] = (this.#bins[bin] ?? 0) + term
  }

  #settle(): void {
    for (const [bin, sum] of this.#bins.entries()) {
      if (sum === 0) continue
      this.#settled += BigInt(sum * unit)
      this.#bins[bin] = 0
    }
    this.#unsettled = 0
  }

  merge(other: ExactSum): void {
    if (this.#unsettled + other.#unsettled >= mostUnsettled) this.#settle()
    this.#settled += other.#settled
    for (let bin = 0; bin < bins; bin += 1) this.#bins[bin] = (this.#bins[bin] ?? 0) + (other.#bins[bin] ?? 0)
    this.#unsettled += other.#unsettled
  }

  /** Begin again at nothing: a sum that is used block after block. */
  clear(): void {
    this.#bins.fill(0)
    this.#unsettled = 0
    this.#settled = 0n
  }

  /** The sum as a whole number of 2^-300. */
  get units(): bigint {
    this.#settle()
    return this.#settled
  }

  /** The double that is nearest to the sum. */
  get value(): number {
    return Number(this.units) / unit
  }

  /** `-1f@298`: an odd hexadecimal number times 2^(298 - 300). One text for one sum. */
  toText(): string {
    const { units } = this
    if (units === 0n) return '0'
    const digits = (units < 0n ? -units : units).toString(2)
    const zeros = digits.length - digits.lastIndexOf('1') - 1
    const odd = BigInt(`0b${digits.slice(0, digits.length - zeros)}`).toString(16)
    return `${units < 0n ? '-' : ''}${odd}@${zeros}`
  }

  /** @returns undefined where the text is none of `toText` */
  static parse(text: string): ExactSum | undefined {
    const sum = new ExactSum()
    if (text === '0') return sum
    const [, sign, odd, zeros] = /^(-?)([1-9a-f][0-9a-f]{0,199})@(\d{1,3})$/.exec(text) ?? []
    if (odd === undefined) return undefined
    const size = BigInt(`0x${odd}`) << BigInt(zeros ?? 0)
    sum.#settled = sign === '-' ? -size : size
    return sum
  }
}
