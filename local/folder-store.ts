import { createHash, randomUUID } from 'node:crypto'
import { constants, createReadStream, createWriteStream } from 'node:fs'
import {
  chmod,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { asPromised } from '../lambdas/as-promised.ts'
import type { ArtifactStore, Promised, Upload } from '../lambdas/ports.ts'
import { type FrozenFile, type ListedFile, nameOfWhole } from '../lib/rules/artifact.ts'
import type { HistoryEntry } from '../lib/rules/audit.ts'
import { isModelName } from '../lib/rules/names.ts'
import { Problem } from '../lib/rules/problem.ts'
import { modelsPrefix, recordKey, recordsPrefix, releasePrefix } from '../lib/wiring/store-layout.ts'
import { readBeginning } from './file-beginning.ts'
import type { Home } from './home.ts'
import { draftPrefix, onDisk, unless } from './on-disk.ts'
import { storageFaultOf } from './storage-fault.ts'

/**
 * The model store as a folder. A file's ref is its inode, size and time of change: other bytes, another ref.
 * What is frozen and what is recorded is on disk, names and bytes, before anybody hears of it: it outlives a power cut,
 * as the registry does that refers to it. What is uploaded is as durable as whoever uploads makes it.
 */
export class FolderStore implements ArtifactStore {
  readonly #home: Home

  constructor(home: Home) {
    this.#home = home
  }

  async listing(upload: Upload): Promise<ListedFile[]> {
    const paths = await this.#paths(upload)
    const files = await Promise.all(
      paths.map(async (path) => listed(path, await statOf(this.#place(upload, path)))),
    )
    return files.filter((file) => file !== undefined)
  }

  async peek(upload: Upload, file: ListedFile): Promise<Uint8Array> {
    const place = this.#place(upload, file.path)
    const bytes = await readFile(place)
    if (listed(file.path, await statOf(place))?.ref !== file.ref)
      throw new Error(`${file.path} changed while it was read`)
    return bytes
  }

  async freeze(upload: Upload, listing: readonly ListedFile[]): Promise<FrozenFile[]> {
    const frozen = await Promise.all(listing.map((file) => this.#freezeFile(upload, file)))
    await onDisk(this.#home.frozen)
    return frozen
  }

  async read(file: FrozenFile, first?: number): Promise<Uint8Array> {
    return readBeginning(this.frozenPath(file), first)
  }

  open(file: FrozenFile, first: number, end: number): AsyncIterable<Uint8Array> {
    return createReadStream(this.frozenPath(file), { start: first, end: end - 1, highWaterMark: 1 << 18 })
  }

  async keep(files: AsyncIterable<Promised>): Promise<FrozenFile[]> {
    const kept: FrozenFile[] = []
    for await (const promised of files) kept.push(await this.#keepFile(promised))
    await onDisk(this.#home.frozen)
    return kept
  }

  /** Where the bytes of a frozen file lie. */
  frozenPath({ ref }: Pick<FrozenFile, 'ref'>): string {
    return join(this.#home.frozen, ref)
  }

  async keys(): Promise<string[]> {
    const root = join(this.#home.store, modelsPrefix)
    const entries = await readdir(root, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.#home.store.length + 1))
  }

  async writeRecord(entry: HistoryEntry): Promise<void> {
    const place = join(this.#home.store, recordKey(entry.model, entry.rev))
    await mkdir(dirname(place), { recursive: true })
    await this.#drafted(async (draft) => {
      await writeFile(draft, `${JSON.stringify(entry, null, 2)}\n`, { flush: true })
      // A link, not a rename: it fails where the record is there already, and a record is never written over.
      await link(draft, place).catch(unless('EEXIST'))
    })
    await onDisk(dirname(place))
  }

  async record(model: string, rev: number): Promise<HistoryEntry | undefined> {
    const text = await readFile(join(this.#home.store, recordKey(model, rev)), 'utf8').catch(unless('ENOENT'))
    return text === undefined ? undefined : JSON.parse(text)
  }

  async recordedRev(model: string): Promise<number> {
    const names = (await readdir(join(this.#home.store, recordsPrefix, model)).catch(unless('ENOENT'))) ?? []
    return Math.max(0, ...names.map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0)))
  }

  async recordedModels(): Promise<string[]> {
    const folders = await readdir(join(this.#home.store, recordsPrefix), { withFileTypes: true })
    const names = folders
      .filter((folder) => folder.isDirectory() && isModelName(folder.name))
      .map(({ name }) => name)
    const revs = await Promise.all(names.map((name) => this.recordedRev(name)))
    return names.filter((_, i) => revs[i] !== 0).toSorted()
  }

  async #paths(upload: Upload): Promise<string[]> {
    if (upload.object !== undefined) return [nameOfWhole(upload.object)]
    const folder = join(this.#home.store, releasePrefix(upload.model, upload.version))
    const entries =
      (await readdir(folder, { recursive: true, withFileTypes: true }).catch(unless('ENOENT'))) ?? []
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
  }

  #place(upload: Upload, path: string): string {
    return join(this.#home.store, upload.object ?? `${releasePrefix(upload.model, upload.version)}${path}`)
  }

  async #freezeFile(upload: Upload, file: ListedFile): Promise<FrozenFile> {
    return this.#drafted(async (draft) => {
      const place = this.#place(upload, file.path)
      // A clone where the disk can: nothing is copied then until somebody writes.
      await copyFile(place, draft, constants.COPYFILE_FICLONE)
      const now = listed(file.path, await statOf(place))
      if (now?.ref !== file.ref) throw new Error(`${file.path} changed while it was being frozen`)
      const sha256 = await hashed(draft)
      return this.#asFrozen(draft, { path: file.path, size: file.size, sha256 })
    }).catch(refuseFullDisk(file))
  }

  async #keepFile({ file, bytes }: Promised): Promise<FrozenFile> {
    return this.#drafted(async (draft) => {
      await pipeline(asPromised(file, bytes), createWriteStream(draft, { flags: 'wx' }))
      return this.#asFrozen(draft, file)
    }).catch(refuseFullDisk(file))
  }

  /** @param draft whole, and on the disk of the frozen bytes */
  async #asFrozen(draft: string, { path, size, sha256 }: Omit<FrozenFile, 'ref'>): Promise<FrozenFile> {
    // Read-only: every version that holds the same bytes shares this file.
    await chmod(draft, 0o444)
    await onDisk(draft)
    await rename(draft, this.frozenPath({ ref: sha256 }))
    return { path, size, sha256, ref: sha256 }
  }

  /** Work on a draft, and leave none behind. */
  async #drafted<T>(work: (draft: string) => Promise<T>): Promise<T> {
    const draft = join(this.#home.incoming, `${draftPrefix}${randomUUID()}`)
    try {
      return await work(draft)
    } finally {
      await rm(draft, { force: true })
    }
  }
}

/**
 * An upload for which there is no room is refused: to wait for room with it would fill the disk again and again.
 * @throws Problem `disk-full`
 */
function refuseFullDisk({ path, size }: Pick<ListedFile, 'path' | 'size'>): (error: unknown) => never {
  return (error) => {
    const fault = storageFaultOf(error)
    if (fault?.code !== 'disk-full') throw error
    throw new Problem(
      'disk-full',
      `the disk of the platform has no room for ${path} with ${size} bytes; make room and push again`,
    )
  }
}

async function hashed(path: string): Promise<string> {
  const file = await open(path)
  const hash = createHash('sha256')
  for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

type Stat = Awaited<ReturnType<typeof statOf>>

function statOf(path: string) {
  return stat(path, { bigint: true }).catch(unless('ENOENT'))
}

function listed(path: string, found: Stat): ListedFile | undefined {
  if (found === undefined || !found.isFile()) return undefined
  const { ino, size, mtimeNs, ctimeMs } = found
  return { path, size: Number(size), writtenAt: Number(ctimeMs), ref: `${ino}-${size}-${mtimeNs}` }
}
