import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { noPython, PythonServer, printed, pythonWithScripts } from './python-server.ts'
import { ModelFolders } from './server.ts'

const minutes = 60_000
jest.setTimeout(2 * minutes)
const folders = new ModelFolders()
let python: string
/** By script: what it was asked, and what SageMaker's own toolkit answered. */
let truth: Readonly<Record<string, { readonly rows: readonly Row[]; readonly expected: unknown }>>

type Row = readonly number[] | { readonly plan: string; readonly tenure: number }
const bare = (name: string, type: string, shape: number[] = []) => ({ name, type, shape })
const pixels = [bare('input', 'float64', [30])]
const columns = [bare('plan', 'string'), bare('tenure', 'float64')]

const suite = noPython === undefined ? describe : describe.skip

suite('a folder of SageMaker', () => {
  beforeAll(async () => {
    await folders.open()
    python = await pythonWithScripts()
    await mkdir(folders.path('scripts'))
    truth = await printed(python, 'scripts.py', [folders.path('scripts')], folders.path('.'))
  }, 10 * minutes)
  afterAll(() => folders.close())

  /** Serve a folder, as its version says what it takes and gives. */
  async function served(folder: string, inputs: readonly unknown[], outputs: readonly unknown[]) {
    const described = { entry: 'code/inference.py', layout: 'sagemaker', signature: { inputs, outputs } }
    await writeFile(`${folder}.json`, JSON.stringify(described))
    return PythonServer.started(python, folder, `${folder}.json`)
  }

  async function answers(name: string, outputs: readonly unknown[]) {
    const { rows = [] } = truth[name] ?? {}
    const table = !Array.isArray(rows[0])
    const server = await served(folders.path(`scripts/${name}`), table ? columns : pixels, outputs)
    try {
      await server.pings(200)
      const inputs = table
        ? {
            plan: rows.map((row) => 'plan' in row && row.plan),
            tenure: rows.map((row) => 'tenure' in row && row.tenure),
          }
        : { input: rows }
      const whole = await server.invoke(inputs)
      const alone = await server.invoke(
        Object.fromEntries(Object.entries(inputs).map(([key, values]) => [key, values.slice(0, 1)])),
      )
      expect([whole.body.error, alone.body.error]).toEqual([undefined, undefined])
      expect(alone.body.predictions).toEqual(whole.body.predictions?.slice(0, 1))
      return { predictions: whole.body.predictions, log: server.stdout }
    } finally {
      await server.kill()
    }
  }

  const textsOf = (name: string) => (truth[name]?.expected ?? []) as readonly string[]
  const label = [bare('label', 'int64')]
  const both = [bare('probabilities', 'float64', [2])]

  test('with a model_fn alone is asked as an array, and its model predicts', async () => {
    const { predictions } = await answers('bare', label)
    expect(predictions).toEqual(JSON.parse(String(truth['bare']?.expected)))
  })

  test('with every handler gets the JSON that it parses', async () => {
    const { predictions, log } = await answers('instances', both)
    expect(predictions).toEqual(JSON.parse(String(truth['instances']?.expected)).predictions)
    expect(log).toContain(
      'code/inference.py is given application/json, {"instances": [[value, …], …]}\npredicting 5\n',
    )
  })

  test('that reads CSV gets CSV, and may answer with it', async () => {
    const { predictions } = await answers('csv', both)
    const lines = String(truth['csv']?.expected).split('\n')
    expect(predictions).toEqual(lines.map((line) => line.split(',').map(Number)))
  })

  test("with the toolkit's own decoder may answer with an array", async () => {
    const { predictions } = await answers('decoded', [bare('probability', 'float64')])
    expect(predictions).toEqual(truth['decoded']?.expected)
  })

  test('with one handler for all gets the key that it looks for, and a context', async () => {
    const { predictions } = await answers('whole', [...label, ...both])
    const answer = truth['whole']?.expected as Record<string, unknown[]> | undefined
    const { label: labels, probabilities } = answer ?? {}
    expect(predictions).toEqual(labels?.map((one, i) => ({ label: one, probabilities: probabilities?.[i] })))
  })

  test('is warmed up, and imports what lies beside its script', async () => {
    const { predictions } = await answers('warm', label)
    expect(predictions).toEqual(JSON.parse(String(truth['warm']?.expected)))
  })

  test('that makes a table gets records by name', async () => {
    const { predictions } = await answers('table', [bare('churn', 'float64')])
    expect(predictions).toEqual(JSON.parse(String(truth['table']?.expected)))
  })

  test('that takes one object gets one a record', async () => {
    const { predictions } = await answers('single', [bare('churn', 'float64')])
    expect(predictions).toEqual(textsOf('single').map((one) => JSON.parse(one).churn))
  })

  test('that fails tells the line, and answers the next request', async () => {
    const server = await served(folders.path('scripts/instances'), pixels, both)
    try {
      await server.pings(200)
      const [first = []] = (truth['instances']?.rows ?? []) as readonly (readonly number[])[]
      const ask = (row: readonly number[]) => server.invoke({ input: [row] })
      const { status, body } = await ask([666, ...first.slice(1)])
      expect([status, body.error]).toEqual([500, "code/inference.py line 17: KeyError: 'tenure'"])
      expect((await ask(first)).status).toBe(200)
      for (const type of ['application/x-pickle', 'application/x-npy', 'text/csv', 'application/x-joblib']) {
        // No content type makes the server read anything but JSON, whoever sends it.
        const pickle = await server.ask('POST', '/invocations', 'cos\nsystem\n(S"id"\ntR.', {
          headers: { 'content-type': type },
        })
        expect([type, pickle.status, pickle.body.error]).toEqual([
          type,
          400,
          expect.stringContaining('no JSON'),
        ])
      }
      expect((await ask(first.slice(1))).body.error).toBe(
        'input input has a list of 29 where 30 are declared',
      )
    } finally {
      await server.kill()
    }
  })

  test.each([
    ['def input_fn(a, b): ...', 'code/inference.py defines no model_fn(model_dir): define it'],
    [
      'def model_fn(d): ...',
      'defines no predict_fn(data, model), and the NoneType that its model_fn returns',
    ],
    [
      'def model_fn(d): ...\ndef predict_fn(a, b): ...\ndef transform_fn(a, b, c, d): ...',
      'predict_fn beside it',
    ],
    ['import missing_thing', "code/inference.py line 1: the package 'missing_thing' is missing: add it to"],
    ['def model_fn(d)\n    pass', 'code/inference.py line 1: SyntaxError: expected'],
    ['def model_fn(d):\n    return open(d + "/weights")', 'code/inference.py line 2: FileNotFoundError'],
  ])('of the script %j is not served, and says why', async (script, why) => {
    const folder = folders.path(`broken-${script.length}`)
    await mkdir(join(folder, 'code'), { recursive: true })
    await writeFile(join(folder, 'code', 'inference.py'), script)
    const server = await served(folder, pixels, label)
    const code = await server.ended()
    expect([code, server.stderr.trim()]).toEqual([1, expect.stringContaining(why)])
    expect(server.stderr).not.toContain(folder)
  })
})
