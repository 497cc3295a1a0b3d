import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { VersionState } from '../../lib/rules/model-version.ts'
import type { OperationState } from '../../lib/rules/operation.ts'
import {
  isSamePlace,
  judgeMade,
  judgeOperation,
  judgeVersion,
  mostRestarts,
  strayCanaries,
  usualPatience,
} from '../../lib/rules/reconcile.ts'
import { operationRecord, versionRecord } from '../harness/records.ts'

const then = Date.parse('2026-03-01T10:00:00.000Z')
const patience = usualPatience
const { operationMs, endpointMs } = patience
const endpoint = { host: 'lambda', name: 'sluice-churn-0123456789ab' }

describe('an operation whose machine does not run', () => {
  const far = { deadline: then + 100 * endpointMs }
  const judged = (facts: Parameters<typeof operationRecord>[1], now: number) =>
    judgeOperation(operationRecord('op-1', { ...far, ...facts }), { isRunning: false, now, patience })?.action

  test.each<[string, Parameters<typeof operationRecord>[1], number, string | undefined]>([
    ['began a moment ago', {}, then + operationMs - 1, undefined],
    ['began a while ago', {}, then + operationMs, 'restart'],
    [
      'was heard of a moment ago',
      { progress: [{ at: '2026-03-01T11:00:00.000Z', text: 'x' }] },
      then + 3_600_000 + operationMs - 1,
      undefined,
    ],
    ['was started anew before', { restarts: mostRestarts - 1 }, then + operationMs, 'restart'],
    ['was started anew too often', { restarts: mostRestarts }, then + operationMs, 'end'],
    ['is just past its deadline', { deadline: then + operationMs }, then + 2 * operationMs - 1, 'restart'],
    ['is long past its deadline', { deadline: then + operationMs }, then + 2 * operationMs, 'end'],
    ['waits for a person', { state: 'waiting' }, then + 1000 * endpointMs, undefined],
    ['is over', { state: 'failed' }, then + 1000 * endpointMs, undefined],
  ])('and which %s', (_, facts, now, action) => {
    expect(judged(facts, now)).toBe(action)
  })

  test('is left alone while its machine runs, whatever else is true of it', () => {
    const states: OperationState[] = ['waiting', 'running', 'succeeded', 'failed', 'rolled-back']
    fc.assert(
      fc.property(
        fc.constantFrom(...states),
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: -1e9, max: 1e10 }),
        fc.integer({ min: -1e9, max: 1e10 }),
        (state, restarts, after, deadline) => {
          const operation = operationRecord('op-1', { state, restarts, deadline: then + deadline })
          const now = then + after
          expect(judgeOperation(operation, { isRunning: true, now, patience })).toBeUndefined()
          const alone = judgeOperation(operation, { isRunning: false, now, patience })
          // Never before its patience is over, never one that is over, and never started anew without an end.
          if (alone !== undefined) {
            expect(state).toBe('running')
            expect(after).toBeGreaterThanOrEqual(operationMs)
          }
          if (alone?.action === 'restart') expect(restarts).toBeLessThan(mostRestarts)
        },
      ),
    )
  })
})

describe('a version', () => {
  const states: VersionState[] = ['CREATING', 'READY', 'FAILED', 'RETIRED', 'DELETING']
  const owners = [undefined, 'waiting', 'running', 'succeeded', 'failed', 'rolled-back'] as const

  test('is never touched while its release runs, nor removed while anybody may reach it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...states),
        fc.constantFrom(...owners),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 0, max: 3 * endpointMs }),
        (state, owner, isThere, isBusy, after) => {
          const version = versionRecord('churn', '1.0.0', { state, endpoint })
          const finding = judgeVersion({
            version,
            owner: owner && operationRecord('release-1.0.0', { state: owner }),
            isThere,
            isBusy,
            now: then + after,
            patience,
          })
          const expected = {
            CREATING: owner !== 'running' && owner !== 'waiting' && after >= endpointMs ? 'fail' : undefined,
            READY: isThere ? undefined : 'recreate',
            FAILED: undefined,
            RETIRED: isThere && !isBusy && after >= endpointMs ? 'collect' : undefined,
            DELETING: isThere && !isBusy && after >= endpointMs ? 'collect' : undefined,
          }
          expect(finding?.action).toBe(expected[state])
        },
      ),
    )
  })

  test('that never got so far as to have an endpoint is not made again', () => {
    const version = versionRecord('churn', '1.0.0', { state: 'READY' })
    const seen = { version, owner: undefined, isThere: false, isBusy: false, now: then + 1e12, patience }
    expect(judgeVersion(seen)).toBeUndefined()
  })
})

test('nothing is made anew for a graph, for which nothing was made', () => {
  const graph = { host: 'graph', name: 'sluice-risk-0123456789ab' }
  const version = versionRecord('risk', '1.0.0', { state: 'READY', endpoint: graph })
  const seen = { version, owner: undefined, isThere: false, isBusy: false, now: then + endpointMs, patience }
  expect(judgeVersion(seen)).toBeUndefined()
})

describe('what was made', () => {
  const judged = (state: VersionState | undefined, createdAt?: number, its = endpoint) =>
    judgeMade({ endpoint, createdAt }, state && versionRecord('churn', '1.0.0', { state, endpoint: its }), {
      now: then + endpointMs,
      patience,
    })?.because

  test.each<[VersionState | undefined, RegExp | undefined]>([
    [undefined, /no version is known/],
    ['FAILED', /has FAILED/],
    ['CREATING', undefined],
    ['READY', undefined],
    ['RETIRED', undefined],
    ['DELETING', undefined],
  ])('for a version that is %s', (state, because) => {
    for (const createdAt of [then, undefined]) {
      const found = judged(state, createdAt)
      if (because === undefined) expect(found).toBeUndefined()
      else expect(found).toMatch(because)
    }
    expect(judged(state, then + 1)).toBeUndefined()
  })

  test('at another place than its version says is nobody’s, but not while that is being made', () => {
    const elsewhere = { host: 'sagemaker', name: endpoint.name }
    expect(judged('READY', then, elsewhere)).toMatch(/answers elsewhere/)
    expect(judged('CREATING', then, elsewhere)).toBeUndefined()
    expect(isSamePlace(elsewhere, { host: 'sagemaker-serverless', name: endpoint.name })).toBe(true)
  })
})

test('a canary is stray exactly where its rollout is over or unknown', () => {
  const canary = { version: '1.1.0', weightPercent: 10, rollout: 'p-2', step: 0 }
  const record = {
    model: 'churn',
    rev: 2,
    head: 'h',
    accepted: [],
    aliases: { live: { stable: '1.0.0', canary, by: 'p-2' }, quiet: { stable: '1.0.0', by: 'p-1' } },
  }
  const stray = (state?: OperationState) =>
    strayCanaries(record, () => state && operationRecord('p-2', { state })).map(({ alias }) => alias)
  expect([stray('running'), stray('waiting')]).toEqual([[], []])
  for (const state of ['succeeded', 'failed', 'rolled-back', undefined] as const)
    expect(stray(state)).toEqual(['live'])
})
