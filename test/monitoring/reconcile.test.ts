import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { findBreak } from '../../lib/rules/audit.ts'
import { isOver } from '../../lib/rules/operation.ts'
import { SweepWorld } from './sweep-world.ts'

const minute = 60_000
const hour = 60 * minute
/** Long after every deadline. */
const days = 72 * hour

let world: SweepWorld
beforeEach(() => {
  world = new SweepWorld()
})
afterEach(() => world.close())

/** What is done in turn: each can die at any of its writes. */
const scenarios: Readonly<Record<string, readonly ((on: SweepWorld) => Promise<void>)[]>> = {
  'a first release, which goes live': [(on) => on.release('1.0.0')],
  'a canary and its promotion': [
    (on) => on.release('1.0.0'),
    (on) => on.release('1.1.0', 3),
    (on) => on.promote('1.1.0'),
  ],
  'a retirement': [(on) => on.release('1.0.0'), (on) => on.release('1.1.0', 3), (on) => on.retire('1.1.0')],
}
type Scenario = keyof typeof scenarios

async function play(on: SweepWorld, scenario: Scenario): Promise<void> {
  const acts = scenarios[scenario] ?? []
  for (const act of acts.slice(0, -1)) await act(on)
  await acts.at(-1)?.(on)
}

/** The writes of a scenario's last act, by their numbers. */
async function writesOf(scenario: Scenario): Promise<number[]> {
  const whole = new SweepWorld()
  const acts = scenarios[scenario] ?? []
  for (const act of acts.slice(0, -1)) await act(whole)
  const before = whole.writes
  await acts.at(-1)?.(whole)
  const { writes } = whole
  whole.close()
  return Array.from({ length: writes - before }, (_, i) => before + i + 1)
}

/** All that must hold when nothing is under way: nothing hangs, nothing is lost, nothing is left. */
async function expectMended(on: SweepWorld): Promise<void> {
  const { registry, made, records } = on
  expect(await registry.unfinished()).toEqual([])
  const versions = await registry.versions('churn')
  const ready = versions.filter(({ state }) => state === 'READY')
  expect(versions.filter(({ state }) => state === 'CREATING')).toEqual([])
  expect([...made.keys()].toSorted()).toEqual(ready.map(({ endpoint }) => endpoint?.name).toSorted())
  const record = await registry.model('churn')
  const canaries = Object.values(record?.aliases ?? {}).filter(({ canary }) => canary !== undefined)
  expect(canaries).toEqual([])
  for (const { stable } of Object.values(record?.aliases ?? {}))
    expect(ready.map(({ version }) => version)).toContain(stable)
  const entries = await registry.history('churn')
  if (record !== undefined) expect(findBreak(entries, record)).toBeUndefined()
  expect([...records.values()]).toEqual(entries)
}

describe.each(Object.keys(scenarios))('%s, whose process died between any two writes,', (scenario) => {
  async function wrecks(after: (wreck: SweepWorld, write: number) => Promise<void>): Promise<number> {
    const writes = await writesOf(scenario)
    for (const write of writes) {
      const wreck = new SweepWorld()
      wreck.killAt = write
      await play(wreck, scenario)
      wreck.revive()
      await after(wreck, write)
      wreck.close()
    }
    return writes.length
  }

  test('goes on where it was after one sweep, and a second finds nothing', async () => {
    const patience = { operationMs: 15_000, endpointMs: 15_000 }
    let revived = 0
    const points = await wrecks(async (wreck) => {
      const unfinished = (await wreck.registry.unfinished()).length
      wreck.now += 20_000
      const { repairs, broken, left } = await wreck.sweep({ patience })
      expect([broken, left]).toEqual([[], 0])
      expect(repairs.filter(({ kind }) => kind === 'restarted')).toHaveLength(unfinished)
      revived += unfinished
      await wreck.work()
      await expectMended(wreck)
      const operations = await wreck.registry.operations('churn')
      expect(operations.map(({ state }) => state).filter((state) => state !== 'succeeded')).toEqual([])
      const whole = wreck.snapshot()
      wreck.now += 20_000
      expect(await wreck.sweep({ patience })).toEqual({ repairs: [], broken: [], left: 0 })
      expect(wreck.snapshot()).toBe(whole)
    })
    process.stdout.write(`${scenario}: ${points} writes, ${revived} machines started anew\n`)
    expect(revived).toBeGreaterThan(points / 2)
  })

  test('is ended by one sweep where its time is over, and a second finds nothing', async () => {
    let ended = 0
    await wrecks(async (wreck) => {
      const unfinished = await wreck.registry.unfinished()
      wreck.now += days
      const { repairs, broken } = await wreck.sweep()
      expect(broken).toEqual([])
      expect(repairs.filter(({ kind }) => kind === 'ended')).toHaveLength(unfinished.length)
      ended += unfinished.length
      await expectMended(wreck)
      for (const { id } of unfinished) {
        const operation = await wreck.registry.operation(id)
        expect(operation && isOver(operation)).toBe(true)
        expect(operation?.problem?.detail).toMatch(/its deadline has passed/)
      }
      const whole = wreck.snapshot()
      wreck.now += days
      expect(await wreck.sweep()).toEqual({ repairs: [], broken: [], left: 0 })
      expect(wreck.snapshot()).toBe(whole)
    })
    expect(ended).toBeGreaterThan(0)
  })

  test('is mended whoever sweeps meanwhile, and the history tells of each end and start once', async () => {
    await wrecks(async (wreck) => {
      wreck.now += days
      const sweeps = await Promise.all([wreck.sweep(), wreck.sweep(), wreck.sweep()])
      expect(sweeps.flatMap(({ broken }) => broken)).toEqual([])
      await expectMended(wreck)
      const repaired = (await wreck.registry.history('churn')).filter(({ kind }) => kind === 'repaired')
      // Two that remove the same thing at the same moment both tell of it: a host does not say who was first.
      const told = repaired.map(({ repair = '' }) => repair).filter((one) => !one.endsWith('it was removed'))
      expect(new Set(told).size).toBe(told.length)
    })
  })

  test('is mended though the sweeper dies at any of its writes, too', async () => {
    await wrecks(async (wreck, write) => {
      wreck.now += days
      // As far into the sweep as into the scenario: over all wrecks, every write of every sweep.
      wreck.killAt = wreck.writes + 1 + (write % 12)
      await wreck.sweep().catch(() => {})
      wreck.revive()
      wreck.now += hour
      await wreck.sweep()
      await expectMended(wreck)
    })
  })

  test('is left as it is by a sweep that only looks', async () => {
    await wrecks(async (wreck) => {
      wreck.now += days
      const before = wreck.snapshot()
      const told = wreck.events.length
      const looked = await wreck.sweep({ dryRun: true })
      expect(wreck.snapshot()).toBe(before)
      expect(wreck.events).toHaveLength(told)
      const swept = await wreck.sweep()
      expect(looked.repairs.length > 0).toBe(swept.repairs.length > 0)
    })
  })

  test('is touched by no sweep while it runs, whenever that comes', async () => {
    const undisturbed = new SweepWorld()
    await play(undisturbed, scenario)
    const whole = undisturbed.snapshot()
    undisturbed.close()
    for (const write of [0, ...(await writesOf(scenario))]) {
      const swept = new SweepWorld()
      let at = 0
      swept.beforeWrite = async () => {
        at += 1
        if (write !== 0 && at !== write) return
        expect(await swept.sweep()).toEqual({ repairs: [], broken: [], left: 0 })
      }
      await play(swept, scenario)
      expect(swept.snapshot()).toBe(whole)
      swept.close()
    }
  })
})
