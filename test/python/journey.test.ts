import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Operation } from '../../lib/rules/operation.ts'
import { pythonOrReason } from '../harness/python.ts'
import { until } from '../harness/until.ts'
import { type Content, Stage, whole } from '../journeys/stage.ts'
import { pythonWithModels } from '../model-templates/python-server.ts'

const environment = await pythonOrReason()
const run = promisify(execFile)
const releaseMs = 240_000

/** What scikit-learn says of rows that the forest has not seen. */
interface Truth {
  readonly rows: readonly (readonly number[])[]
  readonly label: readonly number[]
  readonly probabilities: readonly (readonly number[])[]
}

interface Prediction {
  readonly label: number
  readonly probabilities: readonly number[]
}

const forestSignature = `
signature:
  inputs: [{ name: features, type: float32, shape: [30] }]
  outputs: [{ name: label, type: int64 }, { name: probabilities, type: float64, shape: [2] }]
`

/** As the documentation of SageMaker's SDK writes one for scikit-learn. */
const inferenceScript = `
import json
import os
import joblib
import numpy as np

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))

def input_fn(request_body, request_content_type):
    if request_content_type != "application/json":
        raise ValueError("Unsupported content type: " + request_content_type)
    return np.array(json.loads(request_body)["instances"])

def predict_fn(input_data, model):
    return model.predict_proba(input_data)

def output_fn(prediction, accept):
    return json.dumps({"predictions": prediction.tolist()}), accept
`

/** A predict.py that does whatever it is asked to. */
const moody = `
import os, sys, time

def predict(inputs):
    mood = inputs['mood'][0]
    if mood == 'hang':
        time.sleep(3600)
    if mood == 'exit':
        os._exit(7)
    if mood == 'fail':
        return {}['tenure']
    if mood == 'eat':
        eaten = []
        while True:
            eaten.append(bytearray(50_000_000))
            time.sleep(0.01)
    if mood == 'flood':
        for _ in range(20_000):
            print('x' * 100)
    return [mood for mood in inputs['mood']]
`
const moodySignature = `
host: { timeoutSeconds: 2, memoryMb: 600 }
signature:
  inputs: [{ name: mood, type: string }]
  outputs: [{ name: mood, type: string }]
`

;(environment === undefined ? describe.skip : describe)('models of the python runtime', () => {
  let stage: Stage
  let folder: string
  let truth: Truth

  beforeAll(async () => {
    process.env['PATH'] = environment?.['PATH']
    folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    const { stdout } = await run(await pythonWithModels(), [join(import.meta.dirname, 'forest.py'), folder], {
      maxBuffer: 1 << 26,
    })
    truth = JSON.parse(stdout)
    stage = await Stage.open()
  }, releaseMs)

  afterAll(async () => {
    await stage.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function contentOf(form: string): Promise<Content> {
    const files = await readdir(join(folder, form))
    const read = async (file: string) => [file, await readFile(join(folder, form, file))] as const
    return Object.fromEntries(await Promise.all(files.map(read)))
  }

  /** Release a folder, and wait for its end. */
  async function released(model: string, content: Content, manifest = ''): Promise<Operation> {
    await stage.drop(model, '1.0.0', whole(content, manifest))
    const release = await stage.ended('release', model, '1.0.0', 0, releaseMs)
    if (release.state === 'succeeded') await stage.serves(model, '1.0.0')
    return release
  }

  const ask = (model: string, body: unknown) =>
    stage.client.invoke(model, '', JSON.stringify(body), 'application/json')

  async function expectForest(model: string, tolerance: number) {
    const { status, body } = await ask(model, { instances: truth.rows })
    expect([status, status === 200 ? '' : body]).toEqual([200, ''])
    const { predictions } = JSON.parse(body) as { predictions: Prediction[] }
    expect(predictions.map(({ label }) => label)).toEqual(truth.label)
    const furthest = predictions.flatMap(({ probabilities }, i) =>
      probabilities.map((value, k) => Math.abs(value - (truth.probabilities[i]?.[k] ?? Number.NaN))),
    )
    expect(Math.max(...furthest)).toBeLessThanOrEqual(tolerance)
  }

  test.each([
    ['joblib', 'model.joblib', 1e-6],
    ['skops', 'model.skops', 1e-6],
  ])(
    'a forest as %s needs nothing beside it, and answers as scikit-learn does',
    async (form, file, tolerance) => {
      const operation = await released(form, await contentOf(form))
      expect(operation).toMatchObject({ state: 'succeeded' })
      const told = operation.progress.map(({ text }) => text).join('\n')
      expect(told).toContain(`${file} holds the estimator RandomForestClassifier`)
      await expectForest(form, tolerance)
    },
    releaseMs,
  )

  test(
    'a forest behind a predict.py answers as scikit-learn does',
    async () => {
      const content = { ...(await contentOf('own')), 'requirements.txt': 'scikit-learn==1.9.1\n' }
      const operation = await released('own', content, forestSignature)
      expect(operation).toMatchObject({ state: 'succeeded' })
      await expectForest('own', 1e-6)
    },
    releaseMs,
  )

  test(
    'a folder as SageMaker keeps it is served as it is',
    async () => {
      const { 'model.joblib': model = '' } = await contentOf('joblib')
      const content = { 'model.joblib': model, 'code/inference.py': inferenceScript }
      const operation = await released('archive', content)
      expect(operation).toMatchObject({ state: 'succeeded' })
      const { status, body } = await ask('archive', { instances: truth.rows })
      expect([status, status === 200 ? '' : body]).toEqual([200, ''])
      const predictions: number[][] = JSON.parse(body).predictions
      const off = predictions.flatMap((row, i) =>
        row.map((value, k) => Math.abs(value - (truth.probabilities[i]?.[k] ?? Number.NaN))),
      )
      expect([off.length, Math.max(...off) <= 1e-6]).toEqual([100, true])
    },
    releaseMs,
  )

  test('the same forest as ONNX answers as scikit-learn does', async () => {
    const onnx = join(import.meta.dirname, '..', 'fixtures', 'breast-cancer', 'model.onnx')
    expect(await released('onnx', { 'model.onnx': await readFile(onnx) })).toMatchObject({
      state: 'succeeded',
    })
    await expectForest('onnx', 1e-5)
  })

  test('two versions that need the same share an environment', async () => {
    const environments = (await readdir(join(stage.home, 'environments'))).filter(
      (name) => name.length === 64,
    )
    // One for joblib, predict.py and the script, one with skops.
    expect(environments).toHaveLength(2)
  })

  test(
    'a bad model harms itself alone: its callers are told what it is, and it comes back',
    async () => {
      expect(await released('moody', { 'predict.py': moody }, moodySignature)).toMatchObject({
        state: 'succeeded',
      })
      const answers = async (mood: string) => {
        const { status, body, headers } = await ask('moody', { mood })
        return { status, retry: headers.get('retry-after'), ...JSON.parse(body) }
      }
      const recovers = () =>
        until('it answers again', async () => (await answers('fine')).status === 200, 20_000)
      expect(await answers('fine')).toMatchObject({ status: 200, predictions: ['fine'] })
      expect(await answers('fail')).toMatchObject({
        status: 502,
        code: 'model-failed',
        detail: expect.stringMatching(/predict\.py line \d+.*KeyError: 'tenure'/),
      })
      expect(await answers('hang')).toMatchObject({ status: 504, code: 'model-timeout' })
      await recovers()
      expect(await answers('exit')).toMatchObject({
        status: 503,
        code: 'endpoint-unavailable',
        retry: expect.stringMatching(/^\d+$/),
      })
      await recovers()
      // On a machine that is busy the time may run out before the memory does.
      const { code: eaten } = await answers('eat')
      expect(['endpoint-unavailable', 'model-timeout']).toContain(eaten)
      await recovers()
      const kept = async () => (await stage.client.log('moody', '1.0.0')).map(({ text }) => text).join('\n')
      const before = await kept()
      const ends = eaten === 'model-timeout' ? [] : ['host.memoryMb is 600']
      for (const part of ['ended with 7', ...ends, 'no prediction within 2 s'])
        expect(before.includes(part) ? part : 'not told').toBe(part)
      await answers('flood')
      await expectForest('joblib', 1e-6)
      const after = await kept()
      expect(after.length).toBeLessThan(2_200_000)
      expect(after.includes('xxxxx')).toBe(true)
    },
    releaseMs,
  )

  test('a pickle that would run something is refused before it is loaded', async () => {
    const evil = "cos\nsystem\n(S'touch /tmp/sluice-was-here'\ntR."
    const { state, problem } = await released('evil', { 'model.pkl': evil })
    expect([state, problem?.code]).toEqual(['failed', 'artifact-unsafe'])
    expect(problem?.detail).toContain('os.system')
  })

  test(
    'a package that there is not, and one that is not asked for, are named',
    async () => {
      const requirements = { 'requirements.txt': 'sluice-there-is-no-such-package==1.0\n' }
      const one = await released('lost', { 'predict.py': moody, ...requirements }, moodySignature)
      expect(one.problem).toMatchObject({
        code: 'environment-failed',
        detail: expect.stringContaining('sluice-there-is-no-such-package'),
      })
      const importing = { 'predict.py': `import tomli_w\n${moody}` }
      const two = await released('bare', importing, moodySignature)
      expect(two.problem?.detail).toMatch(/tomli_w.*requirements\.txt/)
    },
    releaseMs,
  )

  test('is all there after a restart', async () => {
    await stage.stop()
    await stage.start()
    for (const model of ['joblib', 'own']) {
      const answered = async () => (await ask(model, { instances: truth.rows })).status !== 503
      await until(`${model} has started`, answered, 60_000)
      await expectForest(model, 1e-6)
    }
  }, 130_000)
})
