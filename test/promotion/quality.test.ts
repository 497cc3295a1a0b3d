import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Ports } from '../../lambdas/ports.ts'
import { closePromotion } from '../../lambdas/promotion/close-promotion.ts'
import { judgeCanary } from '../../lambdas/promotion/judge-canary.ts'
import { openPromotion } from '../../lambdas/promotion/open-promotion.ts'
import { returnTraffic } from '../../lambdas/promotion/return-traffic.ts'
import type { JoinedPair } from '../../lib/rules/feedback/joined.ts'
import { latencyBucket } from '../../lib/rules/latency-histogram.ts'
import type { PlatformEvent } from '../../lib/rules/platform-event.ts'
import { defaultLimits, parseRolloutText } from '../../lib/rules/rollout.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import type { VariantCounts } from '../../lib/rules/verdict.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { MemoryMonitoring } from '../harness/captures.ts'
import { moveOf, operationRecord, readyRecord } from '../harness/records.ts'
import { settingsWith } from '../harness/settings.ts'

const hourMs = 3_600_000
const began = Date.parse('2026-03-01T10:30:00.000Z')
const deadline = began + 480_000
const signature: Signature = {
  inputs: [{ name: 'tenure', type: 'float64', shape: [] }],
  outputs: [{ name: 'plan', type: 'string', shape: [] }],
}

let database: ReturnType<typeof openDatabase>
let now: number
let told: PlatformEvent[]
let monitoring: MemoryMonitoring
let reads: number
let ports: Ports
beforeEach(async () => {
  database = openDatabase(':memory:')
  monitoring = new MemoryMonitoring()
  now = began
  told = []
  reads = 0
  const registry = new SqliteRegistry(database)
  ports = {
    registry,
    monitoring: {
      list: (prefix: string) => {
        reads += 1
        return monitoring.list(prefix)
      },
      read: (key: string) => monitoring.read(key),
    },
    host: { describe: async () => ({ state: 'active', digest: 'sha256:image-of-1.1.0' }) },
    metrics: { counts: async () => new Map([[0, { canary: calls(100), stable: calls(900) }]]) },
    clock: { now: () => now },
    settings: settingsWith(),
    store: { recordedRev: async () => 99, writeRecord: async () => {} },
    events: { publish: async (event: PlatformEvent) => void told.push(event) },
  } as unknown as Ports
  for (const version of ['1.0.0', '1.1.0']) await registry.claim(readyRecord('churn', version, signature))
  await registry.commit(moveOf(undefined, 'churn', { aliases: { live: { stable: '1.0.0', by: 'p' } } }))
})
afterEach(() => database.close())

const calls = (requests: number): VariantCounts => ({
  ...{ requests, errors: 0, callers: 0, failedCallers: 0, latency: { [latencyBucket(50)]: requests } },
})

/** A promotion by 10 % for a minute, whose canary is held to its accuracy. */
async function promote(minFeedback = 0): Promise<void> {
  const quality = { metric: 'accuracy', maxWorse: 0.05, minFeedback } as const
  await ports.registry.open(
    operationRecord('op-1', {
      ...{ version: '1.1.0', deadline, startedAt: new Date(began).toISOString() },
      rollout: {
        plan: parseRolloutText('canary:10%/60s'),
        limits: { ...defaultLimits, quality },
        ...{ step: -1, bakeEndsAt: began, looks: 0 },
      },
    }),
  )
  await openPromotion(ports)({ operation: 'op-1', execution: 0 })
}

/** So many answers of an hour were told, so many of them right. */
async function joined(
  version: string,
  count: number,
  right: number,
  { atMs = now, asCanary = version === '1.1.0' } = {},
): Promise<void> {
  const hour = Math.floor(atMs / hourMs) * hourMs
  const pairs = Array.from({ length: count }, (_, i): [string, JoinedPair] => [
    `0 call-${i} plan`,
    {
      ...{ output: 'plan', predicted: 'gold', actual: i < right ? 'gold' : 'free', lateMs: 0, atMs },
      ...(asCanary && { asCanary }),
    },
  ])
  await monitoring.write(
    monitoringKeys.joined('churn', version, hour),
    JSON.stringify(Object.fromEntries(pairs)),
  )
}

const step = { operation: 'op-1', execution: 0 }
const look = () => judgeCanary(ports)(step)
const rollout = async () => (await ports.registry.operation('op-1'))?.rollout

describe('a canary that is held to its live quality', () => {
  test('goes back while it bakes when its predictions come true less often, and says so with figures', async () => {
    await promote()
    now += 20_000
    await joined('1.0.0', 900, 810)
    await joined('1.1.0', 100, 50)
    expect(await look()).toMatchObject({ status: 'rollback' })
    await returnTraffic(ports)(step)
    await closePromotion(ports)(step)
    const said =
      'accuracy is 0.5, 0.4038 to 0.5962, on the canary (100 told) and 0.9, 0.8787 to 0.9179, on stable (900 told); it may be 0.05 worse'
    expect(await ports.registry.operation('op-1')).toMatchObject({
      state: 'rolled-back',
      problem: { detail: expect.stringContaining(said) },
      rollout: { verdict: { qualityEvidence: expect.any(Number) }, quality: { canary: 100, stable: 900 } },
    })
    expect(told.at(-1)).toMatchObject({ type: 'Rolled Back', cause: 'verdict', message: said })
    expect((await ports.registry.model('churn'))?.aliases['live']?.canary).toBeUndefined()
  })

  test('advances without feedback where none is asked for', async () => {
    await promote()
    now += 60_000
    expect(await look()).toMatchObject({ status: 'advance' })
    expect((await rollout())?.verdict?.reason).toContain('accuracy is unknown on the canary')
  })

  test('waits for feedback where some is asked for, and advances once it has come', async () => {
    await promote(50)
    now += 60_000
    await joined('1.0.0', 900, 810)
    await joined('1.1.0', 49, 45)
    expect(await look()).toMatchObject({ status: 'hold' })
    expect((await rollout())?.verdict?.reason).toMatch(
      /^too little feedback, 50 is asked of each: .* \(49 told\)/,
    )
    now += 1000
    await joined('1.1.0', 50, 45)
    expect(await look()).toMatchObject({ status: 'advance' })
  })

  test('whose feedback comes days late waits until the deadline, and no longer', async () => {
    await promote(50)
    now = deadline - 1
    expect(await look()).toMatchObject({ status: 'hold' })
    now = deadline
    expect(await look()).toMatchObject({ status: 'rollback' })
    expect((await rollout())?.verdict?.reason).toMatch(
      /^no verdict before the deadline: too little feedback, 50 is asked of each: accuracy is unknown on the canary/,
    )
  })

  test('is held to calls of the rollout alone: not to those before it, nor to those of its own path', async () => {
    await promote()
    now += 20_000
    await joined('1.0.0', 900, 810)
    await joined('1.1.0', 100, 0, { atMs: began - 1 })
    expect(await look()).toMatchObject({ status: 'hold' })
    await joined('1.1.0', 100, 0, { asCanary: false })
    now += 1000
    expect(await look()).toMatchObject({ status: 'hold' })
    await joined('1.0.0', 900, 810, { atMs: began - 1 })
    await joined('1.1.0', 100, 0)
    now += 1000
    expect(await look()).toMatchObject({ status: 'hold' })
    expect((await rollout())?.quality).toMatchObject({ canary: 100, stable: 0 })
    await joined('1.0.0', 900, 810, { atMs: began })
    now += 1000
    expect(await look()).toMatchObject({ status: 'rollback' })
  })

  test('is looked up anew when the rollout has become a hundredth older, and not at every look', async () => {
    await promote()
    now += 100_000
    await look()
    const after = reads
    now += 900
    await look()
    expect(reads).toBe(after)
    now += 200
    await look()
    expect(reads).toBe(after + 2)
  })

  test('whose feedback cannot be read waits where feedback is asked for, and is promoted where not', async () => {
    ports = {
      ...ports,
      monitoring: { ...ports.monitoring, list: () => Promise.reject(new Error('no disk')) },
    }
    await promote(1)
    now += 60_000
    expect(await look()).toMatchObject({ status: 'hold' })
    expect((await rollout())?.verdict?.reason).toContain('the feedback cannot be read')
  })
})
