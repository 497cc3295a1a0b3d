import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { FeatureDrift } from '../../../lib/rules/drift/drift-report.ts'
import { causeOf } from '../../../lib/rules/drift/drift-sentence.ts'
import { judgeDrift } from '../../../lib/rules/drift/judge-drift.ts'
import { plainPercent } from '../../../lib/rules/drift/plain-number.ts'
import { addRecord, emptySketch, type VersionSketch } from '../../../lib/rules/drift/version-sketch.ts'
import type { Signature } from '../../../lib/rules/signature.ts'
import { uniform } from './random.ts'

const signature: Signature = { inputs: [{ name: 'x', type: 'float64', shape: [] }], outputs: [] }

function told(before: readonly number[], now: readonly number[]): FeatureDrift {
  const [baseline, current] = [before, now].map((values): VersionSketch => {
    const sketch = emptySketch(signature)
    for (const x of values) addRecord(sketch, { x })
    return sketch
  }) as [VersionSketch, VersionSketch]
  const [feature] = judgeDrift({ signature, baseline, current, thresholds: { minRows: 10 } }).features
  if (feature === undefined) throw new Error('there is no feature')
  return feature
}

/** Whether a value lies where a label says. */
function isIn(label: string, value: number): boolean {
  const [, low, high] = /^(-?[\d.]+) to (-?[\d.]+)$/.exec(label) ?? []
  if (low !== undefined && high !== undefined) return value >= Number(low) && value <= Number(high)
  const [, edge, side] = /^(-?[\d.]+) and (less|more)$/.exec(label) ?? []
  if (edge !== undefined) return side === 'less' ? value <= Number(edge) : value >= Number(edge)
  if (label === 'all values') return true
  return value === Number(label)
}

function share(values: readonly number[], label: string): number {
  return values.filter((value) => isIn(label, value)).length / values.length
}

/** The value that half of the values do not exceed. */
function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length / 2) - 1] ?? Number.NaN
}

/** Whole numbers of many shapes: where they lie, how widely, and how often one of them comes. */
const sample = fc.record({
  seed: fc.integer(),
  low: fc.integer({ min: -40, max: 40 }),
  width: fc.integer({ min: 1, max: 300 }),
  skew: fc.constantFrom(1, 2, 4),
  often: fc.constantFrom(0, 0.5),
})
function drawn({
  seed,
  low,
  width,
  skew,
  often,
}: {
  seed: number
  low: number
  width: number
  skew: number
  often: number
}): number[] {
  const next = uniform(seed)
  return Array.from({ length: 400 }, () => (next() < often ? low : low + Math.floor(next() ** skew * width)))
}

describe('a sentence is true of the rows', () => {
  test('its parts hold the shares of the rows that lie in them, and all of the rows', () => {
    fc.assert(
      fc.property(sample, sample, (one, other) => {
        const [before, now] = [drawn(one), drawn(other)]
        const { bins } = told(before, now)
        for (const { label, baseline, current } of bins) {
          expect([label, baseline]).toEqual([label, share(before, label)])
          expect([label, current]).toEqual([label, share(now, label)])
        }
        expect(bins.reduce((sum, { baseline }) => sum + baseline, 0)).toBeCloseTo(1, 9)
        expect(bins.reduce((sum, { current }) => sum + current, 0)).toBeCloseTo(1, 9)
      }),
      { seed: 1, numRuns: 60 },
    )
  })

  test('it names the medians of the rows and the part that most rows came into', () => {
    let drifts = 0
    fc.assert(
      fc.property(sample, sample, (one, other) => {
        const [before, now] = [drawn(one), drawn(other)]
        const { verdict, sentence, bins, share: carried } = told(before, now)
        if (verdict !== 'drifted') return
        drifts += 1
        const [was, is] = [medianOf(before), medianOf(now)]
        const head =
          was === is
            ? `\`x\` kept its median of ${is} and changed around it`
            : `\`x\` moved from median ${was} to ${is}`
        const rises = bins.map(({ label }) => ({ label, by: share(now, label) - share(before, label) }))
        const most = rises.reduce((top, rise) => (rise.by > top.by + 1e-12 ? rise : top))
        const came = rises.reduce((sum, { by }) => sum + Math.max(0, by), 0)
        expect(carried).toBeCloseTo(most.by / came, 9)
        expect(
          sentence.startsWith(
            `${head}; ${plainPercent(carried ?? 0)} of the change is values of ${most.label}, `,
          ),
        ).toBe(true)
        const [before100, now100] = [share(before, most.label), share(now, most.label)]
        const rows =
          before100 === 0
            ? `of which the baseline has none, now ${plainPercent(now100)} of rows`
            : `from ${plainPercent(before100)} to ${plainPercent(now100)} of rows`
        expect(sentence).toContain(rows)
      }),
      { seed: 2, numRuns: 60 },
    )
    expect(drifts).toBeGreaterThan(40)
  })
})

describe('the cause of a change', () => {
  test('is none where nothing changed, or nothing is there', () => {
    expect(causeOf([])).toBeUndefined()
    expect(causeOf([{ label: 'a', baseline: 0.5, current: 0.5 }])).toBeUndefined()
  })

  test('is the part that most came into, by its share of all that came in anywhere', () => {
    const bins = [
      { label: 'a', baseline: 0.8, current: 0.4 },
      { label: 'b', baseline: 0.1, current: 0.2 },
      { label: 'c', baseline: 0.1, current: 0.4 },
    ]
    expect(causeOf(bins)?.bin.label).toBe('c')
    expect(causeOf(bins)?.share).toBeCloseTo(0.75, 12)
  })
})
