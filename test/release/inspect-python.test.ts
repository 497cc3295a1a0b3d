import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { inspect } from '../../lambdas/release/inspect-artifact.ts'
import { isProblem, type Problem } from '../../lib/rules/problem.ts'

const root = join(import.meta.dirname, '..', '..')
const fixture = (file: string) =>
  new Uint8Array(readFileSync(join(root, 'test', 'fixtures', 'sklearn', file)))

type Content = string | Uint8Array
const bytesOf = (content: Content) =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content

/** Inspect a release of these files. */
function inspected(files: Readonly<Record<string, Content>>, read: string[] = []) {
  const listed = Object.entries(files).map(([path, content]) => ({ path, size: bytesOf(content).length }))
  return inspect({ model: 'churn', version: '1.0.0' }, listed, async (path, first) => {
    // A beginning tells whether something else stands in its place.
    if (first === undefined) read.push(path)
    const content = files[path]
    return content === undefined ? undefined : bytesOf(content)
  })
}

async function refused(files: Readonly<Record<string, Content>>): Promise<Problem> {
  const answer = await inspected(files).catch((error: unknown) => error)
  if (isProblem(answer)) return answer
  throw new Error(`this was not refused: ${JSON.stringify(answer)}`)
}

const bare = (name: string, type: string, shape: number[] = []) => ({ name, type, shape })
const declares = (inputs: string, outputs: string) =>
  `signature: {inputs: [${inputs}], outputs: [${outputs}]}\n`
const ageToRisk = declares('{name: age, type: float64}', '{name: risk, type: float64}')
const example = {
  'model.yaml': 'examples: [{request: one.json, expect: two.json}]\n',
  'one.json': '{"age": 3}',
  'two.json': '{"predictions": [{"risk": 0.5}]}',
}

describe('one file with a scikit-learn model', () => {
  test('is a whole release: everything is read off it', async () => {
    const found = await inspected({ 'model.joblib': fixture('data-frame-pipeline.joblib') })
    expect(found).toMatchObject({
      manifest: { model: 'churn', runtime: 'python' },
      entry: 'model.joblib',
      found: 'model.joblib holds the estimator Pipeline, saved by scikit-learn 1.9.1',
      requirements: 'scikit-learn==1.9.1\n',
      signatureOrigin: 'artifact',
      signature: { outputs: [bare('label', 'string'), bare('probabilities', 'float64', [3])] },
    })
    expect(found.signature?.inputs).toHaveLength(4)
  })

  test('of skops needs skops', async () => {
    const { requirements } = await inspected({ 'model.skops': fixture('forest.skops') })
    expect(requirements).toBe('scikit-learn==1.9.1\nskops\n')
  })

  test('of typed columns needs pandas, and a signature that is written', async () => {
    const model = { 'model.joblib': fixture('columns.joblib') }
    const problem = await refused(model)
    expect(problem.code).toBe('signature-unknown')
    expect(problem.message).toMatch(/ColumnTransformer.*`signature:/)
    const found = await inspected({ ...model, 'model.yaml': ageToRisk })
    expect(found).toMatchObject({
      signature: { inputs: [bare('age', 'float64')], outputs: [bare('risk', 'float64')] },
      signatureOrigin: 'written',
      requirements: 'pandas\nscikit-learn==1.9.1\n',
    })
    expect(await inspected({ ...model, ...example })).toMatchObject({ signatureOrigin: 'examples' })
  })

  test('must agree with what the manifest declares', async () => {
    const model = { 'model.joblib': fixture('forest.joblib') }
    expect((await refused({ ...model, 'model.yaml': ageToRisk })).code).toBe('signature-differs')
    const manifest = declares('{name: input, type: float32, shape: [4]}', '{name: label, type: int64}')
    expect((await inspected({ ...model, 'model.yaml': manifest })).signature).toEqual({
      inputs: [bare('input', 'float32', [4])],
      outputs: [bare('label', 'int64')],
    })
  })

  test('that is compressed in another way needs a signature, and takes the newest scikit-learn', async () => {
    const model = { 'model.joblib': fixture('logistic.xz.joblib') }
    const problem = await refused(model)
    expect(problem.code).toBe('signature-unknown')
    expect(problem.message).toMatch(/compressed by xz.*compress=0.*signature:/)
    expect(await inspected({ ...model, 'model.yaml': ageToRisk })).toMatchObject({
      signatureOrigin: 'written',
      requirements: 'scikit-learn\n',
      found: 'model.joblib holds the model',
    })
  })

  test('that would call something else is refused, whatever is declared', async () => {
    const evil = 'cos\nsystem\n(S"id"\ntR.'
    for (const path of ['model.pkl', 'model.joblib', 'model.pickle'])
      expect((await refused({ [path]: evil, 'model.yaml': ageToRisk })).facts).toMatchObject({
        code: 'artifact-unsafe',
        errors: [{ found: 'os.system' }],
      })
  })

  test.each(['model.pkl', 'model.joblib', 'model.skops'])('%s that is none is corrupt', async (path) => {
    expect((await refused({ [path]: 'not a model', 'model.yaml': ageToRisk })).code).toBe('artifact-corrupt')
  })

  test('that is larger than what is looked through is not read', async () => {
    const read: string[] = []
    const files = [
      { path: 'model.joblib', size: 256 * 2 ** 20 + 1 },
      { path: 'model.yaml', size: ageToRisk.length },
    ]
    const found = await inspect({ model: 'churn', version: '1.0.0' }, files, async (path, first) => {
      if (first === undefined) read.push(path)
      return bytesOf(ageToRisk)
    })
    expect(read).toEqual(['model.yaml'])
    expect(found).toMatchObject({ signatureOrigin: 'written', requirements: 'scikit-learn\n' })
  })
})

describe('a predict.py', () => {
  const program = { 'predict.py': 'def predict(columns): ...\n', 'weights.pkl': 'cos\nsystem\n.' }

  test('is taken with the signature of its manifest, and its other files are not looked at', async () => {
    const read: string[] = []
    expect(await inspected({ ...program, 'model.yaml': ageToRisk }, read)).toMatchObject({
      manifest: { runtime: 'python' },
      entry: 'predict.py',
      found: 'predict.py is the program that answers',
      requirements: '',
      signatureOrigin: 'written',
    })
    expect(read).toEqual(['model.yaml'])
  })

  test('is taken with the signature that its examples show', async () => {
    expect(await inspected({ ...program, ...example })).toMatchObject({
      signature: { inputs: [bare('age', 'float64')], outputs: [bare('risk', 'float64')] },
      signatureOrigin: 'examples',
    })
  })

  test.each<[string, Readonly<Record<string, Content>>]>([
    ['neither', {}],
    ['examples without an answer', { ...example, 'model.yaml': 'examples: [{request: one.json}]\n' }],
    [
      'examples in CSV',
      {
        'one.csv': 'age\n3\n',
        'two.json': '{}',
        'model.yaml': 'examples: [{request: one.csv, expect: two.json}]\n',
      },
    ],
  ])('with %s is refused, with what to write', async (_, files) => {
    const problem = await refused({ ...program, ...files })
    expect(problem.code).toBe('signature-unknown')
    expect(problem.message).toMatch(
      /predict\.py is a program\. Write it in model\.yaml.*signature:.*examples:/,
    )
  })

  test('brings its requirements, which are checked', async () => {
    const text = '# ours\nxgboost==2.1.0\n'
    const release = { ...program, 'model.yaml': ageToRisk }
    expect((await inspected({ ...release, 'requirements.txt': text })).requirements).toBe(text)
    expect((await refused({ ...release, 'requirements.txt': '-e .\n' })).code).toBe('requirements-malformed')
  })
})

test('an ONNX model asks for no packages, even where a requirements.txt lies beside it', async () => {
  const model = new Uint8Array(readFileSync(join(root, 'examples', 'iris', '1.0.0', 'model.onnx')))
  const found = await inspected({ 'model.onnx': model, 'requirements.txt': '-e .\n' })
  expect(found).toMatchObject({ entry: 'model.onnx', signatureOrigin: 'artifact' })
  expect(found).not.toHaveProperty('requirements')
})

describe('a pickle that is to be loaded whatever it does', () => {
  const unsafe = `unsafePickle: true\n${ageToRisk}`
  const evil = 'cos\nsystem\n(S"id"\ntR.'

  test('is not refused: what it names is listed', async () => {
    const found = await inspected({
      'model.pkl': `cxgboost.sklearn\nXGBClassifier\n0${evil}`,
      'model.yaml': unsafe,
    })
    expect(found).toMatchObject({
      manifest: { unsafePickle: true },
      unlisted: ['xgboost.sklearn.XGBClassifier', 'os.system'],
      requirements: 'scikit-learn\nxgboost\n',
    })
    const harmless = await inspected({
      'model.joblib': fixture('forest.joblib'),
      'model.yaml': 'unsafePickle: true',
    })
    expect(harmless.unlisted).toEqual([])
    expect((await inspected({ 'model.joblib': fixture('forest.joblib') })).unlisted).toBeUndefined()
  })

  test('must be one, or be said to be none', async () => {
    const program = { 'predict.py': '', 'model.yaml': unsafe }
    expect((await refused(program)).facts).toMatchObject({
      code: 'manifest-invalid',
      detail: expect.stringMatching(
        /unsafePickle, which is for .*this is a program in Python \(predict\.py\)/,
      ),
      errors: [{ pointer: '/unsafePickle' }],
    })
    const off = await refused({ 'model.pkl': evil, 'model.yaml': unsafe.replace('true', 'false') })
    expect(off.code).toBe('artifact-unsafe')
  })
})

describe('a folder of SageMaker', () => {
  const script = 'import os\nimport joblib\nimport pandas as pd\n\ndef model_fn(model_dir):\n    pass\n'
  const archive = { 'code/inference.py': script, 'model.joblib': fixture('forest.joblib') }

  test('needs nothing beside it: its model tells what it takes, its script what it needs', async () => {
    expect(await inspected(archive)).toMatchObject({
      entry: 'code/inference.py',
      layout: 'sagemaker',
      found: 'code/inference.py defines model_fn',
      requirements: 'joblib\npandas\nscikit-learn==1.9.1\n',
      signatureOrigin: 'artifact',
      signature: { inputs: [bare('input', 'float64', [4])], outputs: [bare('label', 'int64')] },
    })
  })

  test('is believed what it says of itself', async () => {
    const written = { ...archive, 'model.yaml': ageToRisk, 'code/requirements.txt': 'scikit-learn==1.9.0\n' }
    expect(await inspected(written)).toMatchObject({
      signatureOrigin: 'written',
      signature: { inputs: [bare('age', 'float64')], outputs: [bare('risk', 'float64')] },
      requirements: 'scikit-learn==1.9.0\njoblib\npandas\n',
    })
  })

  test('loads what it likes, and says what it takes where its files do not', async () => {
    const evil = { 'code/inference.py': script, 'model.pkl': 'cos\nsystem\n(S"id"\ntR.' }
    expect((await refused(evil)).code).toBe('signature-unknown')
    expect(await inspected({ ...evil, ...example })).toMatchObject({ signatureOrigin: 'examples' })
    const neither = { 'code/inference.py': script, 'model.joblib': 'not a pickle' }
    expect((await refused(neither)).message).toContain('code/inference.py is a program')
  })

  test('with a requirements file that reads another place is refused by its name', async () => {
    const { code, message } = await refused({ ...archive, 'code/requirements.txt': '-r other.txt\n' })
    expect([code, message]).toEqual([
      'requirements-malformed',
      expect.stringMatching(/^code\/requirements\.txt holds/),
    ])
  })
})
