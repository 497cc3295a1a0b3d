import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { pack } from 'tar-stream'
import type { FrozenFile } from '../../lib/rules/artifact.ts'
import type { Layer } from '../../lib/rules/image-layers.ts'

/** Where every image has its artifact (SageMaker mounts over /opt/ml/model), and what its server is told of the version. */
const modelFolder = 'opt/sluice/model'
const versionFile = 'opt/sluice/version.json'

/** A layer on its way: its bytes once, in order, and what it is once they have all gone by. */
export interface LayerStream {
  readonly bytes: AsyncIterable<Uint8Array>
  /** @throws Error while bytes are still to come */
  end(): Layer
}

/** What lies in a layer. */
export interface LayerContent {
  readonly files: readonly FrozenFile[]
  /** A frozen file's bytes as they come. */
  readonly open: (file: FrozenFile) => Promise<Readable>
  /** What the server is told of the version, where it is told. */
  readonly told?: string | undefined
  /** Another folder in which the files are found as well: linked, so that what lies there already stays. */
  readonly linkedAt?: string | undefined
}

/**
 * An artifact as a layer: the same bytes for the same files, whoever makes it and whenever. Nothing is held: what comes
 * out goes on at once.
 */
export function artifactLayer(content: LayerContent): LayerStream {
  const [tar, stored] = [createHash('sha256'), createHash('sha256')]
  let size = 0
  let layer: Layer | undefined
  async function* bytes() {
    for await (const chunk of gzipStored(hashed(tarOf(content), tar))) {
      stored.update(chunk)
      size += chunk.length
      yield chunk
    }
    layer = { digest: `sha256:${stored.digest('hex')}`, size, diffId: `sha256:${tar.digest('hex')}` }
  }
  return {
    bytes: bytes(),
    end: () => {
      if (layer === undefined) throw new Error('the layer has not ended yet')
      return layer
    },
  }
}

/** A tar of an artifact at its place in an image: sorted, owned by root, readable by all, written at the epoch. */
async function* tarOf({ files, open, told, linkedAt }: LayerContent): AsyncGenerator<Uint8Array> {
  const packing = pack()
  const owned = { uid: 0, gid: 0, mtime: new Date(0) }
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const fill = async () => {
    const folders = [modelFolder, ...(linkedAt === undefined ? [] : [linkedAt])]
    for (const name of new Set(folders.flatMap((folder) => foldersOf(folder, sorted))))
      packing.entry({ ...owned, name, type: 'directory', mode: 0o755 })
    for (const file of sorted) {
      const { path, size } = file
      const entry = packing.entry({ ...owned, name: `${modelFolder}/${path}`, size, mode: 0o444 })
      await pipeline(await open(file), entry)
    }
    if (linkedAt !== undefined)
      for (const { path } of sorted) {
        const linkname = `${modelFolder}/${path}`
        packing.entry({ ...owned, name: `${linkedAt}/${path}`, type: 'link', linkname, mode: 0o444 })
      }
    if (told !== undefined) packing.entry({ ...owned, name: versionFile, mode: 0o444 }, told)
    packing.finalize()
  }
  const filled = fill().catch((error: Error) => packing.destroy(error))
  yield* packing as unknown as AsyncIterable<Uint8Array>
  await filled
}

/** Every folder on the way to a file in a folder, the outer ones first. */
function foldersOf(folder: string, files: readonly FrozenFile[]): readonly string[] {
  const folders = new Set<string>()
  for (const { path } of [{ path: '' }, ...files]) {
    const parts = `${folder}/${path}`.split('/').slice(0, -1)
    for (let i = 1; i <= parts.length; i += 1) folders.add(`${parts.slice(0, i).join('/')}/`)
  }
  return [...folders].toSorted()
}

async function* hashed(
  source: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk)
    yield chunk
  }
}

/** The longest stored block of DEFLATE (RFC 1951, 3.2.4). */
const longestBlock = 65_535

/**
 * gzip without compression (RFC 1952 around stored blocks). Weights hardly compress; and what zlib makes of the same
 * input differs by its version and by the processor, which would give the same artifact another digest.
 */
async function* gzipStored(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Magic, DEFLATE, no flags, no time, no extra flags, unknown system.
  yield Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)
  let sum = 0
  let size = 0
  let block: Uint8Array[] = []
  let filled = 0
  for await (const chunk of source) {
    sum = crc32(chunk, sum)
    size += chunk.length
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + longestBlock - filled)
      block.push(part)
      filled += part.length
      at += part.length
      if (filled < longestBlock) continue
      yield* storedBlock(block, filled, false)
      block = []
      filled = 0
    }
  }
  yield* storedBlock(block, filled, true)
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(sum, 0)
  trailer.writeUInt32LE(size % 2 ** 32, 4)
  yield trailer
}

/** The bytes go on as the pieces in which they came: a copy would cost as much as a hash. */
function storedBlock(pieces: readonly Uint8Array[], length: number, last: boolean): readonly Uint8Array[] {
  const header = Buffer.alloc(5)
  header[0] = last ? 1 : 0
  header.writeUInt16LE(length, 1)
  header.writeUInt16LE(0xffff - length, 3)
  return [header, ...pieces]
}
