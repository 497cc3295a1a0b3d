import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { tendVersions } from '../../lambdas/monitoring/tend-versions.ts'
import type { EndpointHost, EndpointTruth } from '../../lambdas/ports.ts'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import { probeEveryHours } from '../../lib/rules/upkeep.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { moveOf, operationRecord, readyRecord } from '../harness/records.ts'
import { churn } from '../serving/rig.ts'

const hourMs = 60 * 60 * 1000

/** Endpoints in whatever state the test says, that remember who looked at them. */
class Endpoints implements Pick<EndpointHost, 'describe' | 'park' | 'wake'> {
  readonly states = new Map<string, EndpointTruth['state']>()
  readonly looked: string[] = []
  readonly parked: string[] = []
  readonly woken: string[] = []
  atOnce = 0
  mostAtOnce = 0
  looks: (name: string) => Promise<void> = async () => {}
  onPark: () => Promise<void> = async () => {}

  async describe({ name }: Endpoint): Promise<EndpointTruth> {
    this.looked.push(name)
    this.atOnce += 1
    this.mostAtOnce = Math.max(this.atOnce, this.mostAtOnce)
    await this.looks(name).finally(() => {
      this.atOnce -= 1
    })
    return { state: this.states.get(name) ?? 'active' }
  }

  async park({ name }: Endpoint): Promise<void> {
    this.parked.push(name)
    this.states.set(name, 'parked')
    await this.onPark()
  }

  async wake({ name }: Endpoint): Promise<void> {
    this.woken.push(name)
    this.states.set(name, 'creating')
  }
}

let database: ReturnType<typeof openDatabase>
let registry: SqliteRegistry
let host: Endpoints
let now: number
beforeEach(() => {
  database = openDatabase(':memory:')
  registry = new SqliteRegistry(database)
  host = new Endpoints()
  now = Date.parse('2026-03-01T10:00:00Z')
})
afterEach(() => database.close())

const usual = { forMs: 60_000, atOnce: 4, lookMs: 5000 }
const run = (limits: Partial<typeof usual> = {}) =>
  tendVersions(
    { registry, host: host as unknown as EndpointHost, clock: { now: () => now } },
    { ...usual, ...limits },
  )

async function release(version: string, hostKind = 'lambda', manifest = ''): Promise<void> {
  const record = readyRecord('churn', version, churn, manifest)
  await registry.claim({ ...record, endpoint: { host: hostKind, name: `churn-${version}` } })
}

/** Give `live` to a version, at a time. */
async function serve(version: string, at = now): Promise<void> {
  const seen = await registry.model('churn')
  const previous = seen?.aliases['live']?.stable
  const live = { stable: version, by: 'p', ...(previous !== undefined && { previous }) }
  await registry.commit(moveOf(seen, 'churn', { aliases: { live } }, {}, new Date(at).toISOString()))
}

describe('versions that idle for nothing', () => {
  test('are each looked at once in five days, a thousand of them, whatever alias they have', async () => {
    const versions = Array.from({ length: 1000 }, (_, i) => `1.${i}.0`)
    for (const version of versions) await release(version)
    await serve('1.0.0')
    let judged = 0
    for (let hour = 0; hour < probeEveryHours; hour += 1) {
      judged += (await run()).judged
      now += hourMs
    }
    expect(host.looked.toSorted()).toEqual(versions.map((version) => `churn-${version}`).toSorted())
    expect(judged).toBe(1000 * probeEveryHours)
    expect([host.parked, host.woken]).toEqual([[], []])
  }, 60_000)

  test('are counted by what was found', async () => {
    for (let i = 0; i < 240; i += 1) await release(`1.${i}.0`)
    const asleep = new Set(['churn-1.0.0', 'churn-1.1.0'])
    for (const name of asleep) host.states.set(name, 'creating')
    host.states.set('churn-1.2.0', 'absent')
    host.looks = async (name) => {
      if (name === 'churn-1.3.0') throw new Error('no rights')
    }
    const total = { kept: 0, awake: 0, woken: 0, left: 0, broken: [] as string[] }
    for (let hour = 0; hour < probeEveryHours; hour += 1) {
      const { kept, awake, woken, left, broken } = await run()
      total.kept += kept
      total.awake += awake
      total.woken += woken
      total.left += left
      total.broken.push(...broken)
      now += hourMs
    }
    expect(total).toEqual({
      kept: 240 * (probeEveryHours - 1),
      awake: 236,
      woken: 2,
      left: 0,
      broken: expect.arrayContaining([
        'churn 1.2.0 has lost its endpoint',
        'churn 1.3.0 could not be looked at: no rights',
      ]),
    })
    expect(total.broken).toHaveLength(2)
  }, 30_000)
})

describe('a run', () => {
  const instances = async (count: number) => {
    for (let i = 0; i < count; i += 1) await release(`1.${i}.0`, 'sagemaker')
  }

  test('looks at no more endpoints at once than it may', async () => {
    await instances(30)
    host.looks = () => pause(5)
    await run({ atOnce: 4 })
    expect(host.mostAtOnce).toBe(4)
    expect(host.looked).toHaveLength(30)
  })

  test('does not wait for a look that takes too long, and goes on', async () => {
    await instances(3)
    host.looks = (name) => (name === 'churn-1.1.0' ? new Promise(() => {}) : Promise.resolve())
    expect(await run({ lookMs: 30 })).toMatchObject({ parked: 2, woken: 1, left: 0 })
  })

  test('ends when its time is over, says what it left, and the next begins with that', async () => {
    await instances(40)
    const minute = 60_000
    host.looks = async () => {
      now += minute
    }
    const began = now
    const first = await run({ forMs: 20 * minute, atOnce: 1 })
    expect([first.parked, first.left]).toEqual([20, 20])
    const seen = new Set(host.looked)
    now = began + hourMs
    await run({ forMs: 20 * minute, atOnce: 1 })
    expect(host.looked.filter((name) => !seen.has(name))).toHaveLength(20)
    expect(new Set(host.parked).size).toBe(40)
  })
})

describe('instances that are billed by the hour', () => {
  beforeEach(async () => {
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await release(version, 'sagemaker')
    await release('1.3.0', 'sagemaker', 'host: { kind: sagemaker, keepRunning: true }')
  })

  test('are parked where nobody needs them, once', async () => {
    await serve('1.2.0')
    expect(await run()).toMatchObject({ judged: 4, parked: 2, awake: 2, stayParked: 0 })
    expect(host.parked.toSorted()).toEqual(['churn-1.0.0', 'churn-1.1.0'])
    expect(await run()).toMatchObject({ parked: 0, stayParked: 2, awake: 2 })
    expect(host.parked).toHaveLength(2)
  })

  test('stay warm for a day after an alias has left them', async () => {
    await serve('1.1.0', now - 3 * hourMs)
    await serve('1.2.0', now - hourMs)
    await run()
    expect(host.parked).toEqual(['churn-1.0.0'])
    now += 23 * hourMs
    await run()
    expect(host.parked).toEqual(['churn-1.0.0', 'churn-1.1.0'])
  })

  test('are woken where an alias needs one that is parked', async () => {
    await serve('1.2.0')
    host.states.set('churn-1.2.0', 'parked')
    expect(await run()).toMatchObject({ woken: 1 })
    expect(host.woken).toEqual(['churn-1.2.0'])
  })

  test('are left alone while a promotion to them is under way', async () => {
    await serve('1.2.0')
    await registry.open(operationRecord('promotion-9', { version: '1.0.0' }))
    await run()
    expect(host.parked).toEqual(['churn-1.1.0'])
    expect(host.looked).not.toContain('churn-1.0.0')
  })

  test('are woken again where somebody came to need one while it was parked', async () => {
    await serve('1.2.0')
    host.onPark = async () => {
      if (host.parked.length === 1) await registry.open(operationRecord('promotion-9', { version: '1.0.0' }))
      if (host.parked.length === 1) await registry.open(operationRecord('promotion-8', { version: '1.1.0' }))
    }
    expect(await run({ atOnce: 1 })).toMatchObject({ woken: 1, parked: 0 })
    expect(host.woken).toEqual(host.parked)
  })

  test('that failed to start are started anew where they are needed, else parked, and told', async () => {
    await serve('1.2.0')
    host.states.set('churn-1.2.0', 'failed')
    host.states.set('churn-1.0.0', 'failed')
    expect((await run()).broken).toHaveLength(2)
    expect([host.woken, host.parked]).toEqual([['churn-1.2.0'], expect.arrayContaining(['churn-1.0.0'])])
  })

  test('are not parked while somebody has them started', async () => {
    await serve('1.2.0')
    host.states.set('churn-1.0.0', 'creating')
    expect(await run()).toMatchObject({ woken: 1, broken: [] })
    expect(host.parked).toEqual(['churn-1.1.0'])
  })
})
