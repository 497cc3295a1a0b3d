import { describe, expect, test } from '@jest/globals'
import {
  ago,
  bytes,
  duration,
  errorRate,
  milliseconds,
  percent,
  rate,
  short,
} from '../../console/view/figures.ts'
import { foundRows, modelRows, totals } from '../../console/view/model-rows.ts'
import { liesBelow, placeOf, titleOf, to } from '../../console/view/places.ts'
import { rowWindow } from '../../console/view/row-window.ts'
import { sparkline } from '../../console/view/sparkline.ts'
import { Frames } from '../../console/view/sse-frames.ts'

describe('places', () => {
  test.each([
    [to.models, { page: 'models' }],
    [to.approvals, { page: 'approvals' }],
    [to.model('churn'), { page: 'model', model: 'churn', tab: 'overview' }],
    [to.model('churn', 'drift'), { page: 'model', model: 'churn', tab: 'drift' }],
    [to.operation('promotion-1'), { page: 'operation', id: 'promotion-1' }],
    ['/console/models/churn/', { page: 'model', model: 'churn', tab: 'overview' }],
    ['/console/models/churn/nothing', { page: 'nowhere' }],
    ['/console/models/churn/drift/more', { page: 'nowhere' }],
    ['/console/models', { page: 'nowhere' }],
    ['/elsewhere', { page: 'nowhere' }],
  ])('%s', (path, place) => {
    expect(placeOf(path)).toEqual(place)
  })

  test('lie below whatever stands before the paths of a platform', () => {
    liesBelow('/prod')
    try {
      expect([to.models, to.operation('a')]).toEqual(['/prod/console', '/prod/console/operations/a'])
      expect(placeOf('/prod/console/')).toEqual({ page: 'models' })
      expect(placeOf('/console')).toEqual({ page: 'nowhere' })
    } finally {
      liesBelow('')
    }
  })

  test('have titles', () => {
    expect(titleOf(placeOf(to.model('churn', 'drift')))).toBe('churn · drift · Sluice')
    expect(titleOf(placeOf(to.models))).toBe('Models · Sluice')
  })
})

describe('figures', () => {
  test('a share that is not nothing is never shown as nothing', () => {
    expect([0, 0.0004, 0.004, 0.12, 1].map(percent)).toEqual(['0 %', '< 0.1 %', '0.4 %', '12 %', '100 %'])
    expect(errorRate({ requests: 0, failed: 0 })).toBe('–')
    expect(errorRate({ requests: 200, failed: 1 })).toBe('0.5 %')
  })

  test('times are short', () => {
    expect([0.82, 12.4, 1300, undefined].map(milliseconds)).toEqual(['0.8 ms', '12 ms', '1.3 s', '–'])
    const now = Date.parse('2026-03-01T10:00:00Z')
    const before = (seconds: number) => ago(new Date(now - seconds * 1000).toISOString(), now)
    expect([3, 42, 90, 7200, 400_000].map(before)).toEqual([
      ...['just now', '42 s ago', '1 min ago', '2 h ago', '4 days ago'],
    ])
    expect([4200, 200_000, 7_500_000, -5].map(duration)).toEqual(['4 s', '3 min 20 s', '2 h 5 min', '0 s'])
  })

  test('numbers are short', () => {
    expect([999, 12_345, 3_400_000].map(short)).toEqual(['999', '12.3k', '3.4M'])
    expect([0, 942, 1536, 45_600_000].map(bytes)).toEqual(['0 B', '942 B', '1.5 kB', '45.6 MB'])
  })

  test('rates are told in a unit that makes them readable', () => {
    expect([0, 0.02, 0.5, 3.14, 42.4, 12_345].map(rate)).toEqual([
      ...['quiet', '1.2 / min', '30 / min', '3.1 / s', '42 / s', '12.3k / s'],
    ])
  })
})

test('a sparkline spans its picture, and there is none of nothing', () => {
  expect(sparkline([0, 4, 2], 100, 20)).toEqual({
    line: 'M0 19L50 1L100 10',
    area: 'M0 19L50 1L100 10L100 20L0 20Z',
  })
  expect(sparkline([0, 0, 0], 100, 20)).toBeUndefined()
  expect(sparkline([7], 100, 20)).toBeUndefined()
})

test('server-sent events are read however a connection cuts them', () => {
  const text = ': still there\n\nevent: told\ndata: {"a":1}\n\nevent: told\ndata: x\ndata: y\n\nevent: half'
  for (let cut = 0; cut <= text.length; cut += 1) {
    const frames = new Frames()
    const found = [...frames.take(text.slice(0, cut)), ...frames.take(text.slice(cut))]
    expect(found).toEqual([
      { event: 'told', data: '{"a":1}' },
      { event: 'told', data: 'x\ny' },
    ])
  }
})

test('of a long table only the rows about the view are drawn, and the others keep their room', () => {
  for (const scrolled of [-300, 0, 6400, 63_000, 90_000]) {
    const { first, end, aboveHeight, belowHeight } = rowWindow(1000, 64, scrolled, 800)
    expect(aboveHeight + (end - first) * 64 + belowHeight).toBe(64_000)
    expect(end - first).toBeLessThan(50)
    const top = Math.min(Math.max(0, scrolled), 64_000 - 800)
    expect(first * 64).toBeLessThanOrEqual(top)
    expect(end * 64).toBeGreaterThanOrEqual(top + 800)
  }
})

describe('rows of models', () => {
  const models = [
    {
      ...{ model: 'churn', live: '1.0.0', versions: 3, newest: { version: '1.2.0', state: 'FAILED' } },
      drift: { columns: ['tenure'] },
    },
    {
      ...{ model: 'price-quote', live: '1.0.0', versions: 2, newest: { version: '1.1.0', state: 'READY' } },
      canary: { version: '1.1.0', weightPercent: 10 },
    },
    { model: 'quiet', live: '2.0.0', versions: 1, newest: { version: '2.0.0', state: 'READY' } },
    { model: 'fresh', versions: 1, newest: { version: '1.0.0', state: 'CREATING' } },
  ]
  const counts = { calls: [3, 4, 1], refused: [0, 1, 0], failed: [1, 0, 0], callsPerSecond: 0.2 }
  const traffic = [{ model: 'churn', versions: [], ...counts }]
  const rows = modelRows(models, traffic)

  test('say what is about a model, the most pressing first', () => {
    expect(rows.map(({ conditions }) => conditions)).toEqual([
      [
        { kind: 'drifted', columns: ['tenure'] },
        { kind: 'failed', version: '1.2.0' },
      ],
      [{ kind: 'canary', version: '1.1.0', weightPercent: 10 }],
      [],
      [{ kind: 'creating', version: '1.0.0' }],
    ])
    expect(totals(rows)).toEqual({ models: 4, requests: 8 })
    expect(rows[0]?.traffic).toEqual({ series: [3, 4], requests: 8, failed: 1, callsPerSecond: 0.2 })
  })

  test('are found by every word, in names, versions and conditions', () => {
    const found = (text: string) => foundRows(rows, text).map(({ model }) => model)
    expect(found('')).toHaveLength(4)
    expect(found('PRICE')).toEqual(['price-quote'])
    expect(found('1.0.0')).toEqual(['churn', 'price-quote', 'fresh'])
    expect(found('drifted churn')).toEqual(['churn'])
    expect(found('drifted price')).toEqual([])
    expect(found('canary')).toEqual(['price-quote'])
  })
})
