import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { completeRollout, endRollout, giveStep, newModel } from '../../lib/rules/alias-move.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import {
  defaultLimits,
  longestRolloutSeconds,
  parseRolloutText,
  rolloutSteps,
} from '../../lib/rules/rollout.ts'
import {
  abortedBy,
  deadlineOf,
  describeControl,
  mayNotMove,
  pausedBy,
  resumedBy,
  type Seen,
  skippedBy,
  verdictUnder,
} from '../../lib/rules/rollout-control.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { type Decision, judge, type Verdict } from '../../lib/rules/verdict.ts'
import { operationRecord } from '../harness/records.ts'
import { refusal } from './refusal.ts'

const began = Date.parse('2026-03-01T10:00:00.000Z')
const day = 24 * 3600 * 1000
const plan = parseRolloutText('canary:10%/60s,30%/60s,50%/60s')
const of = { alias: 'live', version: '1.1.0', rollout: 'op-1' }
const ada = { by: 'ada', reason: 'to look' }

function begun(step: number, facts: Partial<Operation> = {}): Operation {
  const base = operationRecord('op-1', { version: '1.1.0', deadline: began + 720_000 })
  const rollout = { plan, limits: defaultLimits, step, bakeEndsAt: began + 60_000, looks: 0 }
  return { ...base, rollout, ...facts }
}
const empty: ModelRecord = {
  ...newModel('churn'),
  rev: 7,
  aliases: { live: { stable: '1.0.0', by: 'p' } },
}
const at = (step: number, record = empty): ModelRecord => {
  const given = rolloutSteps(plan)[step]
  return given === undefined ? record : { ...record, ...giveStep(record, of, step, given) }
}
const seen = (step: number, now = began + 1000): Seen => ({ record: at(step), now })
const verdict = (decision: Decision): Verdict => ({
  decision,
  reason: 'so',
  errorEvidence: 1,
  latencyEvidence: 1,
})
const codeOf = (act: () => unknown) => refusal(act).code

describe('a pause', () => {
  test('stands in the operation with who, why and when, and is still to be told', () => {
    expect(pausedBy(begun(0), ada, seen(0))).toMatchObject({
      paused: { ...ada, at: '2026-03-01T10:00:01.000Z' },
      untold: [{ kind: 'paused', ...ada, since: 7 }],
      progress: [{ text: 'paused by ada: to look' }],
    })
  })

  test('drops a skip that was not taken', () => {
    const skipped = skippedBy(begun(0), ada, 0, seen(0))
    expect('skip' in pausedBy(skipped, ada, seen(0))).toBe(false)
  })

  test('is refused before the first step, twice, at the end, after an abort, and of what is no promotion', () => {
    expect(codeOf(() => pausedBy(begun(-1), ada, { record: empty, now: began }))).toBe('not-baking')
    expect(codeOf(() => pausedBy(pausedBy(begun(0), ada, seen(0)), ada, seen(0)))).toBe('already-paused')
    expect(codeOf(() => pausedBy(begun(0, { state: 'rolled-back' }), ada, seen(0)))).toBe('operation-over')
    expect(codeOf(() => pausedBy(begun(0, { abort: { ...ada, since: 1 } }), ada, seen(0)))).toBe(
      'operation-over',
    )
    const { alias: _, rollout: __, ...release } = begun(0, { kind: 'release' })
    expect(codeOf(() => pausedBy(release, ada, seen(0)))).toBe('not-a-promotion')
  })

  test('has 30 days from the start, and no longer', () => {
    const paused = pausedBy(begun(0), ada, seen(0))
    expect(deadlineOf(begun(0))).toBe(began + 720_000)
    expect(deadlineOf(paused)).toBe(began + longestRolloutSeconds * 1000)
    const last = resumedBy(paused, ada, seen(0, began + 31 * day))
    expect(last.deadline).toBe(began + 30 * day)
  })
})

describe('a resumption', () => {
  test('adds the time that it was paused to the bake time and to the deadline', () => {
    const paused = pausedBy(begun(1), ada, seen(1, began + 20_000))
    const resumed = resumedBy(paused, ada, seen(1, began + 95_000))
    expect(resumed.rollout?.bakeEndsAt).toBe(began + 60_000 + 75_000)
    expect(resumed.deadline).toBe(began + 720_000 + 75_000)
    expect('paused' in resumed).toBe(false)
    expect(resumed.untold?.map(({ kind }) => kind)).toEqual(['paused', 'resumed'])
  })

  test('of what is not paused is refused', () => {
    expect(codeOf(() => resumedBy(begun(0), ada, seen(0)))).toBe('not-paused')
  })

  test('by a clock that was set back takes no time away', () => {
    const paused = pausedBy(begun(0), ada, seen(0, began + 20_000))
    expect(resumedBy(paused, ada, seen(0, began)).deadline).toBe(began + 720_000)
  })
})

describe('a skip', () => {
  test('names one step: asked again it is the same, and a late one is refused', () => {
    const once = skippedBy(begun(0), ada, 0, seen(0))
    expect(skippedBy(once, { by: 'bob', reason: 'too' }, 0, seen(0))).toBe(once)
    expect(codeOf(() => skippedBy(once, ada, 0, seen(1)))).toBe('step-passed')
    expect(codeOf(() => skippedBy(begun(0), ada, 1, seen(0)))).toBe('step-passed')
  })

  test('of a paused rollout is refused', () => {
    expect(codeOf(() => skippedBy(pausedBy(begun(0), ada, seen(0)), ada, 0, seen(0)))).toBe('rollout-paused')
  })
})

describe('an abort', () => {
  test('of what waits for a person runs from here to its end', () => {
    expect(abortedBy(begun(-1, { state: 'waiting' }), ada, { record: empty, now: began })).toMatchObject({
      state: 'running',
      abort: { ...ada, since: 7 },
    })
  })

  test('asked twice, the first stands', () => {
    const once = abortedBy(begun(0), ada, seen(0))
    expect(abortedBy(once, { by: 'bob', reason: 'too' }, seen(0))).toBe(once)
  })

  test.each<[string, Operation, ModelRecord]>([
    ['has succeeded', begun(2, { state: 'succeeded' }), empty],
    ['moved all traffic and only closes', begun(2), { ...empty, ...completeRollout(empty, of) }],
  ])('of a promotion that %s says to roll back', (_, operation, record) => {
    const { code, message } = refusal(() => abortedBy(operation, ada, { record, now: began }))
    expect(code).toBe('operation-over')
    expect(message).toContain('sluice rollback churn --alias live')
  })
})

describe('a verdict', () => {
  const paused = pausedBy(begun(0), ada, seen(0))
  const skipped = skippedBy(begun(0), ada, 0, seen(0))
  const aborted = abortedBy(begun(0), ada, seen(0))
  test.each<[string, Operation, number, Decision, Decision]>([
    ['as it is', begun(0), 0, 'advance', 'advance'],
    ['paused: an advance holds', paused, 0, 'advance', 'hold'],
    ['paused: harm is harm', paused, 0, 'rollback', 'rollback'],
    ['skipped: what is unknown advances', skipped, 0, 'hold', 'advance'],
    ['skipped: harm is harm', skipped, 0, 'rollback', 'rollback'],
    ['skipped: another step holds', skipped, 1, 'hold', 'hold'],
    ['aborted: nothing goes on', aborted, 0, 'advance', 'rollback'],
  ])('%s', (_, operation, step, drawn, counted) => {
    expect(verdictUnder(operation, step, verdict(drawn)).decision).toBe(counted)
  })

  test('says who holds or skips, and why', () => {
    expect(verdictUnder(paused, 0, verdict('hold')).reason).toBe('paused by ada: to look; so')
    expect(verdictUnder(skipped, 0, verdict('hold')).reason).toBe('skipped by ada: to look; so')
  })
})

test('what came of it is told in a sentence', () => {
  const paused = pausedBy(begun(1), ada, seen(1))
  expect(describeControl('pause', paused)).toBe(
    "paused: 1.1.0 keeps 30 % of 'live' until `sluice resume op-1`; harm still takes it back",
  )
  expect(describeControl('skip', begun(1))).toContain('30 %')
  expect(describeControl('abort', begun(0))).toBe("aborted: 1.1.0 gets nothing of 'live' any more")
})

type Act = 'pause' | 'resume' | 'skip' | 'late-skip' | 'abort' | 'look' | 'harm'
const acts = fc.constantFrom<Act>('pause', 'resume', 'skip', 'late-skip', 'abort', 'look', 'look', 'harm')

/** A rollout as the steps lead it, with people who ask at any moment; only what the rules say is done. */
class Led {
  operation = begun(0)
  record = at(0)
  now = began
  lastSkipped = -1

  get weight(): number {
    const alias = this.record.aliases['live']
    return alias?.stable === '1.1.0' ? 100 : (alias?.canary?.weightPercent ?? 0)
  }

  act(act: Act): void {
    const asked: Seen = { record: this.record, now: this.now }
    const step = this.record.aliases['live']?.canary?.step ?? 0
    if (act === 'pause') this.operation = pausedBy(this.operation, ada, asked)
    if (act === 'resume') this.operation = resumedBy(this.operation, ada, asked)
    if (act === 'skip') this.operation = skippedBy(this.operation, ada, step, asked)
    if (act === 'late-skip') this.operation = skippedBy(this.operation, ada, this.lastSkipped, asked)
    if (act === 'abort') {
      this.operation = abortedBy(this.operation, ada, asked)
      this.record = { ...this.record, ...endRollout(this.record, of) }
    }
    if (act === 'look') this.look(undefined)
    if (act === 'harm') this.look('rollback')
  }

  look(harm: Decision | undefined): void {
    const canary = this.record.aliases['live']?.canary
    if (canary === undefined) return
    const { rollout } = this.operation
    if (rollout === undefined) throw new Error('a promotion has a rollout')
    const judged = judge({
      steps: undefined,
      limits: rollout.limits,
      now: this.now,
      bakeEndsAt: rollout.bakeEndsAt,
      deadline: deadlineOf(this.operation),
    })
    const { decision } = verdictUnder(this.operation, canary.step, harm ? verdict(harm) : judged)
    if (decision === 'rollback') this.record = { ...this.record, ...endRollout(this.record, of) }
    if (decision !== 'advance' || mayNotMove(this.operation)) return
    this.lastSkipped = canary.step
    const next = rolloutSteps(plan)[canary.step + 1]
    const moved = next ? giveStep(this.record, of, canary.step + 1, next) : completeRollout(this.record, of)
    this.record = { ...this.record, ...moved }
    this.operation = {
      ...this.operation,
      rollout: { ...rollout, step: canary.step + 1, bakeEndsAt: this.now + 60_000 },
    }
  }
}

test('whatever people ask and in whatever order, no promise of a rollout is broken', () => {
  const asked = fc.array(fc.tuple(acts, fc.integer({ min: 0, max: 3 * 24 * 3600 * 1000 })), { maxLength: 40 })
  fc.assert(
    fc.property(asked, (list) => {
      const led = new Led()
      let [skips, rises] = [0, 0]
      let aborted = false
      for (const [act, waited] of list) {
        led.now += waited
        const before = { weight: led.weight, paused: led.operation.paused, skip: led.operation.skip }
        try {
          led.act(act)
        } catch (error) {
          if (!isProblem(error)) throw error
          expect(led.weight).toBe(before.weight)
        }
        if (led.operation.skip !== undefined && led.operation.skip !== before.skip) skips += 1
        if (led.weight > before.weight) rises += 1
        aborted ||= led.operation.abort !== undefined
        if (before.paused !== undefined && led.operation.paused !== undefined)
          expect(led.weight).toBeLessThanOrEqual(before.weight)
        if (aborted) expect(led.weight).toBe(0)
        expect(led.operation.deadline).toBeLessThanOrEqual(began + longestRolloutSeconds * 1000)
        if (led.now >= began + longestRolloutSeconds * 1000 && act === 'look')
          expect([0, 100]).toContain(led.weight)
      }
      // Nothing is known of the canary here: only a skip gives it more, and each gives it one step.
      expect(rises).toBeLessThanOrEqual(skips)
    }),
    { numRuns: 3000 },
  )
})
