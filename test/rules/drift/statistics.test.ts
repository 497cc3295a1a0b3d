import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { baselineBins, folded } from '../../../lib/rules/drift/baseline-bins.ts'
import { benjaminiHochberg } from '../../../lib/rules/drift/benjamini-hochberg.ts'
import { CategorySketch } from '../../../lib/rules/drift/category-sketch.ts'
import { chiSquare, pooled, sharesDiffer } from '../../../lib/rules/drift/chi-square.ts'
import { commonCategories, commonCells, totalsOf } from '../../../lib/rules/drift/common-cells.ts'
import { chiSquareTail, logGamma } from '../../../lib/rules/drift/gamma.ts'
import { jensenShannon } from '../../../lib/rules/drift/jensen-shannon.ts'
import { kolmogorovSmirnov, kolmogorovTail } from '../../../lib/rules/drift/kolmogorov-smirnov.ts'
import { NumberSketch } from '../../../lib/rules/drift/number-sketch.ts'
import { outOfRange } from '../../../lib/rules/drift/out-of-range.ts'
import { plainNumber, plainPercent } from '../../../lib/rules/drift/plain-number.ts'
import { stabilityIndex } from '../../../lib/rules/drift/stability-index.ts'
import { wasserstein } from '../../../lib/rules/drift/wasserstein.ts'
import { normals } from './random.ts'

function numbers(values: readonly number[]): NumberSketch {
  const sketch = new NumberSketch()
  for (const value of values) sketch.add(value)
  return sketch
}
function categories(values: readonly string[]): CategorySketch {
  const sketch = new CategorySketch()
  for (const value of values) sketch.add(value)
  return sketch
}
const cells = (before: readonly number[], now: readonly number[]) =>
  commonCells(numbers(before), numbers(now))
const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true })
const some = fc.array(finite, { minLength: 1, maxLength: 60 })

describe('every statistic', () => {
  test.each([
    ['of an empty baseline', [], [1, 2]],
    ['of no rows since', [1, 2], []],
    ['of nothing', [], []],
  ])('%s is not told', (_, before, now) => {
    const common = cells(before, now)
    expect([
      kolmogorovSmirnov(common),
      wasserstein(common),
      jensenShannon(common),
      stabilityIndex(common),
      chiSquare(common),
      outOfRange(numbers(before), numbers(now)),
    ]).toEqual(Array(6).fill(undefined))
  })

  test.each([
    ['one row that stayed', [5], [5]],
    ['a constant', Array(100).fill(7), Array(30).fill(7)],
    ['zeros', [0, 0], [-0, 0, 0]],
    ['the same rows twice as often', [1, 2, 3], [1, 1, 2, 2, 3, 3]],
  ])('of %s is nothing', (_, before, now) => {
    const common = cells(before, now)
    expect([
      kolmogorovSmirnov(common),
      wasserstein(common),
      jensenShannon(common),
      chiSquare(common)?.value,
    ]).toEqual([{ value: 0, p: 1 }, 0, 0, 0])
    expect(stabilityIndex(common)).toBe(0)
    expect(outOfRange(numbers(before), numbers(now))).toEqual({ below: 0, above: 0, p: 1 })
  })

  test('of rows that have nothing in common is all there is', () => {
    const common = cells([1, 2, 3], [11, 12, 13])
    expect([kolmogorovSmirnov(common)?.value, wasserstein(common)]).toEqual([1, 10])
    expect(jensenShannon(common)).toBeCloseTo(1, 12)
    expect(outOfRange(numbers([1, 2, 3]), numbers([11, 12, 13]))).toEqual({ below: 0, above: 1, p: 0.1 })
    expect(outOfRange(numbers([-1, -2]), numbers([-3]))).toMatchObject({ below: 1, above: 0 })
  })

  test('keeps within its bounds, and is the same from both sides where it is a distance', () => {
    fc.assert(
      fc.property(some, some, (before, now) => {
        const [there, back] = [cells(before, now), cells(now, before)]
        expect(totalsOf(there)).toEqual({ baseline: before.length, current: now.length })
        for (const distance of [(common: typeof there) => kolmogorovSmirnov(common)?.value, jensenShannon]) {
          const [one, other] = [distance(there) ?? Number.NaN, distance(back) ?? Number.NaN]
          expect(one).toBeGreaterThanOrEqual(0)
          expect(one).toBeLessThanOrEqual(1)
          expect(one).toBeCloseTo(other, 10)
        }
        const [far, back2] = [wasserstein(there) ?? Number.NaN, wasserstein(back) ?? Number.NaN]
        expect(far).toBeLessThanOrEqual(2e6)
        expect(Math.abs(far - back2)).toBeLessThanOrEqual(1e-9 * (1 + far))
        expect(stabilityIndex(there)).toBeGreaterThanOrEqual(0)
        for (const p of [
          kolmogorovSmirnov(there)?.p,
          chiSquare(there)?.p,
          outOfRange(numbers(before), numbers(now))?.p,
        ]) {
          expect(p).toBeGreaterThanOrEqual(0)
          expect(p).toBeLessThanOrEqual(1)
        }
      }),
      { seed: 1, numRuns: 200 },
    )
  })
})

describe('the tails of distributions', () => {
  test.each([
    [0, 1],
    [0.5, 0.9639452436648751],
    [1, 0.26999967167735456],
    [1.5, 0.022217962616525127],
    [2, 6.709252557796953e-4],
    [3, 3.0459959489425258e-8],
  ])('Kolmogorov beyond %d is %d', (value, wanted) => {
    expect(kolmogorovTail(value) / wanted).toBeCloseTo(1, 9)
  })

  test('the two series of Kolmogorov meet', () => {
    expect(kolmogorovTail(1.18 - 1e-9)).toBeCloseTo(kolmogorovTail(1.18 + 1e-9), 8)
  })

  test.each([
    [3.841458820694124, 1, 0.05],
    [6.634896601021213, 1, 0.01],
    [18.307038053275146, 10, 0.05],
    [124.34211340400407, 100, 0.05],
    [0, 3, 1],
    [Number.POSITIVE_INFINITY, 3, 0],
    [200, 2, 3.720075976020836e-44],
  ])('χ² beyond %d at %d degrees is %d', (value, degrees, wanted) => {
    expect(chiSquareTail(value, degrees) - wanted).toBeCloseTo(0, 10)
    if (wanted > 0) expect(chiSquareTail(value, degrees) / wanted).toBeCloseTo(1, 9)
  })

  test('the gamma function is that of factorials', () => {
    for (const [n, factorial] of [
      [1, 1],
      [2, 1],
      [5, 24],
      [11, 3_628_800],
    ] as const)
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 11)
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 11)
  })
})

describe('corrected p-values', () => {
  test('are those that Benjamini and Hochberg give, in the order of what came in', () => {
    const adjusted = benjaminiHochberg([0.04, 0.001, 0.03, 0.5])
    expect(adjusted.map((p) => Number(p.toFixed(12)))).toEqual([0.053333333333, 0.004, 0.053333333333, 0.5])
    expect(benjaminiHochberg([])).toEqual([])
    expect(benjaminiHochberg([0.2])).toEqual([0.2])
  })

  test('are never less than they were, nor more than 1, and keep their order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (ps) => {
        const adjusted = benjaminiHochberg(ps)
        for (const [i, p] of ps.entries()) {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p)
          expect(adjusted[i]).toBeLessThanOrEqual(1)
          for (const [j, other] of ps.entries())
            if (p <= other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j] ?? Number.NaN)
        }
      }),
      { seed: 2, numRuns: 200 },
    )
  })
})

describe('shares', () => {
  test('that differ are told by Yates, and zero of zero is no difference', () => {
    expect(sharesDiffer({ part: 0, of: 1000 }, { part: 60, of: 500 })).toBeLessThan(1e-20)
    expect(sharesDiffer({ part: 10, of: 1000 }, { part: 5, of: 500 })).toBe(1)
    expect(sharesDiffer({ part: 0, of: 0 }, { part: 5, of: 500 })).toBe(1)
    expect(sharesDiffer({ part: 0, of: 100 }, { part: 0, of: 500 })).toBe(1)
    expect(sharesDiffer({ part: 100, of: 100 }, { part: 0, of: 100 })).toBeLessThan(1e-20)
  })

  test('of rare parts are taken together until five are expected of them, and no row is lost', () => {
    const parts = [...Array(30).fill({ baseline: 1, current: 0 }), { baseline: 500, current: 100 }]
    const together = pooled(parts)
    expect(totalsOf(together)).toEqual(totalsOf(parts))
    expect(together).toHaveLength(1)
    expect(
      pooled([
        { baseline: 50, current: 50 },
        { baseline: 60, current: 40 },
      ]),
    ).toHaveLength(2)
    expect(pooled([])).toEqual([])
  })
})

describe('the parts of a baseline', () => {
  const binsOf = (before: readonly number[], now: readonly number[] = []) =>
    baselineBins(cells(before, now), [...before, ...now].every(Number.isInteger))
  const oneTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1)

  test('are its tenths, and what lies beyond it', () => {
    const bins = binsOf(oneTo(100), [-5, 0, 55, 101, 200])
    expect(bins.map(({ label }) => label)).toEqual([
      '0 and less',
      '1 to 10',
      '11 to 20',
      '21 to 30',
      '31 to 40',
      '41 to 50',
      '51 to 60',
      '61 to 70',
      '71 to 80',
      '81 to 90',
      '91 to 100',
      '101 and more',
    ])
    expect(bins.map(({ current }) => current)).toEqual([2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2])
    expect(folded(bins).map(({ current }) => current)).toEqual([2, 0, 0, 0, 0, 1, 0, 0, 0, 2])
  })

  test('are single values where many rows have them', () => {
    const labels = (before: readonly number[]) => binsOf(before).map(({ label }) => label)
    expect(labels([...Array(50).fill(0), ...oneTo(3), ...Array(50).fill(4)])).toEqual([
      '0 and less',
      '1 to 2',
      '3 and more',
    ])
    expect(labels([...Array(30).fill(-1), ...Array(40).fill(0), ...Array(30).fill(5)])).toEqual([
      '-1 and less',
      '0',
      '5 and more',
    ])
    expect(labels(Array(9).fill(3))).toEqual(['3'])
    expect(labels([])).toEqual([])
  })

  test('of fractions begin and end at the edges of cells', () => {
    const [first, second, ...others] = binsOf(normals(1, 1000, 10))
    expect(first?.label).toMatch(/^under 8\.\d+$/)
    expect(second?.label).toMatch(/^8\.\d+ to [89]\.\d+$/)
    expect(others.at(-1)?.label).toMatch(/^1[12]\.\d+ and more$/)
  })
})

describe('categories side by side', () => {
  test('have a count of zero only where they would have been counted', () => {
    const many = (prefix: string) => Array.from({ length: 3000 }, (_, i) => `${prefix}-${i}`)
    const parts = commonCategories(categories(many('user')), categories(['user-1', 'user-2', 'rare']))
    expect(totalsOf(parts)).toEqual({ baseline: 3000, current: 3 })
    const alike = commonCategories(categories(many('user')), categories(many('user').toReversed()))
    expect(jensenShannon(alike)).toBe(0)
    for (const { baseline, current } of alike) expect(baseline).toBe(current)
  })
})

describe('what people read', () => {
  test.each([
    [0, '0'],
    [-0, '0'],
    [14, '14'],
    [123456789, '123456789'],
    [0.123456, '0.1235'],
    [-2.5, '-2.5'],
    [1e12, '1000000000000'],
    [1.5e-9, '1.5e-9'],
    [99999.5, '100000'],
  ])('the number %d is %s', (value, wanted) => {
    expect(plainNumber(value)).toBe(wanted)
  })

  test.each([
    [0, '0 %'],
    [0.0001, 'under 0.1 %'],
    [0.004, '0.4 %'],
    [0.09, '9 %'],
    [0.0949, '9.5 %'],
    [0.0996, '10 %'],
    [0.12, '12 %'],
    [0.999, '99 %'],
    [1, '100 %'],
  ])('the share %d is %s', (share, wanted) => {
    expect(plainPercent(share)).toBe(wanted)
  })
})
