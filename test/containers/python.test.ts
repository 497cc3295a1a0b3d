import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { debianBase } from '../harness/containers/debian-base.ts'
import { run } from '../harness/containers/run.ts'
import { resolvedLock, runtimeImage } from '../harness/containers/runtime-image.ts'
import { pythonWith } from '../harness/emulator/python-with.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import type { Files } from './appending.ts'
import { eventOf, functionUrl, startLambda } from './lambda-container.ts'
import { ModelImages } from './model-image.ts'
import { invocations, ping, stageOf } from './stage.ts'
import { buildTime, whereDebianIsMade } from './where-containers-run.ts'

const scikitLearn = 'scikit-learn==1.9.1'
/** After this a Lambda that still loads counts the rest as a call. */
const initWindowMs = 10_000
const folder = await temporaryFolder()

/** Trains a forest, and tells what scikit-learn itself answers to a few rows. */
const training = `
import json, sys
import joblib
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
x, y = load_breast_cancer(return_X_y=True)
forest = RandomForestClassifier(n_estimators=100, random_state=0).fit(x, y)
joblib.dump(forest, sys.argv[1])
rows = x[::60]
print(json.dumps({"rows": rows.tolist(), "answers": forest.predict_proba(rows).tolist()}))`

const forestOf = {
  runtime: 'python',
  entry: 'model.joblib',
  layout: 'pickle',
  signature: {
    inputs: [{ name: 'features', type: 'float64', shape: [30] }],
    outputs: [{ name: 'probabilities', type: 'float64', shape: [2] }],
  },
} as const
const programOf = {
  runtime: 'python',
  entry: 'predict.py',
  layout: 'program',
  signature: { inputs: [{ name: 'x', type: 'float64', shape: [] }], outputs: [] },
} as const

whereDebianIsMade('the image of the python runtime', () => {
  let lock: string
  let base: string
  let images: ModelImages
  let forest: Files
  let rows: readonly (readonly number[])[]
  let answers: readonly (readonly number[])[]

  afterAll(() => images?.close())
  const stage = stageOf(async (engine) => {
    base = await debianBase(engine, ['python3', 'python3-venv', 'python-is-python3'])
    lock = await resolvedLock(engine, 'python', { requirements: `${scikitLearn}\n`, base })
    return runtimeImage(engine, 'python', { lock, base })
  })
  beforeAll(async () => {
    images = await ModelImages.open(stage.engine, stage.image, forestOf)
    const python = await pythonWith('sklearn', [scikitLearn])
    const file = join(folder, 'model.joblib')
    const said = JSON.parse(await run(python, ['-c', training, file]))
    rows = said.rows
    answers = said.answers
    forest = { 'model.joblib': await readFile(file) }
  }, buildTime)

  const versionOf = async (files: Files, as: typeof forestOf | typeof programOf = forestOf) => {
    const { uri } = await images.append(files, { as })
    await images.pull(uri)
    return uri
  }
  const program = (text: string) => versionOf({ 'predict.py': text }, programOf)

  test('is made of a lock with hashes, and holds the packages of it and no tool that put them there', async () => {
    const { engine, image } = stage
    expect(lock).toMatch(/^scikit-learn==1\.9\.1 \\\n {4}--hash=sha256:/m)
    expect(lock).toMatch(/^uvicorn==/m)
    const list = 'ls /opt/sluice /opt/sluice/runtime && ls -A /tmp /var/cache/apt && ! command -v uv gcc'
    const looked = await engine.docker('run', '--rm', '--network=none', '--entrypoint=sh', image, '-c', list)
    expect(looked.split('\n')).toEqual(
      expect.arrayContaining(['environment', 'runtime', 'serve.py', 'sluice_serving']),
    )
    expect(looked).not.toMatch(/requirements|resolve|\.deb/)
    const [{ Size }] = JSON.parse(await engine.docker('inspect', image))
    const [{ Size: below }] = JSON.parse(await engine.docker('inspect', base))
    process.stderr.write(
      `python image of ${scikitLearn}: ${megabytes(Size - below)} on a base of ${megabytes(below)}\n`,
    )
  })

  test('has every file of packages and server compiled, and starts without writing any', async () => {
    const { engine, image } = stage
    const uncompiled = [
      "find /opt/sluice/environment/lib /opt/sluice/runtime -name '*.py' | while read -r each; do",
      'cache="$(dirname "$each")/__pycache__/$(basename "$each" .py).cpython-311.pyc"',
      '[ -e "$cache" ] || echo "$each"; done',
    ].join('\n')
    const args = ['run', '--rm', '--network=none', '--entrypoint=sh', image, '-c', uncompiled]
    expect(await engine.docker(...args)).toBe('')
  })

  test('serves a scikit-learn model as itself answers, as a user of no rights, on a root that cannot be written to', async () => {
    const { engine, pod } = stage
    const container = await pod.start(await versionOf(forest))
    await pod.wait(ping, '200')
    const { status, body } = await pod.ask(invocations, { inputs: { features: rows } })
    expect(status).toBe(200)
    const { predictions } = body as { readonly predictions: readonly (readonly number[])[] }
    expect(predictions).toHaveLength(answers.length)
    for (const [i, answer] of answers.entries())
      for (const [j, value] of answer.entries()) expect(predictions[i]?.[j]).toBeCloseTo(value, 9)
    expect(await engine.log(container)).toBe('')
    expect(await engine.docker('exec', container, 'id', '-u')).toBe('1000')
    await expect(engine.docker('exec', container, 'mkdir', '/tmp/new')).rejects.toThrow(
      /Read-only file system/,
    )
  })

  test('listens at once, and says 503 until its model is loaded', async () => {
    const { pod } = stage
    const heard = pod.wait(ping)
    await pod.start(
      await program(
        'import time\n\ndef load(_):\n  time.sleep(2)\n\ndef predict(inputs):\n  return inputs["x"]\n',
      ),
    )
    expect(await heard).toEqual(['ECONNREFUSED', '503', '200'])
  })

  test('tells what does not fit with 400 and what fails by its line with 500, and goes on', async () => {
    const { pod } = stage
    const moody =
      'def predict(inputs):\n  if inputs["x"][0] < 0:\n    raise ValueError("below zero")\n  return inputs["x"]\n'
    await pod.start(await program(moody))
    await pod.wait(ping)
    expect(await pod.ask(invocations, { inputs: { x: ['two'] } })).toMatchObject({ status: 400 })
    expect(await pod.ask(invocations, { inputs: { x: [-1] } })).toMatchObject({
      status: 500,
      body: { error: 'predict.py line 3: ValueError: below zero' },
    })
    expect(await pod.ask(invocations, { inputs: { x: [2] } })).toEqual({
      status: 200,
      body: { predictions: [2] },
    })
  })

  test('that is told to end takes nothing new, answers what has begun to come, and ends with 0', async () => {
    const { engine, pod } = stage
    const container = await pod.start(await versionOf(forest))
    await pod.wait(ping)
    const { answer } = await pod.askByHalves(invocations, { inputs: { features: [rows[0]] } })
    await engine.docker('kill', '--signal=TERM', container)
    expect(await answer).toMatchObject({ status: 200, body: { predictions: [expect.any(Array)] } })
    expect(await pod.ended(container)).toBe(0)
  })

  test.each<[string, () => Promise<string>, RegExp]>([
    ['is none', () => versionOf({ 'model.joblib': 'this is no model' }), /model\.joblib/],
    ['is missing', async () => stage.image, /there is no model/],
    ['wants what is not installed', () => program('import pandas\n\ndef predict(i): return i\n'), /pandas/],
  ])('whose model %s ends with 1, and one line says why', async (_, imageOf, why) => {
    const { engine, pod } = stage
    const container = await pod.start(await imageOf())
    expect(await pod.ended(container)).toBe(1)
    const log = await engine.log(container)
    expect(log.split('\n')).toEqual([expect.stringMatching(/^the model cannot be loaded: \w/)])
    expect(log).toMatch(why)
    expect(log).not.toMatch(/\/opt\/|\/usr\//)
  })

  test('resolves what a version asks for, and says what there is no package of', async () => {
    const { engine } = stage
    const refused = resolvedLock(engine, 'python', { requirements: 'no-such-package-at-all-7\n', base })
    await expect(refused).rejects.toThrow(
      /no-such-package-at-all-7 was not found[\s\S]*the server needs uvicorn/,
    )
  })

  describe('as a Lambda', () => {
    test('answers within the window in which a start is not counted as a call', async () => {
      const { engine, pod } = stage
      const container = await startLambda(engine, pod, await versionOf(forest))
      const started = performance.now()
      const event = eventOf(JSON.stringify({ inputs: { features: rows } }))
      const { body } = await pod.ask(functionUrl, event)
      const tookMs = performance.now() - started
      expect(body).toMatchObject({ statusCode: 200 })
      expect(JSON.parse((body as { body: string }).body).predictions).toHaveLength(rows.length)
      const log = await engine.log(container)
      expect(log).toMatch(/External agent lambda-adapter \S+ registered/)
      const [, init = '?'] = /Init Duration: (\S+ ms)/.exec(log) ?? []
      process.stderr.write(
        `python image as a Lambda: first answer in ${tookMs.toFixed(0)} ms, init ${init}\n`,
      )
      expect(tookMs).toBeLessThan(initWindowMs)
    })

    test('whose model cannot be loaded fails the call, and does not hang', async () => {
      const { engine, pod } = stage
      const id = await startLambda(engine, pod, await versionOf({ 'model.joblib': 'this is no model' }))
      expect((await pod.ask(functionUrl, eventOf('{"inputs":{"features":[]}}'))).status).toBe(502)
      expect(await engine.log(id)).toMatch(/^the model cannot be loaded: model\.joblib/m)
    })
  })
})

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
