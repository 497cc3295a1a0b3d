import { describe, expect, test } from '@jest/globals'
import type { Happening, HistoryEntry } from '../../lib/rules/audit.ts'
import { chained } from '../../lib/rules/audit.ts'
import { servedThen } from '../../lib/rules/history-served.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { refusal } from './refusal.ts'

const day = (n: number) => `2026-03-${String(n).padStart(2, '0')}T12:00:00.000Z`
const on = (n: number) => Date.parse(day(n))

type Told = Partial<Happening> & Pick<Happening, 'kind' | 'version'>
type Step = readonly [day: number, told: Told, aliases?: ModelRecord['aliases']]

function historyOf(...steps: readonly Step[]): HistoryEntry[] {
  let record: ModelRecord = { model: 'churn', rev: 0, head: '', aliases: {}, accepted: [] }
  return steps.map(([on, told, aliases = record.aliases], i) => {
    const happening = { actor: 'ada', reason: `step ${i + 1}`, operation: `op-${i + 1}`, ...told }
    const entry = chained(record, { aliases, accepted: [] }, happening, day(on))
    record = { ...record, aliases, rev: entry.rev, head: entry.hash }
    return entry
  })
}

const source = { git: '3f2c', metrics: { auc: 0.91 } }
const live = (stable: string, more: object = {}) => ({ live: { stable, by: 'op', ...more } })
const canary = (weightPercent: number) => ({
  previous: '0.9.0',
  canary: { version: '1.1.0', weightPercent, rollout: 'r', step: 0 },
})
const entries = historyOf(
  [
    1,
    {
      kind: 'released',
      version: '1.0.0',
      artifact: 'a1',
      image: 'i1',
      released: { manifest: { source }, image: { lock: 'l1' } },
    },
  ],
  [2, { kind: 'promoted', version: '1.0.0', alias: 'live', artifact: 'a1', image: 'i1' }, live('1.0.0')],
  [3, { kind: 'released', version: '1.1.0', artifact: 'a2', image: 'i2', released: {} }],
  [4, { kind: 'approved', version: '1.1.0', alias: 'live', actor: 'bob', reason: 'fine', operation: 'roll' }],
  [
    5,
    { kind: 'canary-started', version: '1.1.0', alias: 'live', weightPercent: 10, operation: 'roll' },
    live('1.0.0', canary(10)),
  ],
  [6, { kind: 'paused', version: '1.1.0', alias: 'live', operation: 'roll' }],
  [
    7,
    { kind: 'weight-moved', version: '1.1.0', alias: 'live', weightPercent: 50, operation: 'roll' },
    live('1.0.0', canary(50)),
  ],
  [
    8,
    {
      kind: 'promoted',
      version: '1.1.0',
      alias: 'live',
      from: '1.0.0',
      operation: 'roll',
      gates: [{ gate: 'golden', found: '2 of 2' }],
    },
    { ...live('1.1.0', { previous: '1.0.0' }), staging: { stable: '1.0.0', by: 'op' } },
  ],
)

describe('what was served', () => {
  test('is told with who moved it there, why, and until when', () => {
    const { at, rev, served, begins } = servedThen('churn', entries, on(3))
    expect([at, rev, begins]).toEqual([day(3), 3, undefined])
    expect(served).toEqual([
      {
        alias: 'live',
        stable: {
          version: '1.0.0',
          since: expect.objectContaining({
            rev: 2,
            at: day(2),
            kind: 'promoted',
            actor: 'ada',
            reason: 'step 2',
          }),
          released: expect.objectContaining({ rev: 1, kind: 'released' }),
          artifact: 'a1',
          image: 'i1',
          lock: 'l1',
          source,
        },
        until: expect.objectContaining({ rev: 5, kind: 'canary-started', weightPercent: 10 }),
      },
    ])
  })

  test('has the canary with its weight, since that weight, and who approved it', () => {
    const [alias] = servedThen('churn', entries, on(6)).served
    expect(alias).toMatchObject({
      stable: { version: '1.0.0', since: { rev: 2 } },
      canary: {
        version: '1.1.0',
        weightPercent: 10,
        // A pause moves no traffic: the weight is still that of the entry before it.
        since: { rev: 5, approval: { rev: 4, actor: 'bob', reason: 'fine' } },
        artifact: 'a2',
      },
      previous: '0.9.0',
      until: { rev: 7 },
    })
  })

  test('is each alias, live first, up to now where nothing came after', () => {
    const { served } = servedThen('churn', entries, on(30))
    expect(served.map(({ alias, stable, until }) => [alias, stable.version, until])).toEqual([
      ['live', '1.1.0', undefined],
      ['staging', '1.0.0', undefined],
    ])
    expect(served[0]?.stable.since.gates).toEqual([{ gate: 'golden', found: '2 of 2' }])
    expect(JSON.stringify(served)).not.toContain('"hash"')
  })

  test('has the digests of the version that serves, not of the one that the move was about', () => {
    const [, staging] = servedThen('churn', entries, on(30)).served
    expect(staging?.stable).toMatchObject({
      since: { rev: 8, version: '1.1.0' },
      artifact: 'a1',
      image: 'i1',
    })
  })

  test.each([
    [4, '1.0.0', undefined],
    [5, '1.0.0', 10],
    [7, '1.0.0', 50],
    [8, '1.1.0', undefined],
  ])('on the very moment of an entry is what the entry left: day %d', (at, stable, weightPercent) => {
    const [alias] = servedThen('churn', entries, on(at)).served
    expect([alias?.stable.version, alias?.canary?.weightPercent]).toEqual([stable, weightPercent])
    const [before] = servedThen('churn', entries, on(at) - 1).served
    expect(before?.until?.rev).toBe(at === 4 ? 5 : at)
  })

  test('before the first entry is nothing, and tells when the history begins', () => {
    const { rev, served, aliases, entry, begins } = servedThen('churn', entries, on(1) - 1)
    expect({ rev, served, aliases, entry }).toEqual({ rev: 0, served: [], aliases: {}, entry: undefined })
    expect(begins).toMatchObject({ rev: 1, kind: 'released', version: '1.0.0' })
    expect(servedThen('churn', [], on(1))).toMatchObject({ rev: 0, served: [] })
  })
})

describe('one alias', () => {
  test('is told alone; previous is what live would have returned to', () => {
    expect(servedThen('churn', entries, on(30), 'staging').served.map(({ alias }) => alias)).toEqual([
      'staging',
    ])
    expect(servedThen('churn', entries, on(3), 'staging').served).toEqual([])
    const [previous] = servedThen('churn', entries, on(9), 'previous').served
    expect(previous).toMatchObject({ alias: 'previous', stable: { version: '1.0.0', since: { rev: 8 } } })
  })

  test('that never was is refused with those that were', () => {
    const problem = refusal(() => servedThen('churn', entries, on(9), 'stagging'))
    expect(problem.code).toBe('alias-unknown')
    expect(problem.message).toContain('it had: live, staging')
  })
})
