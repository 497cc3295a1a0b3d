import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readRelease } from '../../cli/release-files.ts'
import { upload } from '../../cli/upload.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { until } from '../harness/until.ts'
import { type Content, manifestOf, Stage, whole } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
}, 30_000)
afterAll(() => stage.close())

const told = (model: string) =>
  stage.events.filter(({ detail }) => detail['model'] === model).map((event) => event['detail-type'])
/** Until a file that is dropped now has been taken in, and so has everything that was dropped before. */
async function everythingTakenIn(): Promise<void> {
  const model = `after-${performance.now().toString().replace('.', '-')}`
  await stage.write(`${model}/1.0.0.onnx`, timesModel(1))
  await stage.ended('release', model, '1.0.0')
}

describe('a folder', () => {
  const content = (factor: number): Content => ({
    'model.onnx': timesModel(factor),
    'examples/two.json': '{"x": 2}',
    'examples/two.expected.json': JSON.stringify({ predictions: [2 * factor] }),
  })
  const examples = 'examples:\n  - {request: examples/two.json, expect: examples/two.expected.json}\n'

  test('whose manifest comes first waits for every file that it names', async () => {
    const files = content(2)
    await stage.write('manifest-first/1.0.0/model.yaml', manifestOf(files, examples))
    const waiting = await until('it waits', async () => {
      const [operation] = await stage.operations('manifest-first')
      return operation?.progress.some(({ text }) => /waiting for 3 of 3 files/.test(text)) && operation
    })
    expect(waiting.state).toBe('running')
    for (const [path, bytes] of Object.entries(files))
      await stage.write(`manifest-first/1.0.0/${path}`, bytes)
    await stage.serves('manifest-first', '1.0.0')
    expect((await stage.ask('manifest-first', '', { x: 3 })).json.predictions).toEqual([6])
    expect(await stage.operations('manifest-first')).toHaveLength(2)
  }, 20_000)

  test('whose bytes are not those that its manifest names fails, and is released once they are', async () => {
    const files = content(3)
    const wrong = manifestOf({ ...files, 'model.onnx': timesModel(4) }, examples)
    await stage.drop('differs', '1.0.0', { ...files, 'model.yaml': wrong })
    const failed = await stage.ended('release', 'differs', '1.0.0')
    expect(failed).toMatchObject({
      state: 'failed',
      problem: { code: 'artifact-differs', errors: [{ pointer: '/files/0' }] },
    })
    expect((await stage.client.version('differs', '1.0.0')).state).toBe('FAILED')
    await stage.drop('differs', '1.0.0', whole(files, examples))
    await stage.serves('differs', '1.0.0')
    expect((await stage.ask('differs', '', { x: 1 })).json.predictions).toEqual([3])
  })

  test('whose model answers an example otherwise fails, gets no traffic, and is released once it is mended', async () => {
    const lie = { ...content(5), 'examples/two.expected.json': '{"predictions": [11]}' }
    await stage.drop('liar', '1.0.0', whole(lie, examples))
    const failed = await stage.ended('release', 'liar', '1.0.0')
    expect(failed).toMatchObject({
      state: 'failed',
      problem: {
        code: 'golden-check-failed',
        errors: [{ pointer: '/examples/0/predictions/0', found: '10' }],
      },
    })
    expect(told('liar')).toEqual(['Release Started', 'Release Failed'])
    for (const target of ['', 'versions/1', 'aliases/live'])
      expect((await stage.ask('liar', target, { x: 1 })).status).toBe(404)
    const refused = await stage.ask('liar', 'versions/1.0.0', { x: 1 })
    expect(refused.json).toMatchObject({
      code: 'version-not-ready',
      detail: expect.stringContaining('FAILED'),
    })
    await expect(stage.client.promote('liar', { version: '1.0.0' })).rejects.toMatchObject({
      code: 'version-not-ready',
    })
    expect(await stage.client.history('liar')).toEqual([])

    await stage.drop('liar', '1.0.0', whole(content(5), examples))
    await stage.serves('liar', '1.0.0')
    expect((await stage.ask('liar', '', { x: 1 })).json.predictions).toEqual([5])
  })

  test.each<[string, Content, string]>([
    ['a model that is none', whole({ 'model.onnx': 'not a model' }), 'artifact-corrupt'],
    ['two models', whole({ 'a.onnx': timesModel(1), 'b.onnx': timesModel(2) }), 'artifact-unrecognised'],
    ['no model', whole({ 'readme.txt': 'hello' }), 'artifact-unrecognised'],
    [
      'another name in its manifest',
      whole({ 'model.onnx': timesModel(1) }, 'model: other\n'),
      'manifest-invalid',
    ],
    ['an unknown key', whole({ 'model.onnx': timesModel(1) }, 'exmaples: []\n'), 'manifest-invalid'],
    [
      'an example that is not there',
      whole({ 'model.onnx': timesModel(1) }, 'examples: [{request: nowhere.json}]\n'),
      'manifest-invalid',
    ],
    [
      'another signature than its model has',
      whole(
        { 'model.onnx': timesModel(1) },
        'signature: {inputs: [{name: x, type: int64}], outputs: [{name: y, type: float32}]}\n',
      ),
      'signature-differs',
    ],
    [
      'a runtime that is not served yet',
      whole({ 'model.onnx': timesModel(1) }, 'runtime: python\n'),
      'artifact-unrecognised',
    ],
  ])('with %s fails, and says so', async (what, content, code) => {
    const model = what.replaceAll(' ', '-')
    await stage.drop(model, '1.0.0', content)
    const { state, problem } = await stage.ended('release', model, '1.0.0')
    expect({ state, code: problem?.code }).toEqual({ state: 'failed', code })
    expect(JSON.stringify(problem)).not.toContain(stage.home)
    const { problem: kept } = await stage.client.version(model, '1.0.0')
    expect(kept).toEqual(problem)
  })
})

describe('what was released', () => {
  test('is not changed by other bytes under its version, which are reported', async () => {
    await stage.write('immutable/1.0.0.onnx', timesModel(2))
    await stage.serves('immutable', '1.0.0')
    const before = await stage.client.version('immutable', '1.0.0')
    await stage.write('immutable/1.0.0.onnx', timesModel(9))
    await until('it is reported', () => told('immutable').includes('Upload Ignored'))
    const { headers, json } = await stage.ask('immutable', '', { x: 1 })
    expect(json.predictions).toEqual([2])
    expect(headers.get('model-digest')).toBe(before.digest)
    expect(await stage.client.version('immutable', '1.0.0')).toEqual(before)
    await stage.write('immutable/1.0.0/model.onnx', timesModel(10))
    await everythingTakenIn()
    expect(await stage.client.version('immutable', '1.0.0')).toEqual(before)
    expect((await stage.operations('immutable')).map(({ kind }) => kind)).toEqual(['release', 'promotion'])
  })

  test('is not released again by a file that leaves and comes back the same', async () => {
    await stage.write('doubled/1.0.0.onnx', timesModel(2))
    await stage.serves('doubled', '1.0.0')
    const elsewhere = join(stage.home, 'store', 'incoming', 'away')
    await rename(stage.place('doubled/1.0.0.onnx'), elsewhere)
    await rename(elsewhere, stage.place('doubled/1.0.0.onnx'))
    await everythingTakenIn()
    expect((await stage.operations('doubled')).map(({ kind }) => kind)).toEqual(['release', 'promotion'])
    expect(told('doubled')).not.toContain('Upload Ignored')
  })
})

describe('uploads at once', () => {
  test('of one version by two people are one release; the other is told', async () => {
    const pushed = async (name: string, factor: number) => {
      const path = join(stage.home, name)
      await writeFile(`${path}.onnx`, timesModel(factor))
      const release = await readRelease(`${path}.onnx`, { model: 'pushed', version: '1.0.0' })
      return upload(stage.client, release).catch((error) => error)
    }
    const outcomes = await Promise.all([pushed('one', 2), pushed('two', 3)])
    const refused = outcomes.filter(isProblem)
    expect(refused.map(({ code }) => code)).toEqual(['version-exists'])
    await stage.serves('pushed', '1.0.0')
    const [answer] = (await stage.ask('pushed', '', { x: 1 })).json.predictions ?? []
    expect(answer).toBe(outcomes[0] === undefined ? 2 : 3)
    expect((await stage.operations('pushed')).map(({ kind }) => kind)).toEqual(['release', 'promotion'])
  })

  test('of many models are all released', async () => {
    const models = Array.from({ length: 8 }, (_, i) => `at-once-${i}`)
    await Promise.all(models.map((model, i) => stage.write(`${model}/1.0.0.onnx`, timesModel(i))))
    await Promise.all(models.map((model) => stage.serves(model, '1.0.0')))
    for (const [i, model] of models.entries())
      expect((await stage.ask(model, '', { x: 1 })).json.predictions).toEqual([i])
  }, 20_000)

  test('of the first versions of one model leave exactly one live, and all of them ready', async () => {
    const versions = ['1.0.0', '1.1.0', '2.0.0']
    await Promise.all(versions.map((version) => stage.write(`race/${version}.onnx`, timesModel(1))))
    for (const version of versions) await stage.ended('release', 'race', version)
    const live = await until(
      'one is live',
      async () => (await stage.client.model('race')).aliases['live']?.stable,
    )
    expect(versions).toContain(live)
    for (const version of versions)
      expect((await stage.ask('race', `versions/${version}`, { x: 1 })).status).toBe(200)
    const operations = await until('all have ended', async () => {
      const found = await stage.operations('race')
      return found.every(({ state }) => state !== 'running') && found
    })
    for (const { kind, state } of operations) if (kind === 'release') expect(state).toBe('succeeded')
  }, 20_000)
})

describe('what is no release', () => {
  test.each([
    'Bad_Name/1.0.0.onnx',
    'fine/not-a-version.onnx',
    'fine/1.0.0.txt',
    'fine/1.0.0+build/model.onnx',
  ])('is told of, and nothing comes of it: %s', async (key) => {
    const before = stage.events.length
    await stage.write(key, timesModel(1))
    const event = await until('it is told of', () =>
      stage.events.slice(before).find((one) => one['detail-type'] === 'Upload Ignored'),
    )
    expect(event.detail.message).toMatch(/allowed|one object ends in/)
    expect((await stage.client.models()).map(({ model }) => model)).not.toContain(key.split('/')[0])
  })
})
