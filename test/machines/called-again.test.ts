import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Ports, Registry } from '../../lambdas/ports.ts'
import { stepsOver } from '../../lambdas/steps.ts'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import type { PlatformEvent } from '../../lib/rules/platform-event.ts'
import { defaultLimits, parseRolloutText } from '../../lib/rules/rollout.ts'
import type { StepName } from '../../lib/wiring/handler-names.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { nobodyCalls } from '../harness/calls.ts'
import { moveOf, operationRecord, readyRecord, versionRecord } from '../harness/records.ts'
import { settingsWith } from '../harness/settings.ts'
import { churn } from '../serving/rig.ts'

/**
 * What the model checker, the simulation and the schedules have found, each told shortly: a step that died is called
 * again, late, beside itself, or after an answer that was lost, and what was asked for once happens once.
 */

const began = Date.parse('2026-03-01T10:00:00.000Z')
const model = 'churn'

let database: ReturnType<typeof openDatabase>
let registry: SqliteRegistry
let now: number
let removed: unknown[]
let told: PlatformEvent[]
let ports: Ports
beforeEach(async () => {
  database = openDatabase(':memory:')
  registry = new SqliteRegistry(database)
  now = began
  removed = []
  told = []
  ports = {
    registry,
    host: {
      describe: async ({ name }: Endpoint) => ({
        state: 'active',
        digest: name.replace('churn-', 'sha256:image-of-'),
      }),
      remove: async (endpoint: unknown) => void removed.push(endpoint),
    },
    images: { remove: async () => {} },
    clock: { now: () => (now += 1000) },
    callers: nobodyCalls,
    settings: settingsWith(),
    store: { recordedRev: async () => 99, writeRecord: async () => {} },
    events: { publish: async (event: PlatformEvent) => void told.push(event) },
  } as unknown as Ports
  for (const version of ['1.0.0', '1.1.0']) await registry.claim(readyRecord(model, version, churn))
  await registry.commit(
    moveOf(undefined, model, { aliases: { live: { stable: '1.0.0', by: 'first' } } }, { operation: 'first' }),
  )
})
afterEach(() => database.close())

const call = (step: StepName, operation: string, over: Ports = ports) =>
  stepsOver(over)[step]({ operation, execution: 0 })
const stable = async () => (await registry.model(model))?.aliases['live']?.stable
const history = async () => (await registry.history(model, 1)).map(({ kind, operation }) => [kind, operation])

/** The ports, with one method of the registry replaced. */
function withRegistry(over: Partial<Registry>): Ports {
  const changed = new Proxy(registry, {
    get: (target, name) => {
      const member: unknown = Reflect.get(over, name) ?? Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return { ...ports, registry: changed }
}

/** A client that lost the answer sends again by itself: the effect stands, and what is told is that it was refused. */
const withLostAnswer = () =>
  withRegistry({
    commit: async (move) => {
      await registry.commit(move)
      return registry.commit(move)
    },
    changeVersion: async (...change) => {
      await registry.changeVersion(...change)
      return registry.changeVersion(...change)
    },
  })

const promotion = (id: string, version: string) =>
  registry.open(
    operationRecord(id, {
      version,
      deadline: began + 480_000,
      startedAt: new Date(began).toISOString(),
      rollout: {
        plan: parseRolloutText('all-at-once'),
        limits: defaultLimits,
        step: -1,
        bakeEndsAt: began,
        looks: 0,
      },
    }),
  )
const rollback = (id: string) =>
  registry.open(
    operationRecord(id, { kind: 'rollback', version: '1.0.0', startedAt: new Date(began).toISOString() }),
  )

describe('a move whose step is called again when others have moved on', () => {
  test('a promotion that was rolled back by hand is not promoted again', async () => {
    await promotion('promotion-1', '1.1.0')
    await call('openPromotion', 'promotion-1')
    await rollback('rollback-1')
    await call('probeTarget', 'rollback-1')
    expect(await stable()).toBe('1.0.0')
    await call('openPromotion', 'promotion-1')
    expect(await stable()).toBe('1.0.0')
    expect(await history()).toEqual([
      ['promoted', 'promotion-1'],
      ['rolled-back', 'rollback-1'],
    ])
  })

  test('a rollback does not undo a promotion that is newer than it', async () => {
    await promotion('promotion-1', '1.1.0')
    await call('openPromotion', 'promotion-1')
    await rollback('rollback-1')
    await call('probeTarget', 'rollback-1')
    await promotion('promotion-2', '1.1.0')
    await call('openPromotion', 'promotion-2')
    await call('probeTarget', 'rollback-1')
    expect(await stable()).toBe('1.1.0')
    expect(await history()).toHaveLength(3)
  })
})

describe('a write whose answer was lost', () => {
  test('moves the alias, and tells of it once', async () => {
    await promotion('promotion-1', '1.1.0')
    await expect(call('openPromotion', 'promotion-1', withLostAnswer())).resolves.toMatchObject({
      status: 'promoted',
    })
    expect(await history()).toEqual([['promoted', 'promotion-1']])
  })

  test('retires a version, and tells the world so', async () => {
    await registry.open(operationRecord('retirement-1', { kind: 'retirement', version: '1.1.0' }))
    await call('retireVersion', 'retirement-1', withLostAnswer())
    expect(await history()).toEqual([['retired', 'retirement-1']])
    expect(told).toMatchObject([{ type: 'Retired', version: '1.1.0' }])
  })

  test('removes the endpoint of what is retired', async () => {
    await registry.claim(versionRecord(model, '2.0.0', { owner: 'release-2' }))
    const endpoint = { host: 'process', name: 'churn-2' } as const
    const facts = { state: 'RETIRED', endpoint } as const
    await registry.changeVersion(model, { version: '2.0.0', seen: { state: 'CREATING' }, facts })
    await registry.open(operationRecord('retirement-1', { kind: 'retirement', version: '2.0.0' }))
    await call('removeEndpoint', 'retirement-1', withLostAnswer())
    expect(removed).toEqual([endpoint])
  })
})

describe('two calls of one step at the same time', () => {
  /** The other call goes through in the moment in which this one writes. */
  const beside = (step: StepName, operation: string) => {
    let isFirst = true
    return withRegistry({
      commit: async (move) => {
        if (isFirst) {
          isFirst = false
          await call(step, operation)
        }
        return registry.commit(move)
      },
    })
  }

  test('make a version READY once, and neither fails', async () => {
    await registry.claim(versionRecord(model, '2.0.0', { owner: 'release-2' }))
    await registry.open(operationRecord('release-2', { kind: 'release', version: '2.0.0' }))
    await call('markReady', 'release-2', beside('markReady', 'release-2'))
    expect((await registry.version(model, '2.0.0'))?.state).toBe('READY')
    expect(await history()).toEqual([['released', 'release-2']])
  })

  test('retire a version once, and neither fails', async () => {
    await registry.open(operationRecord('retirement-1', { kind: 'retirement', version: '1.1.0' }))
    const answered = await call('retireVersion', 'retirement-1', beside('retireVersion', 'retirement-1'))
    expect(answered).toEqual({ status: 'retired' })
    expect(await history()).toEqual([['retired', 'retirement-1']])
  })
})
