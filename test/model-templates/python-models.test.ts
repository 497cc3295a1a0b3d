import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { noPython, PythonServer, printed, pythonWithModels, template } from './python-server.ts'
import { ModelFolders } from './server.ts'

const minutes = 60_000
jest.setTimeout(minutes)
const fixture = join(import.meta.dirname, '..', 'fixtures', 'breast-cancer')
const folders = new ModelFolders()
type Columns = Readonly<Record<string, readonly unknown[]>>
let cases: Readonly<Record<string, { readonly inputs: Columns; readonly expected: Columns }>>
let answers: Readonly<
  Record<string, { readonly whole?: unknown; readonly alone?: unknown; readonly reason?: string }>
>
let python: string

const suite = noPython === undefined ? describe : describe.skip

suite('a scikit-learn model', () => {
  beforeAll(async () => {
    await folders.open()
    python = await pythonWithModels()
    await mkdir(folders.path('models'))
    await printed(python, 'train.py', [folders.path('models')], folders.path('models'))
    cases = JSON.parse(await readFile(folders.path('models/cases.json'), 'utf8'))
    answers = await printed(python, 'answers.py', [template, folders.path('models')], folders.path('models'))
  }, 10 * minutes)
  afterAll(() => folders.close())

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
  ])('as %s answers as scikit-learn does, together and alone', (name) => {
    expect(answers[name]?.reason).toBeUndefined()
    const expected = entries(cases[name]?.expected ?? {})
    expect(expected.length).toBeGreaterThan(3)
    expectClose(answers[name]?.whole, expected)
    expectClose(answers[name]?.alone, expected)
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
    ['too-short', 'ValueError: X has 3 features, but LinearSVC is expecting 4 features as input.'],
  ])('as %s says in one line why it does not answer', (name, why) => {
    expect(answers[name]?.reason).toContain(why)
    expect(answers[name]?.reason).not.toMatch(/\n|\/\w+\//)
  })

  test('that is the forest of the fixture gives its stored answers, one a line', async () => {
    const expected = JSON.parse(await readFile(join(fixture, 'expected.json'), 'utf8'))
    const rows: unknown[] = JSON.parse(await readFile(join(fixture, 'rows.json'), 'utf8'))
    const model = folders.path('models/forest-joblib')
    const server = await PythonServer.started(python, model, `${model}.json`)
    try {
      await server.pings(200)
      const lines = await server.invokeLines(rows.map((row) => ({ inputs: { features: [row] } })))
      const predictions = lines.flatMap((line) => (line as { predictions: unknown[] }).predictions)
      expectClose(predictions, entries(expected))
    } finally {
      await server.kill()
    }
  })
})

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
