import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { file, tarEntry, tarGz } from '../archives/tar-bytes.ts'
import { sha256Of } from '../archives/workshop.ts'
import { zip } from '../archives/zip-bytes.ts'
import { sluiceRun } from '../cli/command.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { type Content, manifestOf, Stage } from './stage.ts'

let stage: Stage
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-packed-'))
  stage = await Stage.open()
}, 30_000)
afterAll(async () => {
  await stage.close()
  await rm(folder, { recursive: true, force: true })
})

const content = (factor: number): Content => ({
  'model.onnx': timesModel(factor),
  'examples/two.json': '{"x": 2}',
  'examples/two.expected.json': JSON.stringify({ predictions: [2 * factor] }),
})
const packed = (files: Content, top = '') =>
  tarGz(Object.entries(files).map(([path, body]) => file(`${top}${path}`, { body })))

async function pushed(name: string, bytes: Uint8Array, ...more: readonly string[]) {
  const place = join(folder, name)
  await writeFile(place, bytes)
  return sluiceRun(['push', place, '--platform', stage.url, ...more])
}

describe('an archive that is pushed', () => {
  test('is unpacked, found to be a model by its own manifest, proven by its examples, and answers', async () => {
    const files = content(3)
    const manifest = `model: packed\nversion: 1.0.0\n${manifestOf(files)}`
    const archive = packed({ ...files, 'model.yaml': manifest }, 'churn/')
    const { code, stderr } = await pushed('model.tar.gz', archive)
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('packed 1.0.0') })
    await stage.serves('packed', '1.0.0')
    const answer = await stage.ask('packed', '', { x: 4 })
    expect(answer.json.predictions).toEqual([12])
    expect(answer.headers.get('model-digest')).toBe(`sha256:${sha256Of(archive)}`)
    const [release] = await stage.operations('packed')
    const told = release?.progress.map(({ text }) => text).join('\n')
    expect(told).toContain('unpacked 4 files')
    expect(told).toContain('took what is in its folder churn/')
  }, 40_000)

  test('may be a zip that says nothing of itself', async () => {
    const archive = zip(Object.entries(content(5)).map(([name, body]) => ({ name, body })))
    const { code } = await pushed('five.zip', archive, '--model', 'zipped', '--version', '1.0.0')
    expect(code).toBe(0)
    await stage.serves('zipped', '1.0.0')
    expect((await stage.ask('zipped', '', { x: 2 })).json.predictions).toEqual([10])
  }, 40_000)

  test('is looked at without a platform, and nothing of it is written', async () => {
    await writeFile(join(folder, 'six.tar.gz'), packed(content(6), 'six/'))
    const name = ['--model', 'six', '--version', '1.0.0']
    const ran = await sluiceRun(['check', join(folder, 'six.tar.gz'), '--json', ...name], { cwd: folder })
    expect(ran).toMatchObject({ code: 0, json: { entry: 'model.onnx', found: 'model.onnx is the model' } })
  }, 20_000)

  test('is refused on the spot where a platform would refuse it', async () => {
    const { code, stderr } = await pushed(
      'link.tar.gz',
      tarGz([tarEntry({ name: 'model.onnx', type: '2', link: '/etc/passwd' })]),
      ...['--model', 'linked', '--version', '1.0.0'],
    )
    expect(code).toBe(1)
    expect(stderr).toContain(
      "the archive's entry 'model.onnx' is a symbolic link; allowed are files and folders",
    )
    expect(await stage.operations('linked').catch(() => [])).toEqual([])
  }, 20_000)

  test.each([
    ['model.tgz', 'it is taken under the name .tar.gz: rename it'],
    ['model.tar', 'gzip it, and name it .tar.gz'],
    ['model.7z', 'of archives .tar.gz and .zip are taken'],
  ])('is not taken as %s, and the mend is told', async (name, sentence) => {
    const { code, stderr } = await pushed(name, packed(content(1)), '--model', 'other', '--version', '1.0.0')
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(sentence) })
  })
})

describe('an archive that is dropped into the store', () => {
  test('and is hostile fails with its sentence, and the platform goes on', async () => {
    await stage.write('hostile/1.0.0.tar.gz', tarGz([file('model.onnx'), file('../../../../canary')]))
    expect(await stage.ended('release', 'hostile', '1.0.0')).toMatchObject({
      state: 'failed',
      problem: {
        code: 'archive-refused',
        detail:
          "the archive's entry '../../../../canary' has .. in its path, which leads out of a folder; allowed are paths inside the archive: pack the folder by tar -C",
      },
    })
    await stage.write('after/1.0.0.tar.gz', packed(content(7)))
    await stage.serves('after', '1.0.0')
    expect((await stage.ask('after', '', { x: 1 })).json.predictions).toEqual([7])
  }, 40_000)

  test('and holds other files than its manifest names fails', async () => {
    const files = content(8)
    const wrong = manifestOf({ ...files, 'model.onnx': timesModel(9) })
    await stage.write('misnamed/1.0.0.tar.gz', packed({ ...files, 'model.yaml': wrong }))
    expect(await stage.ended('release', 'misnamed', '1.0.0')).toMatchObject({
      state: 'failed',
      problem: { code: 'artifact-differs', errors: [{ pointer: '/files/0' }] },
    })
  }, 20_000)
})
