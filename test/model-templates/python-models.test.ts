import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { noPython, PythonServer, printed, pythonWithModels } from './python-server.ts'
import { ModelFolders } from './server.ts'

const minutes = 60_000
jest.setTimeout(minutes)
const fixture = join(import.meta.dirname, '..', 'fixtures', 'breast-cancer')
const folders = new ModelFolders()
type Columns = Readonly<Record<string, readonly unknown[]>>
let cases: Readonly<Record<string, { readonly inputs: Columns; readonly expected: Columns }>>
let python: string

const suite = noPython === undefined ? describe : describe.skip

suite('a scikit-learn model', () => {
  beforeAll(async () => {
    await folders.open()
    python = await pythonWithModels()
    await mkdir(folders.path('models'))
    await printed(python, 'train.py', [folders.path('models')], folders.path('models'))
    cases = JSON.parse(await readFile(folders.path('models/cases.json'), 'utf8'))
  }, 10 * minutes)
  afterAll(() => folders.close())

  const start = (name: string) =>
    PythonServer.started(python, folders.path(`models/${name}`), folders.path(`models/${name}.json`))

  test.each([
    'forest-joblib',
    'forest-pickle',
    'forest-skops',
    'forest-own',
    'forest-untyped',
    'table',
    'table-untyped',
    'plane',
    'texts',
    'scores',
    'machine-untyped',
    'groups',
    'two-labels',
  ])('as %s answers as scikit-learn does', async (name) => {
    const { inputs = {}, expected = {} } = cases[name] ?? {}
    const server = await start(name)
    try {
      await server.pings(200)
      const { status, body } = await server.invoke(inputs)
      expect([status, body.error]).toEqual([200, undefined])
      expectClose(body.predictions, entries(expected))
      // One record a line, all predicted together.
      const alone = entries(inputs).map((_, at) => ({ inputs: record(inputs, at) }))
      const lines = (await server.invokeLines(alone)) as { predictions: unknown[] }[]
      expectClose(
        lines.map(({ predictions }) => predictions[0]),
        entries(expected),
      )
    } finally {
      await server.kill()
    }
  })

  test('that is the forest of the fixture gives its stored answers', async () => {
    const expected = JSON.parse(await readFile(join(fixture, 'expected.json'), 'utf8'))
    const features = JSON.parse(await readFile(join(fixture, 'rows.json'), 'utf8'))
    const server = await start('forest-joblib')
    try {
      await server.pings(200)
      expectClose((await server.invoke({ features })).body.predictions, entries(expected))
    } finally {
      await server.kill()
    }
  })

  test.each([
    [
      'without-probabilities',
      "the output 'probabilities' needs predict_proba, which LinearSVC does not have",
    ],
    [
      'unknown-output',
      "the signature has the output 'species': a scikit-learn model gives label, prediction, probabilities, scores; " +
        'name it so, or write a predict.py',
    ],
    ['no-model', 'model.joblib holds a dict, which has no predict'],
    ['foreign', 'model.joblib is refused: it holds the global pandas'],
    ['foreign-skops', 'model.skops is refused: it holds the global posixpath.join; allowed are'],
  ])('as %s ends the process, and the log says why', async (name, why) => {
    const server = await start(name)
    expect(await server.ended()).toBe(1)
    expect(server.stderr).toMatch(/^the model cannot be loaded: [^\n]*\n$/)
    expect(server.stderr).toContain(`the model cannot be loaded: ${why}`)
  })

  test('says in its own words what it does not take', async () => {
    const server = await start('machine-untyped')
    try {
      await server.pings(200)
      const { status, body } = await server.invoke({ x: [[1, 2, 3]] })
      expect(status).toBe(500)
      expect(body.error).toBe('ValueError: X has 3 features, but LinearSVC is expecting 4 features as input.')
    } finally {
      await server.kill()
    }
  })
})

/** One record as columns of their own. */
function record(columns: Columns, at: number): Columns {
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, [values[at]]]))
}

/** One entry a record: the bare value of a single column. */
function entries(columns: Columns): unknown[] {
  const names = Object.keys(columns)
  const [first = ''] = names
  return (columns[first] ?? []).map((value, at) =>
    names.length === 1 ? value : Object.fromEntries(names.map((name) => [name, columns[name]?.[at]])),
  )
}

/** Equal in shape and text, numbers to 1e-6. */
function expectClose(found: unknown, expected: unknown): void {
  const rounded = (value: unknown) =>
    JSON.stringify(value, (_, item) => (typeof item === 'number' && !Number.isInteger(item) ? 0.5 : item))
  const numbers = (value: unknown) =>
    JSON.stringify(value)
      .match(/-?\d+(\.\d+)?(e-?\d+)?/g)
      ?.map(Number) ?? []
  expect(rounded(found).replaceAll(/\d+(\.\d+)?/g, '#')).toBe(
    rounded(expected).replaceAll(/\d+(\.\d+)?/g, '#'),
  )
  const differences = numbers(found).map((number, at) =>
    Math.abs(number - (numbers(expected)[at] ?? Number.NaN)),
  )
  expect(Math.max(0, ...differences)).toBeLessThan(1e-6)
}
