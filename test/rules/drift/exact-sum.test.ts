import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ExactSum, summand } from '../../../lib/rules/drift/exact-sum.ts'

const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -1e3, max: 1e3, noNaN: true }),
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
)

function sumOf(values: readonly number[]): ExactSum {
  const sum = new ExactSum()
  for (const value of values) sum.add(summand(value))
  return sum
}

/** What a sum must come to, in units of 2^-300. */
function unitsOf(value: number): bigint {
  let [scaled, shift] = [value, 300]
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    shift -= 1
  }
  return BigInt(scaled) << BigInt(shift)
}

describe('an exact sum', () => {
  test('is what big integers come to, however large and small its terms are', () => {
    fc.assert(
      fc.property(fc.array(finite, { maxLength: 40 }), (values) => {
        const wanted = values.reduce((sum, value) => sum + unitsOf(summand(value)), 0n)
        expect(sumOf(values).units).toBe(wanted)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  test('of products loses no bit of them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(finite, finite), { maxLength: 20 }), (pairs) => {
        const sum = new ExactSum()
        for (const [x, y] of pairs) sum.addProduct(summand(x), summand(y))
        // A product of two units of 2^-300 is counted in 2^-600.
        const wanted = pairs.reduce((total, [x, y]) => total + unitsOf(summand(x)) * unitsOf(summand(y)), 0n)
        expect(sum.units << 300n).toBe(wanted)
      }),
      { seed: 2, numRuns: 300 },
    )
  })

  test('is the same in any order and any division, where doubles are not', () => {
    expect(1e16 + 1 - 1e16).not.toBe(1)
    fc.assert(
      fc.property(fc.array(finite), fc.nat(), (values, at) => {
        const cut = at % (values.length + 1)
        const merged = sumOf(values.slice(cut).toReversed())
        merged.merge(sumOf(values.slice(0, cut)))
        expect(merged.toText()).toBe(sumOf(values).toText())
      }),
      { seed: 3, numRuns: 300 },
    )
  })

  test('comes back from its text', () => {
    fc.assert(
      fc.property(fc.array(finite), (values) => {
        const text = sumOf(values).toText()
        expect(ExactSum.parse(text)?.toText()).toBe(text)
      }),
      { seed: 4 },
    )
  })

  test('keeps every bit over millions of terms, where a bin that is never emptied has no room for them', () => {
    // Both products fall into one bin, at its two ends: 22 bits of sum above 2^0, and bits down to 2^-32.
    const [large, small] = [Math.fround(1.41), Math.fround(0.0885)]
    const times = 3_000_000
    const sum = new ExactSum()
    for (let i = 0; i < times; i += 1) {
      sum.addProduct(large, large)
      sum.addProduct(small, small)
    }
    expect(sum.units).toBe((unitsOf(large * large) + unitsOf(small * small)) * BigInt(times))
  })

  test.each(['', '0@1', '2g@1', '-', '1@', '1@1000', `${'f'.repeat(201)}@1`, '1e5', '--1@2'])(
    'is not read from %j',
    (text) => {
      expect(ExactSum.parse(text)).toBeUndefined()
    },
  )

  test('counts what is beyond float32 as the largest of them', () => {
    expect(summand(1e300)).toBe(3.4028234663852886e38)
    expect(summand(-1e300)).toBe(-3.4028234663852886e38)
    expect(sumOf([1e-300]).value).toBe(0)
  })
})
