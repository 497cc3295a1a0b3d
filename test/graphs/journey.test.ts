import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sluiceRun } from '../cli/command.ts'
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
}, 400_000)
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

  test('is described for clients as any model is', async () => {
    const { components } = (await stage.client.openApi('six', '1.0.0')) as {
      components: { schemas: Record<string, unknown> }
    }
    expect(components.schemas['InputRecord']).toMatchObject({
      anyOf: [{ type: 'number' }, { properties: { x: { type: 'number' } }, required: ['x'] }],
    })
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

const canary = { kind: 'canary', steps: [{ weightPercent: 50, bakeTimeSeconds: 1 }] }

/** Ask the graph until an operation has ended. @returns the versions that answered, and those that failed */
async function underTraffic(id: string) {
  const answered = new Set<string | null>()
  const failed = new Set<string | null>()
  for (;;) {
    const { state } = await stage.client.operation(id)
    if (state !== 'running') return { state, answered, failed }
    const answers = await Promise.all(Array.from({ length: 4 }, () => stage.ask('six', '', { x: 2 })))
    // A machine that is busy with something else sheds, and that is no failure of a version.
    for (const { status, version } of answers.filter((one) => one.status !== 429))
      (status === 200 ? answered : failed).add(version)
  }
}

describe('versions of a graph', () => {
  test('move by a canary, and no answer fails', async () => {
    const other = `nodes:
  six:
    fallback:
      - ensemble: [{model: double, version: 1.0.0}, {model: triple, alias: live}]
        combine: $sum(answers) + input.x
      - {value: '0'}
inputs: [{name: x, type: float32}]
outputs: [{name: y, type: float32}]
output: six
`
    await stage.drop('six', '1.1.0', whole({ 'graph.yaml': other }))
    expect(await stage.ended('release', 'six', '1.1.0')).toMatchObject({ state: 'succeeded' })
    const { id } = await stage.client.promote('six', { version: '1.1.0', rollout: canary as never })
    const { state, answered, failed } = await underTraffic(id)
    expect([state, [...failed]]).toEqual(['succeeded', []])
    expect([...answered].toSorted()).toEqual(['1.0.0', '1.1.0'])
    expect((await stage.ask('six', '', { x: 2 })).json).toMatchObject({ predictions: [12] })
  }, 60_000)

  test('that fail are taken back by the outcomes of the graph itself', async () => {
    const bad = `nodes: {twice: {model: double, version: 1.0.0}}
outputs: [{name: y, type: float32}]
output: twice + $number("x")
`
    await stage.drop('six', '1.2.0', whole({ 'graph.yaml': bad }))
    expect(await stage.ended('release', 'six', '1.2.0')).toMatchObject({ state: 'succeeded' })
    const { id } = await stage.client.promote('six', { version: '1.2.0', rollout: canary as never })
    const { state, failed } = await underTraffic(id)
    expect([state, [...failed]]).toEqual(['rolled-back', ['1.2.0']])
    expect(await stage.ask('six', '', { x: 2 })).toMatchObject({ status: 200, version: '1.1.0' })
  }, 60_000)

  test('go back by hand, and stand in a chain of records that holds', async () => {
    const { id } = await stage.client.rollback('six', { reason: 'by hand' })
    expect(await stage.over(id)).toMatchObject({ state: 'succeeded' })
    expect(await stage.ask('six', '', { x: 2 })).toMatchObject({ status: 200, version: '1.0.0' })
    expect(await stage.client.verification('six')).toMatchObject({ holds: true })
  })

  test('answer again after a restart', async () => {
    await stage.stop()
    await stage.start()
    expect(await stage.ask('six', '', [{ x: 1 }, { x: 7 }])).toMatchObject({ json: { predictions: [6, 42] } })
  }, 60_000)
})

describe('the command', () => {
  const sluice = (...args: string[]) => sluiceRun(['--platform', stage.url, ...args])

  test('draws a graph with its versions and how its nodes did', async () => {
    const { stdout } = await sluice('show', 'six', '1.0.0')
    expect(stdout).toMatch(/^input ─▶ twice\s+double 1\.0\.0\s+last [\d.]+ ms, \d+ calls$/m)
    expect(stdout).toMatch(/^twice ─▶ sixfold\s+triple 1\.0\.0 \(\^1\.0\)\s+last/m)
    const { json } = await sluice('--json', 'show', 'six', '1.0.0')
    expect(json).toMatchObject({
      graph: { definition: { output: 'sixfold' }, pins: { twice: { version: '1.0.0' } } },
    })
  }, 60_000)

  test('says which nodes could move, moves them in the file, and pushes the next version', async () => {
    const { json } = await sluice('--json', 'graph', 'outdated', 'six')
    expect(json).toMatchObject({
      version: '1.0.0',
      outdated: [{ at: 'twice', model: 'double', asks: '1.0.0', could: '1.1.0', byItself: false }],
    })
    const folder = await mkdtemp(join(tmpdir(), 'sluice-graph-'))
    await writeFile(join(folder, 'graph.yaml'), graph)
    const bumped = await sluice('--json', 'graph', 'bump', folder, '--model', 'six', '--push')
    expect([bumped.stderr, bumped.code]).toEqual([expect.any(String), 0])
    expect(await readFile(join(folder, 'graph.yaml'), 'utf8')).toBe(
      graph.replace('double, version: 1.0.0', 'double, version: 1.1.0'),
    )
    const made = await stage.client.version('six', '1.3.0')
    expect(made).toMatchObject({ state: 'READY', graph: { pins: { twice: { version: '1.1.0' } } } })
    await rm(folder, { recursive: true })
  }, 120_000)

  test('checks a graph with the nodes that a platform has, and by itself where none answers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-graph-'))
    await writeFile(join(folder, 'graph.yaml'), graph.replace('{"x": twice}', '{"y": twice}'))
    const args = ['check', folder, '--model', 'six', '--version', '9.0.0']
    const refused = await sluice(...args)
    expect(refused.stderr).toMatch(/graph\.yaml line 3, column \d+: .*with 'y'/)
    expect(refused.code).toBe(1)
    const alone = await sluiceRun(['--platform', 'http://localhost:1', '--json', ...args])
    expect([alone.code, alone.json]).toMatchObject([0, { found: expect.stringContaining('not looked up') }])
    await rm(folder, { recursive: true })
  }, 120_000)
})
