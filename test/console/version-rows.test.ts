import { expect, test } from '@jest/globals'
import {
  actionsFor,
  type Known,
  type OperationLine,
  promotableTo,
  underWay,
  type VersionRow,
  versionRows,
} from '../../console/view/version-rows.ts'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { Rights } from '../../lib/rules/rights.ts'
import type { VersionTraffic } from '../../lib/rules/traffic.ts'

const released = {
  ...{ kind: 'released', version: '1.0.0', actor: 'ada', reason: 'first', at: '2026-03-01T10:00:00.000Z' },
  released: { manifest: { source: { git: '3f2c' } } },
} as unknown as HistoryEntry
const traffic = (variant: 'stable' | 'canary', callsPerSecond: number): VersionTraffic => ({
  ...{ version: '1.1.0', variant, callsPerSecond, calls: [], refused: [], failed: [] },
})
const known: Known = {
  details: {
    ...{ model: 'churn', rev: 3 },
    aliases: {
      live: {
        ...{ stable: '1.0.0', previous: '0.9.0', by: 'promotion-1' },
        canary: { version: '1.1.0', weightPercent: 20, rollout: 'promotion-2', step: 0 },
      },
      staging: { stable: '1.1.0', by: 'promotion-1' },
    },
    versions: [
      { version: '1.2.0', state: 'FAILED' },
      { version: '1.1.0', state: 'READY', readyAt: '2026-03-02T10:00:00.000Z' },
      { version: '1.0.0', state: 'READY' },
      { version: '0.9.0', state: 'READY' },
      { version: '0.8.0', state: 'READY' },
    ],
    operations: [
      { id: 'a', kind: 'promotion', version: '1.1.0', state: 'running', startedAt: '', reason: '' },
      { id: 'b', kind: 'release', version: '1.1.0', state: 'succeeded', startedAt: '', reason: '' },
    ],
  },
  released: [released],
  callers: ['x', 'x', 'y'].map((caller) => ({ caller, version: '1.0.0', way: 'alias', lastAt: '' })),
  traffic: [traffic('stable', 1), traffic('canary', 0.5)],
}
const rights: Rights = { actor: 'ada', invoke: true, own: true, retire: true, move: ['live'] }
const rows = versionRows(known)

test('a version is told with all that is known of it', () => {
  expect(rows.map(({ reachedBy }) => reachedBy)).toEqual([
    [],
    ['live, canary of 20 %', 'staging'],
    ['live'],
    ['way back of live'],
    [],
  ])
  expect(rows[2]).toMatchObject({
    by: 'ada',
    why: 'first',
    git: '3f2c',
    at: '2026-03-01T10:00:00.000Z',
    callers: 2,
  })
  expect(rows[1]).toMatchObject({ at: '2026-03-02T10:00:00.000Z', callsPerSecond: 1.5, callers: 0 })
  expect(rows[1]).not.toHaveProperty('by')
  // What nobody tells is not nothing.
  expect(versionRows({ ...known, traffic: undefined })[1]).not.toHaveProperty('callsPerSecond')
})

test('what is offered is what the API would not refuse', () => {
  expect(rows.map((row) => actionsFor(row, rights).join(' '))).toEqual([
    ...['', 'deprecate', 'deprecate', 'promote deprecate', 'promote deprecate retire'],
  ])
  expect(rows.flatMap((row) => actionsFor(row, { ...rights, move: [], retire: false }))).toEqual([])
  expect(actionsFor(rows[2] as VersionRow, { ...rights, move: ['live', 'staging'] })).toContain('promote')
  expect(rows.flatMap((row) => actionsFor(row, undefined))).toEqual([])
  const onLaptop = { ...rights, shadows: true }
  expect(
    rows.filter((row) => actionsFor(row, onLaptop).includes('shadow')).map(({ version }) => version),
  ).toEqual(['0.8.0'])
  const deprecation = { at: '', reason: '', by: '' } as unknown as VersionRow['deprecation']
  const leaving = { ...(rows[2] as VersionRow), deprecation } as VersionRow
  expect(actionsFor(leaving, rights)).toEqual(['undeprecate'])
})

test('no promotion is offered to an alias that another moves, or waits to move', () => {
  for (const state of ['running', 'waiting'] as const) {
    const [first, ...others] = known.details.operations
    const operations = [{ ...(first as OperationLine), alias: 'live', state }, ...others]
    const busy = versionRows({ ...known, details: { ...known.details, operations } })
    const offers = (move: readonly string[]) =>
      busy
        .filter((row) => actionsFor(row, { ...rights, move }).includes('promote'))
        .map(({ version }) => version)
    expect(offers(['live'])).toEqual([])
    expect(offers(['live', 'staging'])).toEqual(['1.0.0', '0.9.0', '0.8.0'])
    expect(promotableTo(busy[4] as VersionRow, ['live', 'staging'])).toEqual(['staging'])
  }
})

test('what is under way comes first', () => {
  expect(underWay(known.details).map(({ id }) => id)).toEqual(['a'])
})
