import { readFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { echoModel, logarithmModel, loopModel, tableModel, timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { answerTo, ModelFolders, oddValues, Server } from './server.ts'

const root = join(import.meta.dirname, '..', '..')
const folders = new ModelFolders()
beforeAll(() => folders.open())
afterAll(() => folders.close())

/** No path of the machine the server runs on. */
const path = /[\\/][\w.-]+[\\/][\w.-]+|[A-Z]:\\/

describe('a container', () => {
  let server: Server
  const kinds = echoModel(
    { name: 'text', type: 'string' },
    { name: 'count', type: 'int64' },
    { name: 'flag', type: 'boolean' },
    { name: 'value', type: 'float64' },
    { name: 'grid', type: 'float32', shape: [2, 2] },
    { name: 'column', type: 'float32', shape: [1] },
  )
  const record = {
    ...oddValues,
    column: [1.5, 2.5],
  }

  beforeAll(async () => {
    server = await Server.container(await folders.model('kinds', kinds, 'deep/inside/any-name.onnx'))
    await server.pings(200)
  })
  afterAll(() => server.kill())

  test('answers every type as it was asked, one entry a record, by the names of its outputs', async () => {
    const { status, body } = await server.invoke(record)
    expect(status).toBe(200)
    expect(body).toEqual({
      predictions: [0, 1].map((i) => ({
        echo_text: record.text[i],
        echo_count: record.count[i],
        echo_flag: record.flag[i],
        echo_value: record.value[i],
        echo_grid: record.grid[i],
        echo_column: record.column[i],
      })),
    })
  })

  test.each<[unknown, unknown]>([
    [9007199254740991, 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['12', 12],
    [0, 0],
  ])('carries the 64-bit integer %j without losing a digit', async (count, answered) => {
    const { body } = await server.invoke({ ...one(record), count: [count] })
    expect(body.predictions).toMatchObject([{ echo_count: answered }])
  })

  test.each<[string, Record<string, unknown>]>([
    ['an input is missing', { text: ['x'] }],
    ['an input has fewer values than another', { ...one(record), count: [1, 2] }],
    ['a row is too short', { ...one(record), grid: [[[1, 2], [3]]] }],
    ['a row is no list', { ...one(record), grid: [[1, 2]] }],
    ['an integer is no number', { ...one(record), count: ['many'] }],
    ['an input is no list', { ...one(record), count: 7 }],
  ])('refuses a request in which %s, names no path, and goes on', async (_, inputs) => {
    const { status, body } = await server.invoke(inputs)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body.error).toMatch(/\w{3}/)
    expect(body.error).not.toMatch(path)
    expect((await server.invoke(record)).status).toBe(200)
  })

  test.each(['', '{', 'null', '[]', '7', '{"inputs": null}', '{"instances": []}'])(
    'refuses the body %j, names no path, and goes on',
    async (body) => {
      const refused = await server.ask('POST', '/invocations', body)
      expect(refused.status).toBeGreaterThanOrEqual(400)
      expect(refused.body.error).not.toMatch(path)
      expect((await server.invoke(record)).status).toBe(200)
    },
  )

  test('never takes a null for a zero', async () => {
    const { status, body } = await server.invoke({ ...one(record), value: [null] })
    const answered = (body.predictions as { echo_value: unknown }[] | undefined)?.[0]?.echo_value
    expect(status === 200 ? answered : 'refused').not.toBe(0)
  })

  test.each(['GET /', 'GET /invocations', 'POST /ping', 'GET /%'])('has nothing at %s', async (what) => {
    const [method = '', at = ''] = what.split(' ')
    const { status, body } = await server.ask(method, at)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body.error).not.toMatch(path)
  })

  test('answers many at once, each its own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => server.invoke({ ...one(record), count: [i] })),
    )
    expect(answers.map(({ body }) => (body.predictions as { echo_count: number }[])[0]?.echo_count)).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    )
  })
})

/** The first record of columns. */
function one(columns: Readonly<Record<string, readonly unknown[]>>): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.slice(0, 1)]))
}

describe('a container that is started', () => {
  test.each([[['serve']], [[]], [['serve', '--anything']]])('with the arguments %j serves', async (args) => {
    const server = await Server.container(await folders.model('times', timesModel(2)), args)
    try {
      await server.pings(200)
      expect((await server.invoke({ x: [1, 2] })).body).toEqual({ predictions: [2, 4] })
    } finally {
      await server.kill()
    }
  })

  test('with a model that is none ends, and says why', async () => {
    const server = await Server.container(await folders.model('corrupt', 'this is no model'))
    expect(await server.ended()).not.toBe(0)
    expect(server.stderr).toMatch(/model|protobuf/i)
  })
})

describe('a container that is told to end', () => {
  test('answers what was begun, takes nothing new, and ends with 0', async () => {
    const server = await Server.container(await folders.model('times', timesModel(2)))
    const agent = new Agent({ keepAlive: true })
    try {
      await server.pings(200)
      await server.ask('GET', '/ping', undefined, { agent })
      const body = JSON.stringify({ inputs: { x: [21] } })
      const begun = server.begin('POST', '/invocations', {
        agent,
        headers: { 'content-length': body.length },
      })
      const said = answerTo(begun)
      begun.write(body.slice(0, 5))
      // The head of the request has reached it once it answers somebody who came later.
      await until('it has begun', () => new Promise<boolean>((done) => begun.write('', () => done(true))))
      await server.pings(200)
      server.child.kill('SIGTERM')
      await server.refuses()
      expect(server.child.exitCode).toBeNull()
      begun.end(body.slice(5))
      expect(await said).toEqual({ status: 200, body: { predictions: [42] } })
      expect(await until('it ends', () => server.child.exitCode ?? undefined, 3000)).toBe(0)
    } finally {
      agent.destroy()
      await server.kill()
    }
  })

  test('in the middle of a prediction gives its answer first', async () => {
    const server = await Server.container(await folders.model('loop', loopModel()))
    try {
      await server.pings(200)
      const said = server.invoke({ rounds: [400_000] })
      // A prediction blocks the process: from when it does not answer a ping it is at work.
      let stuck = false
      await until('it is at work', async () => {
        const ping = server.ask('GET', '/ping').then(() => 'pong')
        stuck = (await Promise.race([ping, new Promise((late) => setTimeout(late, 60))])) !== 'pong'
        ping.catch(() => {})
        return stuck
      })
      server.child.kill('SIGTERM')
      expect(await said).toEqual({ status: 200, body: { predictions: [400_000] } })
      expect(await until('it ends', () => server.child.exitCode ?? undefined, 3000)).toBe(0)
    } finally {
      await server.kill()
    }
  })
})

describe('many models behind a socket', () => {
  let server: Server
  const load = async (name: string, url: string) => server.ask('POST', '/models', { model_name: name, url })
  const invoke = async (name: string, inputs: unknown) =>
    server.ask('POST', `/models/${name}/invoke`, { inputs })

  beforeAll(async () => {
    server = Server.laptop(folders.path('server.sock'))
    await server.pings(503)
  })
  afterAll(() => server.kill())

  test('come, are told of, and go, each by itself', async () => {
    const [two, three] = [
      await folders.model('two', timesModel(2)),
      await folders.model('three', timesModel(3)),
    ]
    expect((await load('two', two)).status).toBe(200)
    expect((await load('three', three)).status).toBe(200)
    expect((await load('two', two)).status).toBe(200)
    expect((await server.ask('GET', '/models/two')).body).toEqual({ modelName: 'two', modelUrl: two })
    expect((await invoke('two', { x: [5] })).body).toEqual({ predictions: [10] })
    expect((await invoke('three', { x: [5] })).body).toEqual({ predictions: [15] })
    expect((await server.ask('DELETE', '/models/two')).status).toBe(200)
    expect((await server.ask('GET', '/models/two')).status).toBe(404)
    expect((await server.ask('DELETE', '/models/two')).status).toBe(404)
    expect((await invoke('two', { x: [5] })).status).toBe(404)
    expect((await invoke('three', { x: [5] })).body).toEqual({ predictions: [15] })
  })

  test('may be loaded again from another place, and answer from there', async () => {
    await load('moves', await folders.model('before', timesModel(2)))
    await load('moves', await folders.model('after', timesModel(7)))
    expect((await invoke('moves', { x: [1] })).body).toEqual({ predictions: [7] })
  })

  test('that cannot be loaded are refused without a path, and disturb nobody', async () => {
    await load('steady', await folders.model('steady', timesModel(4)))
    const corrupt = await folders.model('corrupt-too', 'this is no model')
    const empty = await folders.model('empty', '', 'readme.txt')
    for (const url of [corrupt, empty, folders.path('nowhere')]) {
      const { status, body } = await load('bad', url)
      expect(status).toBe(500)
      expect(body.error).toMatch(/\w{3}/)
      expect(body.error).not.toMatch(path)
      expect((await server.ask('GET', '/models/bad')).status).toBe(404)
    }
    expect((await invoke('steady', { x: [1] })).body).toEqual({ predictions: [4] })
  })

  test('answer null for what JSON cannot carry', async () => {
    await load('log', await folders.model('log', logarithmModel()))
    expect((await invoke('log', { x: [1, -1, 0] })).body).toEqual({ predictions: [0, null, null] })
  })

  test('say what failed in them in their own words, without a path, and go on', async () => {
    await load('table', await folders.model('table', tableModel()))
    const { status, body } = await invoke('table', { at: [7] })
    expect(status).toBe(500)
    expect(body.error).toMatch(/out of data bounds/)
    expect(body.error).not.toMatch(path)
    expect((await invoke('table', { at: [0, 2] })).body).toEqual({ predictions: [10, 30] })
  })

  test('that take one record at a time are asked once a record', async () => {
    const model = echoModel(
      { name: 'pair', type: 'float32', shape: [2], batch: 1 },
      { name: 'name', type: 'string', batch: 1 },
    )
    await load('single', await folders.model('single', model))
    const inputs = {
      pair: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      name: ['a', 'b', 'c'],
    }
    expect((await invoke('single', inputs)).body).toEqual({
      predictions: inputs.pair.map((pair, i) => ({ echo_pair: pair, echo_name: inputs.name[i] })),
    })
  })

  test('answer as scikit-learn does', async () => {
    const fixture = join(root, 'test', 'fixtures', 'breast-cancer')
    const rows = JSON.parse(await readFile(join(fixture, 'rows.json'), 'utf8'))
    const expected = JSON.parse(await readFile(join(fixture, 'expected.json'), 'utf8'))
    await load('cancer', await folders.model('cancer', await readFile(join(fixture, 'model.onnx'))))
    const predictions = (await invoke('cancer', { features: rows })).body.predictions as {
      label: number
      probabilities: number[]
    }[]
    expect(predictions.map(({ label }) => label)).toEqual(expected.label)
    for (const [i, { probabilities }] of predictions.entries())
      for (const [j, probability] of probabilities.entries())
        expect(Math.abs(probability - expected.probabilities[i][j])).toBeLessThan(1e-5)
  })
})
