import { beforeEach, describe, expect, test } from '@jest/globals'
import { joinFeedback } from '../../lambdas/feedback/join-feedback.ts'
import { liveQuality } from '../../lambdas/feedback/live-quality.ts'
import { takeFeedback } from '../../lambdas/feedback/take-feedback.ts'
import { everyVersion } from '../../lambdas/monitoring/every-version.ts'
import type { MonitoringStore } from '../../lambdas/monitoring-ports.ts'
import type { FeedbackRow } from '../../lib/rules/feedback/feedback.ts'
import { timedRequestId } from '../../lib/rules/request-id.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { MemoryCaptures, MemoryMonitoring } from '../harness/captures.ts'
import { readyRecord } from '../harness/records.ts'

const signature: Signature = {
  inputs: [{ name: 'age', type: 'float64', shape: [] }],
  outputs: [{ name: 'risk', type: 'float64', shape: [] }],
}
const began = Date.parse('2026-03-10T10:15:00Z')
const hourMs = 3_600_000

let now: number
let captures: MemoryCaptures
let monitoring: MemoryMonitoring
let registry: SqliteRegistry
const clock = { now: () => now }

beforeEach(async () => {
  now = began
  captures = new MemoryCaptures()
  monitoring = new MemoryMonitoring()
  registry = new SqliteRegistry(openDatabase(':memory:'))
  for (const version of ['1.0.0', '1.1.0']) await registry.claim(readyRecord('churn', version, signature, ''))
})

/** A call that was recorded. @returns its request id */
function called(
  prediction: number,
  { version = '1.0.0', atMs = now, id = timedRequestId(atMs, crypto.randomUUID()) } = {},
) {
  captures.take({
    ...{ model: 'churn', version, atMs, requestId: id, variant: 'stable', latencyMs: 1 },
    asked: { records: [{ age: 41 }] },
    answer: new TextEncoder().encode(`{"predictions":[${prediction}]}`),
    plan: { samplePercent: 100, mask: [], hash: [], retentionDays: 30 },
  })
  return id
}

const tell = (...rows: readonly Partial<FeedbackRow>[]) =>
  takeFeedback(
    { monitoring, clock },
    {
      ...{ model: 'churn', by: 'shop' },
      rows: rows.map((row) => ({ requestId: 'none', row: 0, actual: 1, ...row })),
    },
  )
const join = async (store: MonitoringStore = monitoring) =>
  joinFeedback({ captures, clock, monitoring: store }, await everyVersion(registry))
const quality = () => liveQuality({ monitoring, registry }, 'churn')

describe('feedback', () => {
  test('is joined to the calls that it is about, each to the version that answered', async () => {
    const [one, other] = [called(0.9), called(0.2, { version: '1.1.0' })]
    now += 5 * 24 * hourMs
    await tell({ requestId: one, actual: 1 }, { requestId: other, actual: false })
    expect(await join()).toEqual({ joined: 2, unmatched: 0, waiting: 0 })
    const { versions, unmatched } = await quality()
    expect(unmatched).toBe(0)
    expect(
      versions.map(({ version, outputs: [output] }) => [
        version,
        output?.kind,
        output?.pairs,
        output?.medianLateMs,
      ]),
    ).toEqual([
      ['1.1.0', 'probability', 1, 5 * 24 * hourMs],
      ['1.0.0', 'probability', 1, 5 * 24 * hourMs],
    ])
    expect(await monitoring.list('churn/feedback/')).toEqual([])
  })

  test('told twice counts once, by what was told last', async () => {
    const id = called(0.9)
    await tell({ requestId: id, actual: 1 })
    await join()
    now += 1000
    await tell({ requestId: id, actual: 0 })
    await join()
    const [output] = (await quality()).versions[0]?.outputs ?? []
    expect(output?.pairs).toBe(1)
    expect(output?.metrics.accuracy?.value).toBe(0)
  })

  test('finds a call by an id of the caller’s own, with the time and without it', async () => {
    called(0.9, { id: 'order-1' })
    called(0.8, { id: 'order-2' })
    now += 40 * hourMs
    await tell(
      { requestId: 'order-1', actual: 1 },
      { requestId: 'order-2', actual: 1, at: new Date(began).toISOString() },
    )
    expect(await join()).toMatchObject({ joined: 2 })
  })

  test('of a call whose record has not come yet waits, and then is counted as unmatched', async () => {
    await tell({ requestId: 'never' })
    expect(await join()).toEqual({ joined: 0, unmatched: 0, waiting: 1 })
    now += 2 * hourMs
    expect(await join()).toEqual({ joined: 0, unmatched: 1, waiting: 0 })
    expect(await join()).toEqual({ joined: 0, unmatched: 0, waiting: 0 })
    expect((await quality()).unmatched).toBe(1)
  })

  test('keeps what waits of a batch, and lets go of the rest', async () => {
    const id = called(0.9)
    await tell({ requestId: id, actual: 1 }, { requestId: 'late' })
    expect(await join()).toEqual({ joined: 1, unmatched: 0, waiting: 1 })
    called(0.1, { id: 'late' })
    expect(await join()).toEqual({ joined: 1, unmatched: 0, waiting: 0 })
    expect((await quality()).versions[0]?.outputs[0]?.pairs).toBe(2)
  })

  test('of a call that failed, or of an output that there is not, is held to nothing', async () => {
    const id = called(0.9)
    await tell({ requestId: id, output: 'other', actual: 1 })
    expect(await join()).toMatchObject({ joined: 1 })
    expect((await quality()).versions).toEqual([])
  })

  test('comes to the same wherever a run is killed', async () => {
    for (let writes = 0; writes < 6; writes += 1) {
      monitoring = new MemoryMonitoring()
      captures = new MemoryCaptures()
      now = began
      const ids = [called(0.9), called(0.2, { atMs: began - 3 * hourMs })]
      await tell(
        { requestId: ids[0] ?? '', actual: 1 },
        { requestId: ids[1] ?? '', actual: 0 },
        { requestId: 'never' },
      )
      now += 3 * hourMs
      await join(dyingAfter(monitoring, writes)).catch(() => {})
      await join()
      const found = await quality()
      expect([writes, found.unmatched, found.versions[0]?.outputs[0]?.pairs]).toEqual([writes, 1, 2])
      expect(await monitoring.list('churn/feedback/')).toEqual([])
    }
  })
})

/** A store whose process dies after so many changes. */
function dyingAfter(store: MonitoringStore, changes: number): MonitoringStore {
  let left = changes
  const change = () => {
    if (left === 0) throw new Error('killed')
    left -= 1
  }
  return {
    read: (key) => store.read(key),
    list: (prefix) => store.list(prefix),
    write: async (key, text) => {
      change()
      await store.write(key, text)
    },
    remove: async (key) => {
      change()
      await store.remove(key)
    },
  }
}
