import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { controlApp } from '../../lambdas/control/control.ts'
import type { ApiKeys, Ports } from '../../lambdas/ports.ts'
import { type Grant, parseGrant } from '../../lib/rules/access.ts'
import type { PlatformEvent } from '../../lib/rules/platform-event.ts'
import { EventLog } from '../../local/event-log.ts'
import { TrafficMeter } from '../../local/traffic-meter.ts'
import { problemIn } from '../harness/problem-document.ts'
import { settingsWith } from '../harness/settings.ts'
import { Rig } from './rig.ts'

const now = Date.parse('2026-03-01T10:00:00Z')
const clock = { now: () => now }
let events: EventLog
let rig: Rig
beforeEach(() => {
  events = new EventLog('sluice', clock)
  rig = new Rig()
})
afterEach(() => {
  events.stop()
  rig.close()
})

const app = (ports: Partial<Ports> = {}) =>
  controlApp(
    { registry: rig.registry, clock, settings: settingsWith({ platform: 'sluice' }), ...ports } as Ports,
    {
      ...{ store: 'file:///store', keys: {} as ApiKeys, live: events },
    },
  )
const grants = (...texts: string[]) => texts.map((text) => parseGrant(text) as Grant)

const happened = (model: string): PlatformEvent => ({
  ...{ type: 'Promoted', model, version: '1.1.0', alias: 'live', operation: 'promotion-1' },
  ...{ actor: 'ada@example.com', reason: 'a secret project', message: `live serves 1.1.0\nnow` },
})

describe('GET /events', () => {
  async function listening(held?: readonly Grant[]) {
    const response = await app().fetch(new Request('http://localhost/events'), {
      ...{ path: '/events', actor: 'ada', grants: held },
    })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    return { response, next: async () => (await reader?.read())?.value, leave: () => reader?.cancel() }
  }

  test('says at once that it is there, then what happens, and neither who did it nor why', async () => {
    const { response, next } = await listening()
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(await next()).toBe(': still there\n\n')
    await events.publish(happened('churn'))
    const said = (await next()) ?? ''
    expect(said).toMatch(/^event: told\ndata: [^\n]+\n\n$/)
    expect(JSON.parse(said.split('data: ')[1] ?? '')).toEqual({
      ...{ type: 'Promoted', at: '2026-03-01T10:00:00.000Z', message: 'live serves 1.1.0\nnow' },
      ...{ model: 'churn', version: '1.1.0', alias: 'live', operation: 'promotion-1' },
    })
  })

  test('tells nobody of a model that is not theirs', async () => {
    const { next } = await listening(grants('invoke:iris'))
    await next()
    await events.publish(happened('churn'))
    await events.publish(happened('iris'))
    expect(await next()).toContain('"model":"iris"')
  })

  test('ends with the platform, and is heard no more by who has left', async () => {
    const [stays, leaves] = [await listening(), await listening()]
    await stays.next()
    await leaves.leave()
    await events.publish(happened('churn'))
    await stays.next()
    events.stop()
    expect(await stays.next()).toBeUndefined()
  })

  test('is told elsewhere where a gateway keeps no connection open', async () => {
    await problemIn(await rig.get('/events'), 'events-elsewhere')
  })
})

describe('GET /models/{model}/traffic', () => {
  const meter = new TrafficMeter(clock)
  const call = { version: '1.0.0', variant: 'stable', latencyMs: 3 } as const
  const get = (path: string, ports: Partial<Ports> = { traffic: meter }) =>
    app(ports).fetch(new Request(`http://localhost${path}`), { path, actor: 'ada', grants: undefined })

  test('is what /traffic tells of it, and nothing where it was not called', async () => {
    await rig.release('1.0.0')
    await rig.release('1.0.0', '', 'iris')
    for (const model of ['churn', 'other']) meter.note({ model, ...call })
    expect(await (await get('/models/churn/traffic')).json()).toMatchObject({
      ...{ model: 'churn', sliceSeconds: 10 },
      versions: [{ version: '1.0.0', variant: 'stable', calls: expect.arrayContaining([1]) }],
    })
    expect(await (await get('/models/iris/traffic')).json()).toMatchObject({ model: 'iris', versions: [] })
    await problemIn(await get('/models/other/traffic'), 'model-unknown')
    await problemIn(await get('/models/churn/traffic', {}), 'traffic-elsewhere')
  })
})

test('GET /models/{model}/rights tells what the caller may do, of every alias that there is', async () => {
  await rig.release('1.0.0')
  await rig.promote('1.0.0', 'staging')
  const held = grants('promote:churn@staging')
  expect(await (await rig.call('GET', '/models/churn/rights', undefined, held)).json()).toEqual({
    ...{ actor: 'ada', invoke: false, own: true, retire: false, shadows: false, move: ['staging'] },
  })
  expect(await (await rig.get('/models/churn/rights')).json()).toMatchObject({ move: ['live', 'staging'] })
})
