import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  bakeSeconds,
  checkedRollout,
  defaultRollout,
  describeRollout,
  parseRolloutText,
  type Rollout,
  rolloutDeadline,
  rolloutSteps,
} from '../../lib/rules/rollout.ts'
import { refusal } from './refusal.ts'

const canary = (...steps: [weightPercent: number, bakeTimeSeconds: number][]): Rollout => ({
  kind: 'canary',
  steps: steps.map(([weightPercent, bakeTimeSeconds]) => ({ weightPercent, bakeTimeSeconds })),
})
const linear = (stepPercent: number, bakeTimeSeconds: number): Rollout => ({
  kind: 'linear',
  stepPercent,
  bakeTimeSeconds,
})
const allAtOnce: Rollout = { kind: 'all-at-once' }
const weights = (rollout: Rollout) => rolloutSteps(rollout).map(({ weightPercent }) => weightPercent)

describe('the steps of a rollout', () => {
  test('all at once are none', () => {
    expect(rolloutSteps(allAtOnce)).toEqual([])
  })

  test('of a canary are as written', () => {
    expect(rolloutSteps(canary([5, 0], [50, 60]))).toEqual([
      { weightPercent: 5, bakeTimeSeconds: 0 },
      { weightPercent: 50, bakeTimeSeconds: 60 },
    ])
  })

  test.each([
    [20, [20, 40, 60, 80]],
    [25, [25, 50, 75]],
    [30, [30, 60, 90]],
    [33, [33, 66, 99]],
    [34, [34, 68]],
    [49, [49, 98]],
    [50, [50]],
  ])('of a linear rollout by %i %% are %j', (stepPercent, expected) => {
    expect(weights(linear(stepPercent, 7))).toEqual(expected)
    expect(rolloutSteps(linear(stepPercent, 7)).every((step) => step.bakeTimeSeconds === 7)).toBe(true)
  })

  test('of every linear rollout that a manifest allows rise evenly and end within one step of 100', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), (stepPercent) => {
        const all = weights(checkedRollout(linear(stepPercent, 1)))
        expect(all.every((weight, i) => weight === stepPercent * (i + 1) && weight < 100)).toBe(true)
        expect((all.at(-1) ?? 0) + stepPercent).toBeGreaterThanOrEqual(100)
      }),
    )
  })
})

describe('the time of a rollout', () => {
  test.each([
    [allAtOnce, 0, 60],
    [canary([10, 0]), 0, 60],
    [canary([10, 10]), 10, 70],
    [canary([10, 19]), 19, 79],
    [canary([10, 20]), 20, 80],
    [canary([10, 21]), 21, 84],
    [defaultRollout, 1200, 4800],
    [linear(20, 60), 240, 960],
    [canary([10, 1_000_000]), 1_000_000, 2_592_000],
    [canary([10, 2_592_000]), 2_592_000, 2_592_000],
  ])('%j bakes for %i s and gives up after %i s', (rollout, bake, gaveUp) => {
    expect(bakeSeconds(rollout)).toBe(bake)
    expect(rolloutDeadline(rollout, 1_700_000_000_000)).toBe(1_700_000_000_000 + gaveUp * 1000)
  })
})

describe('a rollout in short', () => {
  test.each([
    ['all-at-once', allAtOnce],
    ['canary:10%/600s,50%/600s', canary([10, 600], [50, 600])],
    ['canary:10%/0s, 50%/60s', canary([10, 0], [50, 60])],
    ['canary:1%/2592000s', canary([1, 2_592_000])],
    ['linear:20%/60s', linear(20, 60)],
    ['linear:2%/0s', linear(2, 0)],
    ['linear:50%/60s', linear(50, 60)],
  ])('%s is read', (text, rollout) => {
    expect(parseRolloutText(text)).toEqual(rollout)
  })

  test.each([
    '',
    'canary',
    'canary:',
    'linear',
    'blue-green',
    'all-at-once:10%/1s',
    'Canary:10%/1s',
    'canary:10/600',
    'canary:10%',
    'canary:10%/600',
    'canary:10%/10m',
    'canary:10%/-1s',
    'canary:0.5%/1s',
    'canary:10%/1s,',
    'canary:10%/1s,x',
    'canary:10%/1s;50%/1s',
    'canary:10%/1s:50%/1s',
    'canary:10%/1s:x',
    'canary:0%/1s',
    'canary:100%/1s',
    'canary:50%/1s,10%/1s',
    'canary:50%/1s,50%/1s',
    'canary:10%/2592001s',
    'canary:10%/1296001s,20%/1296000s',
    'linear:0%/1s',
    'linear:1%/1s',
    'linear:51%/1s',
    'linear:100%/1s',
    'linear:20%/60s,30%/60s',
    'linear:20%/2592000s',
    'toString:10%/1s',
  ])('%j is refused', (text) => {
    expect(refusal(() => parseRolloutText(text)).code).toBe('rollout-malformed')
  })
})

describe('a rollout', () => {
  test('passes unchanged', () => {
    expect(checkedRollout(defaultRollout)).toBe(defaultRollout)
    expect(checkedRollout(allAtOnce)).toBe(allAtOnce)
  })

  test.each([
    [canary([0, 1]), 'step 1 gives the canary 0 %'],
    [canary([10, 1], [10, 1]), 'step 2 gives the canary 10 %'],
    [canary([10, 1], [50, 1], [20, 1]), 'step 3 gives the canary 20 %'],
    [canary([10, 1], [100, 1]), 'step 2 gives the canary 100 %'],
    [canary([10, 2_592_001]), '30 days'],
  ])('%j is refused', (rollout, told) => {
    const problem = refusal(() => checkedRollout(rollout))
    expect(problem.code).toBe('rollout-malformed')
    expect(problem.message).toContain(told)
  })

  test.each([
    [allAtOnce, 'all at once'],
    [canary([10, 600], [50, 0]), 'canary 10 % for 600 s, 50 % for 0 s'],
    [linear(50, 60), 'linear by 50 % every 60 s'],
  ])('%j reads as %j', (rollout, text) => {
    expect(describeRollout(rollout)).toBe(text)
  })
})
