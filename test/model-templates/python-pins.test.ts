import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { inspect } from '../../lambdas/release/inspect-artifact.ts'
import { describeFields } from '../../lib/rules/signature.ts'
import { noPython, PythonServer, printed, pythonWithModels, pythonWithPins } from './python-server.ts'
import { ModelFolders } from './server.ts'

const minutes = 60_000
jest.setTimeout(2 * minutes)
const folders = new ModelFolders()
const entryOf = (prediction: unknown) => {
  const { label } = (prediction ?? {}) as { label?: unknown }
  return label ?? prediction
}
/** Where vetiver need not be installed. */
let python: string
let truth: Readonly<Record<string, { readonly columns: Columns; readonly expected: readonly unknown[] }>>
type Columns = Readonly<Record<string, readonly unknown[]>>

const suite = noPython === undefined ? describe : describe.skip

suite('a model that vetiver has pinned', () => {
  beforeAll(async () => {
    await folders.open()
    python = await pythonWithModels()
    truth = await printed(await pythonWithPins(), 'pinned.py', [folders.path('board')], folders.path('.'))
  }, 10 * minutes)
  afterAll(() => folders.close())

  /** Inspect a folder as it lies there. */
  async function inspected(folder: string) {
    const listed = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = listed.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
    const files = paths.map((path) => ({ path: path.slice(folder.length + 1) }))
    return inspect({ model: 'pinned', version: '1.0.0' }, files, (path) =>
      readFile(join(folder, path)).catch(() => undefined),
    )
  }

  test.each([
    [
      'a table of numbers',
      'iris',
      'sepal_length: float64, sepal_width: float64, petal_length: float64, petal_width: float64',
      'scikit-learn==1.9.1\n',
    ],
    ['a table of kinds', 'cars', 'cyl: int64, disp: float64, am: boolean', 'scikit-learn==1.9.1\n'],
    ['a table with text', 'plans', 'plan: string, tenure: float64', 'pandas\nscikit-learn==1.9.1\n'],
    ['an array', 'rows', 'input: float64[4]', 'scikit-learn==1.9.1\n'],
    ['no prototype', 'without', 'input: float64[4]', 'scikit-learn==1.9.1\n'],
  ])('with %s for a prototype is served as vetiver would', async (_, name, inputs, requirements) => {
    const folder = folders.path(`board/${name}`)
    const found = await inspected(folder)
    expect(found).toMatchObject({ layout: 'pin', signatureOrigin: 'artifact', requirements })
    expect(describeFields(found.signature?.inputs ?? [])).toBe(inputs)
    await writeFile(`${folder}.json`, JSON.stringify(found))
    const server = await PythonServer.started(python, folder, `${folder}.json`)
    try {
      await server.pings(200)
      const { columns, expected = [] } = truth[name] ?? {}
      const { body } = await server.invoke(columns)
      expect(body.error).toBeUndefined()
      const off = (body.predictions ?? []).map((one, i) =>
        Math.abs(Number(entryOf(one)) - Number(expected[i])),
      )
      expect([off.length, Math.max(...off) < 1e-9]).toEqual([5, true])
    } finally {
      await server.kill()
    }
  })

  test('needs the folder of its version and no more, and several pins are refused by their names', async () => {
    const [version = ''] = await readdir(folders.path('board/iris'))
    const found = await inspected(folders.path(`board/iris/${version}`))
    expect(found).toMatchObject({
      entry: 'iris.joblib',
      found: expect.stringContaining('RandomForestClassifier'),
    })
    await expect(inspected(folders.path('board'))).rejects.toThrow(
      /the board holds 5 versions of pins, cars\/\d{8}T\d{6}Z-\w{5}, .*iris.*; .* bring its folder alone/,
    )
  })
})
