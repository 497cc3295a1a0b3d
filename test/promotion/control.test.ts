import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { controlRollout } from '../../lambdas/control/rollout-requests.ts'
import type { Ports, Registry } from '../../lambdas/ports.ts'
import { advanceRollout } from '../../lambdas/promotion/advance-rollout.ts'
import { closePromotion } from '../../lambdas/promotion/close-promotion.ts'
import { judgeCanary } from '../../lambdas/promotion/judge-canary.ts'
import { openPromotion } from '../../lambdas/promotion/open-promotion.ts'
import { returnTraffic } from '../../lambdas/promotion/return-traffic.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import type { PlatformEvent } from '../../lib/rules/platform-event.ts'
import { defaultLimits, longestRolloutSeconds, parseRolloutText } from '../../lib/rules/rollout.ts'
import type { RolloutControl } from '../../lib/rules/rollout-control.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { moveOf, operationRecord, readyRecord } from '../harness/records.ts'
import { refused } from '../harness/refused.ts'
import { settingsWith } from '../harness/settings.ts'
import { churn } from '../serving/rig.ts'

const began = Date.parse('2026-03-01T10:00:00.000Z')
const step = { operation: 'op-1', execution: 0 }

let database: ReturnType<typeof openDatabase>
let registry: SqliteRegistry
let now: number
let told: PlatformEvent[]
let started: Operation[]
let ports: Ports
beforeEach(async () => {
  database = openDatabase(':memory:')
  registry = new SqliteRegistry(database)
  now = began
  told = []
  started = []
  ports = {
    registry,
    host: { describe: async () => ({ state: 'active', digest: 'sha256:image-of-1.1.0' }) },
    metrics: { counts: async () => undefined },
    clock: { now: () => now },
    workflows: { start: async (operation: Operation) => void started.push(operation) },
    settings: settingsWith(),
    store: { recordedRev: async () => 99, writeRecord: async () => {} },
    events: { publish: async (event: PlatformEvent) => void told.push(event) },
  } as unknown as Ports
  for (const version of ['1.0.0', '1.1.0']) await registry.claim(readyRecord('churn', version, churn))
  await registry.commit(moveOf(undefined, 'churn', { aliases: { live: { stable: '1.0.0', by: 'p' } } }))
})
afterEach(() => database.close())

const rollout = (plan: string) => ({
  plan: parseRolloutText(plan),
  limits: defaultLimits,
  step: -1,
  bakeEndsAt: began,
  looks: 0,
})
const promote = (facts: Partial<Operation> = {}, plan = 'canary:10%/60s,50%/60s') =>
  registry.open(
    operationRecord('op-1', {
      version: '1.1.0',
      deadline: began + 480_000,
      rollout: rollout(plan),
      ...facts,
    }),
  )
const open = () => openPromotion(ports)(step)
const look = () => judgeCanary(ports)(step)
const advance = (judged = 0) => advanceRollout(ports)({ ...step, step: judged })
const close = () => closePromotion(ports)(step)
const ask = (control: RolloutControl, more: object = {}) =>
  controlRollout(ports, control, 'op-1', { actor: 'eve', reason: 'to look', ...more })
const live = async () => (await registry.model('churn'))?.aliases['live']
const operation = async () => {
  const found = await registry.operation('op-1')
  if (found === undefined) throw new Error('there is no op-1')
  return found
}
const kinds = async () => (await registry.history('churn', 1)).map(({ kind }) => kind)

/** The same ports, and something happens once just before the registry writes a move. */
const meanwhile = (act: () => Promise<unknown>): Ports => {
  let done = false
  const commit: Registry['commit'] = async (move) => {
    if (!done) {
      done = true
      await act()
    }
    return registry.commit(move)
  }
  const late = new Proxy(registry, {
    get: (target, name) => {
      if (name === 'commit') return commit
      const member = Reflect.get(target, name, target) as unknown
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return { ...ports, registry: late }
}

describe('a rollout that is paused', () => {
  beforeEach(async () => {
    await promote()
    await open()
  })

  test('holds past its bake time and past its deadline, and ends 30 days after it began', async () => {
    await ask('pause')
    now = began + 29 * 24 * 3600 * 1000
    expect(await look()).toMatchObject({ status: 'advance' })
    expect(await advance()).toMatchObject({ status: 'baking' })
    expect(await look()).toMatchObject({ status: 'hold' })
    now = began + longestRolloutSeconds * 1000
    expect(await look()).toMatchObject({ status: 'rollback' })
    expect((await live())?.canary?.weightPercent).toBe(10)
  })

  test('is told to the world once, by the machine, and its entry is written once', async () => {
    await ask('pause')
    await look()
    await advance()
    await advance()
    expect(told.filter(({ type }) => type === 'Rollout Paused')).toMatchObject([
      { actor: 'eve', reason: 'to look', alias: 'live', weightPercent: 10, operation: 'op-1' },
    ])
    expect(await kinds()).toEqual(['canary-started', 'paused'])
    expect((await operation()).untold).toEqual([])
    expect((await look()).status).toBe('hold')
  })

  test('at the very moment of an advance: the advance fails', async () => {
    const { rollout: led } = await operation()
    const verdict = { decision: 'advance', reason: 'good', errorEvidence: 0, latencyEvidence: 0 } as const
    await registry.replaceOperation(await operation(), {
      ...(await operation()),
      ...(led && { rollout: { ...led, verdict } }),
    })
    const during = meanwhile(() => ask('pause'))
    expect(await advanceRollout(during)({ ...step, step: 0 })).toMatchObject({ status: 'baking' })
    expect((await live())?.canary).toMatchObject({ weightPercent: 10, step: 0 })
    expect((await operation()).rollout?.step).toBe(0)
    expect(await kinds()).toEqual(['canary-started', 'paused'])
  })

  test('by somebody whose process died before the entry: the machine writes it', async () => {
    const dying = { ...ports, registry: meanwhile(() => Promise.reject(new Error('killed'))).registry }
    const wish = { actor: 'eve', reason: 'to look' }
    await expect(controlRollout(dying, 'pause', 'op-1', wish)).rejects.toThrow('killed')
    expect(await kinds()).toEqual(['canary-started'])
    expect((await look()).status).toBe('advance')
    expect((await advance()).status).toBe('baking')
    expect(await kinds()).toEqual(['canary-started', 'paused'])
  })

  test('and resumed before the machine looked: both stand in order, and both are told', async () => {
    await ask('pause')
    now += 30_000
    const resumed = await ask('resume')
    expect(resumed.deadline).toBe(began + 510_000)
    await look()
    await advance()
    expect(await kinds()).toEqual(['canary-started', 'paused', 'resumed'])
    expect(told.map(({ type }) => type)).toEqual(['Canary Step', 'Rollout Paused', 'Rollout Resumed'])
    expect((await live())?.canary?.step).toBe(0)
    expect((await operation()).rollout?.bakeEndsAt).toBe(began + 90_000)
  })

  test('by two at once, is paused once', async () => {
    const both = await Promise.allSettled([ask('pause'), ask('pause')])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await kinds()).toEqual(['canary-started', 'paused'])
  })

  test('keeps its new times when a look began before it was resumed', async () => {
    await ask('pause')
    now += 30_000
    const counts = async () => {
      await ask('resume')
      return undefined
    }
    await judgeCanary({ ...ports, metrics: { counts } } as unknown as Ports)(step)
    expect((await operation()).rollout?.bakeEndsAt).toBe(began + 90_000)
  })
})

describe('a step that is skipped', () => {
  test('is left by whom and why the history says, without a verdict', async () => {
    await promote()
    await open()
    await ask('skip', { step: 0 })
    expect(await look()).toMatchObject({ status: 'advance', step: 0 })
    expect(await advance()).toMatchObject({ status: 'baking' })
    expect(await advance()).toMatchObject({ status: 'baking' })
    expect((await look()).status).toBe('hold')
    expect((await live())?.canary).toMatchObject({ weightPercent: 50, step: 1 })
    expect((await registry.history('churn')).at(-1)).toMatchObject({
      kind: 'weight-moved',
      weightPercent: 50,
      actor: 'eve',
      reason: 'skipped step 1: to look',
    })
    expect((await refused(ask('skip', { step: 0 }))).code).toBe('step-passed')
  })
})

describe('a promotion that is aborted', () => {
  test('has lost its traffic when it is answered, and ends as rolled-back, by whom and why', async () => {
    await promote()
    await open()
    await ask('abort')
    expect(await live()).toEqual({ stable: '1.0.0', by: 'op-1' })
    expect(started.map(({ id }) => id)).toEqual(['op-1'])
    expect((await look()).status).toBe('gone')
    await close()
    expect(await operation()).toMatchObject({ state: 'rolled-back', problem: { code: 'aborted' } })
    expect((await operation()).problem?.detail).toContain('aborted by eve: to look')
    expect(told.at(-1)).toMatchObject({ type: 'Rolled Back', actor: 'eve', cause: 'request', to: '1.0.0' })
    expect((await refused(ask('abort'))).code).toBe('operation-over')
  })

  test('by somebody whose process died before the write: the machine takes the traffic back', async () => {
    await promote()
    await open()
    const dying = meanwhile(() => Promise.reject(new Error('killed')))
    await expect(controlRollout(dying, 'abort', 'op-1', { actor: 'eve', reason: 'x' })).rejects.toThrow(
      'killed',
    )
    expect((await look()).status).toBe('rollback')
    await returnTraffic(ports)(step)
    expect(await live()).toEqual({ stable: '1.0.0', by: 'op-1' })
    expect((await registry.history('churn')).at(-1)).toMatchObject({
      kind: 'rolled-back',
      actor: 'eve',
      reason: 'x',
    })
  })

  test.each(['running', 'waiting'] as const)(
    'before any traffic, while it is %s, gets none',
    async (state) => {
      await promote({ state })
      await ask('abort')
      expect(started).toMatchObject([{ id: 'op-1', state: 'running' }])
      expect(await open()).toEqual({ status: 'gone' })
      await close()
      expect(await operation()).toMatchObject({ state: 'failed', problem: { code: 'aborted' } })
      expect(await live()).toEqual({ stable: '1.0.0', by: 'p' })
      expect(await kinds()).toEqual(['rejected'])
    },
  )

  test.each(['canary:10%/60s', 'all-at-once'])(
    'at the very moment of its first traffic by %s: the first step fails',
    async (plan) => {
      await promote({}, plan)
      const during = meanwhile(() => ask('abort'))
      expect(await openPromotion(during)(step)).toEqual({ status: 'gone' })
      expect(await live()).toEqual({ stable: '1.0.0', by: 'p' })
      expect(await kinds()).toEqual(['rejected'])
    },
  )

  test('when all its traffic has moved is told to roll back, and succeeds', async () => {
    await promote({}, 'all-at-once')
    await open()
    expect((await refused(ask('abort'))).message).toContain('sluice rollback churn --alias live')
    await close()
    expect((await operation()).state).toBe('succeeded')
  })

  test('does not come back by an advance that was decided before', async () => {
    await promote()
    await open()
    await ask('skip', { step: 0 })
    await look()
    const during = meanwhile(() => ask('abort'))
    expect(await advanceRollout(during)({ ...step, step: 0 })).toEqual({ status: 'gone' })
    expect((await live())?.canary).toBeUndefined()
  })
})

test('an advance that was decided before a rollback by hand gives no traffic back', async () => {
  await promote()
  await open()
  await ask('skip', { step: 0 })
  await look()
  const byHand = async () => {
    const seen = await registry.model('churn')
    await registry.commit(moveOf(seen, 'churn', { aliases: { live: { stable: '1.0.0', by: 'rollback-1' } } }))
  }
  expect(await advanceRollout(meanwhile(byHand))({ ...step, step: 0 })).toEqual({ status: 'gone' })
  expect(await live()).toEqual({ stable: '1.0.0', by: 'rollback-1' })
})

describe('several aliases in order', () => {
  test('the next begins when the first has moved, once, however often it is closed', async () => {
    const rollouts = { live: parseRolloutText('canary:10%/60s') }
    await promote({ alias: 'staging', then: ['live', 'eu'], rollouts }, 'all-at-once')
    await open()
    await close()
    await close()
    expect(await operation()).toMatchObject({ state: 'succeeded', next: 'op-1-next' })
    expect(await registry.operation('op-1-next')).toMatchObject({
      state: 'running',
      alias: 'live',
      then: ['eu'],
      actor: 'ada',
      reason: 'a test',
      rollout: { plan: rollouts.live, step: -1, limits: defaultLimits },
    })
    expect(new Set(started.map(({ id }) => id))).toEqual(new Set(['op-1-next']))
  })

  test('none begins when the first was taken back', async () => {
    await promote({ then: ['eu'] })
    await open()
    await ask('abort')
    await close()
    expect(await registry.operation('op-1-next')).toBeUndefined()
    expect((await operation()).next).toBeUndefined()
  })
})
