import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { MadeEndpoint } from '../../lambdas/ports.ts'
import { resourceName } from '../../lib/rules/names.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { mostRestarts } from '../../lib/rules/reconcile.ts'
import { moveOf, operationRecord, versionRecord } from '../harness/records.ts'
import { SweepWorld } from './sweep-world.ts'

const minute = 60_000
const hour = 60 * minute

let world: SweepWorld
beforeEach(async () => {
  world = new SweepWorld()
  await world.release('1.0.0')
  await world.release('1.1.0', 3)
  world.now += 2 * hour
})
afterEach(() => world.close())

const kinds = async () => (await world.sweep()).repairs.map(({ kind, version }) => `${kind} ${version}`)
const nothing = { repairs: [], broken: [], left: 0 }
const live = async () => (await world.registry.model('churn'))?.aliases['live']
const made = (version: string, facts: Partial<MadeEndpoint> = {}) => {
  const name = resourceName('test', 'churn', version)
  const endpoint = { host: 'lambda', name }
  world.made.set(name, {
    endpoint,
    model: 'churn',
    version,
    createdAt: world.now,
    digest: 'sha256:x',
    ...facts,
  })
  return name
}

/** Give `live` a canary that an operation leads, or led. */
async function withCanary(rollout: string): Promise<void> {
  const seen = await world.registry.model('churn')
  const stands = await live()
  if (stands === undefined) throw new Error('nothing is live')
  const canary = { version: '1.1.0', weightPercent: 10, rollout, step: 0 }
  await world.registry.commit(
    moveOf(seen, 'churn', { aliases: { live: { ...stands, canary, by: rollout } } }),
  )
  await world.ports.store.writeRecord((await world.registry.history('churn')).at(-1) as never)
}

test('a platform on which all is well is left as it is', async () => {
  const before = world.snapshot()
  expect(await world.sweep()).toEqual(nothing)
  world.now += 1000 * hour
  expect(await world.sweep()).toEqual(nothing)
  expect(world.snapshot()).toBe(before)
})

describe('a canary', () => {
  test.each(['failed', 'succeeded', 'rolled-back'] as const)(
    'whose rollout has %s gives its traffic back, and the history says so',
    async (state) => {
      await world.registry.open(operationRecord('lost', { version: '1.1.0', state }))
      await withCanary('lost')
      expect(await kinds()).toEqual(['returned 1.1.0'])
      expect(await live()).toEqual({ stable: '1.0.0', by: 'lost' })
      const last = (await world.registry.history('churn')).at(-1)
      expect(last).toMatchObject({
        kind: 'repaired',
        alias: 'live',
        version: '1.1.0',
        actor: 'sweeper',
        operation: 'lost',
      })
      expect(last?.repair).toMatch(
        /^'live' gave 10 % to 1\.1\.0, and its rollout has .+: 'live' took all traffic back$/,
      )
      expect(world.events.at(-1)).toMatchObject({ type: 'Repaired', repair: 'returned', alias: 'live' })
      expect(await world.sweep()).toEqual(nothing)
    },
  )

  test('whose rollout nobody knows gives its traffic back', async () => {
    await withCanary('never-was')
    expect(await kinds()).toEqual(['returned 1.1.0'])
    expect((await live())?.canary).toBeUndefined()
  })

  test('that somebody gives a new rollout while the sweep looks keeps it', async () => {
    await withCanary('never-was')
    let once = true
    world.beforeWrite = async () => {
      if (!once) return
      once = false
      await withCanary('another')
    }
    expect((await world.sweep()).repairs).toEqual([])
    expect((await live())?.canary?.rollout).toBe('another')
  })
})

describe('an endpoint', () => {
  test('of no version is removed after an hour; of an unknown model only the event tells', async () => {
    made('9.9.9')
    const foreign = { host: 'lambda', name: 'test-gone-0123456789ab' }
    world.made.set(foreign.name, {
      endpoint: foreign,
      model: 'gone',
      version: '1.0.0',
      createdAt: world.now,
      digest: 'x',
    })
    expect(await world.sweep()).toEqual(nothing)
    world.now += hour
    expect((await kinds()).toSorted()).toEqual(['removed 1.0.0', 'removed 9.9.9'])
    expect(world.made.size).toBe(2)
    expect(await world.registry.modelNames()).toEqual(['churn'])
    const told = world.events.filter(({ type }) => type === 'Repaired')
    expect(told.map((event) => 'model' in event && event.model).toSorted()).toEqual(['churn', 'gone'])
    expect((await world.registry.history('churn')).at(-1)?.repair).toMatch(
      /no version is known that it is of: it was removed/,
    )
    expect(await world.sweep()).toEqual(nothing)
  })

  test('that a dead release made after it was ended is removed', async () => {
    await world.registry.claim(versionRecord('churn', '2.0.0', { state: 'FAILED' }))
    made('2.0.0')
    expect(await world.sweep()).toEqual(nothing)
    world.now += hour
    expect(await kinds()).toEqual(['removed 2.0.0'])
    expect(world.made.size).toBe(2)
  })

  test('that a new release has claimed since the sweep looked stays', async () => {
    await world.registry.claim(versionRecord('churn', '2.0.0', { state: 'FAILED' }))
    const name = made('2.0.0', { createdAt: world.now - 2 * hour })
    const { versions } = world.registry
    world.registry.versions = async (model) => {
      const seen = await versions.call(world.registry, model)
      await world.registry.claim(versionRecord('churn', '2.0.0', { owner: 'another' }))
      return seen
    }
    await world.registry.open(
      operationRecord('another', {
        kind: 'release',
        version: '2.0.0',
        deadline: world.now + hour,
        startedAt: new Date(world.now).toISOString(),
      }),
    )
    await world.ports.workflows.start((await world.registry.operation('another')) as never)
    expect((await world.sweep()).repairs).toEqual([])
    expect(world.made.has(name)).toBe(true)
  })

  test('of unknown age is removed where its version is elsewhere', async () => {
    const endpoint = { host: 'sagemaker', name: resourceName('test', 'churn', '1.0.0') }
    world.made.set('sagemaker', { endpoint, model: 'churn', version: '1.0.0', digest: 'x' })
    expect(await kinds()).toEqual(['removed 1.0.0'])
  })

  test('of a READY version that is gone is made again, and answers', async () => {
    const name = resourceName('test', 'churn', '1.0.0')
    world.made.delete(name)
    expect(await kinds()).toEqual(['recreated 1.0.0'])
    const { image, endpoint } = (await world.registry.version('churn', '1.0.0')) ?? {}
    expect(await world.ports.host.describe(endpoint as never)).toEqual({
      state: 'active',
      digest: image?.digest,
    })
    expect(await world.sweep()).toEqual(nothing)
  })

  test('of a version that is retired meanwhile is not made again', async () => {
    world.made.delete(resourceName('test', 'churn', '1.1.0'))
    const describeOf = world.ports.host.describe
    Object.assign(world.ports.host, {
      describe: async (endpoint: never) => {
        const change = {
          version: '1.1.0',
          seen: { state: 'READY' },
          facts: { state: 'RETIRED', retiredAt: new Date(world.now).toISOString() },
        } as const
        await world.registry.changeVersion('churn', change)
        return describeOf(endpoint)
      },
    })
    expect((await world.sweep()).repairs).toEqual([])
    expect(world.made.size).toBe(1)
  })

  test('that its host holds fast is tried again, and nothing is told before it is gone', async () => {
    made('9.9.9', { createdAt: world.now - 2 * hour })
    const { remove } = world.ports.host
    Object.assign(world.ports.host, {
      remove: async () => {
        throw new Problem('endpoint-changing', 'held fast')
      },
    })
    expect(await world.sweep()).toEqual(nothing)
    Object.assign(world.ports.host, { remove })
    expect(await kinds()).toEqual(['removed 9.9.9'])
  })
})

test('a host that cannot be listed leaves endpoints alone, and is told; all else is mended', async () => {
  await withCanary('never-was')
  made('9.9.9', { createdAt: world.now - 2 * hour })
  world.made.delete(resourceName('test', 'churn', '1.0.0'))
  Object.assign(world.ports.host, {
    made: async function* () {
      yield* []
      throw new Error('throttled')
    },
  })
  const { repairs, broken } = await world.sweep()
  expect(repairs.map(({ kind }) => kind)).toEqual(['returned'])
  expect(broken).toEqual(['what the hosts have made could not be listed: throttled'])
})

test('of what one host has told the stray goes, though another cannot be listed', async () => {
  const name = made('9.9.9', { createdAt: world.now - 2 * hour })
  const told = world.made.get(name) as MadeEndpoint
  Object.assign(world.ports.host, {
    made: async function* () {
      yield told
      throw new Error('there is no SageMaker here')
    },
  })
  const { repairs, broken } = await world.sweep()
  expect(repairs.map(({ kind, version }) => `${kind} ${version}`)).toEqual(['removed 9.9.9'])
  expect(broken).toEqual(['what the hosts have made could not be listed: there is no SageMaker here'])
})

test('a version that cannot be made again is told, and keeps nothing else from being mended', async () => {
  world.made.clear()
  const { create } = world.ports.host
  Object.assign(world.ports.host, {
    create: async (spec: { readonly version: string }) => {
      if (spec.version === '1.0.0') throw new Error('no such image')
      return create.call(world.ports.host, spec as never)
    },
  })
  const { repairs, broken } = await world.sweep()
  expect(repairs.map(({ kind, version }) => [kind, version])).toEqual([['recreated', '1.1.0']])
  expect(broken).toEqual(['churn 1.0.0: no such image'])
})

test('a version of which no operation is known that makes it becomes FAILED, and may be released again', async () => {
  await world.registry.claim(
    versionRecord('churn', '3.0.0', { owner: 'never-was', createdAt: new Date(world.now).toISOString() }),
  )
  expect(await world.sweep()).toEqual(nothing)
  world.now += hour
  expect(await kinds()).toEqual(['failed 3.0.0'])
  expect(await world.registry.version('churn', '3.0.0')).toMatchObject({
    state: 'FAILED',
    problem: { code: 'platform-fault' },
  })
  await world.release('3.0.0', 4)
  expect((await world.registry.version('churn', '3.0.0'))?.state).toBe('READY')
})

test('what waits for a person is left alone, however long', async () => {
  await world.registry.open(operationRecord('waits', { state: 'waiting', version: '1.1.0' }))
  world.now += 1000 * hour
  expect(await world.sweep()).toEqual(nothing)
})

test('an operation that was written down and never started is started, and loses none of its starts by that', async () => {
  await world.registry.open(operationRecord('never', { version: '1.1.0', deadline: world.now + hour }))
  expect(await kinds()).toEqual(['restarted 1.1.0'])
  const never = await world.registry.operation('never')
  expect([never?.executions, never?.restarts]).toEqual([0, undefined])
})

test('an operation whose machine dies each time is started anew so often, and then ended', async () => {
  const deadline = world.now + 1000 * hour
  await world.registry.open(operationRecord('dies', { version: '1.1.0', deadline }))
  // It was started, and died: every machine of it does.
  const start = async () => {
    await world.ports.workflows.start((await world.registry.operation('dies')) as never)
    world.revive()
  }
  await start()
  for (let i = 1; i <= mostRestarts; i += 1) {
    expect(await kinds()).toEqual(['restarted 1.1.0'])
    expect(await world.registry.operation('dies')).toMatchObject({
      executions: i,
      restarts: i,
      state: 'running',
    })
    expect(await world.sweep()).toEqual(nothing)
    world.revive()
    world.now += 11 * minute
  }
  expect(await kinds()).toEqual(['ended 1.1.0'])
  expect(await world.registry.operation('dies')).toMatchObject({
    state: 'failed',
    problem: {
      code: 'platform-fault',
      detail: expect.stringContaining(`started anew ${mostRestarts} times`),
    },
  })
})

test('entries of a history that are not in the store are written', async () => {
  world.records.clear()
  expect(await kinds()).toEqual(['recorded 1.1.0'])
  expect([...world.records.values()]).toEqual(await world.registry.history('churn'))
  expect(await world.sweep()).toEqual(nothing)
})

test('a run whose time is over says what it did not come to', async () => {
  expect(await world.sweep({ forMs: 0 })).toEqual({ ...nothing, left: 1 })
})

test('costs little where all is well: a thousand versions, all there', async () => {
  for (let i = 0; i < 1000; i += 1) {
    const version = `5.${i}.0`
    const ready = (await world.registry.version('churn', '1.0.0')) ?? versionRecord('churn', '1.0.0')
    const name = made(version)
    await world.registry.claim({ ...ready, version, endpoint: { host: 'lambda', name } })
  }
  await world.sweep()
  const since = performance.now()
  expect(await world.sweep()).toEqual(nothing)
  const tookMs = performance.now() - since
  process.stdout.write(`a sweep of 1,002 versions with nothing to do: ${tookMs.toFixed(1)} ms\n`)
  expect(tookMs).toBeLessThan(1000)
})
