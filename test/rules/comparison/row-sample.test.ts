import { describe, expect, test } from '@jest/globals'
import { quantilesOf, RowSample } from '../../../lib/rules/comparison/row-sample.ts'

describe('a sample of rows', () => {
  test('is all of them while there is room, each for itself', () => {
    const sample = new RowSample<number>(3)
    expect(sample.weight).toBe(0)
    for (const row of [1, 2, 3]) sample.add(row)
    expect([sample.rows, sample.weight]).toEqual([[1, 2, 3], 1])
  })

  test('holds any row with the same chance, and never more than it may', () => {
    const sample = new RowSample<number>(1000)
    for (let row = 0; row < 100_000; row += 1) sample.add(row)
    expect([sample.rows.length, sample.added, sample.weight]).toEqual([1000, 100_000, 100])
    const tenths = Array.from(
      { length: 10 },
      (_, i) => sample.rows.filter((row) => Math.floor(row / 10_000) === i).length,
    )
    // 100 each, with a standard deviation of 9.5.
    for (const count of tenths) expect(Math.abs(count - 100)).toBeLessThan(40)
    expect(new Set(sample.rows).size).toBe(1000)
  })

  test('is the same of the same rows', () => {
    const [one, other] = [new RowSample<number>(10), new RowSample<number>(10)]
    for (let row = 0; row < 500; row += 1) {
      one.add(row)
      other.add(row)
    }
    expect(one.rows).toEqual(other.rows)
  })
})

describe('quantiles', () => {
  const shares = { p50: 0.5, p90: 0.9, most: 1 }

  test('are values that were there', () => {
    const values = [5, 1, 4, 2, 3].map((value) => ({ value, weight: 1 }))
    expect(quantilesOf(values, shares)).toEqual({ p50: 3, p90: 5, most: 5 })
    expect(quantilesOf([{ value: 7, weight: 0.1 }], shares)).toEqual({ p50: 7, p90: 7, most: 7 })
    expect(quantilesOf([], shares)).toBeUndefined()
  })

  test('count each value for as many as it stands for', () => {
    const values = [
      { value: 1, weight: 9 },
      { value: 100, weight: 1 },
    ]
    expect(quantilesOf(values, shares)).toEqual({ p50: 1, p90: 1, most: 100 })
  })
})
