import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Rig, says } from '../serving/rig.ts'
import { field, releaseGraph, releaseModels } from './graph-rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await releaseModels(rig, {
    plus: (x: number) => x + 1,
    times: (x: number) => x * 10,
    minus: (x: number) => -x,
  })
})
afterEach(() => rig.close())

async function answers(text: string, records: unknown) {
  await releaseGraph(rig, 'graph', '1.0.0', text)
  const response = await rig.json('/models/graph/invocations', records)
  const json = (await response.json()) as { predictions?: unknown[]; detail?: string }
  return { status: response.status, headers: response.headers, ...json }
}
const sentTo = (model: string) => rig.host.sent.filter(({ endpoint }) => endpoint === `${model}-1.0.0`)

describe('every shape', () => {
  test('sequence, with a transformation between', async () => {
    const text = `nodes:
  a: {model: plus, version: 1.0.0}
  half: {value: 'a / 2'}
  b: {model: times, version: 1.0.0, input: half}
output: b
`
    expect(await answers(text, [{ x: 1 }, { x: 3 }])).toMatchObject({ predictions: [10, 20] })
    // One question for both records.
    expect(sentTo('plus').map(({ body }) => body)).toEqual([{ inputs: { x: [1, 3] } }])
  })

  test('branches that are joined', async () => {
    const text = `nodes:
  a: {model: plus, version: 1.0.0}
  b: {model: times, version: 1.0.0}
output: '{"sum": a + b, "a": a}'
`
    expect(await answers(text, { x: 2 })).toMatchObject({ predictions: [{ sum: 23, a: 3 }] })
  })

  test.each([
    ['mean', 'mean', (3 + 20 - 2) / 3],
    ['weighted', 'weighted\n    weights: [1, 0, 1]', 0.5],
    ['majority', 'majority', 3],
    ['own', "'$max(answers)'", 20],
  ])('ensemble, by %s', async (_, combine, wanted) => {
    const text = `inputs: [{name: x, type: float64}]
nodes:
  a:
    ensemble:
      - {model: plus, version: 1.0.0}
      - {model: times, version: 1.0.0}
      - {model: minus, version: 1.0.0}
    combine: ${combine}
output: a
`
    expect((await answers(text, { x: 2 })).predictions?.[0]).toBeCloseTo(wanted)
  })

  test('switch, each branch with the records that are its own', async () => {
    const text = `inputs: [{name: x, type: float64}, {name: plan, type: string, values: [basic, gold]}]
nodes:
  a:
    switch:
      - {when: 'input.plan = "gold"', then: {model: times, version: 1.0.0}}
    otherwise: {model: plus, version: 1.0.0}
output: a
`
    const records = [
      { x: 1, plan: 'gold' },
      { x: 2, plan: 'basic' },
      { x: 3, plan: 'gold' },
    ]
    expect(await answers(text, records)).toMatchObject({ predictions: [10, 3, 30] })
    expect(sentTo('times').map(({ body }) => body)).toEqual([{ inputs: { x: [1, 3] } }])
    expect(sentTo('plus').map(({ body }) => body)).toEqual([{ inputs: { x: [2] } }])
  })

  test('a branch that no record takes is not asked', async () => {
    const text = `nodes:
  a:
    switch: [{when: 'input.x > 100', then: {model: times, version: 1.0.0}}]
    otherwise: {model: plus, version: 1.0.0}
output: a
`
    expect(await answers(text, { x: 1 })).toMatchObject({ predictions: [2] })
    expect(sentTo('times')).toEqual([])
  })

  test('cascade: the dear one gets what the cheap one is not sure of', async () => {
    const text = `nodes:
  a:
    cascade:
      - {model: plus, version: 1.0.0, accept: 'answer < 5'}
      - {model: times, version: 1.0.0}
output: a
`
    expect(await answers(text, [{ x: 1 }, { x: 9 }, { x: 2 }])).toMatchObject({ predictions: [2, 90, 3] })
    expect(sentTo('times').map(({ body }) => body)).toEqual([{ inputs: { x: [9] } }])
  })

  test('map over a list, cut into calls of so many', async () => {
    const text = `inputs: [{name: list, type: float64, shape: [null]}]
outputs: [{name: prediction, type: float64, shape: [null]}]
nodes:
  a: {map: input.list, each: {model: times, version: 1.0.0, input: item}, batch: 2, concurrency: 2}
output: a
`
    const asked = [{ list: [1, 2, 3] }, { list: [4, 5, 6] }]
    expect(await answers(text, asked)).toMatchObject({
      predictions: [
        [10, 20, 30],
        [40, 50, 60],
      ],
    })
    expect(sentTo('times')).toHaveLength(3)
  })

  test('fallback: the second choice is labelled in the answer', async () => {
    rig.host.scripts.set('plus-1.0.0', () => says({ error: 'it broke' }, 500))
    const text = `nodes:
  safe:
    fallback:
      - {model: plus, version: 1.0.0}
      - {value: '0.5'}
output: safe
`
    const answer = await answers(text, { x: 1 })
    expect(answer).toMatchObject({ status: 200, predictions: [0.5] })
    expect(answer.headers.get('model-fallback')).toBe('safe;choice=1')
  })

  test('a graph as a node, and shapes inside shapes', async () => {
    await releaseGraph(rig, 'inner', '1.0.0', 'nodes: {a: {model: plus, version: 1.0.0}}\noutput: a\n')
    const text = `nodes:
  a:
    fallback:
      - switch: [{when: 'input.x > 5', then: {ensemble: [{model: inner, version: 1.0.0}, {model: times, alias: live}], combine: mean}}]
        otherwise: {model: inner, version: ^1}
      - {value: '-1'}
output: a
`
    expect(await answers(text, [{ x: 1 }, { x: 9 }])).toMatchObject({ predictions: [2, 50] })
  })
})

test('one output is answered bare, whether the expression names it or not', async () => {
  const text = (output: string) => `outputs: [{name: y, type: float64}]
nodes: {a: {model: plus, version: 1.0.0}}
output: ${output}
`
  expect(await answers(text(`'{"y": a}'`), { x: 1 })).toMatchObject({ predictions: [2] })
  await releaseGraph(rig, 'bare', '1.0.0', text('a'))
  const bare = await rig.json('/models/bare/invocations', { x: 1 })
  expect(await bare.json()).toEqual({ predictions: [2] })
})

describe('an answer', () => {
  const text = `nodes:
  a: {model: plus, version: 1.0.0}
  b: {model: times, version: 1.0.0, input: a}
output: b
`
  test('tells what each node took, and keeps the trace', async () => {
    await releaseGraph(rig, 'graph', '1.0.0', text)
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const response = await rig.json('/models/graph/invocations', { x: 1 }, { traceparent })
    expect(response.headers.get('server-timing')).toMatch(
      /^router;dur=[\d.]+, model;dur=[\d.]+, node-a;dur=[\d.]+;desc="plus 1\.0\.0";start=[\d.]+, node-b;dur=[\d.]+;desc="times 1\.0\.0";start=[\d.]+$/,
    )
    expect(response.headers.get('traceparent')).toBe(traceparent)
    expect(rig.host.sent.map(({ request }) => request.traceparent)).toEqual([traceparent, traceparent])
    // Who asks the versions is known to those who would retire them.
    expect(rig.calls.noted).toContainEqual(
      expect.objectContaining({ model: 'plus', version: '1.0.0', caller: 'graph graph 1.0.0' }),
    )
  })

  test('comes within the time that the caller waits, and each node is told what is left of it', async () => {
    await releaseGraph(rig, 'graph', '1.0.0', text)
    await rig.json('/models/graph/invocations', { x: 1 }, { 'request-timeout': '2' })
    const [first, second] = rig.host.sent.map(({ request }) => request.timeoutMs)
    expect(first).toBeLessThanOrEqual(2000)
    expect(second).toBeLessThanOrEqual(first ?? 0)
    expect(second).toBeGreaterThan(1000)
  })

  test.each(['0', '-1', 'soon', '1e3', ''])('to a caller who waits %p is a refusal', async (timeout) => {
    await releaseGraph(rig, 'graph', '1.0.0', text)
    const response = await rig.json('/models/graph/invocations', { x: 1 }, { 'request-timeout': timeout })
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'timeout-malformed' }])
  })
})

test('the caller of a model waits no longer than it says, too', async () => {
  await rig.json('/models/plus/invocations', { x: 1 }, { 'request-timeout': '0.5' })
  expect(rig.host.sent[0]?.request.timeoutMs).toBe(500)
})

test('a tensor goes from node to node as it is', async () => {
  const tensor = { inputs: [field('t', 'float64', [3])], outputs: [field('u', 'float64', [3])] }
  await releaseModels(rig, { scale: (t: number[]) => t.map((x) => x * 2) }, tensor)
  const text = `nodes:
  a: {model: scale, version: 1.0.0}
  b: {model: scale, version: 1.0.0, input: a}
output: '{"u": b}'
`
  expect(await answers(text, { instances: [[1, 2, 3]] })).toMatchObject({ predictions: [[4, 8, 12]] })
})
