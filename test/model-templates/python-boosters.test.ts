import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { Inspected } from '../../lambdas/release/inspection.ts'
import { describeFields } from '../../lib/rules/signature.ts'
import { furthest } from './furthest.ts'
import { inspectedFolder } from './inspected-folder.ts'
import {
  noPython,
  PythonServer,
  printed,
  pythonWithBoosters,
  pythonWithMakers,
  template,
} from './python-server.ts'
import { ModelFolders } from './server.ts'

const minutes = 60_000
jest.setTimeout(minutes)
const folders = new ModelFolders()
const inspected = new Map<string, Inspected>()
type Columns = Readonly<Record<string, readonly unknown[]>>
let cases: Readonly<Record<string, { readonly inputs: Columns; readonly expected: readonly unknown[] }>>
let answers: Readonly<
  Record<string, { readonly whole?: unknown; readonly alone?: unknown; readonly reason?: string }>
>
let python: string
let worst = 0

const flowers =
  'sepal length (cm): float32, sepal width (cm): float32, petal length (cm): float32, petal width (cm): float32'
const row = 'input: float32[4]'
const table = 'plan: string, size: int64, tenure: int64, active: boolean, score: float32'

/** What each is inspected to take, and to answer. */
const signatures: Readonly<Record<string, readonly [inputs: string, outputs: string]>> = {
  'xgb-ubj': [flowers, 'probabilities: float32[3]'],
  'xgb-json': [flowers, 'probabilities: float32[3]'],
  'xgb-bst': [flowers, 'probabilities: float32[3]'],
  'xgb-json-in-bst': [flowers, 'probabilities: float32[3]'],
  'xgb-stopped': [flowers, 'probabilities: float32[3]'],
  'xgb-binary-logistic': [row, 'probability: float32'],
  'xgb-binary-hinge': [row, 'label: int64'],
  'xgb-binary-logitraw': [row, 'prediction: float32'],
  'xgb-count-poisson': [row, 'prediction: float32'],
  'xgb-multi-softmax': [row, 'label: int64'],
  'xgb-multi-softprob': [row, 'probabilities: float32[3]'],
  'xgb-rank-pairwise': [row, 'prediction: float32'],
  'xgb-reg-quantileerror': [row, 'prediction: float32[3]'],
  'xgb-reg-squarederror': [row, 'prediction: float32'],
  'xgb-survival-cox': [row, 'prediction: float32'],
  'xgb-dart': [flowers, 'prediction: float32'],
  'xgb-gblinear': [flowers, 'prediction: float32'],
  'xgb-two-targets': [row, 'prediction: float32[2]'],
  'xgb-two-labels': [row, 'probabilities: float32[2]'],
  'xgb-forest': [flowers, 'probabilities: float32[3]'],
  'xgb-categories': [table, 'prediction: float32'],
  'xgb-categories-json': [table, 'prediction: float32'],
  'lgb-multiclass': [
    flowers.replaceAll('float32', 'float64').replaceAll(/ (?!sepal|petal|float)/g, '_'),
    'probabilities: float64[3]',
  ],
  'lgb-binary': ['input: float64[4]', 'probability: float64'],
  'lgb-regression': ['input: float64[4]', 'prediction: float64'],
  'lgb-quantile': ['input: float64[4]', 'prediction: float64'],
  'lgb-poisson': ['input: float64[4]', 'prediction: float64'],
  'lgb-categories': [
    'plan: string, size: int64, tenure: float64, active: float64, score: float64',
    'prediction: float64',
  ],
  'lgb-codes': ['plan: int64, a: float64, b: float64, c: float64, d: float64', 'prediction: float64'],
}

const suite = noPython === undefined ? describe : describe.skip

suite('boosted trees', () => {
  beforeAll(async () => {
    await folders.open()
    const models = folders.path('models')
    await mkdir(models)
    const makers = await pythonWithMakers()
    await printed(makers, 'boosters.py', [models], models)
    cases = JSON.parse(await readFile(join(models, 'cases.json'), 'utf8'))
    for (const name of Object.keys(cases)) inspected.set(name, await inspectedFolder(join(models, name)))
    python = await pythonWithBoosters()
    answers = await printed(python, 'answers.py', [template, models], models)
  }, 10 * minutes)
  afterAll(async () => {
    await folders.close()
    process.stdout.write(
      `boosted trees: the worst difference of ${Object.keys(cases).length} models is ${worst}\n`,
    )
  })

  test('are all asked about', () => {
    expect(Object.keys(cases).toSorted()).toEqual(Object.keys(signatures).toSorted())
  })

  test.each(Object.entries(signatures))('as %s tell what they take and answer', (name, [inputs, outputs]) => {
    const { signature, signatureOrigin } = inspected.get(name) ?? {}
    expect(describeFields(signature?.inputs ?? [])).toBe(inputs)
    expect(describeFields(signature?.outputs ?? [])).toBe(outputs)
    expect(signatureOrigin).toBe('artifact')
  })

  test.each(Object.keys(signatures))('as %s answer as their own library does, together and alone', (name) => {
    expect(answers[name]?.reason).toBeUndefined()
    const { expected } = cases[name] ?? { expected: [] }
    expect(expected.length).toBeGreaterThan(10)
    for (const found of [answers[name]?.whole, answers[name]?.alone]) {
      const far = furthest(found, expected)
      worst = Math.max(worst, far)
      expect(far).toBeLessThanOrEqual(1e-6)
    }
  })

  test('say in a sentence what they are, which inputs are categories, and need little', () => {
    const { found, requirements, signature } = inspected.get('xgb-categories') ?? {}
    expect(found).toBe(
      'model.ubj holds boosted trees of XGBoost 3.2.0 for reg:squarederror; categorical: plan (3 categories), size (3 ' +
        'categories)',
    )
    expect(requirements).toBe(
      'xgboost-cpu==3.2.0; sys_platform == "linux"\nxgboost==3.2.0; sys_platform != "linux"\n',
    )
    expect(signature?.inputs[0]).toMatchObject({ name: 'plan', values: ['free', 'paid', 'trial'] })
    expect(inspected.get('lgb-codes')?.found).toBe(
      'model.txt holds boosted trees of LightGBM for regression; categorical: plan (by the numbers of its categories)',
    )
  })

  test('refuse a bad row by its input and record, and take the next', async () => {
    const model = folders.path('models/xgb-categories')
    const server = await PythonServer.started(python, model, `${model}.json`)
    try {
      await server.pings(200)
      const { inputs, expected } = cases['xgb-categories'] ?? { inputs: {}, expected: [] }
      const two = Object.fromEntries(Object.entries(inputs).map(([name, all]) => [name, all.slice(0, 2)]))
      const bad = await server.invoke({ ...two, plan: ['free', 'platinum'] })
      expect(bad).toMatchObject({
        status: 400,
        body: { error: "input plan of record 1 is 'platinum': the model knows free, paid, trial" },
      })
      expect((await server.invoke({ ...two, size: [10, 11] })).body.error).toBe(
        'input size of record 1 is 11: the model knows 10, 20, 40',
      )
      expect((await server.invoke({ ...two, score: [1, 'x'] })).body.error).toBe(
        'input score is not all float32',
      )
      const lines = await server.invokeLines([{ inputs: two }, { inputs: { ...two, plan: ['?', 'free'] } }])
      expect(lines).toEqual([
        { predictions: expect.any(Array) },
        { error: expect.stringContaining('input plan of record 0'), status: 400 },
      ])
      const good = await server.invoke(two)
      expect(furthest(good.body.predictions, expected.slice(0, 2))).toBeLessThanOrEqual(1e-6)
    } finally {
      await server.kill()
    }
  })

  test.each([
    [
      'xgboost',
      'model.ubj',
      'not a model',
      /loaded: model\.ubj cannot be read by XGBoost 3\.2\.0 .*save it again/,
    ],
    [
      'lightgbm',
      'model.txt',
      'tree\nversion=v4\n',
      /loaded: model\.txt cannot be read by LightGBM 4\.7\.0 .*save it again/,
    ],
  ])('that are broken say in one line that %s cannot read them', async (layout, file, content, why) => {
    const folder = folders.path(`broken-${layout}`)
    await mkdir(folder)
    await writeFile(join(folder, file), content)
    await writeFile(`${folder}.json`, JSON.stringify({ entry: file, layout }))
    const server = await PythonServer.started(python, folder, `${folder}.json`)
    expect(await server.ended()).toBe(1)
    expect(server.stderr).toMatch(why)
    expect(server.stderr.trim().split('\n').at(-1)).toMatch(/^the model cannot be loaded: [^/]+$/)
  })
})
