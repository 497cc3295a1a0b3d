import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { Inspected } from '../../lambdas/release/inspection.ts'
import { isProblem, type Problem } from '../../lib/rules/problem.ts'
import { describeFields } from '../../lib/rules/signature.ts'
import { furthest } from './furthest.ts'
import { inspectedFolder } from './inspected-folder.ts'
import {
  noPython,
  PythonServer,
  printed,
  pythonWithBoosters,
  pythonWithMakers,
  pythonWithModels,
  template,
} from './python-server.ts'
import { ModelFolders } from './server.ts'

const minutes = 60_000
jest.setTimeout(minutes)
const folders = new ModelFolders()
const inspected = new Map<string, Inspected>()
const refused = new Map<string, Problem>()
type Columns = Readonly<Record<string, readonly unknown[]>>
type Answers = Readonly<
  Record<string, { readonly whole?: unknown; readonly alone?: unknown; readonly reason?: string }>
>
let cases: Readonly<Record<string, { readonly inputs: Columns; readonly expected: readonly unknown[] }>>
let answers: Answers
let python: string
let worst = 0

const parts = ['sepal length', 'sepal width', 'petal length', 'petal width']
const flowers = parts.map((part) => `${part} (cm): float64`).join(', ')
const trees = flowers.replaceAll('float64', 'float32')

/** What each is inspected to take, and to answer. */
const signatures: Readonly<Record<string, readonly [inputs: string, outputs: string]>> = {
  first: [flowers, 'label: int64'],
  probabilities: [flowers, 'probabilities: float64[3]'],
  'probabilities-bare': [flowers, 'probabilities: float64[3]'],
  bare: [flowers, 'label: int64'],
  rows: ['input: float64[4]', 'prediction: float64'],
  texts: [flowers, 'label: string'],
  columns: [flowers, 'up: float64, down: float64'],
  'xgb-classifier': [flowers, 'target: int64'],
  'xgb-classifier-bare': [trees, 'label: int64'],
  'xgb-yes-or-no': [trees, 'label: int64'],
  'xgb-regressor': [trees, 'prediction: float32'],
  'xgb-booster': [trees, 'probability: float32'],
  'lgb-classifier': [flowers, 'label: string'],
  'lgb-regressor': [flowers, 'prediction: float64'],
  'lgb-booster': [flowers.replaceAll(/(?<=sepal|petal|length|width) /g, '_'), 'probabilities: float64[3]'],
  table: ['plan: string, tenure: float64', 'prediction: int64'],
}

const suite = noPython === undefined ? describe : describe.skip

suite('a folder of MLflow', () => {
  beforeAll(async () => {
    await folders.open()
    const models = folders.path('models')
    await mkdir(models)
    await printed(await pythonWithMakers(), 'mlflow_folders.py', [models], models)
    cases = JSON.parse(await readFile(join(models, 'cases.json'), 'utf8'))
    for (const name of Object.keys(cases))
      await inspectedFolder(join(models, name)).then(
        (found) => inspected.set(name, found),
        (error) => {
          if (!isProblem(error)) throw error
          refused.set(name, error)
        },
      )
    python = await pythonWithBoosters()
    // Who reads text by columns has pandas; nobody else does.
    const { table }: Answers = await printed(
      await pythonWithModels(),
      'answers.py',
      [template, models],
      models,
    )
    answers = {
      ...(await printed(python, 'answers.py', [template, models], models)),
      ...(table && { table }),
      ...(await answeredByMlflow(models)),
    }
  }, 15 * minutes)
  afterAll(async () => {
    await folders.close()
    const count = Object.keys(signatures).length
    process.stdout.write(`MLflow: the worst difference of ${count} folders is ${worst}\n`)
  })

  test.each(Object.entries(signatures))(
    'as %s tells what it takes and answers',
    (name, [inputs, outputs]) => {
      expect(refused.get(name)).toBeUndefined()
      const { signature, signatureOrigin, runtime, layout } = { runtime: 'python', ...inspected.get(name) }
      expect(describeFields(signature?.inputs ?? [])).toBe(inputs)
      expect(describeFields(signature?.outputs ?? [])).toBe(outputs)
      expect([signatureOrigin, runtime, layout]).toEqual(['artifact', 'python', 'mlflow'])
    },
  )

  test.each(Object.keys(signatures))('as %s answers as MLflow does, together and alone', (name) => {
    expect(answers[name]?.reason).toBeUndefined()
    const { expected } = cases[name] ?? { expected: [] }
    expect(expected.length).toBeGreaterThan(10)
    for (const found of [answers[name]?.whole, answers[name]?.alone]) {
      const far = furthest(name === 'columns' ? inOrder(found, ['up', 'down']) : found, expected)
      worst = Math.max(worst, far)
      expect(far).toBeLessThanOrEqual(1e-6)
    }
  })

  test.each(['code-asked', 'program'])(
    'of code of its own, as %s, answers as MLflow does, together and alone',
    (name) => {
      expect(refused.get(name)).toBeUndefined()
      expect(inspected.get(name)?.requirements).toMatch(/^mlflow==3\.17\.2$/m)
      expect(answers[name]?.reason).toBeUndefined()
      const { expected } = cases[name] ?? { expected: [] }
      expect(expected.length).toBeGreaterThan(10)
      for (const found of [answers[name]?.whole, answers[name]?.alone])
        expect(furthest(found, expected)).toBeLessThanOrEqual(1e-6)
    },
  )

  test('of code says what it names, where it is a pickle, and that MLflow loads it', () => {
    const { found, unlisted } = inspected.get('code-asked') ?? {}
    expect(found).toMatch(
      /^MLmodel has a python_function of its own, saved with Python 3\.[\d.]+: python_model\.pkl is the model, which MLflow itself loads$/,
    )
    expect(unlisted).toEqual(expect.arrayContaining(['mlflow.pyfunc.model.PythonModel']))
    expect(inspected.get('program')).toMatchObject({
      found: expect.stringContaining('own_model.py is the model'),
    })
    expect(inspected.get('program')?.unlisted).toBeUndefined()
  })

  test('asks for unsafePickle in vain where it is none', () => {
    expect(refused.get('sklearn-asked')).toMatchObject({
      code: 'manifest-invalid',
      message: expect.stringContaining('this is an MLflow model (MLmodel); take it out'),
    })
  })

  test('says what it is, and needs neither MLflow nor pandas', () => {
    const { found, requirements } = inspected.get('first') ?? {}
    expect(found).toMatch(
      /^MLmodel has the flavour sklearn, saved with Python 3\.[\d.]+: model\.skops holds the estimator Pipeline; it is served without MLflow, so mlflow, pandas of requirements\.txt is left out$/,
    )
    expect(requirements?.split('\n').map((line) => line.split('==')[0])).toEqual([
      ...['numpy', 'scikit-learn', 'scipy', 'skops', ''],
    ])
    const trees = inspected.get('xgb-classifier')?.requirements ?? ''
    expect(trees).not.toMatch(/mlflow|pandas|scikit-learn|cloudpickle|skops/)
    expect(trees).toContain('xgboost-cpu==3.2.0; sys_platform == "linux"')
    expect(inspected.get('table')?.requirements).toContain('pandas==')
  })

  test('that runs code as it is loaded is refused, with what to do', () => {
    expect(refused.get('code')).toMatchObject({
      code: 'artifact-unsafe',
      message: expect.stringMatching(
        /^MLmodel says that mlflow\.pyfunc\.model loads the model, which runs code: python_model\.pkl is a pickle of it\. .*`unsafePickle: true` in model\.yaml/,
      ),
    })
    expect(refused.get('lgb-pickled')).toMatchObject({
      code: 'artifact-unsafe',
      message: expect.stringContaining('lightgbm.sklearn.LGBMClassifier'),
    })
  })

  test('refuses a bad row by its input, and takes the next', async () => {
    const model = folders.path('models/first')
    const server = await PythonServer.started(python, model, `${model}.json`)
    try {
      await server.pings(200)
      const { inputs, expected } = cases['first'] ?? { inputs: {}, expected: [] }
      const bad = await server.invoke({
        ...inputs,
        'petal width (cm)': inputs['petal width (cm)']?.map(() => 'x'),
      })
      expect(bad).toMatchObject({ status: 400, body: { error: 'input petal width (cm) is not all float64' } })
      expect((await server.invoke(inputs)).body.predictions).toEqual(expected)
    } finally {
      await server.kill()
    }
  })
})

/** The answers of the models that MLflow itself loads, where it is installed. */
async function answeredByMlflow(models: string): Promise<Answers> {
  const all: Answers = await printed(await pythonWithMakers(), 'answers.py', [template, models], models)
  return Object.fromEntries(Object.entries(all).filter(([name]) => ['code-asked', 'program'].includes(name)))
}

/** Of entries by output name the values in MLflow's order. */
function inOrder(found: unknown, names: readonly string[]): unknown {
  return (found as Record<string, unknown>[]).map((entry) => names.map((name) => entry[name]))
}
