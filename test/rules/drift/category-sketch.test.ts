import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { categoriesToJson } from '../../../lib/rules/drift/category-json.ts'
import { CategorySketch, mostCategories } from '../../../lib/rules/drift/category-sketch.ts'
import { hashes, textHash } from '../../../lib/rules/drift/text-hash.ts'
import { uniform } from './random.ts'

function sketchOf(values: readonly string[]): CategorySketch {
  const sketch = new CategorySketch()
  for (const value of values) sketch.add(value)
  return sketch
}

function textOf(sketch: CategorySketch): string {
  return JSON.stringify(categoriesToJson(sketch))
}

/** Values of which some come often and most seldom. */
function skewed(seed: number, count: number, different: number): string[] {
  const next = uniform(seed)
  return Array.from({ length: count }, () => `value ${Math.floor(next() ** 3 * different)}`)
}

describe('a sketch of categories', () => {
  test('counts up to 256 different values one by one', () => {
    const sketch = sketchOf(['a', 'b', 'a', ''])
    expect(sketch.named()).toEqual([
      ['', 1],
      ['a', 2],
      ['b', 1],
    ])
    expect([sketch.cardinality, sketch.count]).toEqual([3, 4])
  })

  test('is the same in any order and any division, to the last byte', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.nat(2000),
        fc.nat(2000),
        fc.constantFrom(5, 300, 3000),
        (seed, one, two, different) => {
          const values = skewed(seed, 2000, different)
          const [low, high] = one < two ? [one, two] : [two, one]
          const parts = [values.slice(high), values.slice(0, low).toReversed(), values.slice(low, high)].map(
            sketchOf,
          )
          const [left, right] = [new CategorySketch(), new CategorySketch()]
          for (const part of parts) left.merge(part)
          for (const part of parts.toReversed()) right.merge(part)
          const whole = textOf(sketchOf(values))
          expect([textOf(left), textOf(right)]).toEqual([whole, whole])
        },
      ),
      { seed: 1, numRuns: 60 },
    )
  })

  test('keeps 256 values and loses none of the rows, however many values come', () => {
    const sketch = sketchOf(skewed(2, 50_000, 20_000))
    expect(sketch.named()).toHaveLength(mostCategories)
    const named = sketch.named().reduce((sum, [, count]) => sum + count, 0)
    expect(named + sketch.tail.reduce((sum, count) => sum + count, 0)).toBe(50_000)
  })

  test('counts exactly what it names', () => {
    const values = skewed(3, 20_000, 2000)
    for (const [name, count] of sketchOf(values).named())
      expect(count).toBe(values.filter((value) => value === name).length)
  })

  test.each([256, 257, 1000, 30_000])(
    'estimates %i different values to four standard errors',
    (different) => {
      const sketch = sketchOf(Array.from({ length: different }, (_, i) => `user-${i}`))
      expect(Math.abs(sketch.cardinality / different - 1)).toBeLessThan(
        different > mostCategories ? 4 * 0.063 : 1e-9,
      )
    },
  )

  test('tells long values apart that begin alike, and keeps little of them', () => {
    const long = 'x'.repeat(10_000)
    const sketch = sketchOf([`${long}a`, `${long}b`, `${long}a`])
    expect(
      sketch
        .named()
        .map(([, count]) => count)
        .sort(),
    ).toEqual([1, 2])
    for (const [name] of sketch.named()) expect(name.length).toBeLessThanOrEqual(64)
  })

  test('says of a value that never came whether it would have been named', () => {
    expect(sketchOf(['a']).wouldName('b')).toBe(true)
    const full = sketchOf(Array.from({ length: 5000 }, (_, i) => `user-${i}`))
    const asked = Array.from({ length: 1000 }, (_, i) => `other-${i}`)
    const named = asked.filter((name) => full.wouldName(name))
    expect(named.length).toBeGreaterThan(20)
    expect(named.length).toBeLessThan(100)
  })
})

describe('the hash of a text', () => {
  test('is the same for ever', () => {
    expect(['', 'a', 'b', 'tenure'].map(textHash)).toEqual([
      4077036452227867, 2278299292749572, 1063628022382829, 3756868696639982,
    ])
  })

  test('spreads short texts evenly over all of its range and over 256 counters', () => {
    const values = Array.from({ length: 25_600 }, (_, i) => textHash(String(i)))
    expect(new Set(values).size).toBe(25_600)
    for (const cellOf of [
      (hash: number) => Math.floor((hash / hashes) * 256),
      (hash: number) => hash % 256,
    ]) {
      const counts = new Array<number>(256).fill(0)
      for (const value of values) {
        const cell = cellOf(value)
        counts[cell] = (counts[cell] ?? 0) + 1
      }
      // Chi-square with 255 degrees of freedom: 350 is exceeded by chance once in 10,000.
      expect(counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0)).toBeLessThan(350)
    }
  })
})
