import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { EndpointHost, EndpointTruth, Ports } from '../../lambdas/ports.ts'
import { openPromotion } from '../../lambdas/promotion/open-promotion.ts'
import { probeTarget } from '../../lambdas/rollback/probe-target.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { moveOf, operationRecord, readyRecord } from '../harness/records.ts'
import { refused } from '../harness/refused.ts'
import { settingsWith } from '../harness/settings.ts'
import { churn } from '../serving/rig.ts'

const minute = 60_000
const began = Date.parse('2026-03-01T10:00:00.000Z')
const step = { operation: 'op-1', execution: 0 }
const ours: EndpointTruth = { state: 'active', digest: 'sha256:image-of-1.1.0' }

let database: ReturnType<typeof openDatabase>
let registry: SqliteRegistry
let now: number
let truth: EndpointTruth
let woken: number
let ports: Ports
beforeEach(async () => {
  database = openDatabase(':memory:')
  registry = new SqliteRegistry(database)
  now = began
  truth = { state: 'parked' }
  woken = 0
  const host: Pick<EndpointHost, 'describe' | 'wake'> = {
    describe: async () => truth,
    wake: async () => {
      woken += 1
      truth = { state: 'creating' }
    },
  }
  ports = {
    registry,
    host,
    clock: { now: () => now },
    settings: settingsWith(),
    store: { recordedRev: async () => 99, writeRecord: async () => {} },
    events: { publish: async () => {} },
  } as unknown as Ports
  for (const version of ['1.0.0', '1.1.0']) await registry.claim(readyRecord('churn', version, churn))
  await registry.commit(moveOf(undefined, 'churn', { aliases: { live: { stable: '1.0.0', by: 'p' } } }))
})
afterEach(() => database.close())

const live = async () => (await registry.model('churn'))?.aliases['live']

describe('a promotion to a version that is parked', () => {
  beforeEach(() =>
    registry.open(operationRecord('op-1', { version: '1.1.0', deadline: began + 24 * 60 * minute })),
  )
  const open = () => openPromotion(ports)(step)

  test('wakes it once, and gives it no traffic before it answers', async () => {
    const waiting = { status: 'waking', waitUntil: expect.stringMatching(/^2026-03-01T10:/) }
    expect(await open()).toEqual(waiting)
    now += minute
    expect(await open()).toEqual(waiting)
    expect(woken).toBe(1)
    expect(await live()).toEqual({ stable: '1.0.0', by: 'p' })
    truth = ours
    expect(await open()).toEqual({ status: 'promoted' })
    expect((await live())?.stable).toBe('1.1.0')
  })

  test('gives up half an hour after it began, with the alias where it was', async () => {
    await open()
    now += 30 * minute - 1
    expect(await open()).toMatchObject({ status: 'waking' })
    now += 1
    expect((await refused(open())).code).toBe('endpoint-failed')
    expect(await live()).toEqual({ stable: '1.0.0', by: 'p' })
  })

  test.each<[EndpointTruth, string]>([
    [{ state: 'failed', reason: 'no capacity' }, 'endpoint-failed'],
    [{ state: 'absent' }, 'endpoint-failed'],
    [{ state: 'active', digest: 'sha256:another' }, 'served-is-not-ours'],
    [{ state: 'active' }, 'served-is-not-ours'],
  ])('refuses what then is %j', async (found, code) => {
    await open()
    truth = found
    expect((await refused(open())).code).toBe(code)
    expect(await live()).toEqual({ stable: '1.0.0', by: 'p' })
  })
})

test('a rollback to a version that is parked has moved the alias, and waits until the version answers', async () => {
  const facts = { kind: 'rollback', version: '1.1.0', to: '1.1.0', deadline: began + 15 * minute } as const
  const { rollout: _, ...operation } = operationRecord('op-1', facts)
  await registry.open(operation)
  const probe = () => probeTarget(ports)(step)
  expect(await probe()).toMatchObject({ status: 'waking' })
  expect((await live())?.stable).toBe('1.1.0')
  expect(woken).toBe(1)
  truth = ours
  expect(await probe()).toEqual({ status: 'probed' })
})
