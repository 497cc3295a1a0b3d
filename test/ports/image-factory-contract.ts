import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ImageFactory } from '../../lambdas/ports.ts'
import type { StoreWorld } from './artifact-store-contract.ts'
import { frozenRelease, packed } from './packing.ts'

export interface ImageWorld extends StoreWorld {
  readonly images: ImageFactory
}

/** What every image factory keeps its word on, in whatever world. */
export function imageFactoryContract(world: string, make: () => Promise<ImageWorld>): void {
  describe(`the image factory of ${world}`, () => {
    let made: ImageWorld

    beforeAll(async () => {
      made = await make()
    })
    afterAll(() => made.close())

    const release = (model: string, files: Readonly<Record<string, string>>) =>
      frozenRelease(made, model, '1.0.0', files)

    test('makes an image that its digest names', async () => {
      const image = await packed(made.images, await release('named', { 'model.onnx': 'a' }))
      expect(image.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
      expect(image.uri).not.toBe('')
    })

    test('makes the same of the same, again and again', async () => {
      const input = await release('again', { 'model.onnx': 'a', 'examples/one.json': '{}' })
      const first = await packed(made.images, input)
      expect(await packed(made.images, input)).toEqual(first)
      expect(await packed(made.images, input)).toEqual(first)
    })

    test('makes the same of the same by many at once', async () => {
      const input = await release('at-once', { 'model.onnx': 'b', 'examples/deep/one.json': '{}' })
      const [first, ...others] = await Promise.all(
        Array.from({ length: 8 }, () => packed(made.images, input)),
      )
      for (const other of others) expect(other).toEqual(first)
    })

    test('removes one, twice over, leaves the others, and makes it anew of what stayed', async () => {
      const goes = await release('goes', { 'model.onnx': 'of no use' })
      const stays = await release('stays', { 'model.onnx': 'of use' })
      const [gone, kept] = [await packed(made.images, goes), await packed(made.images, stays)]
      await made.images.remove(gone)
      await made.images.remove(gone)
      expect(await packed(made.images, stays)).toEqual(kept)
      expect(await packed(made.images, goes)).toEqual(gone)
    })

    test('makes another of another artifact', async () => {
      const one = await packed(made.images, await release('one', { 'model.onnx': 'c' }))
      const two = await packed(made.images, await release('two', { 'model.onnx': 'd' }))
      expect(one.digest).not.toBe(two.digest)
    })

    test('makes images of many artifacts at once, each its own', async () => {
      const inputs = await Promise.all(
        Array.from({ length: 6 }, (_, i) => release(`many-${i}`, { 'model.onnx': `many ${i}` })),
      )
      const digests = (await Promise.all(inputs.map((input) => packed(made.images, input)))).map(
        ({ digest }) => digest,
      )
      expect(new Set(digests).size).toBe(6)
      const again = await Promise.all(inputs.map((input) => packed(made.images, input)))
      expect(again.map(({ digest }) => digest)).toEqual(digests)
    })
  })
}
