import { describe, expect, test } from '@jest/globals'
import { costSentence, dollars, isBilledWhileIdle, versionCost } from '../../lib/rules/cost.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import { manifestSchema } from '../../lib/rules/manifest.ts'
import { type Price, prices, pricesAsOf } from '../../lib/rules/prices.ts'

const hostOf = (host: object): Manifest['host'] => manifestSchema.parse({ host }).host
const tenMb = 10_000_000

describe('a version on Lambda', () => {
  const host = hostOf({ memoryMb: 2048 })

  test('costs its storage and its probes while nobody calls it', () => {
    const { idleMonth } = versionCost(host, tenMb)
    expect(idleMonth?.parts['image layer']).toBeCloseTo(0.001, 10)
    expect(idleMonth?.parts['artifact in the store']).toBeCloseTo(0.000_23, 10)
    // 730 h / 120 h = 6.083 probes, each 10 s of 2 GB at 0.0000133334 and one of a million requests for 0.20.
    expect(idleMonth?.parts['probes']).toBeCloseTo(6.0833 * (0.000_266_668 + 0.000_000_2), 6)
    expect(idleMonth?.usd).toBeLessThan(0.01)
  })

  test('costs nothing of its own where it has no bytes and no memory would be cheaper', () => {
    expect(versionCost(host, 0).idleMonth?.parts['image layer']).toBe(0)
  })

  test('costs by the memory and the time of a call', () => {
    const of = (memoryMb: number, callMs: number) =>
      versionCost(hostOf({ memoryMb }), 0, callMs).millionCalls?.parts['model'] ?? 0
    // A million of 0.1 s and 2 GB: 200,000 GB-s at 0.0000133334, and 0.20 for the requests.
    expect(of(2048, 100)).toBeCloseTo(2.666_68 + 0.2, 4)
    expect(of(1024, 100) - 0.2).toBeCloseTo((of(2048, 100) - 0.2) / 2, 6)
    expect(of(2048, 200) - 0.2).toBeCloseTo((of(2048, 100) - 0.2) * 2, 6)
    expect(of(2048, 0)).toBeCloseTo(0.2, 10)
  })

  test('is dearer on x86_64', () => {
    const arm = versionCost(host, 0).millionCalls?.parts['model'] ?? 0
    const x86 = versionCost(hostOf({ memoryMb: 2048, architecture: 'x86_64' }), 0).millionCalls?.parts[
      'model'
    ]
    expect(x86).toBeGreaterThan(arm)
  })

  test('costs by the second where it is kept warm', () => {
    const warm = hostOf({ memoryMb: 1024, provisionedConcurrency: 2 })
    expect(isBilledWhileIdle(warm)).toBe(true)
    expect(isBilledWhileIdle(host)).toBe(false)
    expect(versionCost(warm, 0).idleMonth?.parts['provisioned concurrency']).toBeCloseTo(
      2 * 730 * 3600 * 0.000_003_333_4,
      6,
    )
  })

  test('has the way of its calls in its price', () => {
    const { parts, usd } = versionCost(host, 0).millionCalls ?? { parts: {}, usd: 0 }
    expect(Object.keys(parts)).toEqual(
      expect.arrayContaining(['gateway', 'router', 'registry reads', "router's log", 'model', "model's log"]),
    )
    expect(usd).toBeCloseTo(
      Object.values(parts).reduce((sum, one) => sum + one, 0),
      10,
    )
    expect(parts['registry reads']).toBeCloseTo(0.375, 10)
  })
})

describe('a version on SageMaker', () => {
  test('costs nothing but its storage while nobody calls it, on serverless', () => {
    const { idleMonth } = versionCost(hostOf({ kind: 'sagemaker-serverless' }), tenMb)
    expect(Object.keys(idleMonth?.parts ?? {}).toSorted()).toEqual(['artifact in the store', 'image layer'])
  })

  test('costs its instances by the hour, as many as there are', () => {
    const host = hostOf({ kind: 'sagemaker', instanceType: 'ml.m5.large', instanceCount: 2 })
    expect(isBilledWhileIdle(host)).toBe(true)
    expect(versionCost(host, 0).idleMonth?.usd).toBeCloseTo(0.115 * 2 * 730, 6)
  })

  test.each([
    ['is of a type that the table has not', { instanceType: 'ml.p99.huge' }],
    ['is called as what every object has', { instanceType: 'constructor' }],
    ['is of no type that is named', {}],
  ])('is of unknown cost, and never of none, where it %s', (_, fields) => {
    const cost = versionCost(hostOf({ kind: 'sagemaker', ...fields }), tenMb)
    expect(cost.idleMonth).toBeUndefined()
    expect(cost.notes.join()).toMatch(/not in the table/)
    expect(costSentence(cost)).toMatch(/an unknown sum a month/)
  })
})

test('every price says of when it is and where it was read', () => {
  expect(Number.isNaN(Date.parse(pricesAsOf))).toBe(false)
  for (const [name, { usd, per, source }] of Object.entries(prices as Record<string, Price>)) {
    expect([name, usd > 0, per !== '', /^(?:believed|read)/.test(source)]).toEqual([name, true, true, true])
  }
  expect(costSentence(versionCost(hostOf({}), 0))).toContain(pricesAsOf)
})

test.each([
  [0, '$0'],
  [0.001_622, '$0.0016'],
  [0.42, '$0.42'],
  [0.000_000_2, '$0.00000020'],
  [167.9, '$167.90'],
])('%d is written %s', (usd, text) => {
  expect(dollars(usd)).toBe(text)
})
