import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { mostCells } from '../../../lib/rules/drift/number-cells.ts'
import { addNumbers } from '../../../lib/rules/drift/number-columns.ts'
import { numbersToJson } from '../../../lib/rules/drift/number-json.ts'
import {
  cellsOf,
  correlationOf,
  deviationOf,
  meanOf,
  NumberSketch,
  quantile,
  shareUpTo,
} from '../../../lib/rules/drift/number-sketch.ts'
import { normals, uniform } from './random.ts'

const anything = fc.oneof(
  { weight: 3, arbitrary: fc.double() },
  { weight: 3, arbitrary: fc.double({ min: -100, max: 100 }) },
  { weight: 2, arbitrary: fc.integer({ min: -300, max: 300 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, -Number.MAX_VALUE),
  },
)
const rows = fc.array(fc.tuple(anything, anything), { maxLength: 200 })

function sketchOf(pairs: readonly (readonly [number, (number | undefined)?])[]): NumberSketch {
  const sketch = new NumberSketch()
  for (const [value, prediction] of pairs) sketch.add(value, prediction)
  return sketch
}

function textOf(sketch: NumberSketch): string {
  return JSON.stringify(numbersToJson(sketch))
}

/** So many numbers spread over all orders of magnitude: more cells than a sketch keeps. */
function widelySpread(seed: number, count: number): number[] {
  const next = uniform(seed)
  return Array.from({ length: count }, () => (next() - 0.5) * 10 ** (next() * 600 - 300))
}

describe('a sketch of numbers', () => {
  test('is the same in any order and any division, to the last byte', () => {
    fc.assert(
      fc.property(rows, rows, rows, (one, two, three) => {
        const whole = textOf(sketchOf([...one, ...two, ...three]))
        const left = sketchOf(one)
        left.merge(sketchOf(two))
        left.merge(sketchOf(three))
        const right = sketchOf(three.toReversed())
        right.merge(sketchOf(one))
        right.merge(sketchOf(two))
        expect([textOf(left), textOf(right)]).toEqual([whole, whole])
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  test('is so where it has to give up bits as well', () => {
    const values = [...widelySpread(1, 6000), ...normals(2, 3000, 1000, 1)]
    const whole = sketchOf(values.map((value) => [value]))
    expect(whole.cells.coarseness).toBeGreaterThan(10)
    const parts = [values.slice(6000), values.slice(0, 100), values.slice(100, 6000)].map((part) =>
      sketchOf(part.toReversed().map((value) => [value])),
    )
    const merged = new NumberSketch()
    for (const part of parts) merged.merge(part)
    const backwards = new NumberSketch()
    for (const part of parts.toReversed()) backwards.merge(part)
    expect([textOf(merged), textOf(backwards)]).toEqual([textOf(whole), textOf(whole)])
  })

  test('is the same whether numbers come one by one or by column', () => {
    fc.assert(
      fc.property(rows, fc.boolean(), (pairs, isPredicted) => {
        const sketch = new NumberSketch()
        const [values, predictions] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)]
        addNumbers(
          sketch,
          Float64Array.from(values),
          isPredicted ? Float64Array.from(predictions) : undefined,
        )
        expect(textOf(sketch)).toBe(textOf(sketchOf(isPredicted ? pairs : values.map((value) => [value]))))
      }),
      { seed: 2, numRuns: 300 },
    )
  })

  test('takes columns longer than a block, of either width', () => {
    const values = Float32Array.from(normals(3, 5000))
    const predictions = Float32Array.from(normals(4, 5000))
    const sketch = new NumberSketch()
    addNumbers(sketch, values, predictions)
    expect(textOf(sketch)).toBe(textOf(sketchOf([...values].map((value, i) => [value, predictions[i]]))))
  })

  test('never has more than 2,048 cells, whatever comes', () => {
    const sketch = sketchOf(widelySpread(5, 50_000).map((value) => [value]))
    expect(sketch.cells.size).toBeLessThanOrEqual(mostCells)
    expect(sketch.cells.size).toBeGreaterThan(mostCells / 4)
  })

  test('holds every double: all orders of magnitude have room at once', () => {
    const sketch = new NumberSketch()
    for (let exponent = -1074; exponent < 1024; exponent += 1) {
      sketch.add(2 ** exponent)
      sketch.add(-(2 ** exponent))
    }
    expect(sketch.cells.size).toBeLessThanOrEqual(mostCells)
    expect(cellsOf(sketch).reduce((sum, { count }) => sum + count, 0)).toBe(2 * 2098)
  })

  test('knows quantiles to half the width of a cell', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const sketch = sketchOf(values.map((value) => [value]))
          const sorted = values.toSorted((a, b) => a - b)
          const wanted = sorted[Math.max(1, Math.ceil(share * values.length)) - 1] ?? Number.NaN
          const bound = Math.abs(wanted) * 2 ** (sketch.cells.coarseness - 21) + 1e-300
          expect(Math.abs((quantile(sketch, share) ?? Number.NaN) - wanted)).toBeLessThanOrEqual(bound)
        },
      ),
      { seed: 3, numRuns: 500 },
    )
  })

  test('knows the quantiles of a million spread numbers to less than one percent', () => {
    const sketch = new NumberSketch()
    const values = Float64Array.from(normals(6, 200_000))
    addNumbers(sketch, values)
    const sorted = values.toSorted()
    for (const share of [0.01, 0.1, 0.25, 0.75, 0.9, 0.99]) {
      const wanted = sorted[Math.ceil(share * values.length) - 1] ?? 0
      expect(Math.abs((quantile(sketch, share) ?? 0) / wanted - 1)).toBeLessThan(0.01)
    }
  })

  test('knows whole numbers exactly, years and small counts alike', () => {
    const years = sketchOf([[2019], [2020], [2020], [2024], [-3], [0]])
    expect([0, 0.5, 0.6, 1].map((share) => quantile(years, share))).toEqual([-3, 2019, 2020, 2024])
    expect(shareUpTo(years, 2019)).toBe(3 / 6)
    expect(shareUpTo(years, 2018)).toBe(2 / 6)
    expect(shareUpTo(years, -4)).toBe(0)
    expect(shareUpTo(years, 2024)).toBe(1)
  })

  test('tells numbers apart that lie close together: a thousand and a little', () => {
    const sketch = new NumberSketch()
    addNumbers(sketch, Float64Array.from(normals(7, 100_000, 1000, 1)))
    expect(Math.abs((quantile(sketch, 0.5) ?? 0) - 1000)).toBeLessThan(0.03)
    expect(sketch.cells.coarseness).toBeLessThanOrEqual(5)
  })

  test('counts what is no number on its own', () => {
    const sketch = sketchOf([
      [Number.NaN],
      [Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY],
      [0],
      [-0],
      [-2],
    ])
    const { count, missing, infinite, zero, min, max, rows: all } = sketch
    expect({ count, missing, infinite, zero, min, max, all }).toEqual({
      count: 3,
      missing: 1,
      infinite: 2,
      zero: 2,
      min: -2,
      max: 0,
      all: 6,
    })
  })

  test('of nothing has no quantile, no mean and no correlation', () => {
    const sketch = new NumberSketch()
    expect([quantile(sketch, 0.5), meanOf(sketch), deviationOf(sketch), correlationOf(sketch)]).toEqual([
      undefined,
      Number.NaN,
      Number.NaN,
      undefined,
    ])
    expect(shareUpTo(sketch, 1)).toBeNaN()
  })

  test('of one row has that row for every quantile, and no spread', () => {
    const sketch = sketchOf([[0.1, 7]])
    expect([0, 0.5, 1].map((share) => quantile(sketch, share))).toEqual([0.1, 0.1, 0.1])
    expect(meanOf(sketch)).toBeCloseTo(0.1, 8)
    expect(deviationOf(sketch)).toBe(0)
    expect(correlationOf(sketch)).toBeUndefined()
  })

  test('knows mean and deviation without cancellation', () => {
    const sketch = sketchOf([[1e6 + 1], [1e6 + 2], [1e6 + 3]])
    expect(meanOf(sketch)).toBe(1e6 + 2)
    expect(deviationOf(sketch)).toBeCloseTo(Math.sqrt(2 / 3), 12)
  })

  test('knows the correlation with the prediction over the rows that have both', () => {
    const xs = normals(8, 2000)
    const noise = normals(9, 2000)
    const pairs = xs.map((x, i): [number, number] => [x, 3 * x - 4 * (noise[i] ?? 0)])
    const gaps: [number, number][] = [
      [Number.NaN, 1e9],
      [1e9, Number.NaN],
      [1e9, Number.POSITIVE_INFINITY],
    ]
    expect(correlationOf(sketchOf([...gaps, ...pairs]))).toBeCloseTo(pearson(pairs), 6)
    expect(
      correlationOf(
        sketchOf([
          [1, -2],
          [2, -4],
          [5, -10],
        ]),
      ),
    ).toBe(-1)
  })
})

function pearson(pairs: readonly (readonly [number, number])[]): number {
  const mean = (at: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[at], 0) / pairs.length
  const [mx, my] = [mean(0), mean(1)]
  const product = (f: (x: number, y: number) => number) =>
    pairs.reduce((sum, [x, y]) => sum + f(x - mx, y - my), 0)
  return product((x, y) => x * y) / Math.sqrt(product((x) => x * x) * product((_, y) => y * y))
}
