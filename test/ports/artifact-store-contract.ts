import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ArtifactStore, Promised, Upload } from '../../lambdas/ports.ts'
import type { FrozenFile, ListedFile } from '../../lib/rules/artifact.ts'
import { findBreak, type HistoryEntry } from '../../lib/rules/audit.ts'
import { moveOf } from '../harness/records.ts'

export interface StoreWorld {
  readonly store: ArtifactStore
  /** Put an object, as whoever uploads does. */
  put(key: string, content: string | Uint8Array): Promise<void>
  close(): Promise<void>
}

const bytesOf = (content: string | Uint8Array) =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content
const sha256Of = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const byPath = <T extends { readonly path: string }>(files: readonly T[]) =>
  files.toSorted((a, b) => (a.path < b.path ? -1 : 1))

/** What every artifact store keeps its word on, in whatever world. */
export function artifactStoreContract(world: string, make: () => Promise<StoreWorld>): void {
  describe(`the artifact store of ${world}`, () => {
    let store: ArtifactStore
    let put: StoreWorld['put']
    let close: StoreWorld['close']
    let uploads = 0

    beforeAll(async () => {
      ;({ store, put, close } = await make())
    })
    afterAll(() => close())

    /** A folder upload of its own for each case. */
    async function uploaded(files: Readonly<Record<string, string | Uint8Array>>) {
      uploads += 1
      const upload: Upload = { model: `model-${uploads}`, version: '1.0.0' }
      const place = (path: string) => `models/${upload.model}/1.0.0/${path}`
      for (const [path, content] of Object.entries(files)) await put(place(path), content)
      return {
        upload,
        place,
        /** What is there now. */
        listing: async () => byPath(await store.listing(upload)),
        freeze: async (listing?: readonly ListedFile[]) =>
          byPath(await store.freeze(upload, listing ?? (await store.listing(upload)))),
      }
    }

    describe('a listing', () => {
      test('names every file of a folder by its path inside it, with its size', async () => {
        const { listing } = await uploaded({
          'model.yaml': 'model: a',
          'model.onnx': 'onnx',
          'examples/deep/one.json': '{}',
          empty: '',
        })
        expect((await listing()).map(({ path, size }) => [path, size])).toEqual([
          ['empty', 0],
          ['examples/deep/one.json', 2],
          ['model.onnx', 4],
          ['model.yaml', 8],
        ])
      })

      test('tells when each file was written', async () => {
        const before = Date.now()
        const { listing } = await uploaded({ 'model.onnx': 'onnx' })
        // S3 knows seconds only.
        expect((await listing())[0]?.writtenAt).toBeGreaterThanOrEqual(before - 2000)
        expect((await listing())[0]?.writtenAt).toBeLessThanOrEqual(Date.now() + 2000)
      })

      test('of nothing is empty', async () => {
        expect(await store.listing({ model: 'nobody', version: '1.0.0' })).toEqual([])
        expect(
          await store.listing({ model: 'nobody', version: '1.0.0', object: 'models/nobody/1.0.0.onnx' }),
        ).toEqual([])
      })

      test('holds nothing of the versions and objects beside it', async () => {
        await put('models/beside/1.0.0/model.onnx', 'one')
        await put('models/beside/1.0.0-rc.1/model.onnx', 'candidate')
        await put('models/beside/1.0.01/model.onnx', 'no version')
        await put('models/beside/1.0.0.onnx', 'whole')
        await put('models/beside-2/1.0.0/model.onnx', 'another model')
        const listed = await store.listing({ model: 'beside', version: '1.0.0' })
        expect(listed.map(({ path, size }) => [path, size])).toEqual([['model.onnx', 3]])
      })

      test.each([
        ['1.0.0.onnx', 'model.onnx'],
        ['1.0.0-rc.1.tar.gz', 'model.tar.gz'],
      ])('of the one object %s is the file %s', async (name, path) => {
        const object = `models/whole/${name}`
        await put(object, 'whole')
        const [file, ...others] = await store.listing({ model: 'whole', version: '1.0.0', object })
        expect(file).toMatchObject({ path, size: 5 })
        expect(others).toEqual([])
      })

      test('gives the same refs until bytes are written again, and then another', async () => {
        const { listing, place } = await uploaded({ a: 'one', b: 'two' })
        const [before, again] = [await listing(), await listing()]
        expect(again).toEqual(before)
        await put(place('a'), 'new')
        const after = await listing()
        expect(after[0]?.ref).not.toBe(before[0]?.ref)
        expect(after[1]?.ref).toBe(before[1]?.ref)
      })
    })

    describe('a peek', () => {
      test('gives the bytes of a listed file', async () => {
        const { upload, listing } = await uploaded({ 'model.yaml': 'model: ä' })
        const [file] = await listing()
        expect(textOf(await store.peek(upload, file as ListedFile))).toBe('model: ä')
      })

      test('gives what was listed or refuses, but never what was written later', async () => {
        const { upload, listing, place } = await uploaded({ 'model.yaml': 'model: listed' })
        const [file] = await listing()
        await put(place('model.yaml'), 'model: later!')
        const seen = await store.peek(upload, file as ListedFile).then(textOf, () => 'refused')
        expect(['model: listed', 'refused']).toContain(seen)
      })
    })

    describe('freezing', () => {
      const large = new Uint8Array(3 << 20).map((_, i) => i % 251)

      test('takes hold of every listed file, with its size and its SHA-256', async () => {
        const files = { 'model.onnx': large, 'examples/one.json': '{"x": 1}', empty: '' }
        const { freeze } = await uploaded(files)
        const frozen = await freeze()
        expect(frozen.map(({ path, size, sha256 }) => ({ path, size, sha256 }))).toEqual(
          byPath(
            Object.entries(files).map(([path, content]) => ({
              path,
              size: bytesOf(content).length,
              sha256: sha256Of(content),
            })),
          ),
        )
        for (const file of frozen) expect(sha256Of(await store.read(file))).toBe(file.sha256)
      })

      test('takes hold of one object that is the whole release', async () => {
        const object = 'models/whole-and-frozen/1.0.0.onnx'
        await put(object, 'whole')
        const upload = { model: 'whole-and-frozen', version: '1.0.0', object }
        const [file] = await store.freeze(upload, await store.listing(upload))
        expect(file).toMatchObject({ path: 'model.onnx', size: 5, sha256: sha256Of('whole') })
        expect(textOf(await store.read(file as FrozenFile))).toBe('whole')
        expect(textOf(await store.read(file as FrozenFile, 2))).toBe('wh')
        expect(textOf(await store.read(file as FrozenFile, 5))).toBe('whole')
      })

      test('takes hold of what was listed and of nothing that came later', async () => {
        const { listing, freeze, place } = await uploaded({ a: 'one' })
        const listed = await listing()
        await put(place('b'), 'two')
        expect((await freeze(listed)).map(({ path }) => path)).toEqual(['a'])
      })

      test('is not undone by a late overwrite', async () => {
        const { freeze, place } = await uploaded({ 'model.onnx': 'first' })
        const [file] = await freeze()
        await put(place('model.onnx'), 'later')
        expect(textOf(await store.read(file as FrozenFile))).toBe('first')
      })

      test('notices that bytes changed since they were listed, or still holds those that were', async () => {
        const { listing, freeze, place } = await uploaded({ 'model.onnx': 'first', other: 'same' })
        const listed = await listing()
        await put(place('model.onnx'), 'later')
        const held = await freeze(listed).then(
          (frozen) => Promise.all(frozen.map(async (file) => textOf(await store.read(file)))),
          () => 'refused',
        )
        expect(['refused', ['first', 'same']]).toContainEqual(held)
      })

      test('may be done twice, and at once, and says the same each time', async () => {
        const { listing, freeze } = await uploaded({ a: 'one', b: 'two' })
        const listed = await listing()
        const [first, ...others] = await Promise.all([freeze(listed), freeze(listed), freeze(listed)])
        for (const other of [...others, await freeze(listed)]) expect(other).toEqual(first)
      })

      test('keeps equal bytes of two releases apart from what happens to either', async () => {
        const [one, two] = [await uploaded({ a: 'equal' }), await uploaded({ a: 'equal' })]
        const [first] = await one.freeze()
        const [second] = await two.freeze()
        await put(one.place('a'), 'other')
        expect(first?.sha256).toBe(second?.sha256)
        expect(textOf(await store.read(first as FrozenFile))).toBe('equal')
        expect(textOf(await store.read(second as FrozenFile))).toBe('equal')
      })
    })

    describe('what comes out of a frozen file', () => {
      const large = new Uint8Array(9 << 20).map((_, i) => i % 241)
      const promised = (path: string, content: string | Uint8Array): Promised => ({
        file: { path, size: bytesOf(content).length, sha256: sha256Of(content) },
        bytes: inPieces(bytesOf(content)),
      })
      async function* inPieces(bytes: Uint8Array) {
        for (let at = 0; at < bytes.length; at += 1 << 16) yield bytes.subarray(at, at + (1 << 16))
      }
      async function* each(...all: readonly Promised[]) {
        yield* all
      }
      const whole = (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => buffer(bytes)

      test('goes by in the part that is asked for', async () => {
        const { freeze } = await uploaded({ 'model.tar.gz': large })
        const [archive] = (await freeze()) as [FrozenFile]
        for (const [first, end] of [
          [0, large.length],
          [0, 1],
          [17, 70_000],
          [large.length - 8, large.length],
        ] as const)
          expect(sha256Of(await whole(store.open(archive, first, end)))).toBe(
            sha256Of(large.subarray(first, end)),
          )
      })

      test('may be left half-way', async () => {
        const { freeze } = await uploaded({ 'model.tar.gz': large })
        const [archive] = (await freeze()) as [FrozenFile]
        for await (const _ of store.open(archive, 0, large.length)) break
        expect(sha256Of(await whole(store.open(archive, 0, large.length)))).toBe(sha256Of(large))
      })

      test('is kept in the same order, each with its size and its SHA-256', async () => {
        const files = [promised('b/weights.bin', large), promised('a.json', '{}'), promised('empty', '')]
        const kept = await store.keep(each(...files))
        expect(kept.map(({ ref: _, ...file }) => file)).toEqual(files.map(({ file }) => file))
        for (const file of kept) expect(sha256Of(await store.read(file))).toBe(file.sha256)
        expect(textOf(await store.read(kept[1] as FrozenFile, 1))).toBe('{')
        expect(await whole(store.open(kept[0] as FrozenFile, 3, 5))).toEqual(
          Buffer.from(large.subarray(3, 5)),
        )
      })

      test('may be kept again, and by many at once, and is the same each time', async () => {
        const keep = () =>
          store.keep(each(promised('a', 'raced'), promised('b', large), promised('c', 'raced')))
        const [first, ...others] = await Promise.all([keep(), keep(), keep()])
        for (const other of [...others, await keep()]) expect(other).toEqual(first)
        expect(first[0]?.ref).toBe(first[2]?.ref)
      })

      test.each([
        ['other bytes', 'other', 'bytes'],
        ['fewer bytes', 'short', 'shorter'],
        ['more bytes', 'longer', 'long'],
        ['no bytes', '', 'none'],
      ])('is not kept where %s come than were promised', async (_, come, said) => {
        const lying = { file: promised('a', said).file, bytes: promised('a', come).bytes }
        await expect(store.keep(each(lying))).rejects.toThrow()
        const [kept] = await store.keep(each(promised('a', said)))
        expect(textOf(await store.read(kept as FrozenFile))).toBe(said)
      })

      test('is not kept where it breaks off, and what came before it is', async () => {
        async function* breaking(): AsyncGenerator<Promised> {
          yield promised('before', 'whole')
          throw new Error('the archive broke off')
        }
        await expect(store.keep(breaking())).rejects.toThrow('the archive broke off')
        const [kept] = await store.keep(each(promised('before', 'whole')))
        expect(textOf(await store.read(kept as FrozenFile))).toBe('whole')
      })

      test('is no upload', async () => {
        const before = await store.keys()
        await store.keep(each(promised('model.onnx', 'unpacked')))
        expect(await store.keys()).toEqual(before)
      })
    })

    test('its keys are every key under models/, and no record', async () => {
      const keys = ['models/keys/1.0.0.onnx', 'models/keys/2.0.0/a/b/c.json', 'models/keys/2.0.0/.hidden']
      for (const key of keys) await put(key, 'x')
      const { entry } = moveOf(undefined, 'keys', {})
      await store.writeRecord(entry)
      const found = await store.keys()
      expect(found.filter((key) => key.startsWith('models/keys/')).toSorted()).toEqual(keys.toSorted())
      expect(found.filter((key) => !key.startsWith('models/'))).toEqual([])
    })

    describe('a record', () => {
      /** So many links of one model's chain. */
      function chain(model: string, length: number): HistoryEntry[] {
        const entries: HistoryEntry[] = []
        let seen: Parameters<typeof moveOf>[0]
        for (let i = 0; i < length; i += 1) {
          const { next, entry } = moveOf(seen, model, {}, { reason: `ünï ${i}` })
          entries.push(entry)
          seen = next
        }
        return entries
      }

      test('is undefined, and the highest rev 0, before anything was written', async () => {
        expect(await store.record('unrecorded', 1)).toBeUndefined()
        expect(await store.recordedRev('unrecorded')).toBe(0)
      })

      test('is read as it was written, so that the chain of hashes holds', async () => {
        const entries = chain('recorded', 3)
        for (const entry of entries) await store.writeRecord(entry)
        const read = await Promise.all([1, 2, 3].map((rev) => store.record('recorded', rev)))
        expect(read).toEqual(entries)
        const head = entries.at(-1)?.hash ?? ''
        expect(findBreak(read as HistoryEntry[], { rev: 3, head })).toBeUndefined()
      })

      test('is never written over, whoever tries it first and how often', async () => {
        const [entry] = chain('written-once', 1) as [HistoryEntry]
        await store.writeRecord(entry)
        await store.writeRecord(entry)
        await store.writeRecord({ ...entry, reason: 'it was not me' })
        expect(await store.record('written-once', 1)).toEqual(entry)
      })

      test('is written once by many who write at once', async () => {
        const [entry] = chain('raced', 1) as [HistoryEntry]
        const drafts = Array.from({ length: 8 }, (_, i) => ({ ...entry, reason: `writer ${i}` }))
        await Promise.all(drafts.map((draft) => store.writeRecord(draft)))
        const stands = await store.record('raced', 1)
        expect(drafts).toContainEqual(stands)
        await store.writeRecord({ ...entry, reason: 'too late' })
        expect(await store.record('raced', 1)).toEqual(stands)
      })

      test('counts towards the highest rev of its own model, by number and not by text', async () => {
        for (const entry of chain('many', 11)) await store.writeRecord(entry)
        await store.writeRecord(chain('many-more', 1)[0] as HistoryEntry)
        expect(await store.recordedRev('many')).toBe(11)
        expect(await store.recordedRev('many-more')).toBe(1)
        expect(await store.record('many', 12)).toBeUndefined()
      })

      test('makes its model one of those that have records; what lies elsewhere does not', async () => {
        await put('models/only-uploaded/1.0.0.onnx', 'x')
        await put('records/Not-A-Model/1.json', '{}')
        for (const entry of [...chain('heard-of', 2), ...chain('heard-of-too', 1)])
          await store.writeRecord(entry)
        const found = await store.recordedModels()
        expect(found.filter((name) => /heard|uploaded|Not/.test(name))).toEqual(['heard-of', 'heard-of-too'])
      })
    })
  })
}
