import { createHash } from 'node:crypto'
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { FrozenFile } from '../../lib/rules/artifact.ts'
import { moveOf } from '../harness/records.ts'
import { laptopStore } from './laptop-world.ts'
import { frozenRelease, packed } from './packing.ts'

let world: Awaited<ReturnType<typeof laptopStore>>
beforeAll(async () => {
  world = await laptopStore()
})
afterAll(() => world.close())

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

describe('a folder as a model store', () => {
  const upload = { model: 'in-place', version: '1.0.0' }
  const key = 'models/in-place/1.0.0/model.onnx'

  /** Write into the file that is there, as an editor does: the same inode, and here the same size. */
  async function writeInPlace(content: string): Promise<void> {
    const place = join(world.home.store, key)
    await writeFile(place, content)
    const { mtimeMs } = await stat(place)
    await utimes(place, mtimeMs / 1000, mtimeMs / 1000 + 5)
  }

  test('notices that a file was written in place since it was listed, and leaves no draft behind', async () => {
    await world.put(key, 'first')
    const listing = await world.store.listing(upload)
    await writeInPlace('later')
    await expect(world.store.freeze(upload, listing)).rejects.toThrow(/changed/)
    expect(await readdir(world.home.incoming)).toEqual([])
  })

  test('does not freeze by a link: what is written in place later does not reach the frozen bytes', async () => {
    await world.put(key, 'first')
    const [file] = await world.store.freeze(upload, await world.store.listing(upload))
    await writeInPlace('later')
    expect(textOf(await world.store.read(file as FrozenFile))).toBe('first')
  })

  test('goes on recording beside a stray file, such as a file browser leaves', async () => {
    const { next, entry } = moveOf(undefined, 'strayed', {})
    await world.store.writeRecord(entry)
    await writeFile(join(world.home.store, 'records', 'strayed', '.DS_Store'), 'x')
    expect(await world.store.recordedRev('strayed')).toBe(1)
    await world.store.writeRecord(moveOf(next, 'strayed', {}).entry)
    expect(await world.store.recordedRev('strayed')).toBe(2)
  })

  test('writes a record whole, as JSON that a person can read', async () => {
    const { entry } = moveOf(undefined, 'legible', {})
    await world.store.writeRecord(entry)
    const text = await readFile(join(world.home.store, 'records', 'legible', '1.json'), 'utf8')
    expect(JSON.parse(text)).toEqual(entry)
    expect(text.split('\n').length).toBeGreaterThan(5)
    expect(await readdir(world.home.incoming)).toEqual([])
  })
})

describe('a folder as an image', () => {
  const content = { 'model.onnx': 'weights', 'examples/deep/one.json': '{}' }

  test('holds every file of the artifact in its place', async () => {
    const { uri } = await packed(world.images, await frozenRelease(world, 'whole', '1.0.0', content))
    const entries = await readdir(uri, { recursive: true, withFileTypes: true })
    expect(entries.filter((entry) => entry.isFile()).map(({ name }) => name)).toHaveLength(2)
    for (const [path, text] of Object.entries(content))
      expect(await readFile(join(uri, path), 'utf8')).toBe(text)
    expect(await readdir(world.home.incoming)).toEqual([])
  })

  test('copies nothing: its files are the frozen ones', async () => {
    const input = await frozenRelease(world, 'linked', '1.0.0', { ...content, 'own.txt': 'linked' })
    const { uri } = await packed(world.images, input)
    for (const { path, ref } of input.files) {
      const [image, frozen] = [await stat(join(uri, path)), await stat(join(world.home.frozen, ref))]
      expect(image.ino).toBe(frozen.ino)
    }
  })

  test('is read-only, since the frozen bytes of every version that shares it are the same bytes', async () => {
    const input = await frozenRelease(world, 'read-only', '1.0.0', content)
    const { uri } = await packed(world.images, input)
    for (const { path } of input.files) expect((await stat(join(uri, path))).mode & 0o222).toBe(0)
  })

  test('outlives the upload: what is frozen still has the digest it was frozen with', async () => {
    const input = await frozenRelease(world, 'outlives', '1.0.0', content)
    const { uri } = await packed(world.images, input)
    await world.put('models/outlives/1.0.0/model.onnx', 'other weights')
    for (const { path, sha256 } of input.files) {
      const bytes = await readFile(join(uri, path))
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
    }
  })
})
