import { describe, expect, test } from '@jest/globals'
import {
  actionsOf,
  bakesFor,
  evidenceOf,
  standingOf,
  stepsOf,
  timesText,
} from '../../console/view/rollout-view.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import type { Rights } from '../../lib/rules/rights.ts'
import { defaultLimits } from '../../lib/rules/rollout.ts'

const now = Date.parse('2026-03-01T10:00:00Z')
const steps = [
  { weightPercent: 10, bakeTimeSeconds: 600 },
  { weightPercent: 50, bakeTimeSeconds: 600 },
]
const verdict = {
  decision: 'hold',
  reason: 'baking; 0 % of 9',
  errorEvidence: 10,
  latencyEvidence: 0.2,
} as const
const operation: Operation = {
  ...{
    id: 'promotion-1',
    kind: 'promotion',
    model: 'churn',
    version: '1.1.0',
    alias: 'live',
    state: 'running',
  },
  ...{ actor: 'ada', reason: 'better', startedAt: '2026-03-01T09:50:00.000Z', deadline: now, progress: [] },
  rollout: {
    ...{ plan: { kind: 'canary', steps }, limits: defaultLimits, step: 0 },
    ...{ bakeEndsAt: now + 90_000, looks: 3, verdict },
  },
  executions: 0,
}
const at = (step: number, more: Partial<Operation> = {}): Operation => ({
  ...operation,
  ...(operation.rollout && { rollout: { ...operation.rollout, step } }),
  ...more,
})
const rights: Rights = { actor: 'ada', invoke: true, own: true, retire: true, move: ['live'] }
const asked = { by: 'bo', reason: 'wait' }

test('steps are passed, now and ahead, and the last one is all traffic', () => {
  const states = (of: Operation) => stepsOf(of).map(({ weightPercent, state }) => `${weightPercent} ${state}`)
  expect(states(at(-1))).toEqual(['10 ahead', '50 ahead', '100 ahead'])
  expect(states(at(0))).toEqual(['10 now', '50 ahead', '100 ahead'])
  expect(states(at(1))).toEqual(['10 passed', '50 now', '100 ahead'])
  expect(states(at(1, { state: 'succeeded' }))).toEqual(['10 passed', '50 passed', '100 passed'])
  expect(states(at(1, { state: 'rolled-back' }))).toEqual(['10 passed', '50 left', '100 ahead'])
})

test('a step bakes until its time is over, and not while somebody holds it', () => {
  expect(bakesFor(at(0), now)).toBe(90_000)
  expect(bakesFor(at(0), now + 100_000)).toBe(0)
  expect(bakesFor(at(-1), now)).toBeUndefined()
  expect(bakesFor(at(2), now)).toBeUndefined()
  expect(bakesFor(at(0, { paused: { ...asked, at: '' } }), now)).toBeUndefined()
  expect(bakesFor(at(0, { state: 'succeeded' }), now)).toBeUndefined()
})

test('evidence is on its way to the bound by factors, and what speaks for the canary is none', () => {
  expect(evidenceOf(verdict)).toEqual([
    { of: 'errors', times: 10, bound: 100, share: 0.5 },
    { of: 'latency', times: 0.2, bound: 100, share: 0 },
  ])
  expect(evidenceOf({ ...verdict, errorEvidence: 1e9 })[0]?.share).toBe(1)
  expect(evidenceOf(undefined)).toEqual([])
  expect([0, 1, 1.1, 9.94, 48.4, 1e6].map(timesText)).toEqual([
    'none',
    'none',
    '1.1 ×',
    '9.9 ×',
    '48 ×',
    'more than 1,000 ×',
  ])
})

describe('what is offered is what the API would not refuse:', () => {
  test.each<[string, Operation, string]>([
    ['a step that bakes', at(0), 'pause skip abort'],
    ['a step that is skipped already', at(0, { skip: { ...asked, step: 0 } }), 'pause abort'],
    ['a rollout that is held', at(0, { paused: { ...asked, at: '' } }), 'resume abort'],
    ['one that has no traffic yet', at(-1), 'abort'],
    ['one that is being ended', at(0, { abort: { ...asked, since: 1 } }), ''],
    ['one that waits', at(-1, { state: 'waiting' }), 'approve reject abort'],
    ['one that is over', at(2, { state: 'succeeded' }), 'rollback'],
    ['one that was taken back', at(0, { state: 'rolled-back' }), ''],
    ['a release', at(0, { kind: 'release' }), ''],
  ])('%s', (_, of, actions) => {
    expect(actionsOf(of, rights).join(' ')).toBe(actions)
  })

  test('nothing to who may not move the alias, and nothing while that is not known', () => {
    expect(actionsOf(at(0), { ...rights, move: ['staging'] })).toEqual([])
    expect(actionsOf(at(0), undefined)).toEqual([])
  })
})

test('where it stands is a sentence', () => {
  expect(standingOf(at(0))).toBe('Baking; 0 % of 9.')
  expect(standingOf(at(0, { paused: { ...asked, at: '' } }))).toBe('Held by bo: wait')
  expect(standingOf(at(2, { state: 'succeeded' }))).toBe('live serves 1.1.0.')
  const approval = { needs: 'four-eyes', expiresAt: now } as const
  expect(standingOf(at(-1, { state: 'waiting', approval }))).toBe(
    'Waits for a person who neither pushed nor asked.',
  )
})
