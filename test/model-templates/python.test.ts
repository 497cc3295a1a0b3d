import { readdir, writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { until } from '../harness/until.ts'
import {
  barePython,
  noPython,
  PythonServer,
  pythonFiles,
  pythonWithModels,
  template,
} from './python-server.ts'
import { answerTo, ModelFolders, oddValues } from './server.ts'

const minutes = 60_000
jest.setTimeout(minutes)
const folders = new ModelFolders()
const echo = join(pythonFiles, 'echo')
const moody = join(pythonFiles, 'moody')
let full: string
let bare: string

/** No path of the machine the server runs on. */
const path = /[\\/][\w.-]+[\\/][\w.-]+|[A-Z]:\\/

const suite = noPython === undefined ? describe : describe.skip

suite('the python runtime', () => {
  beforeAll(async () => {
    await folders.open()
    full = await pythonWithModels()
    bare = await barePython()
  }, 10 * minutes)
  afterAll(() => folders.close())

  const types = [
    { name: 'text', type: 'string' },
    { name: 'count', type: 'int64' },
    { name: 'small', type: 'uint8' },
    { name: 'flag', type: 'boolean' },
    { name: 'value', type: 'float64' },
    { name: 'grid', type: 'float32', shape: [2, 2] },
    { name: 'free', type: 'int32', shape: [null] },
  ]
  const record = {
    ...oddValues,
    small: [0, 255],
    free: [
      [1, 2, 3],
      [4, 5, 6],
    ],
  }
  const echoed = [0, 1].map((i) =>
    Object.fromEntries(Object.entries(record).map(([name, values]) => [`echo_${name}`, values[i]])),
  )
  const one = Object.fromEntries(Object.entries(record).map(([name, values]) => [name, values.slice(0, 1)]))

  /** Where a version says what its model takes. */
  async function described(name: string): Promise<string> {
    const file = folders.path(`${name}.json`)
    const inputs = types.map((type) => ({ shape: [], ...type }))
    await writeFile(file, JSON.stringify({ runtime: 'python', entry: 'predict.py', signature: { inputs } }))
    return file
  }

  describe.each<[string, () => string, readonly string[]]>([
    [
      'NumPy and fast libraries',
      () => full,
      ['text ndarray object', 'count ndarray int64', 'small ndarray uint8', 'flag ndarray bool'],
    ],
    ['uvicorn only', () => bare, ['text list', 'count list', 'small list', 'flag list']],
  ])('in an environment with %s', (_, python, given) => {
    let server: PythonServer

    beforeAll(async () => {
      server = await PythonServer.started(python(), echo, await described(`echo-${given[0]}`))
      await server.pings(200)
    })
    afterAll(() => server.kill())

    test('gives every type as it is declared, and answers one entry a record by the names of its outputs', async () => {
      const { status, body } = await server.invoke(record)
      expect([status, body.error]).toEqual([200, undefined])
      expect(body.predictions).toMatchObject(echoed)
      const [first] = body.predictions as { given: string[] }[]
      expect(first?.given.slice(0, 4)).toEqual(given)
    })

    test.each<[unknown, unknown]>([
      [9007199254740991, 9007199254740991],
      ['9007199254740993', '9007199254740993'],
      ['-9223372036854775808', '-9223372036854775808'],
      ['12', 12],
      [3.0, 3],
    ])('carries the 64-bit integer %j without losing a digit', async (count, answered) => {
      const { body } = await server.invoke({ ...one, count: [count] })
      expect(body.predictions).toMatchObject([{ echo_count: answered }])
    })

    test.each<[string, unknown, string]>([
      ['an input is missing', { text: ['x'] }, 'input count is missing'],
      ['an input is unknown', { ...one, tenure: [1] }, 'input tenure is unknown: the inputs are text, count'],
      ['an input has more values', { ...one, count: [1, 2] }, 'input count has 2 values, text has 1'],
      ['an input is no list', { ...one, count: 7 }, 'input count is no list with one value a record'],
      ['a row is too short', { ...one, grid: [[[1, 2], [3]]] }, 'input grid has lists of different lengths'],
      [
        'a row is too long',
        {
          ...one,
          grid: [
            [
              [1, 2, 3],
              [1, 2, 3],
            ],
          ],
        },
        'input grid has a list of 3 where 2',
      ],
      ['a row is no list', { ...one, grid: [[1, 2]] }, 'input grid has a value that is no list'],
      ['an integer is a text', { ...one, count: ['many'] }, 'input count is not all int64'],
      ['an integer has a fraction', { ...one, count: [1.5] }, 'input count is not all int64'],
      ['an integer is too large', { ...one, small: [256] }, 'input small is not all uint8'],
      ['an integer is below zero', { ...one, small: [-1] }, 'input small is not all uint8'],
      ['an integer is a boolean', { ...one, count: [true] }, 'input count is not all int64'],
      ['a boolean is a number', { ...one, flag: [1] }, 'input flag is not all boolean'],
      ['a text is a number', { ...one, text: [1] }, 'input text is not all string'],
      ['a number is null', { ...one, value: [null] }, 'input value is not all float64'],
      ['a number is a list', { ...one, value: [[1]] }, 'input value is not all float64'],
      ['there are no inputs', null, 'the request has no inputs'],
    ])('refuses a request in which %s, and goes on', async (_, inputs, why) => {
      const { status, body } = await server.invoke(inputs)
      expect([status, body.error]).toEqual([400, expect.stringContaining(why)])
      expect((await server.invoke(record)).status).toBe(200)
    })

    test.each(['', '{', 'null', '[]', '7', '{"inputs": {"value": [NaN]}}', '\u0000', '{"instances": []}'])(
      'refuses the body %j, and goes on',
      async (body) => {
        const refused = await server.ask('POST', '/invocations', body)
        expect([refused.status, refused.body.error]).toEqual([400, expect.stringMatching(/\w{3}/)])
        expect(refused.body.error).not.toMatch(path)
        expect((await server.invoke(record)).status).toBe(200)
      },
    )

    test.each(['GET /', 'GET /invocations', 'POST /ping', 'GET /%', 'POST /models'])(
      'has nothing at %s',
      async (what) => {
        const [method = '', at = ''] = what.split(' ')
        expect((await server.ask(method, at)).status).toBe(404)
      },
    )

    test('answers a request without records with none', async () => {
      const none = Object.fromEntries(types.map(({ name }) => [name, []]))
      expect((await server.invoke(none)).body).toEqual({ predictions: [] })
    })

    test('answers lines, each in its place, the bad ones too', async () => {
      const lines = await server.invokeLines([
        { inputs: record },
        '{',
        { inputs: { ...one, count: ['many'] } },
        { inputs: { ...one, count: [5], free: [[1]] } },
        { inputs: { ...one, count: [6] } },
      ])
      expect(lines).toMatchObject([
        { predictions: echoed },
        { error: expect.stringMatching(/no JSON/), status: 400 },
        { error: 'input count is not all int64', status: 400 },
        { predictions: [{ echo_count: 5, echo_free: [1] }] },
        { predictions: [{ echo_count: 6 }] },
      ])
    })

    test('answers many at once, each its own', async () => {
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, i) => server.invoke({ ...one, count: [i] })),
      )
      expect(
        answers.map(({ body }) => (body.predictions as { echo_count: number }[])[0]?.echo_count),
      ).toEqual(Array.from({ length: 60 }, (_, i) => i))
    })
  })

  describe('a model of one', () => {
    let server: PythonServer
    const invoke = async (...mood: unknown[]) => server.invoke({ mood })

    beforeAll(async () => {
      server = await PythonServer.started(full, moody)
      await server.pings(200)
    })
    afterAll(() => server.kill())

    test.each([
      ['fail', "moods.py line 16: KeyError: 'tenure'"],
      [
        'look away',
        "moods.py line 20: FileNotFoundError: [Errno 2] No such file or directory: 'weights.bin'",
      ],
      ['leave', 'moods.py line 24: SystemExit: 3'],
      ['one too few', "the model's answer does not fit: the output prediction has 1 entries for 2 records"],
      ['nothing', "the model's answer does not fit: it returned None: return one entry a record"],
      [
        'one for all',
        "the model's answer does not fit: the output prediction is a int: return one entry a record",
      ],
      ['a generator', "the model's answer does not fit: the output prediction is a generator"],
      ['half a letter', "the model's answer does not fit: it holds a text that is no Unicode"],
      ['a set', "the model's answer does not fit: it returned a set, which JSON cannot carry"],
    ])('that goes wrong by "%s" says where and why, without a path, and goes on', async (mood, why) => {
      const { status, body } = await invoke(mood, 'calm')
      expect([status, body.error]).toEqual([500, expect.stringContaining(why)])
      expect(body.error).not.toMatch(path)
      expect((await invoke('calm', 'calm')).body).toEqual({ predictions: [2, 2] })
    })

    test('answers null for what JSON cannot carry, and strings beyond 2^53', async () => {
      expect((await invoke('numbers')).body).toEqual({
        predictions: [[null, null, 9007199254740991, '9007199254740992', '-1152921504606846976']],
      })
    })

    test('predicts lines together, and one that fails spoils no other', async () => {
      const calm = { inputs: { mood: ['calm'] } }
      expect(await server.invokeLines([calm, calm, calm])).toEqual(Array(3).fill({ predictions: [3] }))
      expect(await server.invokeLines([calm, { inputs: { mood: ['fail'] } }, calm])).toEqual([
        { predictions: [1] },
        { error: "moods.py line 16: KeyError: 'tenure'", status: 500 },
        { predictions: [1] },
      ])
    })

    test('never predicts more than 1024 records together, and never splits a request', async () => {
      const of = (records: number) => ({ inputs: { mood: Array(records).fill('calm') } })
      const said = (await server.invokeLines([of(1000), of(24), of(1), of(2000), of(3)])) as {
        predictions: number[]
      }[]
      expect(said.map(({ predictions }) => [predictions.length, predictions[0]])).toEqual([
        [1000, 1024],
        [24, 1024],
        [1, 1],
        [2000, 2000],
        [3, 3],
      ])
    })

    test('predicts together only what has one type, or a neighbour would change a value', async () => {
      const lines = [[1], [2], [1.5], ['calm']].map((mood) => ({ inputs: { mood } }))
      expect(await server.invokeLines(lines)).toEqual([
        { predictions: [2] },
        { predictions: [2] },
        { predictions: [1] },
        { predictions: [1] },
      ])
    })

    test('gathers requests while it is at work', async () => {
      const gate = folders.path('gate')
      const first = invoke(`wait:${gate}`)
      const others = Array.from({ length: 20 }, () => invoke('calm'))
      // All have arrived once a later request is answered.
      for (let i = 0; i < 20; i += 1) await server.ask('GET', '/ping')
      await writeFile(gate, '')
      await first
      const together = (await Promise.all(others)).map(({ body }) => Number(body.predictions?.[0]))
      expect(Math.max(...together)).toBeGreaterThan(1)
    })

    test('prints into the log as it goes', async () => {
      await invoke('say:hello')
      await until(
        'it is said',
        () => server.stdout.includes('hello\n') && server.stderr.includes('hello wrongly\n'),
      )
      expect(server.stdout).toMatch(/^loaded\n/)
    })
  })

  test('serves the example that is there to be copied', async () => {
    const server = await PythonServer.started(full, join(template, 'example'))
    try {
      await server.pings(200)
      expect((await server.invoke({ tenure: [0, 35] })).body).toEqual({
        predictions: [
          { risk: 0.9, leaves: true },
          { risk: expect.closeTo(0.2), leaves: false },
        ],
      })
    } finally {
      await server.kill()
    }
  })

  test('predicts item by item where batching is off', async () => {
    const server = await PythonServer.started(full, moody, undefined, { SLUICE_BATCH: 'off' })
    try {
      await server.pings(200)
      const calm = { inputs: { mood: ['calm'] } }
      expect(await server.invokeLines([calm, calm])).toEqual(Array(2).fill({ predictions: [1] }))
    } finally {
      await server.kill()
    }
  })

  test.each<[string, Record<string, string>, string]>([
    ['is missing', {}, 'there is no model: the artifact needs predict.py or one file that ends with .joblib'],
    [
      'may be either of two files',
      { 'a.joblib': '', 'b.pkl': '' },
      'it is not clear which file is the model, a.joblib, b.pkl: keep predict.py or one file',
    ],
    [
      'needs a package',
      { 'predict.py': '\nimport sklearn.nowhere.near\nimport surely_not_installed' },
      "predict.py line 2: the package 'scikit-learn' is missing: add it to requirements.txt",
    ],
    [
      'does not parse',
      { 'predict.py': 'def predict(inputs):\n    return (' },
      "predict.py line 2: SyntaxError: '(' was never closed",
    ],
    [
      'does not load',
      { 'predict.py': 'def load(model_dir):\n    open(model_dir + "/weights.bin")\n' },
      'predict.py defines no function predict(inputs)',
    ],
    [
      'lacks a file',
      { 'predict.py': 'def load(at):\n    open(at + "/w.bin")\n\ndef predict(inputs):\n    return []' },
      "predict.py line 2: FileNotFoundError: [Errno 2] No such file or directory: 'w.bin'",
    ],
    ['leaves', { 'predict.py': 'raise SystemExit(0)' }, 'predict.py line 1: SystemExit: 0'],
  ])('a model that %s ends the process, and one line of the log says why', async (what, files, why) => {
    const model = await folders.model(what, 'nothing', 'readme.txt')
    for (const [file, text] of Object.entries(files)) await folders.model(what, text, file)
    const server = await PythonServer.started(bare, model)
    expect(await server.ended()).toBe(1)
    expect(server.stderr).toMatch(/^[^\n]*\n$/)
    expect(server.stderr).toContain(`the model cannot be loaded: ${why}`)
    expect(server.stderr).not.toMatch(path)
  })

  test('a predict.py wins over data files, and nothing is written beside it', async () => {
    const model = await folders.model('both', 'from beside import answer as predict', 'predict.py')
    await folders.model('both', 'def answer(inputs):\n    return inputs["x"]', 'beside.py')
    await folders.model('both', '', 'model.joblib')
    const server = await PythonServer.started(bare, model, undefined, {}, [])
    try {
      await server.pings(200)
      expect((await server.invoke({ x: [1, 'two'] })).body).toEqual({ predictions: [1, 'two'] })
      expect(await filesOf(model)).toEqual(['beside.py', 'model.joblib', 'predict.py'])
    } finally {
      await server.kill()
    }
  })

  describe('told to end', () => {
    test('listens before the model is loaded', async () => {
      const gate = folders.path('gate-of-load')
      const code = `import os, time\nwhile not os.path.exists(${JSON.stringify(gate)}): time.sleep(0.01)\n`
      const server = await PythonServer.started(
        bare,
        await folders.model('slow', `${code}\ndef predict(inputs): return inputs["x"]`, 'predict.py'),
      )
      try {
        await server.pings(503)
        expect((await server.invoke({ x: [1] })).status).toBe(503)
        await writeFile(gate, '')
        await server.pings(200)
      } finally {
        await server.kill()
      }
    })

    test('answers what was begun, takes nothing new, and ends with 0', async () => {
      const server = await PythonServer.started(full, moody)
      const agent = new Agent({ keepAlive: true })
      try {
        await server.pings(200)
        await server.ask('GET', '/ping', undefined, { agent })
        const gate = folders.path('gate-of-end')
        const begun = server.begin('POST', '/invocations', { agent })
        const said = answerTo(begun)
        begun.end(JSON.stringify({ inputs: { mood: [`wait:${gate}`] } }))
        await new Promise((sent) => begun.on('finish', sent))
        await server.pings(200)
        server.child.kill('SIGTERM')
        await server.refuses()
        expect(server.child.exitCode).toBeNull()
        await writeFile(gate, '')
        expect(await said).toMatchObject({ status: 200 })
        expect(await until('it ends', () => server.child.exitCode ?? undefined)).toBe(0)
      } finally {
        agent.destroy()
        await server.kill()
      }
    })

    test('behind a socket ignores Ctrl+C, and ends at once when its parent does', async () => {
      const server = PythonServer.behind(full, folders.path('python.sock'), moody)
      try {
        await server.pings(200)
        server.child.kill('SIGINT')
        // A server that drains takes nothing new within this.
        await pause(500)
        expect((await server.invoke({ mood: ['calm'] })).status).toBe(200)
        const stuck = server.invoke({ mood: ['hang'] }).catch(() => 'gone')
        await server.pings(200)
        server.child.stdin?.end()
        expect(await until('it ends', () => server.child.exitCode ?? undefined, 3000)).toBe(0)
        expect(await stuck).toBe('gone')
      } finally {
        await server.kill()
      }
    })
  })
})

async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).toSorted()
}
