import { describe, expect, test } from '@jest/globals'
import { agreementSentence, factLines, type VersionFacts } from '../../console/view/compare-view.ts'
import {
  barsOf,
  columnsOf,
  type DriftStandingView,
  standingSentence,
  windowTone,
} from '../../console/view/drift-view.ts'
import { estimateText, type ModelQuality, metricViews } from '../../console/view/quality-view.ts'
import type { ComparisonReport } from '../../lib/rules/comparison/comparison-report.ts'
import type { WindowDocument } from '../../lib/rules/monitoring/window.ts'

describe('drift', () => {
  const window = { start: '2026-03-01T10:00:00.000Z', end: '2026-03-01T11:00:00.000Z', rows: 9, drifted: [] }
  const standing = (more: Partial<DriftStandingView>) =>
    ({
      breaches: [],
      series: [],
      baseline: { kind: 'learning', rows: 12, learnFrom: 1000 },
      ...more,
    }) as never

  test('is a sentence, also before anything was looked at', () => {
    expect(standingSentence(standing({}))).toBe(
      'Nothing was looked at yet: the baseline has 12 rows (learning).',
    )
    const series = [{ ...window, verdict: 'steady' as const, sentence: 'nothing moved' }]
    expect(standingSentence(standing({ series }))).toBe('Nothing moved')
    const breaches = ['x', 'y'].map((name) => ({ name, side: 'input', since: '', sentence: `${name} moved` }))
    expect(standingSentence(standing({ series, breaches }))).toBe('x moved; and y')
    expect(standingSentence(standing({ breaches: breaches.slice(0, 1) }))).toBe('x moved')
  })

  test('is known, steady or unknown by window', () => {
    const tones = (['drifted', 'steady', 'unknown', undefined] as const).map((verdict) =>
      windowTone({ ...window, sentence: '', ...(verdict && { verdict }) }),
    )
    expect(tones).toEqual(['bad', 'good', 'unknown', 'unknown'])
  })

  test('is drawn by the highest of both sides, and not where there is nothing', () => {
    const bins = [
      { label: 'under 3', baseline: 0.4, current: 0.1 },
      { label: 'above', baseline: 0, current: 0.8 },
    ]
    expect(barsOf(bins)).toEqual([
      { label: 'under 3', baseline: 0.5, current: 0.125 },
      { label: 'above', baseline: 0, current: 1 },
    ])
    expect(barsOf([])).toEqual([])
    expect(barsOf([{ label: 'none', baseline: 0, current: 0 }])).toEqual([])
  })

  test('shows what drifted first, then what moved the most', () => {
    const features = [
      { name: 'a', verdict: 'steady', strength: 0.9 },
      { name: 'b', verdict: 'drifted', strength: 0.8 },
      { name: 'c', verdict: 'steady', strength: 0.2 },
      { name: 'd', verdict: 'drifted', strength: 3 },
    ]
    const latest = { report: { features } } as unknown as WindowDocument
    expect(columnsOf(latest).map(({ name }) => name)).toEqual(['d', 'b', 'a', 'c'])
    expect(columnsOf(undefined)).toEqual([])
  })
})

describe('quality', () => {
  test('puts versions on one scale for each metric, with their intervals', () => {
    const output = (value: number, low: number, high: number) => ({
      ...{ output: 'y', kind: 'class', pairs: 50, incomparable: 0, medianLateMs: 1 },
      metrics: { accuracy: { value, low, high } },
    })
    const quality = {
      versions: [
        { version: '1.1.0', outputs: [output(0.9, 0.8, 0.95)] },
        { version: '1.0.0', outputs: [output(0.6, 0.45, 0.7)] },
      ],
      unmatched: 0,
    } as ModelQuality
    const [metric, ...others] = metricViews(quality)
    expect(others).toEqual([])
    expect(metric).toMatchObject({ output: 'y', metric: 'accuracy', better: 'higher' })
    expect(metric?.lines.map(({ version, text }) => `${version} ${text}`)).toEqual([
      '1.1.0 0.900 (0.800 to 0.950)',
      '1.0.0 0.600 (0.450 to 0.700)',
    ])
    const [newer, older] = metric?.lines ?? []
    expect([older?.from, newer?.to]).toEqual([expect.closeTo(0.1), expect.closeTo(0.9)])
    expect(older?.at).toBeLessThan(newer?.from ?? 0)
  })

  test('a value without an interval stands alone', () => {
    expect(estimateText({ value: 0.5 })).toBe('0.500')
    expect(estimateText({ value: 1234.56, low: 1000, high: 2000 })).toBe('1234.6 (1000.0 to 2000.0)')
    expect(metricViews({ versions: [], unmatched: 0 })).toEqual([])
  })
})

describe('comparison', () => {
  const facts = (version: string, sizeBytes: number): VersionFacts => ({
    ...{ version, state: 'READY', sizeBytes },
    manifest: { runtime: 'onnx', source: { metrics: { auc: sizeBytes / 1000 } } },
  })

  test('puts what is known of both side by side, and says what differs', () => {
    const lines = factLines(facts('1.0.0', 910), facts('1.1.0', 930), [])
    expect(lines.map(({ what, differs }) => `${what} ${differs}`)).toEqual([
      ...['Runtime false', 'Size true', 'auc true'],
    ])
  })

  test('says how many agree, and that nothing could be compared', () => {
    const agreement = { percent: 98.2, lowPercent: 96.1, highPercent: 99.2 }
    expect(agreementSentence({ agreement, compared: 4000 } as ComparisonReport)).toBe(
      '98 % agree (96 % to 99 %), of 4,000 that both were asked.',
    )
    expect(agreementSentence({ compared: 0 } as ComparisonReport)).toMatch(/^Nothing could be compared/)
  })
})
