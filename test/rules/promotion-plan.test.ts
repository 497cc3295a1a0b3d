import { describe, expect, test } from '@jest/globals'
import { type Manifest, manifestSchema } from '../../lib/rules/manifest.ts'
import { promotionAfterRelease, promotionOnRequest } from '../../lib/rules/promotion-plan.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'

const manifest = (release?: unknown): Manifest => ({
  ...manifestSchema.parse(release === undefined ? {} : { release }),
  model: 'churn',
  version: '1.4.0',
  runtime: 'onnx',
})
const record = (aliases: ModelRecord['aliases']): ModelRecord => ({
  model: 'churn',
  rev: 1,
  head: 'x',
  aliases,
  accepted: [],
})

const usual = {
  kind: 'canary',
  steps: [
    { weightPercent: 10, bakeTimeSeconds: 600 },
    { weightPercent: 50, bakeTimeSeconds: 600 },
  ],
}
const usualLimits = { maxErrorRatePercent: 1, maxLatencyP95Ratio: 1.5, minRequests: 50 }
const served = record({ live: { stable: '1.3.0', by: 'p' } })

describe('after a release without a release section', () => {
  test.each([
    ['no record', undefined],
    ['a record without aliases', record({})],
    ['a record of another alias only', record({ staging: { stable: '1.3.0', by: 'p' } })],
  ])('the first version goes live at once: %s', (_, before) => {
    expect(promotionAfterRelease(manifest(), before)).toEqual({
      alias: 'live',
      rollout: { kind: 'all-at-once' },
      limits: usualLimits,
      reason: 'the first version of the model',
    })
    expect(promotionAfterRelease(undefined, before)).toMatchObject({ alias: 'live' })
  })

  test('later ones wait until someone promotes them', () => {
    expect(promotionAfterRelease(manifest(), served)).toEqual({ waits: 'waits to be promoted' })
    expect(promotionAfterRelease(undefined, served)).toHaveProperty('waits')
  })
})

describe('after a release with a release section', () => {
  test('the manifest says what happens, for the first version and for later ones', () => {
    const own = manifest({
      alias: 'staging',
      rollout: { kind: 'linear', stepPercent: 50, bakeTimeSeconds: 0 },
      limits: { maxErrorRatePercent: 0 },
    })
    for (const before of [undefined, served])
      expect(promotionAfterRelease(own, before)).toEqual({
        alias: 'staging',
        rollout: { kind: 'linear', stepPercent: 50, bakeTimeSeconds: 0 },
        limits: { ...usualLimits, maxErrorRatePercent: 0 },
        reason: 'as its manifest says',
      })
    expect(promotionAfterRelease(manifest({}), served)).toMatchObject({ alias: 'live', rollout: usual })
  })

  test.each([
    [{ alias: 'none' }, 'as its manifest says'],
    [{ alias: 'none', approval: 'required' }, 'as its manifest says'],
  ])('the version waits with %j, even the first', (release, told) => {
    for (const before of [undefined, served])
      expect(promotionAfterRelease(manifest(release), before)).toEqual({
        waits: expect.stringContaining(told),
      })
  })
})

describe('a promotion that a person asks for', () => {
  test.each([
    ['no manifest', undefined],
    ['no release section', manifest()],
    ['a release section without words', manifest({})],
    ['an alias of none', manifest({ alias: 'none' })],
  ])('is a canary on live with %s', (_, own) => {
    expect(promotionOnRequest(own, { reason: 'why not' })).toEqual({
      alias: 'live',
      rollout: usual,
      limits: usualLimits,
      reason: 'why not',
    })
  })

  const own = manifest({
    alias: 'staging',
    rollout: { kind: 'all-at-once' },
    limits: { minRequests: 1 },
    approval: 'required',
  })

  test('is what the manifest says where the person leaves it out', () => {
    expect(promotionOnRequest(own, { reason: 'r' })).toEqual({
      alias: 'staging',
      rollout: { kind: 'all-at-once' },
      limits: { ...usualLimits, minRequests: 1 },
      reason: 'r',
    })
  })

  test('is what the person says', () => {
    const rollout = { kind: 'linear', stepPercent: 20, bakeTimeSeconds: 0 } as const
    expect(promotionOnRequest(own, { alias: 'live', rollout, reason: 'r' })).toMatchObject({
      alias: 'live',
      rollout,
    })
  })
})

describe('several aliases in order', () => {
  const linear = { kind: 'linear', stepPercent: 20, bakeTimeSeconds: 60 } as const
  const half = { kind: 'canary', steps: [{ weightPercent: 50, bakeTimeSeconds: 9 }] } as const
  const atOnce = { kind: 'all-at-once' }
  const plan = (release: unknown) => promotionAfterRelease(manifest(release), served)

  test('the rollout is that of the last; one that gets no calls would hold a canary for ever', () => {
    expect(plan({ alias: ['staging', 'eu', 'live'], rollout: linear })).toMatchObject({
      alias: 'staging',
      rollout: atOnce,
      then: ['eu', 'live'],
      rollouts: { live: linear },
    })
  })

  test('live has it wherever it stands', () => {
    expect(plan({ alias: ['live', 'eu', 'us'], rollout: linear })).toMatchObject({
      alias: 'live',
      rollout: linear,
      then: ['eu', 'us'],
      rollouts: { us: linear },
    })
  })

  test('each may have a plan of its own, also beside the rollout', () => {
    const rollouts = { staging: half, live: half }
    expect(plan({ alias: ['staging', 'live'], rollout: linear, rollouts })).toMatchObject({
      rollout: half,
      rollouts: { live: half },
    })
  })

  test('one in a list is as one alone', () => {
    expect(plan({ alias: ['live'], rollout: linear })).toEqual(plan({ alias: 'live', rollout: linear }))
  })

  test('somebody who asks for an order has it, with the rollout asked for before what is written', () => {
    const own = manifest({
      alias: ['staging', 'live'],
      rollout: linear,
      rollouts: { eu: half, staging: half },
    })
    const asked = { alias: 'staging', then: ['eu'], rollout: linear, reason: 'x' } as const
    expect(promotionOnRequest(own, asked)).toMatchObject({
      alias: 'staging',
      rollout: half,
      then: ['eu'],
      rollouts: { eu: linear },
    })
    expect(promotionOnRequest(own, { reason: 'x' })).toMatchObject({ alias: 'staging', then: ['live'] })
    expect(promotionOnRequest(own, { alias: 'live', reason: 'x' })).not.toHaveProperty('then')
  })

  test.each([
    [[]],
    [['live', 'live']],
    [['none']],
    [['staging', 'none']],
    [['previous', 'live']],
    [['a', 'b', 'c', 'd', 'e', 'f']],
    [['Live']],
  ])('%j is no order', (alias) => {
    expect(manifestSchema.safeParse({ release: { alias } }).success).toBe(false)
  })
})
