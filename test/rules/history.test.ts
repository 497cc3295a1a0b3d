import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'csv-parse/sync'
import { firstPage, fitsFilter } from '../../lib/rules/history.ts'
import { historyColumns, historyCsv, historyLines } from '../../lib/rules/history-export.ts'
import { momentAgo, parseMoment } from '../../lib/rules/moment.ts'
import { movesOf } from '../harness/chains.ts'
import { refusal } from './refusal.ts'

const entries = movesOf('churn', 12).map(({ entry }) => entry)

describe('a page', () => {
  test('has as many entries as are asked for, and says where to go on', () => {
    expect(firstPage(entries, 5)).toEqual({ entries: entries.slice(0, 5), next: 5 })
    expect(firstPage(entries.slice(5), 7)).toEqual({ entries: entries.slice(5) })
    expect(firstPage([], 5)).toEqual({ entries: [] })
  })

  test('ends before it is too large for an answer, and has one entry at least', () => {
    const large = entries.map((entry) => ({ ...entry, reason: 'x'.repeat(1_500_000) }))
    expect(firstPage(large, 100).entries).toHaveLength(2)
    const [first] = large
    expect(
      firstPage([{ ...entries[0], ...first, reason: 'x'.repeat(5_000_000) } as never], 9).entries,
    ).toHaveLength(1)
  })
})

test('a filter takes an entry whose alias was taken from the version, too; since is included, until is not', () => {
  const [entry] = entries
  const told = {
    ...(entry as (typeof entries)[0]),
    alias: 'live',
    from: '0.9.0',
    at: '2026-03-01T10:00:00.000Z',
  }
  const at = Date.parse(told.at)
  const fits = (filter: Parameters<typeof fitsFilter>[1]) => fitsFilter(told, filter)
  expect(
    [{}, { alias: 'live' }, { version: '0.9.0' }, { version: told.version }, { since: at }].map(fits),
  ).toEqual(Array(5).fill(true))
  expect([{ kinds: [told.kind] }, { until: at + 1 }].map(fits)).toEqual([true, true])
  expect(
    [{ alias: 'staging' }, { version: '7.0.0' }, { since: at + 1 }, { until: at }, { kinds: [] }].map(fits),
  ).toEqual(Array(5).fill(false))
})

describe('a moment', () => {
  test.each([
    ['2026-03-01T10:00:00Z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T12:00:00.250+02:00', '2026-03-01T10:00:00.250Z'],
    ['2026-03-01T12:00:00 02:00', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, moment) => {
    expect(new Date(parseMoment(text, 'at')).toISOString()).toBe(moment)
  })

  test.each([
    '2026-03-01T10:00:00',
    '2026-02-30',
    '2026-13-01',
    '2026',
    'March 1',
    'yesterday',
    '1772359200',
    '',
  ])('%j is none: nobody could tell which is meant', (text) => {
    const { code, message } = refusal(() => parseMoment(text, 'since'))
    expect([code, message]).toEqual([
      'request-malformed',
      expect.stringMatching(/^'since' is .*start of that day, UTC/),
    ])
  })

  test('is counted back from now, in the command', () => {
    const now = Date.parse('2026-03-10T00:00:00Z')
    const ago = (text: string) => {
      const at = momentAgo(text, now)
      return at && new Date(at).toISOString()
    }
    expect(['90s ago', '2h ago', '3 d ago', '1w ago'].map(ago)).toEqual([
      '2026-03-09T23:58:30.000Z',
      '2026-03-09T22:00:00.000Z',
      '2026-03-07T00:00:00.000Z',
      '2026-03-03T00:00:00.000Z',
    ])
    expect(['yesterday', '-2h ago', '2 hours ago', '1.5h ago', '2026-03-01'].map(ago)).toEqual(
      Array(5).fill(undefined),
    )
  })
})

describe('an export', () => {
  test('as JSON Lines can be verified by who knows nothing of us: the line without its hash is what was hashed', () => {
    let before = ''
    const lines = historyLines(entries).trimEnd().split('\n')
    expect(lines).toHaveLength(12)
    for (const line of lines) {
      const entry = JSON.parse(line)
      const text = line.replace(`"hash":"${entry.hash}",`, '')
      expect(createHash('sha256').update(text).digest('hex')).toBe(entry.hash)
      expect(entry.before).toBe(before)
      before = entry.hash
    }
  })

  test('as CSV has a row an entry under names, texts with commas, quotes and lines whole', () => {
    const told = entries.map((entry) => ({
      ...entry,
      reason: 'a, "b"\nc',
      gates: [{ gate: 'golden' as const, found: '2 of 2' }],
    }))
    const rows = parse(historyCsv(told), { columns: true }) as Record<string, string>[]
    expect(rows).toHaveLength(12)
    expect(Object.keys(rows[0] ?? {})).toEqual(historyColumns)
    expect(rows[3]).toMatchObject({
      rev: '4',
      kind: 'canary-started',
      alias: 'live',
      weight_percent: '10',
      reason: 'a, "b"\nc',
      gates: 'golden: 2 of 2',
      hash: entries[3]?.hash,
    })
    expect(historyCsv(entries, false).split('\n')).toHaveLength(13)
  })

  test.each(['=HYPERLINK("http://x")', '+1', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '＝1'])(
    'as CSV holds no formula: %j',
    (formula) => {
      const [entry] = entries
      const text = historyCsv([{ ...(entry as (typeof entries)[0]), reason: formula, actor: formula }])
      const [row] = parse(text, { columns: true }) as Record<string, string>[]
      expect([row?.['reason'], row?.['actor']]).toEqual([`'${formula}`, `'${formula}`])
    },
  )
})
