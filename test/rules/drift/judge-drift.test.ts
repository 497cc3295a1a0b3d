import { describe, expect, test } from '@jest/globals'
import type { DriftReport, FeatureDrift } from '../../../lib/rules/drift/drift-report.ts'
import { judgeDrift } from '../../../lib/rules/drift/judge-drift.ts'
import { addRecord, emptySketch, type VersionSketch } from '../../../lib/rules/drift/version-sketch.ts'
import type { ElementType, Signature } from '../../../lib/rules/signature.ts'
import { normals, uniform } from './random.ts'

type Values = readonly unknown[]

function signatureOf(type: ElementType): Signature {
  return { inputs: [{ name: 'x', type, shape: [] }], outputs: [{ name: 'y', type: 'float64', shape: [] }] }
}

function sketched(signature: Signature, values: Values, predictions: Values = []): VersionSketch {
  const sketch = emptySketch(signature)
  for (const [i, x] of values.entries()) addRecord(sketch, { x }, predictions[i])
  return sketch
}

function judged(type: ElementType, before: Values, now: Values, thresholds = {}): DriftReport {
  const signature = signatureOf(type)
  return judgeDrift({
    signature,
    baseline: sketched(signature, before),
    current: sketched(signature, now),
    thresholds,
  })
}

function input(report: DriftReport): FeatureDrift {
  const found = report.features.find(({ side }) => side === 'input')
  if (found === undefined) throw new Error('the report has no input')
  return found
}

/** Whole numbers, evenly from `low` to below `high`. */
function wholes(seed: number, count: number, low: number, high: number): number[] {
  const next = uniform(seed)
  return Array.from({ length: count }, () => low + Math.floor(next() * (high - low)))
}

/** `names` in turn, each as often as the number beside it. */
function named(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).flatMap(([name, count]) => Array.from({ length: count }, () => name))
}

describe('numbers', () => {
  test('that moved are told by their medians and by the part that most rows came into', () => {
    const { verdict, sentence, statistic, share } = input(
      judged('int32', wholes(1, 2000, 1, 28), [...wholes(2, 400, 0, 6), ...wholes(3, 100, 1, 28)]),
    )
    expect({ verdict, statistic }).toEqual({ verdict: 'drifted', statistic: 'kolmogorov-smirnov' })
    expect(sentence).toMatch(
      /^`x` moved from median 14 to 3; \d+ % of the change is .+, from [\d.]+ % to [\d.]+ % of rows; 1\d % lie outside of all that the baseline has$/,
    )
    expect(share).toBeGreaterThan(0.3)
  })

  test('that only wobble are steady, with many rows and with few', () => {
    for (const rows of [150, 1500, 15_000])
      expect(input(judged('float64', normals(1, 5000), normals(2, rows))).verdict).toBe('steady')
  })

  test('that moved a little, but for sure, are steady: real is not enough', () => {
    const one = input(judged('float64', normals(1, 100_000), normals(2, 100_000, 0.05)))
    expect(one.verdict).toBe('steady')
    expect(one.adjustedP).toBeLessThan(1e-6)
  })

  test('that moved far, but may have by chance, are steady: large is not enough', () => {
    const one = input(judged('float64', normals(1, 120), normals(5, 120, 0.4)))
    expect(one.strength).toBeGreaterThan(1)
    expect(one.verdict).toBe('steady')
  })

  test('are held to how far they moved where there are many rows', () => {
    const one = input(judged('float64', normals(1, 5000), normals(2, 5000, 0.3)))
    expect(one.statistic).toBe('wasserstein')
    expect(one.value).toBeCloseTo(0.3, 1)
    expect(one.verdict).toBe('drifted')
  })

  test('of which some lie beyond the baseline are told so, few as they are', () => {
    const one = input(judged('float64', normals(1, 5000), [...normals(2, 970), ...normals(3, 30, 8, 0.1)]))
    expect(one.statistic).toBe('out-of-range')
    expect(one.value).toBe(0.03)
    expect(one.sentence).toMatch(/^3 % of `x` lie outside of all that the baseline has/)
  })

  test('that were all the same are judged when they are not any more', () => {
    const one = input(judged('float64', Array(1000).fill(5), [...Array(300).fill(5), ...normals(1, 200, 9)]))
    expect(one.verdict).toBe('drifted')
    expect(one.value).toBe(0.4)
    expect(input(judged('float64', Array(1000).fill(5), Array(500).fill(5))).verdict).toBe('steady')
  })

  test('with few different values are compared as codes', () => {
    const one = input(
      judged(
        'int8',
        [...Array(600).fill(0), ...Array(400).fill(1)],
        [...Array(100).fill(0), ...Array(400).fill(1)],
      ),
    )
    expect(one.statistic).toBe('jensen-shannon')
    expect(one.sentence).toBe(
      '`x` moved from median 0 to 1; 100 % of the change is values of 1, from 40 % to 80 % of rows',
    )
  })

  test('that are missing more often are told so', () => {
    const one = input(judged('float64', normals(1, 1000), [...normals(2, 440), ...Array(60).fill(null)]))
    expect(one.statistic).toBe('missing')
    expect(one.sentence).toBe('`x` is missing in 12 % of rows, and was in 0 %')
    const all = input(judged('float64', normals(1, 1000), Array(500).fill(null)))
    expect([all.verdict, all.statistic]).toEqual(['drifted', 'missing'])
  })
})

describe('categories', () => {
  test('whose shares changed are told by the one that most rows came to', () => {
    const before = named({ basic: 500, pro: 400, trial: 100 })
    const one = input(judged('string', before, named({ basic: 100, pro: 100, trial: 300 })))
    expect(one.sentence).toBe(
      "`x` is spread over its values in another way; 100 % of the change is 'trial', from 10 % to 60 % of rows",
    )
    expect([one.verdict, one.statistic, one.share]).toEqual(['drifted', 'jensen-shannon', 1])
  })

  test('that are new are named', () => {
    const one = input(judged('string', named({ a: 500, b: 500 }), named({ a: 230, b: 230, c: 40 })))
    expect(one.verdict).toBe('drifted')
    expect(one.sentence).toContain("'c', of which the baseline has none, now 8 % of rows")
  })

  test('of which there are thousands may go on bringing new ones', () => {
    const users = (seed: number, count: number) => wholes(seed, count, 0, 2000).map((user) => `user-${user}`)
    expect(input(judged('string', users(1, 10_000), users(2, 2000))).verdict).toBe('steady')
    const others = wholes(3, 2000, 0, 2000).map((user) => `guest-${user}`)
    expect(input(judged('string', users(1, 10_000), others)).verdict).toBe('drifted')
  })

  test('are steady where they wobble, and where there is only one', () => {
    const pick = (seed: number, count: number) => wholes(seed, count, 0, 20).map(String)
    expect(input(judged('string', pick(1, 5000), pick(2, 300))).verdict).toBe('steady')
    expect(input(judged('boolean', Array(500).fill(true), Array(500).fill(true))).verdict).toBe('steady')
  })
})

describe('too few rows', () => {
  test.each([
    ['nothing at all', [], []],
    ['an empty baseline', [], normals(1, 500)],
    ['no rows since', normals(1, 500), []],
    ['one row', normals(1, 500), [100]],
    ['a baseline of one row', [100], normals(1, 500)],
    ['99 rows', normals(1, 500), normals(2, 99, 5)],
  ])('are unknown, which is no drift: %s', (_, before, now) => {
    const report = judged('float64', before, now)
    expect(report.verdict).toBe('unknown')
    expect(input(report).sentence).toMatch(
      /^`x` is not judged: (the baseline has|the records compared with it have) \d+ rows of it, and 100 are needed$/,
    )
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  test('are enough where less is asked for', () => {
    expect(judged('float64', normals(1, 500), normals(2, 30, 5), { minRows: 20 }).verdict).toBe('drifted')
  })
})

describe('a report', () => {
  const signature: Signature = {
    inputs: ['a', 'b', 'c'].map((name) => ({ name, type: 'float64', shape: [] })),
    outputs: [{ name: 'y', type: 'float64', shape: [] }],
  }
  const rowsOf = (seed: number, count: number, shifts: readonly number[]): VersionSketch => {
    const sketch = emptySketch(signature)
    const columns = shifts.map((shift, i) => normals(seed + i, count, shift))
    for (let row = 0; row < count; row += 1) {
      const [a, b, c, y] = columns.map((column) => column[row])
      addRecord(sketch, { a, b, c }, y)
    }
    return sketch
  }
  const report = judgeDrift({
    signature,
    baseline: rowsOf(1, 2000, [0, 0, 0, 0]),
    current: rowsOf(9, 800, [0.4, 0, 2, 1]),
  })

  test('has what moved the most first, and what is steady last', () => {
    expect(report.features.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      'c drifted',
      'y drifted',
      'a drifted',
      'b steady',
    ])
    expect(report.sentence).toBe('3 of 4 columns drifted; 800 rows compared with 2000 of the baseline')
  })

  test('tells predictions and inputs apart', () => {
    expect([report.verdict, report.inputs, report.predictions]).toEqual(['drifted', 'drifted', 'drifted'])
    const only = judgeDrift({
      signature,
      baseline: rowsOf(1, 2000, [0, 0, 0, 0]),
      current: rowsOf(9, 800, [0, 0, 0, 1]),
    })
    expect([only.inputs, only.predictions]).toEqual(['steady', 'drifted'])
  })

  test('is a plain value', () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  test('is not made of sketches of two signatures', () => {
    const other = emptySketch({ ...signature, outputs: [] })
    expect(() => judgeDrift({ signature, baseline: other, current: rowsOf(1, 1, [0, 0, 0, 0]) })).toThrow(
      'sketches of different signatures',
    )
  })
})
