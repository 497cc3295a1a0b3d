import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { mean, rootOf, share } from '../../../lib/rules/quality/interval.ts'
import {
  addPair,
  emptyCounts,
  kindOf,
  mergeCounts,
  type QualityCounts,
} from '../../../lib/rules/quality/quality-counts.ts'
import { qualityReport } from '../../../lib/rules/quality/quality-report.ts'
import { ScoreCounts } from '../../../lib/rules/quality/score-counts.ts'

const score = { type: 'float64', shape: [] } as const
const label = { type: 'string', shape: [] } as const
const whole = { type: 'int64', shape: [] } as const

function counted(pairs: readonly (readonly [unknown, unknown])[]): QualityCounts {
  const counts = emptyCounts()
  for (const [predicted, actual] of pairs) addPair(counts, predicted, actual)
  return counts
}

/** Every pair of one that was and one that was not, compared: what AUC is by its definition. */
function aucByPairs(pairs: readonly (readonly [number, boolean])[]): number {
  const were = pairs.filter(([, was]) => was).map(([one]) => one)
  const wereNot = pairs.filter(([, was]) => !was).map(([one]) => one)
  const wins = were.flatMap((a) => wereNot.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)))
  return wins.reduce((sum: number, one) => sum + one, 0) / wins.length
}

describe('an interval', () => {
  test('of a share stays in [0, 1], also where nothing or everything was so', () => {
    expect(share(0, 1)).toEqual({ value: 0, low: 0, high: expect.closeTo(0.793, 3) })
    expect(share(10, 10)).toEqual({ value: 1, low: expect.closeTo(0.722, 3), high: 1 })
    // Wilson's for 8 of 10, as R's prop.test(8, 10, correct = FALSE) has it.
    expect(share(8, 10)).toEqual({
      value: 0.8,
      low: expect.closeTo(0.490163, 5),
      high: expect.closeTo(0.943318, 5),
    })
  })

  test('of a mean needs two observations, and of a root is that of the mean', () => {
    expect(mean(3, 9, 1)).toEqual({ value: 3 })
    expect(mean(4, 10, 2)).toEqual({ value: 2, low: expect.closeTo(0.04, 2), high: expect.closeTo(3.96, 2) })
    expect(rootOf({ value: 4, low: -1, high: 9 })).toEqual({ value: 2, low: 0, high: 3 })
  })
})

describe('probabilities', () => {
  test('have the AUC of all pairs, where no two scores share a bin by chance', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.integer({ min: 0, max: 100 }).map((tick) => tick / 100),
            fc.boolean(),
          ),
          { minLength: 2, maxLength: 60 },
        ),
        (pairs) => {
          const counts = new ScoreCounts()
          for (const [one, was] of pairs) counts.add(one, was)
          const auc = counts.auc()
          if (new Set(pairs.map(([, was]) => was)).size < 2) expect(auc).toBeUndefined()
          else expect(auc?.value).toBeCloseTo(aucByPairs(pairs), 10)
        },
      ),
    )
  })

  test('are held to what was so: Brier, log-loss, accuracy and calibration by hand', () => {
    const report = qualityReport(
      score,
      counted([
        [0.9, 1],
        [0.2, 0],
        [0.6, false],
        [0.5, true],
      ]),
    )
    expect(report).toMatchObject({ kind: 'probability', pairs: 4, incomparable: 0 })
    expect(report?.metrics.brier?.value).toBeCloseTo((0.01 + 0.04 + 0.36 + 0.25) / 4, 7)
    const loss = -(Math.log(0.9) + Math.log(0.8) + Math.log(0.4) + Math.log(0.5)) / 4
    expect(report?.metrics.logLoss?.value).toBeCloseTo(loss, 6)
    expect(report?.metrics.accuracy?.value).toBe(0.75)
    expect(report?.metrics.auc?.value).toBe(0.75)
    expect(report?.reliability).toHaveLength(4)
    expect(report?.metrics.calibrationError?.value).toBeCloseTo((0.1 + 0.2 + 0.6 + 0.5) / 4, 6)
  })

  test('of 0 and 1 that were wrong cost much, and not without end', () => {
    const report = qualityReport(
      score,
      counted([
        [0, 1],
        [1, 0],
      ]),
    )
    expect(report?.metrics.logLoss?.value).toBeCloseTo(-Math.log(2.220446049250313e-16), 3)
    expect(report?.metrics.auc?.value).toBe(0)
  })
})

describe('numbers', () => {
  test('are as far off as they are, and which way', () => {
    const report = qualityReport(
      score,
      counted([
        [3, 1],
        [5, 6],
        [-2, -2],
      ]),
    )
    expect(report).toMatchObject({ kind: 'number' })
    expect(report?.metrics.mae?.value).toBeCloseTo(1, 7)
    expect(report?.metrics.bias?.value).toBeCloseTo(1 / 3, 7)
    expect(report?.metrics.rmse?.value).toBeCloseTo(Math.sqrt(5 / 3), 7)
  })
})

describe('classes', () => {
  test('are right or wrong, by name', () => {
    const report = qualityReport(
      label,
      counted([
        ['a', 'a'],
        ['a', 'b'],
        ['b', 'b'],
        ['c', 'c'],
      ]),
    )
    expect(report?.metrics.accuracy?.value).toBe(0.75)
    expect(report?.confusion?.[0]).toEqual({ predicted: 'a', actual: 'a', count: 1 })
  })

  test('of whole numbers are classes while they are few, and numbers where they are many', () => {
    const few = counted([
      [1, 1],
      [2, 1],
    ])
    const many = counted(Array.from({ length: 50 }, (_, i) => [i, i + 1] as const))
    expect(kindOf(whole, few)).toBe('class')
    expect(kindOf(whole, many)).toBe('number')
  })

  test('beyond those that are told apart are never taken for right', () => {
    const counts = counted(Array.from({ length: 500 }, (_, i) => [`class ${i}`, `class ${i}`] as const))
    expect(qualityReport(label, counts)?.metrics.accuracy?.value).toBe(0.2)
  })
})

describe('what cannot be held against each other', () => {
  test('is counted, and counts for nothing', () => {
    const counts = counted([
      [0.5, 'yes'],
      [null, 1],
      [[1], 1],
      [undefined, undefined],
      ['a', 1.5],
    ])
    expect(counts).toMatchObject({ pairs: 0, incomparable: 5 })
    expect(qualityReport(score, counts)).toBeUndefined()
  })

  test('is the whole of an output that is a tensor', () => {
    expect(qualityReport({ type: 'float64', shape: [3] }, counted([[0.5, 1]]))).toBeUndefined()
  })
})

describe('counts', () => {
  const pair = fc.tuple(
    fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer(), fc.string(), fc.constant(null)),
    fc.oneof(fc.boolean(), fc.constantFrom(0, 1), fc.integer(), fc.string()),
  )

  test('are the same in whatever order and parts, to the bit', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 40 }), fc.nat(40), (pairs, at) => {
        const once = counted(pairs)
        const merged = counted(pairs.slice(at).toReversed())
        mergeCounts(merged, counted(pairs.slice(0, at)))
        for (const output of [score, label, whole])
          expect(qualityReport(output, merged)).toEqual(qualityReport(output, once))
      }),
    )
  })
})
