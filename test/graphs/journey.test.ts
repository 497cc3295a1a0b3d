import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { timesModel } from '../harness/onnx-models.ts'
import { Stage, whole } from '../journeys/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
  for (const [model, factor] of [
    ['double', 2],
    ['triple', 3],
  ] as const) {
    await stage.drop(model, '1.0.0', whole({ 'model.onnx': timesModel(factor) }))
    await stage.ended('release', model, '1.0.0')
    await stage.serves(model, '1.0.0')
  }
}, 60_000)
afterAll(() => stage.close())

const graph = `nodes:
  twice: {model: double, version: 1.0.0}
  sixfold: {model: triple, version: ^1.0, input: '{"x": twice}'}
output: sixfold
`

describe('a graph of two models', () => {
  test('is released with its nodes pinned', async () => {
    await stage.drop('six', '1.0.0', whole({ 'graph.yaml': graph }))
    const ended = await stage.ended('release', 'six', '1.0.0')
    expect(ended).toMatchObject({ state: 'succeeded' })
    await stage.serves('six', '1.0.0')
    const details = await stage.client.version('six', '1.0.0')
    expect(details).toMatchObject({ state: 'READY', host: 'graph', layout: 'graph' })
  })

  test('answers like a model', async () => {
    const answer = await stage.ask('six', '', [{ x: 1 }, { x: 7 }])
    expect(answer).toMatchObject({ status: 200, version: '1.0.0', json: { predictions: [6, 42] } })
    expect(answer.headers.get('server-timing')).toMatch(/node-twice;dur=[\d.]+;desc="double 1\.0\.0"/)
  })
})

test('a version that a graph asks cannot be retired, and the refusal names the graph', async () => {
  await stage.drop('double', '1.1.0', whole({ 'model.onnx': timesModel(2) }))
  await stage.ended('release', 'double', '1.1.0')
  await stage.over((await stage.client.promote('double', { version: '1.1.0', rollout: 'all-at-once' })).id)
  const asked = { version: '1.0.0', reason: 'nobody needs it', ignoreCallers: true }
  const refused = await stage.client.retire('double', asked).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'still-in-use', message: expect.stringContaining('six 1.0.0') })
})
