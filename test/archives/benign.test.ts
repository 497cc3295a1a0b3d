import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ArchiveEnding, archiveEnding } from '../../lib/rules/archive/archive-kind.ts'
import { releaseOf } from './benign-folders.ts'
import { type Made, madeByTools } from './benign-tools.ts'
import { withLargeEnd } from './hostile-zips.ts'
import { file, pax, tar, tarEntry, tarGz } from './tar-bytes.ts'
import { sha256Of, Workshop } from './workshop.ts'
import { descriptor, extraField, zip } from './zip-bytes.ts'

let workshop: Workshop
let made: readonly Made[]
let accepted = 0

beforeAll(async () => {
  workshop = await Workshop.open()
  made = await madeByTools(workshop.outside, (tool) => {
    if (process.env['CI'] !== undefined) throw new Error(`${tool} is not here`)
    process.stderr.write(`${tool} is not here, so what it packs is not tried\n`)
  })
}, 120_000)
afterAll(async () => {
  process.stdout.write(`${accepted} benign archives of ${toolsOf(made).length} tools, all accepted\n`)
  await workshop.close()
})

const toolsOf = (archives: readonly Made[]) => [...new Set(archives.map(({ tool }) => tool))]

async function contentOf(bytes: Uint8Array, ending: ArchiveEnding): Promise<Record<string, string>> {
  const { artifact } = await workshop.released(bytes, ending)
  const read = artifact.files.map(
    async (one) => [one.path, sha256Of(await workshop.store.read(one))] as const,
  )
  expect(artifact.digest).toBe(`sha256:${sha256Of(bytes)}`)
  expect(artifact.archive).toMatchObject({ path: `model${ending}`, sha256: sha256Of(bytes) })
  for (const { sha256, ref, size } of artifact.files) expect([ref, size >= 0]).toEqual([sha256, true])
  accepted += 1
  return Object.fromEntries(await Promise.all(read))
}

test('whatever a tool packs is taken, to the last byte', async () => {
  for (const { tool, folder, ending, bytes } of made) {
    const wanted = Object.entries(releaseOf(folder)).map(([path, content]) => [path, sha256Of(content)])
    const found = await contentOf(bytes, ending).catch((error: Error) => error.message)
    expect({ tool, folder: folder.what, found }).toEqual({
      tool,
      folder: folder.what,
      found: Object.fromEntries(wanted),
    })
  }
  expect(made.length).toBeGreaterThanOrEqual(toolsOf(made).length * 10)
}, 300_000)

describe('is taken', () => {
  const one = { 'model.onnx': sha256Of('x') }
  const odd: readonly (readonly [string, ArchiveEnding, () => Uint8Array])[] = [
    [
      'a folder of a group that keeps its files',
      '.tar.gz',
      () => tarGz([tarEntry({ name: './', type: '5', mode: 0o2775 }), file('./model.onnx')]),
    ],
    [
      'a folder that is named twice',
      '.tar.gz',
      () =>
        tarGz([
          tarEntry({ name: 'm/', type: '5' }),
          tarEntry({ name: 'm/', type: '5' }),
          file('m/model.onnx'),
        ]),
    ],
    [
      'a tar with much room behind its end',
      '.tar.gz',
      () => gzipSync(Buffer.concat([tar([file('model.onnx')]), Buffer.alloc(2 ** 20)])),
    ],
    [
      'the comment of `git archive`',
      '.tar.gz',
      () =>
        tarGz([
          tarEntry({
            name: 'pax_global_header',
            type: 'g',
            body: '52 comment=3f2c0a1b4d5e6f708192a3b4c5d6e7f8091a2b3c\n',
          }),
          file('model.onnx'),
        ]),
    ],
    [
      'attributes of a Mac',
      '.tar.gz',
      () =>
        tarGz([
          pax(['LIBARCHIVE.xattr.com.apple.quarantine', 'MDA4MTs'], ['mtime', '1700000000.123']),
          file('model.onnx'),
        ]),
    ],
    [
      "a Mac's own files beside each",
      '.tar.gz',
      () => tarGz([file('._.'), file('./._model.onnx'), file('./model.onnx'), file('.DS_Store')]),
    ],
    [
      'what a Mac zips',
      '.zip',
      () =>
        zip([
          { name: 'm/', body: '' },
          { name: 'm/model.onnx', flags: 0x808, behind: descriptor('x', 3) },
          { name: '__MACOSX/m/._model.onnx' },
          { name: 'm/.DS_Store' },
        ]),
    ],
    [
      'sizes of 64 bits behind the bytes',
      '.zip',
      () =>
        zip([
          {
            name: 'model.onnx',
            flags: 0x808,
            local: { sum: 0, packed: 0, size: 0 },
            behind: descriptor('x', 3, 8),
          },
        ]),
    ],
    ['a zip of Windows', '.zip', () => zip([{ name: 'model.onnx', madeBy: 0, attributes: 0x20, flags: 0 }])],
    [
      'a zip with a comment',
      '.zip',
      () => zip([{ name: 'model.onnx' }], { comment: Buffer.from('made by hand') }),
    ],
    [
      'a name again in UTF-8',
      '.zip',
      () => zip([{ name: 'model.onnx', extra: extraField(0x7075, Buffer.from('\x01\0\0\0\0model.onnx')) }]),
    ],
  ]
  test.each(odd)('%s', async (_, ending, make) => {
    expect(await contentOf(make(), ending)).toEqual(one)
  })

  test('a zip with both of its ends', async () => {
    expect(await contentOf(withLargeEnd(), '.zip')).toEqual({ a: sha256Of('x') })
  })
})

test('what was taken off and left out is told', async () => {
  const { told } = await workshop.released(
    tarGz([file('churn/model.onnx'), file('churn/._model.onnx')]),
    '.tar.gz',
  )
  expect(told).toBe(
    "unpacked 1 file, 1 bytes: took what is in its folder churn/, left out 1 entry of a Mac's own",
  )
})

test.each([
  ['1.0.0.tar.gz', '.tar.gz'],
  ['1.0.0.zip', '.zip'],
  ['1.0.0.tgz', undefined],
  ['1.0.0.onnx', undefined],
])('%s is an archive by its name: %s', (name, ending) => {
  expect(archiveEnding(name)).toBe(ending)
})
