import { expect, test } from '@jest/globals'
import { until } from '../until.ts'
import { canary, model, oneRow, type Travels, versionOf } from './travels.ts'

/** Two versions of one model, and in the second graph a third step that needs none. */
const first = `nodes:
  one: {model: petals, version: 1.0.0}
  other: {model: petals, version: 1.1.0}
output: '{"one": one.species, "other": other.species}'
`
const second = `inputs:
  - {name: sepal_length, type: float32}
  - {name: sepal_width, type: float32}
  - {name: petal_length, type: float32}
  - {name: petal_width, type: float32}
nodes:
  vote:
    cascade:
      - {model: petals, version: 1.0.0, accept: '$max(answer.probabilities) > 0.9'}
      - {model: petals, version: 1.1.0}
output: '{"one": vote.species, "other": vote.species}'
`

/** The life of a graph: released over models that are there, called, moved and taken back, and what it keeps. */
export function graphJourney(here: () => Travels, patienceMs: number): void {
  test(
    'releases a graph over two versions, and the router asks both for one answer',
    async () => {
      await here().put('models/petals/1.0.0.onnx', await model('1.0.0'))
      await here().ready('petals', '1.0.0')
      await here().put('models/petals/1.1.0.onnx', await model('1.1.0'))
      await here().ready('petals', '1.1.0')
      await here().putRelease('pair', '1.0.0', { 'graph.yaml': first }, {})
      await here().ready('pair', '1.0.0')
      await until('it is live', async () => (await here().ask('pair')).status === 200, 60_000)
      const answer = await here().ask('pair', oneRow)
      expect(JSON.parse(answer.body)).toEqual({ predictions: [{ one: 'setosa', other: 'setosa' }] })
      expect(answer.headers['server-timing']).toMatch(/node-one;dur=[\d.]+;desc="petals 1\.0\.0"/)
      const details = await here().read<{ host: string; image?: string }>('/models/pair/versions/1.0.0')
      expect([details.host, details.image]).toEqual(['graph', undefined])
    },
    patienceMs,
  )

  test(
    'moves a second version of the graph by a canary, and back by hand',
    async () => {
      await here().putRelease('pair', '1.1.0', { 'graph.yaml': second }, { release: { alias: 'none' } })
      await here().ready('pair', '1.1.0')
      const { id } = await here().promote('pair', '1.1.0', canary)
      const { result, answers } = await here().underTraffic('pair', [oneRow], here().ended(id))
      expect([result.state, result.problem?.detail]).toEqual(['succeeded', undefined])
      expect(answers.filter(({ status }) => status !== 200)).toEqual([])
      const asked = await here().platform.call('POST', '/models/pair/rollbacks', { reason: 'by hand' })
      expect(asked.status).toBe(202)
      const isBack = async () => versionOf(await here().ask('pair')) === '1.0.0'
      await until('the first version is back', isBack, 5000)
    },
    patienceMs,
  )

  test(
    'keeps a version that the graph asks',
    async () => {
      const { platform } = here()
      const asked = { version: '1.1.0', reason: 'nobody needs it', ignoreCallers: true }
      const { status, body } = await platform.call('POST', '/models/petals/retirements', asked)
      expect([status, JSON.parse(body)]).toMatchObject([
        409,
        { code: 'still-in-use', detail: expect.stringContaining('pair 1.0.0') },
      ])
    },
    patienceMs,
  )
}
