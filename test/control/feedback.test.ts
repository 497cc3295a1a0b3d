import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { joinFeedback } from '../../lambdas/feedback/join-feedback.ts'
import type { ModelQuality } from '../../lambdas/feedback/live-quality.ts'
import { everyVersion } from '../../lambdas/monitoring/every-version.ts'
import { problemIn } from '../harness/problem-document.ts'
import { Rig } from './rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.release('1.0.0')
})
afterEach(() => rig.close())

const tell = (body: unknown) => rig.call('POST', '/models/churn/feedback', body as Record<string, unknown>)
const row = { requestId: 'order-1', actual: 1 }

function called(requestId: string): void {
  rig.captures.take({
    ...{ model: 'churn', version: '1.0.0', atMs: rig.now, requestId, variant: 'stable', latencyMs: 1 },
    asked: { records: [{ tenure: 3, plan: 'gold' }] },
    answer: new TextEncoder().encode('{"predictions":[0.75]}'),
    plan: { samplePercent: 100, mask: [], hash: [], retentionDays: 30 },
  })
}

describe('POST /models/{model}/feedback', () => {
  test.each([
    ['one row', row, 1],
    ['a list', [row, { ...row, row: 1, actual: true }], 2],
    [
      'a list under its name',
      { feedback: [{ ...row, output: 'probability', at: '2026-03-01T10:00:00+01:00' }] },
      1,
    ],
  ])('takes %s, and has kept it before it answers', async (_, body, count) => {
    const response = await tell(body)
    expect([response.status, await response.json()]).toEqual([202, { taken: count }])
    const [key = ''] = await rig.monitoring.list('churn/feedback/')
    expect(JSON.parse((await rig.monitoring.read(key)) ?? '')).toMatchObject({
      by: 'ada',
      at: '2026-03-01T10:00:00.000Z',
    })
  })

  test.each([
    ['no actual value', { requestId: 'order-1' }],
    ['a value that nothing is held to', { ...row, actual: null }],
    ['an empty list', []],
    ['a word that means nothing', { ...row, actaul: 1 }],
    ['a row that is none', { ...row, row: -1 }],
  ])('takes nothing of a body with %s', async (_, body) => {
    await problemIn(await tell(body), 'request-malformed')
    expect(await rig.monitoring.list('churn/')).toEqual([])
  })

  test('knows nothing of a model that there is not', async () => {
    await problemIn(await rig.call('POST', '/models/iris/feedback', row), 'model-unknown')
  })
})

describe('GET /models/{model}/quality', () => {
  test('tells what came of it, with intervals and by day', async () => {
    for (const id of ['a', 'b']) called(id)
    await tell([
      { requestId: 'a', actual: 1 },
      { requestId: 'b', actual: 0 },
    ])
    await joinFeedback({ ...rig, clock: { now: () => rig.now } }, await everyVersion(rig.registry))
    const { versions } = (await (await rig.get('/models/churn/quality')).json()) as ModelQuality
    expect(versions).toMatchObject([
      {
        version: '1.0.0',
        outputs: [
          { output: 'probability', kind: 'probability', pairs: 2, days: [{ date: '2026-03-01', pairs: 2 }] },
        ],
      },
    ])
    expect(versions[0]?.outputs[0]?.metrics.accuracy).toEqual({
      value: 0.5,
      low: expect.any(Number),
      high: expect.any(Number),
    })
    const later = await (await rig.get('/models/churn/quality?since=2026-03-02')).json()
    expect(later).toEqual({ versions: [], unmatched: 0 })
    await problemIn(await rig.get('/models/churn/quality?since=soon'), 'request-malformed')
  })

  test('of a model that nobody told anything of is empty', async () => {
    expect(await (await rig.get('/models/churn/quality')).json()).toEqual({ versions: [], unmatched: 0 })
  })
})
