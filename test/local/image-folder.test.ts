import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import type { PackInput } from '../../lambdas/ports.ts'
import { sha256Hex } from '../../lib/rules/digest.ts'
import { Environments } from '../../local/environments/environments.ts'
import { ImageFolder } from '../../local/image-folder.ts'
import { hashOfTemplate } from '../../local/template-hash.ts'
import { pythonOrReason } from '../harness/python.ts'
import { refused } from '../harness/refused.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { laptopStore } from '../ports/laptop-world.ts'
import { frozenRelease, packed } from '../ports/packing.ts'

const folder = await temporaryFolder()
const env = await pythonOrReason()
const world = await laptopStore()
const environments = new Environments(world.home, env)
const images = new ImageFolder(world.home, world.store as never, environments)
afterAll(async () => {
  await environments.stop()
  await world.close()
})

const release = async (model: string, more: Partial<PackInput>): Promise<PackInput> => ({
  ...(await frozenRelease(world, model, '1.0.0', { 'model.joblib': model })),
  ...more,
})
const python = { runtime: 'python', entry: 'model.joblib', requirements: 'six==1.17.0' } as const
const unlessSkipped = env === undefined ? describe.skip : describe

unlessSkipped('an image of the python runtime', () => {
  test('is the files alone, and beside them how they are served', async () => {
    const input = await release('beside', python)
    expect(await images.pack(input)).toEqual({ building: 'resolving 1 requirement' })
    const { digest, uri, lock } = await packed(images, input)
    expect(digest).toBe(`sha256:${basename(uri)}`)
    expect(await readdir(uri)).toEqual(['model.joblib'])
    const [environment] = await readdir(world.home.environments)
    expect(JSON.parse(await readFile(`${uri}.json`, 'utf8'))).toEqual({
      runtime: 'python',
      entry: 'model.joblib',
      signature: input.signature,
      environment,
    })
    const kept = join(world.home.environments, environment ?? '', 'requirements.lock')
    expect(lock).toBe(`sha256:${sha256Hex(await readFile(kept, 'utf8'))}`)
  })

  test('is another where the packages or the signature are others, though the artifact is the same', async () => {
    const input = await release('others', python)
    const inputs = [
      input,
      { ...input, requirements: 'six==1.16.0' },
      { ...input, signature: { inputs: [], outputs: [] } },
    ]
    const digests = []
    for (const one of inputs) digests.push((await packed(images, one)).digest)
    expect(new Set(digests).size).toBe(3)
    expect((await packed(images, input)).digest).toBe(digests[0])
  })

  test('is refused as its environment is', async () => {
    const pack = packed(images, await release('refused', { ...python, requirements: 'no-such-package-zzqx' }))
    expect((await refused(pack)).code).toBe('environment-failed')
  })
})

test('a runtime is not another for having run, nor for its examples', async () => {
  const put = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
    return hashOfTemplate(folder)
  }
  const first = await put('serve.py', 'one')
  expect(await put('__pycache__/serve.cpython-311.pyc', 'x')).toBe(first)
  expect(await put('deep/__pycache__/serve.cpython-311.pyc', 'x')).toBe(first)
  expect(await put('example/train.py', 'x')).toBe(first)
  expect(await put('deep/rows.py', 'x')).not.toBe(first)
})

test('an image of the onnx runtime has nothing beside it', async () => {
  const { uri } = await packed(images, await release('plain', {}))
  expect(existsSync(uri)).toBe(true)
  expect(existsSync(`${uri}.json`)).toBe(false)
})
