import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  NoSuchKey,
  type ObjectVersion,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import pLimit from 'p-limit'
import { type FrozenFile, type ListedFile, nameOfWhole } from '../../lib/rules/artifact.ts'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import { isModelName } from '../../lib/rules/names.ts'
import { modelsPrefix, recordKey, recordsPrefix, releasePrefix } from '../../lib/wiring/store-layout.ts'
import type { ArtifactStore, Promised, Upload } from '../ports.ts'
import { patiently } from './patience.ts'
import { isRaced, keepUnpacked } from './unpacked-objects.ts'

/** Records are kept from every change for so long: whoever asks what served last March may ask years later. */
const recordsLockedYears = 10

/** So many objects are read at once. */
const readsAtOnce = 8

/** The model store as a versioned bucket. A file's ref is its S3 VersionId: other bytes, another ref. */
export class S3Store implements ArtifactStore {
  readonly #client: S3Client
  readonly #bucket: string

  constructor(client: S3Client, bucket: string) {
    this.#client = client
    this.#bucket = bucket
  }

  async listing(upload: Upload): Promise<ListedFile[]> {
    const prefix = prefixOf(upload)
    const files: ListedFile[] = []
    let next: Marker = {}
    do {
      const page = await this.#client.send(
        new ListObjectVersionsCommand({ Bucket: this.#bucket, Prefix: prefix, ...next }),
      )
      const found = (page.Versions ?? []).map((version) => listed(upload, prefix, version))
      files.push(...found.filter((file) => file !== undefined))
      next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
    } while (next.KeyMarker !== undefined)
    return files
  }

  async peek(upload: Upload, file: ListedFile): Promise<Uint8Array> {
    return this.#bytes(keyOf(upload, file.path), file.ref)
  }

  async freeze(upload: Upload, listing: readonly ListedFile[]): Promise<FrozenFile[]> {
    const inTurn = pLimit(readsAtOnce)
    return Promise.all(
      listing.map(({ path, ref: version }) =>
        inTurn(async () => {
          const key = keyOf(upload, path)
          const hash = createHash('sha256')
          let size = 0
          for await (const chunk of this.#pieces(key, version)) {
            hash.update(chunk)
            size += chunk.length
          }
          return { path, size, sha256: hash.digest('hex'), ref: `${key}@${version}` }
        }),
      ),
    )
  }

  async read(file: FrozenFile, first = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    const { key, version } = placeOf(file)
    return this.#bytes(key, version, file.size > first ? { first: 0, end: first } : undefined)
  }

  async *open(file: FrozenFile, first: number, end: number): AsyncGenerator<Uint8Array> {
    const { key, version } = placeOf(file)
    yield* this.#pieces(key, version, { first, end })
  }

  async keep(files: AsyncIterable<Promised>): Promise<FrozenFile[]> {
    const kept: FrozenFile[] = []
    for await (const { file, bytes } of files)
      kept.push(await keepUnpacked(this.#client, this.#bucket, file, bytes))
    return kept
  }

  /** A frozen file's bytes as they come. */
  async openFrozen(file: FrozenFile): Promise<Readable> {
    const { key, version } = placeOf(file)
    const { Body } = await this.#get(key, version)
    return Body as Readable
  }

  async keys(): Promise<string[]> {
    return this.#keysUnder(modelsPrefix)
  }

  async writeRecord(entry: HistoryEntry): Promise<void> {
    const Body = `${JSON.stringify(entry, null, 2)}\n`
    const lockedUntil = new Date(entry.at)
    lockedUntil.setUTCFullYear(lockedUntil.getUTCFullYear() + recordsLockedYears)
    try {
      await patiently(isRaced, () =>
        this.#client.send(
          new PutObjectCommand({
            Bucket: this.#bucket,
            Key: recordKey(entry.model, entry.rev),
            Body,
            ContentType: 'application/json',
            // S3 wants the algorithm named for whatever is locked: a digest alone is refused.
            ChecksumAlgorithm: 'SHA256',
            IfNoneMatch: '*',
            ObjectLockMode: 'GOVERNANCE',
            ObjectLockRetainUntilDate: lockedUntil,
          }),
        ),
      )
    } catch (error) {
      // It is there: a record is never written over.
      if (!(error instanceof S3ServiceException && error.name === 'PreconditionFailed')) throw error
    }
  }

  async record(model: string, rev: number): Promise<HistoryEntry | undefined> {
    try {
      return JSON.parse(new TextDecoder().decode(await this.#bytes(recordKey(model, rev))))
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined
      throw error
    }
  }

  async recordedRev(model: string): Promise<number> {
    const keys = await this.#keysUnder(`${recordsPrefix}${model}/`)
    return keys.reduce((most, key) => Math.max(most, Number(/\/(\d+)\.json$/.exec(key)?.[1] ?? 0)), 0)
  }

  async recordedModels(): Promise<string[]> {
    const names: string[] = []
    for await (const { CommonPrefixes = [] } of paginateListObjectsV2(
      { client: this.#client },
      { Bucket: this.#bucket, Prefix: recordsPrefix, Delimiter: '/' },
    ))
      names.push(...CommonPrefixes.map(({ Prefix = '' }) => Prefix.slice(recordsPrefix.length, -1)))
    return names.filter(isModelName).toSorted()
  }

  async #keysUnder(prefix: string): Promise<string[]> {
    const keys: string[] = []
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: this.#client },
      { Bucket: this.#bucket, Prefix: prefix },
    ))
      keys.push(...Contents.map(({ Key = '' }) => Key).filter((key) => !key.endsWith('/')))
    return keys
  }

  async #bytes(key: string, version?: string, part?: Part): Promise<Uint8Array> {
    return buffer(this.#pieces(key, version, part))
  }

  async *#pieces(key: string, version?: string, part?: Part): AsyncGenerator<Uint8Array> {
    const { Body, ContentRange } = await this.#get(key, version, part)
    // Whoever serves may answer a range with the whole (RFC 9110, 14.2); the emulator does for versions.
    if (part === undefined || ContentRange !== undefined) yield* Body as Readable
    else yield* cut(Body as Readable, part)
  }

  #get(key: string, version?: string, part?: Part) {
    return this.#client.send(
      new GetObjectCommand({
        Bucket: this.#bucket,
        Key: key,
        ...(version !== undefined && { VersionId: version }),
        ...(part !== undefined && { Range: `bytes=${part.first}-${part.end - 1}` }),
      }),
    )
  }
}

async function* cut(bytes: AsyncIterable<Uint8Array>, { first, end }: Part): AsyncGenerator<Uint8Array> {
  let at = 0
  for await (const piece of bytes) {
    yield piece.subarray(Math.max(0, first - at), Math.max(0, end - at))
    at += piece.length
    if (at >= end) return
  }
}

/** Bytes of an object, from the first to the one before `end`. */
interface Part {
  readonly first: number
  readonly end: number
}

/** Where the next page of a listing begins. */
interface Marker {
  readonly KeyMarker?: string | undefined
  readonly VersionIdMarker?: string | undefined
}

function prefixOf({ model, version, object }: Upload): string {
  return object ?? releasePrefix(model, version)
}

function keyOf(upload: Upload, path: string): string {
  return upload.object ?? `${prefixOf(upload)}${path}`
}

/** The newest version of an object of an upload; undefined for older ones, and for what a console makes as a folder. */
function listed(upload: Upload, prefix: string, version: ObjectVersion): ListedFile | undefined {
  const { Key = '', VersionId = 'null', Size = 0, LastModified, IsLatest } = version
  if (IsLatest !== true || Key.endsWith('/')) return undefined
  if (upload.object !== undefined && Key !== upload.object) return undefined
  return {
    path: upload.object === undefined ? Key.slice(prefix.length) : nameOfWhole(Key),
    size: Size,
    writtenAt: LastModified?.getTime() ?? 0,
    ref: VersionId,
  }
}

/** A frozen file's ref is `{key}@{VersionId}`. */
function placeOf({ ref }: Pick<FrozenFile, 'ref'>): { readonly key: string; readonly version: string } {
  const at = ref.lastIndexOf('@')
  return { key: ref.slice(0, at), version: ref.slice(at + 1) }
}
