import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { HandedOverCalls } from '../../lambdas/comparison/handed-over.ts'
import { InProcessShadows } from '../../lambdas/comparison/in-process-shadows.ts'
import { keptShadows } from '../../lambdas/comparison/kept-shadows.ts'
import { LiveShadows } from '../../lambdas/comparison/live-shadows.ts'
import type { ShadowedCall } from '../../lambdas/comparison/shadows.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import { until } from '../harness/until.ts'
import { says } from '../serving/rig.ts'
import { Rig } from './rig.ts'

let rig: Rig
let shadows: InProcessShadows
let faults: unknown[]
beforeEach(async () => {
  rig = new Rig()
  faults = []
  shadows = new InProcessShadows(process(), (fault) => faults.push(fault))
  await rig.release('1.0.0', () => 0.5, { manifest: 'capture: {samplePercent: 10, mask: [plan]}\n' })
  await rig.release('1.1.0', ({ tenure }) => (tenure < 10 ? 0.9 : 0.5))
})
afterEach(async () => {
  await shadows.stop()
  rig.close()
})

/** What a process knows of shadows that has just begun. */
const process = () => new LiveShadows(rig.ports, (fault) => faults.push(fault))
const call = (tenure: number, more: Partial<ShadowedCall> = {}): ShadowedCall => ({
  ...{ requestId: `r${tenure}`, model: 'churn', alias: 'live', version: '1.0.0', latencyMs: 1 },
  shadow: { version: '1.1.0', samplePercent: 100, tolerance: 0.01, by: 'shadow-1' },
  records: [{ tenure, plan: 'basic' }],
  bodyBytes: 30,
  answer: new TextEncoder().encode('{"predictions":[0.5]}'),
  ...more,
})
const found = async () => {
  await shadows.flush()
  return (await keptShadows(rig.ports, 'churn'))[0]
}
const settled = (calls: number) =>
  until('every call was asked or dropped', async () => {
    const { asked = 0, dropped = 0, unfit = 0 } = (await found()) ?? {}
    return asked + dropped + unfit === calls && found()
  })

describe('a shadow', () => {
  test('is asked what was asked, and its answers are compared and kept', async () => {
    for (let tenure = 0; tenure < 40; tenure += 1) {
      shadows.cast(call(tenure))
      await pause(2)
    }
    expect(await settled(40)).toMatchObject({
      ...{ alias: 'live', by: 'shadow-1', asked: 40, dropped: 0 },
      report: { a: '1.0.0', b: '1.1.0', compared: 40, agreed: 30 },
    })
  })

  test('keeps nothing of what is masked, and no inputs where nobody agreed that they are recorded', async () => {
    shadows.cast(call(1))
    expect((await settled(1)).report.worst[0]).toEqual({
      ...{ requestId: 'r1', row: 0, inputs: { tenure: 1 }, a: 0.5, b: 0.9, off: 0.4 },
    })
    await rig.release('0.9.0', () => 0.5)
    shadows.cast(call(2, { version: '0.9.0' }))
    const kept = await until('the other is kept', async () => {
      await shadows.flush()
      return (await keptShadows(rig.ports, 'churn')).find(
        ({ report }) => report.a === '0.9.0' && report.compared > 0,
      )
    })
    expect(kept.report.worst[0]).toEqual({ requestId: 'r2', row: 0, a: 0.5, b: 0.9, off: 0.4 })
    expect((await keptShadows(rig.ports, 'churn')).map(({ report }) => report.a).toSorted()).toEqual([
      '0.9.0',
      '1.0.0',
    ])
  })

  test('that is slow has few calls on their way, and the others are dropped and counted', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const name = await rig.endpoint('1.1.0')
    rig.host.scripts.set(name, async () => {
      await promise
      return says({ predictions: [0.5] })
    })
    for (let tenure = 0; tenure < 50; tenure += 1) shadows.cast(call(tenure))
    await until('the rest is dropped', async () => (await found())?.dropped === 46)
    expect(rig.host.sent).toHaveLength(4)
    resolve()
    expect(await settled(50)).toMatchObject({ asked: 4, dropped: 46 })
  })

  test('that fails, or has no room, or does not take it, is told so', async () => {
    const name = await rig.endpoint('1.1.0')
    rig.host.scripts.set(name, () => says({ error: 'no' }, 500))
    shadows.cast(call(1))
    await settled(1)
    rig.host.full.add(name)
    shadows.cast(call(2))
    await settled(2)
    shadows.cast(call(3, { records: [{ tenure: 'old', plan: 'basic' }] }))
    expect(await settled(3)).toMatchObject({
      ...{ asked: 1, dropped: 1, unfit: 1, report: { errors: { a: {}, b: { 'model-failed': 1 } } } },
    })
  })

  test('that is unknown harms nobody, and is told once in a while', async () => {
    const shadow = { version: '9.9.9', samplePercent: 100, tolerance: 0.01, by: 'shadow-2' }
    for (let tenure = 0; tenure < 20; tenure += 1) shadows.cast(call(tenure, { shadow }))
    await until('the fault is told', async () => faults.length > 0)
    await pause(20)
    expect(faults).toHaveLength(1)
    expect(await found()).toBeUndefined()
  })

  test('has a server to itself', async () => {
    const aside: string[] = []
    rig.host.setAside = ({ name }) => void aside.push(name)
    shadows.cast(call(1))
    shadows.cast(call(2))
    await settled(2)
    expect(aside).toEqual([await rig.endpoint('1.1.0')])
  })

  test('whose findings could not be kept tells them later', async () => {
    const write = rig.monitoring.write.bind(rig.monitoring)
    rig.monitoring.write = async () => {
      throw new Error('the disk is full')
    }
    shadows.cast(call(1))
    await until('it is told', async () => {
      await shadows.flush()
      return faults.length > 0
    })
    rig.monitoring.write = write
    expect(await settled(1)).toMatchObject({ asked: 1 })
  })
})

describe('what was found of a shadow', () => {
  const askedBy = async (live: LiveShadows, tenures: readonly number[], more: Partial<ShadowedCall> = {}) => {
    for (const tenure of tenures) await live.ask(call(tenure, more))
    await live.flush()
  }
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

  test('is gone on with by the process that comes next, as if there had been one', async () => {
    await askedBy(process(), upTo(30))
    rig.now += 60_000
    await askedBy(process(), upTo(30))
    const kept = await keptShadows(rig.ports, 'churn')
    expect(kept).toHaveLength(1)
    expect(kept[0]).toMatchObject({
      startedAt: '2026-03-01T10:00:00.000Z',
      until: '2026-03-01T10:01:00.000Z',
      asked: 60,
      report: { compared: 60, agreed: 40, where: expect.stringContaining('where `tenure` is at most 9') },
    })
    expect(faults).toEqual([])
  })

  test('holds no input of calls that nobody agreed to have recorded, and what is masked nowhere', async () => {
    const unusual = { records: [{ tenure: 4711.25, plan: 'basic-secret' }] }
    await askedBy(process(), [1], unusual)
    await rig.release('0.9.0', () => 0.5)
    await askedBy(process(), [1], { ...unusual, version: '0.9.0' })
    const texts = async (version: string) =>
      Promise.all(
        (await rig.monitoring.list('churn/'))
          .filter((key) => key.includes(`-${version}`))
          .map((key) => rig.monitoring.read(key)),
      )
    const [recorded, unrecorded] = [await texts('1.0.0'), await texts('0.9.0')].map((all) => all.join())
    expect(recorded).toContain('4711.25')
    expect(unrecorded).toContain('"asked":1')
    for (const found of [recorded, unrecorded]) expect(found).not.toContain('basic-secret')
    expect(unrecorded).not.toContain('4711.25')
  })

  test('is not written over by a process that knows less of it', async () => {
    const [first, second] = [process(), process()]
    await askedBy(first, [1])
    await askedBy(second, [2, 3])
    await askedBy(first, [4])
    expect(await keptShadows(rig.ports, 'churn')).toMatchObject([{ asked: 3 }])
    expect(faults).toEqual([expect.objectContaining({ message: expect.stringContaining('another process') })])
    await askedBy(first, [5])
    expect(await keptShadows(rig.ports, 'churn')).toMatchObject([{ asked: 4 }])
  })

  test('begins anew where what is kept of it cannot be read', async () => {
    await rig.monitoring.write(monitoringKeys.shadowState('churn', 'shadow-1', '1.0.0'), '{"format":0}')
    await askedBy(process(), [1])
    expect(await keptShadows(rig.ports, 'churn')).toMatchObject([{ asked: 1 }])
    expect(faults).toHaveLength(1)
  })

  test('is kept of the last twenty, with what they go on with', async () => {
    for (let i = 0; i < 22; i += 1) {
      rig.now += 1000
      await askedBy(process(), [1], { shadow: { ...call(1).shadow, by: `shadow-${i}` } })
    }
    const of = async (place: string) => (await rig.monitoring.list(`churn/${place}/`)).length
    expect([await of('comparisons'), await of('shadows')]).toEqual([20, 20])
  })
})

describe('calls that are handed over', () => {
  const handed = (tenure: number) => ({ ...call(tenure), answer: '{"predictions":[0.5]}' })
  const kept = async () => (await keptShadows(rig.ports, 'churn'))[0]
  const later = () => rig.now + 1000

  test('are asked once, however often they are delivered, and those that are missing are counted', async () => {
    const calls = new HandedOverCalls(process(), rig.ports.clock)
    const { model, alias, version, shadow } = call(1)
    const dropped = [{ model, alias, version, shadow, calls: 7 }]
    const event = { id: 'e1', calls: [1, 2, 3, 20, 30].map(handed), dropped }
    await calls.hear(event, later())
    await calls.hear(event, later())
    await calls.hear({ id: 'e2', calls: [], dropped: [] }, later())
    expect(await kept()).toMatchObject({ asked: 5, dropped: 7, report: { compared: 5, agreed: 2 } })
  })

  test('are dropped once there is no time to ask them', async () => {
    const calls = new HandedOverCalls(process(), rig.ports.clock)
    await calls.hear({ id: 'e1', calls: [1, 2].map(handed), dropped: [] }, rig.now)
    expect(await kept()).toMatchObject({ asked: 0, dropped: 2 })
    expect(rig.host.sent).toHaveLength(0)
  })

  test('are written down now and then, and whenever somebody asks for it', async () => {
    const calls = new HandedOverCalls(process(), rig.ports.clock)
    const hear = (id: string, some: readonly number[]) =>
      calls.hear({ id, calls: some.map(handed), dropped: [] }, later())
    await hear('e1', [1])
    await hear('e2', [2])
    expect(await kept()).toMatchObject({ asked: 1 })
    await hear('e3', [])
    expect(await kept()).toMatchObject({ asked: 2 })
    rig.now += 10_000
    await hear('e4', [3])
    expect(await kept()).toMatchObject({ asked: 3 })
  })
})

describe('a shadow that is asked for', () => {
  const path = '/models/churn/shadows'
  const asked = { version: '1.1.0', samplePercent: 25, reason: 'to see' }

  test('stands in the record of the alias and in the history, and ends when it is lifted', async () => {
    await rig.serve('1.0.0')
    rig.castWith(shadows)
    const { status, json } = await rig.call('POST', path, asked)
    expect([status, json]).toMatchObject([
      201,
      { alias: 'live', shadow: { version: '1.1.0', tolerance: 0.01 } },
    ])
    const standing = async () => (await rig.registry.model('churn'))?.aliases['live']
    expect(await standing()).toMatchObject({
      stable: '1.0.0',
      shadow: { version: '1.1.0', samplePercent: 25 },
    })
    expect((await rig.call('DELETE', `${path}/live`, { reason: 'seen' })).status).toBe(200)
    expect(await standing()).toEqual({ stable: '1.0.0', by: 'p' })
    expect((await rig.call('DELETE', `${path}/live`, { reason: 'seen' })).json).toMatchObject({
      code: 'no-shadow',
    })
    expect((await rig.registry.history('churn')).slice(1)).toMatchObject([
      { kind: 'shadow-cast', version: '1.1.0', alias: 'live', actor: 'ada', reason: 'to see' },
      { kind: 'shadow-lifted', version: '1.1.0', alias: 'live', actor: 'ada', reason: 'seen' },
    ])
    const { shadow } = json as { shadow: { by: string } }
    const of = { model: 'churn', version: '1.1.0', alias: 'live', actor: 'ada', shadow: shadow.by }
    expect(rig.told).toMatchObject([
      { type: 'Shadow Cast', ...of, reason: 'to see', samplePercent: 25 },
      { type: 'Shadow Lifted', ...of, reason: 'seen' },
    ])
    expect(rig.told).toHaveLength(2)
  })

  test('is only tried, with every check, where a dry run is asked for', async () => {
    await rig.serve('1.0.0')
    rig.castWith(shadows)
    const dry = { ...asked, dryRun: true }
    expect(await rig.call('POST', path, dry)).toMatchObject({
      status: 200,
      json: {
        ...{ dryRun: true, model: 'churn', version: '1.1.0' },
        would: "churn 1.1.0 would answer 25 % of the calls of 'live' in its shadow",
      },
    })
    expect((await rig.call('POST', path, { ...dry, version: '1.0.0' })).json).toMatchObject({
      code: 'already-live',
    })
    const lift = () => rig.call('DELETE', `${path}/live`, { reason: 'seen', dryRun: true })
    expect((await lift()).json).toMatchObject({ code: 'no-shadow' })
    expect((await rig.registry.model('churn'))?.rev).toBe(1)
    await rig.call('POST', path, asked)
    expect((await lift()).json).toMatchObject({
      would: "churn 1.1.0 would answer nothing in the shadow of 'live' any more",
    })
    expect((await rig.registry.model('churn'))?.rev).toBe(2)
    expect(rig.told).toHaveLength(1)
  })

  test('may name its alias in the path, where rights can tell it from others', async () => {
    await rig.serve('1.0.0')
    const at = '/models/churn/aliases/live/shadows'
    expect((await rig.call('POST', at, asked)).json).toMatchObject({ alias: 'live' })
    const other = { ...asked, alias: 'staging' }
    expect((await rig.call('POST', at, other)).json).toMatchObject({ code: 'request-malformed' })
  })

  test.each([
    [{ ...asked, version: '1.0.0' }, 'already-live'],
    [{ ...asked, version: '3.0.0' }, 'version-unknown'],
    [{ ...asked, alias: 'staging' }, 'alias-unknown'],
    [{ ...asked, samplePercent: 0 }, 'request-malformed'],
    [{ version: '1.1.0' }, 'request-malformed'],
  ])('by %j is refused with %s', async (body, code) => {
    await rig.serve('1.0.0')
    rig.castWith(shadows)
    expect((await rig.call('POST', path, body)).json).toMatchObject({ code })
    expect((await rig.registry.model('churn'))?.rev).toBe(1)
  })
})
