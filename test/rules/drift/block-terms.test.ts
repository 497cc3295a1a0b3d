import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { BlockTerms, blockRows } from '../../../lib/rules/drift/block-terms.ts'
import { ExactSum } from '../../../lib/rules/drift/exact-sum.ts'

function termsOf(numbers: readonly number[]): BlockTerms {
  const terms = new BlockTerms()
  terms.take(Float64Array.from(numbers), numbers.length)
  return terms
}

/** The same, added one by one. */
function oneByOne(xs: BlockTerms, ys: BlockTerms) {
  const [x, xy] = [new ExactSum(), new ExactSum()]
  for (let i = 0; i < xs.count; i += 1) {
    x.add(xs.values[i] ?? 0)
    xy.addProduct(xs.values[i] ?? 0, ys.values[i] ?? 0)
  }
  return [x.toText(), xy.toText()]
}

function atOnce(xs: BlockTerms, ys: BlockTerms) {
  const [x, xy] = [new ExactSum(), new ExactSum()]
  x.addWhole(xs.sum())
  for (const part of xs.products(ys)) xy.addWhole(part)
  return [x.toText(), xy.toText()]
}

/** All 24 bits of a float32, at one of 19 orders of magnitude from the given one. */
const closeNumbers = (lowest: number) =>
  fc.array(
    fc
      .tuple(
        fc.integer({ min: 2 ** 23, max: 2 ** 24 - 1 }),
        fc.integer({ min: lowest, max: lowest + 18 }),
        fc.boolean(),
      )
      .map(([bits, exponent, isNegative]) => (isNegative ? -1 : 1) * bits * 2 ** (exponent - 23)),
    { minLength: 1, maxLength: 60 },
  )

test('blocks of terms that are close are summed as one by one, bit for bit', () => {
  const lowest = fc.integer({ min: -126, max: 109 })
  fc.assert(
    fc.property(lowest.chain(closeNumbers), lowest.chain(closeNumbers), (some, others) => {
      const [xs, ys] = [some, others].map((numbers) =>
        termsOf(Array.from({ length: blockRows }, (_, i) => numbers[i % numbers.length] ?? 0)),
      ) as [BlockTerms, BlockTerms]
      expect([xs.areClose, ys.areClose]).toEqual([true, true])
      expect(atOnce(xs, ys)).toEqual(oneByOne(xs, ys))
    }),
    { numRuns: 200 },
  )
})

test('a full block of the largest numbers, all of one sign, has room', () => {
  const largest = (2 - 2 ** -23) * 2 ** 127
  for (const smallest of [2 ** 109, (1 + 2 ** -23) * 2 ** 109]) {
    const xs = termsOf(Array.from({ length: blockRows }, (_, i) => (i % 2 === 0 ? largest : smallest)))
    expect(xs.areClose).toBe(true)
    expect(atOnce(xs, xs)).toEqual(oneByOne(xs, xs))
  }
})

test('terms that are further apart are not close, whatever zeros lie between', () => {
  expect(termsOf([1, 0, 2 ** 18]).areClose).toBe(true)
  expect(termsOf([1, 0, 2 ** 19]).areClose).toBe(false)
  expect(termsOf([2 ** -149, 2 ** -131]).areClose).toBe(true)
  expect(termsOf([0, -0]).areClose).toBe(true)
  expect(atOnce(termsOf([0, -0]), termsOf([5, 7]))).toEqual(['0', '0'])
  expect(termsOf([]).areClose).toBe(true)
})
