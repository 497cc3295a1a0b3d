import { describe, expect, test } from '@jest/globals'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import { resourceName } from '../../lib/rules/names.ts'
import type { AliasRecord, ModelRecord } from '../../lib/rules/routing.ts'
import {
  inTurn,
  isProbeDue,
  leftAliasAt,
  probeEveryHours,
  type Tended,
  upkeepOf,
  warmAfterwardsMs,
} from '../../lib/rules/upkeep.ts'
import { readyRecord, versionRecord } from '../harness/records.ts'
import { churn } from '../serving/rig.ts'

const hourMs = 60 * 60 * 1000
const now = Date.parse('2026-03-01T10:20:00Z')

function recordOf(aliases: Record<string, AliasRecord>, accepted: readonly string[] = []): ModelRecord {
  return { model: 'churn', rev: 3, head: 'x', aliases, accepted }
}

function tended(host: string, facts: Partial<Tended> = {}, manifest = ''): Tended {
  const version = { ...readyRecord('churn', '1.0.0', churn, manifest), endpoint: { host, name: 'e-1' } }
  return { version, record: recordOf({}), leftAt: undefined, isBusy: false, now, ...facts }
}

describe('where idling is free', () => {
  const names = Array.from({ length: 1000 }, (_, i) => resourceName('sluice', 'churn', `1.${i}.0`))

  test.each(['lambda', 'sagemaker-serverless'])('on %s, a version is called and never parked', (host) => {
    const actions = Array.from(
      { length: probeEveryHours },
      (_, hour) => upkeepOf(tended(host, { now: now + hour * hourMs })).action,
    )
    expect(actions.filter((action) => action === 'wake')).toHaveLength(1)
    expect(new Set(actions)).toEqual(new Set(['wake', 'keep']))
  })

  test('each of a thousand is called once in every five days, and no hour has many', () => {
    const perHour = Array.from({ length: probeEveryHours }, (_, hour) =>
      names.filter((name) => isProbeDue(name, now + hour * hourMs)),
    )
    expect(perHour.flat().toSorted()).toEqual(names.toSorted())
    expect(Math.max(...perHour.map(({ length }) => length))).toBeLessThan(30)
  })

  test('twice within the fourteen days after which Lambda takes back what nobody calls', () => {
    for (const start of [0, 1, 59, 119])
      for (const name of names.slice(0, 20)) {
        const hours = Array.from({ length: 14 * 24 }, (_, hour) => now + (start + hour) * hourMs)
        expect(hours.filter((hour) => isProbeDue(name, hour)).length).toBeGreaterThanOrEqual(2)
      }
  })

  test('what half a run has left is what the next has first, an hour and a round later', () => {
    for (const later of [hourMs, probeEveryHours * hourMs]) {
      const first = inTurn(names, now).slice(0, 500)
      const second = inTurn(names, now + later).slice(0, 500)
      expect(new Set([...first, ...second]).size).toBe(1000)
    }
  })
})

describe('an instance that is billed by the hour', () => {
  const live: AliasRecord = { stable: '1.0.0', by: 'p' }
  const elsewhere: AliasRecord = { stable: '1.1.0', by: 'p' }
  const canary = { version: '1.0.0', weightPercent: 10, rollout: 'r', step: 0 }

  test.each<[string, ModelRecord]>([
    ['an alias serves it', recordOf({ live })],
    ['an alias of any name serves it', recordOf({ live: elsewhere, staging: live })],
    ['it is a canary', recordOf({ live: { ...elsewhere, canary } })],
    ['a range resolves to it', recordOf({ live: elsewhere }, ['1.0.0', '2.0.0'])],
    [
      'it is the way back of a rollout',
      recordOf({
        live: { ...elsewhere, previous: '1.0.0', canary: { ...canary, version: '1.2.0' } },
      }),
    ],
  ])('runs while %s', (_, record) => {
    expect(upkeepOf(tended('sagemaker', { record })).action).toBe('wake')
  })

  test('is parked when nothing but its own path reaches it', () => {
    for (const record of [recordOf({}), recordOf({ live: elsewhere }, ['1.0.0', '1.0.1'])])
      expect(upkeepOf(tended('sagemaker', { record })).action).toBe('park')
  })

  test('stays warm for a day after an alias has left it, to the millisecond', () => {
    const record = recordOf({ live: { ...elsewhere, previous: '1.0.0' } })
    const left = (ms: number) => upkeepOf(tended('sagemaker', { record, leftAt: now - ms })).action
    expect(left(0)).toBe('wake')
    expect(left(warmAfterwardsMs - 1)).toBe('wake')
    expect(left(warmAfterwardsMs)).toBe('park')
  })

  test('never is where its manifest says keepRunning, and is where it says not to', () => {
    const saying = (text: string) =>
      upkeepOf(tended('sagemaker', {}, `host: { kind: sagemaker, keepRunning: ${text} }`))
    expect(saying('true').action).toBe('wake')
    expect(saying('false').action).toBe('park')
  })

  test('is left alone while an operation works on it', () => {
    expect(upkeepOf(tended('sagemaker', { isBusy: true })).action).toBe('keep')
  })
})

test('what is not ready, or has no endpoint, is left alone', () => {
  const creating = { ...versionRecord('churn', '1.0.0'), endpoint: { host: 'sagemaker', name: 'e-1' } }
  expect(upkeepOf(tended('sagemaker', { version: creating })).action).toBe('keep')
  const { endpoint: _, ...bare } = readyRecord('churn', '1.0.0', churn)
  expect(upkeepOf(tended('sagemaker', { version: bare })).action).toBe('keep')
})

describe('when an alias has left a version', () => {
  const entry = (hour: number, stable: string): HistoryEntry =>
    ({
      at: new Date(now + hour * hourMs).toISOString(),
      after: { aliases: { live: { stable, by: 'p' } }, accepted: [] },
    }) as unknown as HistoryEntry

  test('is the moment of the move after the last that it was served by', () => {
    const history = [
      entry(0, '1.0.0'),
      entry(1, '1.1.0'),
      entry(2, '1.0.0'),
      entry(3, '1.1.0'),
      entry(4, '2.0.0'),
    ]
    expect(leftAliasAt(history, '1.0.0')).toBe(now + 3 * hourMs)
    expect(leftAliasAt(history, '1.1.0')).toBe(now + 4 * hourMs)
  })

  test('is unknown where it never was served, or still is', () => {
    expect(leftAliasAt([], '1.0.0')).toBeUndefined()
    expect(leftAliasAt([entry(0, '1.0.0')], '1.0.0')).toBeUndefined()
    expect(leftAliasAt([entry(0, '1.0.0')], '1.1.0')).toBeUndefined()
  })
})
