import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { EndpointAnswer, EndpointRequest } from '../../lambdas/ports.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { Rig, says } from '../serving/rig.ts'
import { releaseGraph, releaseModels } from './graph-rig.ts'

const models = ['first', 'left', 'right', 'cheap', 'dear', 'last']
/** Every node but `cheap` is needed by an answer; `cheap` has somebody who stands in for it. */
const text = `nodes:
  first: {model: first, version: 1.0.0, timeoutMs: 3000}
  both:
    ensemble: [{model: left, version: 1.0.0, input: first}, {model: right, version: 1.0.0, input: first}]
    combine: mean
    timeoutMs: 3000
  safe:
    fallback: [{model: cheap, version: 1.0.0, input: both, timeoutMs: 1000}, {model: dear, version: 1.0.0, input: both, timeoutMs: 3000}]
  last: {model: last, version: 1.0.0, input: safe, timeoutMs: 3000}
output: last
`
const at: Readonly<Record<string, string>> = {
  first: 'first',
  left: 'both.0',
  right: 'both.1',
  cheap: 'safe.0',
  dear: 'safe.1',
  last: 'last',
}

type Fault = (request: EndpointRequest) => EndpointAnswer | Promise<EndpointAnswer>
const hangs: Fault = () => new Promise<EndpointAnswer>(() => {})
/** What a node may do, and what the answer then is. */
const faults: Readonly<
  Record<string, { readonly does: Fault; readonly code: string; readonly status: number }>
> = {
  'never answers': { does: hangs, code: 'model-timeout', status: 504 },
  'is dead': {
    does: () => {
      throw new Problem('endpoint-unavailable', 'the version has no endpoint').after(3)
    },
    code: 'endpoint-unavailable',
    status: 503,
  },
  'is busy': {
    does: () => {
      throw new Problem('model-busy', 'too much')
    },
    code: 'model-busy',
    status: 429,
  },
  'answers 500': { does: () => says({ error: 'it broke' }, 500), code: 'model-failed', status: 502 },
  'answers garbage': { does: () => says('<html>oops</html>'), code: 'model-failed', status: 502 },
  'answers half of it': { does: () => says('{"predictions": [1, '), code: 'model-failed', status: 502 },
  'answers a text for a number': {
    does: () => says({ predictions: ['one', 'two'] }),
    code: 'graph-failed',
    status: 502,
  },
  'answers one of two records': { does: () => says({ predictions: [1] }), code: 'graph-failed', status: 502 },
  'answers nothing in its place': {
    does: () => says({ predictions: [null, null] }),
    code: 'graph-failed',
    status: 502,
  },
  'refuses what it is asked': {
    does: () => says({ error: 'not this' }, 400),
    code: 'graph-failed',
    status: 502,
  },
}

/** Nobody is waited for so long: the slowest node has 3 s, and the rest is the machine's. */
const hungMs = 15_000

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await releaseModels(rig, Object.fromEntries(models.map((model) => [model, (x: number) => x + 1])))
  await releaseGraph(rig, 'graph', '1.0.0', text)
})
afterEach(() => rig.close())

async function asked() {
  const since = performance.now()
  const response = await rig.json('/models/graph/invocations', [{ x: 1 }, { x: 2 }], {
    'request-timeout': '20',
  })
  const json = (await response.json()) as {
    predictions?: unknown[]
    code?: string
    detail?: string
    errors?: unknown[]
  }
  return { status: response.status, headers: response.headers, json, tookMs: performance.now() - since }
}

describe.each(Object.entries(faults))('a node that %s', (_, { does, code, status }) => {
  // `dear` is asked only where `cheap` fails.
  test.each(models.filter((model) => model !== 'cheap' && model !== 'dear'))(
    'ends the call where it is %s, and the answer names it',
    async (model) => {
      rig.host.scripts.set(`${model}-1.0.0`, does)
      const { json, tookMs, ...answer } = await asked()
      expect({ status: answer.status, code: json.code }).toEqual({ status, code })
      expect(json.detail).toContain(`node '${at[model]}' (${model} 1.0.0)`)
      expect(json.errors?.[0]).toMatchObject({ found: expect.stringContaining(`${model} 1.0.0`) })
      expect(tookMs).toBeLessThan(hungMs)
      if (status === 503) expect(answer.headers.get('retry-after')).toBe('3')
    },
  )

  test('is stood in for where there is somebody, and the answer says so', async () => {
    rig.host.scripts.set('cheap-1.0.0', does)
    const { status: told, json, headers } = await asked()
    expect([told, json.predictions]).toEqual([200, [5, 6]])
    expect(headers.get('model-fallback')).toBe('safe;choice=1')
  })

  test('ends the call where who stands in fails as well', async () => {
    rig.host.scripts.set('cheap-1.0.0', does)
    rig.host.scripts.set('dear-1.0.0', does)
    const { json } = await asked()
    expect(json.detail).toContain("node 'safe.1' (dear 1.0.0)")
  })
})

test('what is asked beside a node that fails is told that nobody waits for it any more', async () => {
  let signal: AbortSignal | undefined
  rig.host.scripts.set('left-1.0.0', (request) => {
    signal = request.signal
    return hangs(request)
  })
  rig.host.scripts.set('right-1.0.0', () => says({ error: 'it broke' }, 500))
  const patient = text.replaceAll('timeoutMs: 3000', 'timeoutMs: 60000')
  await releaseGraph(rig, 'patient', '1.0.0', patient)
  const since = performance.now()
  const response = await rig.json('/models/patient/invocations', { x: 1 })
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining("node 'both.1'") })
  expect(signal?.aborted).toBe(true)
  expect(performance.now() - since).toBeLessThan(hungMs)
})

test('a node that fails once is asked once more where it says so, and twice is the end of it', async () => {
  await releaseGraph(
    rig,
    'again',
    '1.0.0',
    'nodes: {a: {model: first, version: 1.0.0, retry: once}}\noutput: a\n',
  )
  let times = 0
  rig.host.scripts.set('first-1.0.0', () => {
    times += 1
    return times === 1 ? says({ error: 'it broke' }, 500) : says({ predictions: [7] })
  })
  expect(await (await rig.json('/models/again/invocations', { x: 1 })).json()).toEqual({ predictions: [7] })
  rig.host.scripts.set('first-1.0.0', () => {
    times += 1
    return says({ error: 'it broke' }, 500)
  })
  times = 0
  expect((await rig.json('/models/again/invocations', { x: 1 })).status).toBe(502)
  expect(times).toBe(2)
})

test('an expression that fails is told by its node', async () => {
  const own = `inputs: [{name: x, type: float64}]
outputs: [{name: y, type: float64}]
nodes: {half: {value: '$number("a")'}}
output: half + input.x
`
  await releaseGraph(rig, 'own', '1.0.0', own)
  const response = await rig.json('/models/own/invocations', { x: 1 })
  expect([response.status, await response.json()]).toMatchObject([
    502,
    { code: 'graph-failed', detail: expect.stringContaining("node 'half' failed") },
  ])
})
