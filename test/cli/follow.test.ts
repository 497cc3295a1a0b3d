import { expect, test } from '@jest/globals'
import { statusOf } from '../../cli/follow.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { defaultLimits, defaultRollout } from '../../lib/rules/rollout.ts'
import { operationRecord } from '../harness/records.ts'

const now = Date.parse('2026-03-01T10:00:00.000Z')
const verdict = { decision: 'hold', reason: 'baking', errorEvidence: 1, latencyEvidence: 1 } as const
const rollout = {
  plan: defaultRollout,
  limits: defaultLimits,
  step: 1,
  bakeEndsAt: now + 90_000,
  looks: 3,
  verdict,
}
const bar = `1.0.0 ${'█'.repeat(10)}${'░'.repeat(10)} 50 %`
const ada = { by: 'ada', reason: 'lunch' }

test.each<[string, Partial<Operation>, string]>([
  ['before it bakes', { rollout: { ...rollout, step: -1 } }, 'promotion of churn 1.0.0 …'],
  ['baking', { rollout }, `${bar} · 60 s · baking`],
  [
    'paused: its time stands still',
    { rollout, paused: { ...ada, at: '2026-03-01T10:00:10.000Z' } },
    `${bar} · paused by ada: lunch · 80 s left`,
  ],
  ['skipped', { rollout, skip: { ...ada, step: 1 } }, `${bar} · skipped by ada: lunch`],
  ['skipped a step before', { rollout, skip: { ...ada, step: 0 } }, `${bar} · 60 s · baking`],
])('the line of a rollout, %s', (_, facts, line) => {
  expect(statusOf(operationRecord('op-1', facts), now + 30_000)).toBe(line)
})
