import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { CallWay, VersionCaller } from '../../lib/rules/calls.ts'
import { checkRetirement, type RetirementView, recentCallers } from '../../lib/rules/retirement.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { operationRecord, versionRecord } from '../harness/records.ts'
import { refusal } from './refusal.ts'

const record: ModelRecord = {
  model: 'churn',
  rev: 9,
  head: 'x',
  aliases: {
    live: {
      stable: '2.0.0',
      previous: '1.9.0',
      by: 'p',
      canary: { version: '3.0.0', weightPercent: 1, rollout: 'p', step: 0 },
    },
    staging: { stable: '2.5.0', by: 's' },
  },
  accepted: ['2.0.0', '1.9.0', '1.8.0', '1.8.1', '0.0.1', '0.0.2'],
}
const now = Date.parse('2026-03-01T10:00:00Z')
const dayMs = 24 * 3600 * 1000

function view(version: string, facts: Partial<RetirementView> = {}): RetirementView {
  return { record, version, versions: [], unfinished: [], callers: [], now, ...facts }
}

function caller(version: string, daysAgo: number, way: CallWay = 'version'): VersionCaller {
  return { version, caller: 'shop', way, lastAt: new Date(now - daysAgo * dayMs).toISOString() }
}

/** Every reason of a refusal. */
function reasons(seen: RetirementView): string[] {
  return refusal(() => checkRetirement(seen)).errors.map(({ found }) => found)
}

describe('a version cannot be retired while it is reached', () => {
  test.each([
    ['2.0.0', "alias 'live'"],
    ['2.5.0', "alias 'staging'"],
    ['3.0.0', 'the rollout on alias'],
    ['1.9.0', 'the way back'],
    ['1.8.1', "the range '1.8'"],
    ['0.0.2', 'range'],
    ['0.0.1', 'range'], // ^0.0.1 means 0.0.1 alone
  ])('%s by %s', (version, user) => {
    const problem = refusal(() => checkRetirement(view(version)))
    expect(problem.code).toBe('still-in-use')
    expect(problem.message).toContain(user)
  })
})

test.each(['1.8.0', '1.7.0', '4.0.0-rc.1'])(
  '%s, which nothing reaches and nobody deprecated, can be retired',
  (version) => {
    expect(() => checkRetirement(view(version))).not.toThrow()
  },
)

describe('a version that nothing reaches is kept', () => {
  test('by an operation that works on it, and by one that waits', () => {
    const works = operationRecord('promotion-1', { version: '1.8.0' })
    expect(reasons(view('1.8.0', { unfinished: [works] }))).toEqual(['operation promotion-1 works on it'])
    const waits = operationRecord('promotion-2', { version: '1.8.0', state: 'waiting' })
    expect(reasons(view('1.8.0', { unfinished: [waits] }))).toEqual([
      'operation promotion-2 waits to work on it',
    ])
    const back = operationRecord('rollback-1', { kind: 'rollback', version: '2.0.0', to: '1.8.0' })
    expect(reasons(view('1.8.0', { unfinished: [back] }))).toEqual(['operation rollback-1 works on it'])
  })

  test('by no operation of another version or model, by none that is over, and by no retirement', () => {
    const unfinished = [
      operationRecord('a', { version: '2.0.0' }),
      operationRecord('b', { version: '1.8.0', model: 'iris' }),
      operationRecord('c', { version: '1.8.0', state: 'succeeded' }),
      operationRecord('d', { version: '1.8.0', kind: 'retirement' }),
    ]
    expect(() => checkRetirement(view('1.8.0', { unfinished }))).not.toThrow()
  })

  test('until its sunset, and not a millisecond longer', () => {
    const sunset = new Date(now).toISOString()
    const deprecation = { at: sunset, sunset, reason: 'old' }
    const versions = [versionRecord('churn', '1.8.0', { state: 'READY', deprecation })]
    expect(reasons(view('1.8.0', { versions, now: now - 1 }))).toEqual([
      `callers were promised it until ${sunset}`,
    ])
    expect(() => checkRetirement(view('1.8.0', { versions }))).not.toThrow()
  })

  test('by a range until its sunset, and then by those who call it by a range alone', () => {
    const sunset = new Date(now).toISOString()
    const deprecation = { at: sunset, sunset, reason: 'old' }
    const versions = [versionRecord('churn', '1.8.1', { state: 'READY', deprecation })]
    expect(reasons(view('1.8.1', { versions, now: now - 1 }))).toHaveLength(2)
    expect(() => checkRetirement(view('1.8.1', { versions }))).not.toThrow()
    const callers = [caller('1.8.1', 1, 'range')]
    expect(reasons(view('1.8.1', { versions, callers }))).toEqual([
      'shop called it by a range at 2026-02-28T10:00:00.000Z',
    ])
    // An alias keeps it whatever was promised.
    const live = [versionRecord('churn', '2.0.0', { state: 'READY', deprecation })]
    expect(reasons(view('2.0.0', { versions: live }))).toEqual(["it is reached by alias 'live'"])
  })

  test('while callers of a deprecated version are sent to it, and not once that one is retired', () => {
    const deprecation = { at: '2026-01-01T00:00:00.000Z', successor: '1.8.0', reason: 'old' }
    const from = (state: 'READY' | 'RETIRED') => [versionRecord('churn', '1.7.0', { state, deprecation })]
    expect(reasons(view('1.8.0', { versions: from('READY') }))).toEqual(['callers of 1.7.0 are sent to it'])
    expect(() => checkRetirement(view('1.8.0', { versions: from('RETIRED') }))).not.toThrow()
  })

  test('by who called it within seven days, by its own path or a range, and is told who and when', () => {
    const callers = [caller('1.8.0', 1), caller('1.8.0', 2, 'range')]
    expect(reasons(view('1.8.0', { callers }))).toEqual([
      'shop called it by its own path at 2026-02-28T10:00:00.000Z',
      'shop called it by a range at 2026-02-27T10:00:00.000Z',
    ])
  })

  test('by nobody who called it longer ago, by an alias, or another version', () => {
    const callers = [caller('1.8.0', 7.1), caller('1.8.0', 0, 'alias'), caller('2.0.0', 0)]
    expect(() => checkRetirement(view('1.8.0', { callers }))).not.toThrow()
  })

  test('an hour longer than seven days, since a caller is noted once an hour', () => {
    expect(recentCallers(view('1.8.0', { callers: [caller('1.8.0', 7 + 0.9 / 24)] }))).toHaveLength(1)
    expect(recentCallers(view('1.8.0', { callers: [caller('1.8.0', 7 + 1.1 / 24)] }))).toEqual([])
  })

  test('for all its reasons at once', () => {
    const works = operationRecord('promotion-1', { version: '1.8.1' })
    const found = reasons(view('1.8.1', { unfinished: [works], callers: [caller('1.8.1', 1)] }))
    expect(found.map((one) => one.split(' ').slice(0, 3).join(' '))).toEqual([
      'it is reached',
      'operation promotion-1 works',
      'shop called it',
    ])
  })
})

test('thousands of callers are counted, and twenty are named', () => {
  const callers = Array.from({ length: 3000 }, () => caller('1.8.0', 1))
  const found = reasons(view('1.8.0', { callers }))
  expect(found).toHaveLength(21)
  expect(found.at(-1)).toBe('2980 callers more called it')
})

test('to ignore callers overrides callers alone', () => {
  const oneCaller = fc.record({
    version: fc.constantFrom('1.8.0', '1.8.1', '2.0.0', '1.7.0'),
    daysAgo: fc.integer({ min: 0, max: 20 }),
    way: fc.constantFrom<CallWay>('version', 'range', 'alias'),
  })
  fc.assert(
    fc.property(
      fc.constantFrom('1.7.0', '1.8.0', '1.8.1', '2.0.0', '1.9.0'),
      fc.array(oneCaller, { maxLength: 5 }),
      (version, calls) => {
        const callers = calls.map((one) => caller(one.version, one.daysAgo, one.way))
        const silent = outcome(view(version))
        // Whoever calls or not: with callers ignored it is as if nobody had.
        expect(outcome(view(version, { callers, ignoreCallers: true }))).toEqual(silent)
        const calling = recentCallers(view(version, { callers }))
        expect(outcome(view(version, { callers })).length).toBe(silent.length + calling.length)
      },
    ),
  )

  function outcome(seen: RetirementView): string[] {
    try {
      checkRetirement(seen)
      return []
    } catch {
      return reasons(seen)
    }
  }
})

test('a version that a graph asks is kept by it, even where callers are ignored', () => {
  const graphs = ['risk 1.0.0', 'risk 1.1.0']
  expect(reasons(view('1.8.0', { graphs, ignoreCallers: true }))).toEqual([
    'the graph risk 1.0.0 asks it',
    'the graph risk 1.1.0 asks it',
  ])
})
