import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { asPromised } from '../../../lambdas/as-promised.ts'
import type { ArtifactStore, Clock, Promised, Upload } from '../../../lambdas/ports.ts'
import { type FrozenFile, type ListedFile, nameOfWhole } from '../../../lib/rules/artifact.ts'
import type { HistoryEntry } from '../../../lib/rules/audit.ts'
import { modelsPrefix, releasePrefix } from '../../../lib/wiring/store-layout.ts'

interface Stored {
  readonly bytes: Uint8Array
  readonly writtenAt: number
  readonly ref: string
}

/** A model store in memory that keeps every version of an object, as a versioned bucket does. */
export class MemoryStore implements ArtifactStore {
  readonly #clock: Clock
  readonly #objects = new Map<string, Stored>()
  /** The objects of each release's folder, by its prefix. */
  readonly #folders = new Map<string, Map<string, Stored>>()
  /** Every version of every object, by its ref. */
  readonly #byRef = new Map<string, Uint8Array>()
  readonly #records = new Map<string, Map<number, string>>()
  #puts = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Put an object, as whoever uploads does. */
  put(key: string, content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    this.#puts += 1
    const stored = { bytes, writtenAt: this.#clock.now(), ref: `v${this.#puts}` }
    this.#objects.set(key, stored)
    this.#byRef.set(stored.ref, bytes)
    const prefix = key.split('/', 3).join('/')
    const folder = this.#folders.get(`${prefix}/`) ?? new Map<string, Stored>()
    this.#folders.set(`${prefix}/`, folder)
    if (key.length > prefix.length) folder.set(key.slice(prefix.length + 1), stored)
  }

  async listing(upload: Upload): Promise<ListedFile[]> {
    const listed = (path: string, { bytes, writtenAt, ref }: Stored) => ({
      path,
      size: bytes.length,
      writtenAt,
      ref,
    })
    if (upload.object !== undefined) {
      const whole = this.#objects.get(upload.object)
      return whole === undefined ? [] : [listed(nameOfWhole(upload.object), whole)]
    }
    const prefix = releasePrefix(upload.model, upload.version)
    return [...(this.#folders.get(prefix) ?? [])].map(([path, stored]) => listed(path, stored))
  }

  async peek(_: Upload, { ref }: ListedFile): Promise<Uint8Array> {
    return this.#bytes(ref)
  }

  async freeze(_: Upload, listing: readonly ListedFile[]): Promise<FrozenFile[]> {
    return listing.map(({ path, size, ref }) => {
      const sha256 = createHash('sha256').update(this.#bytes(ref)).digest('hex')
      return { path, size, sha256, ref }
    })
  }

  async read({ ref }: Pick<FrozenFile, 'ref'>, first?: number): Promise<Uint8Array> {
    return this.#bytes(ref).subarray(0, first)
  }

  async *open({ ref }: Pick<FrozenFile, 'ref'>, first: number, end: number): AsyncGenerator<Uint8Array> {
    yield this.#bytes(ref).slice(first, end)
  }

  async keep(files: AsyncIterable<Promised>): Promise<FrozenFile[]> {
    const kept: FrozenFile[] = []
    for await (const { file, bytes } of files) {
      const ref = `unpacked-${file.sha256}`
      const whole = await buffer(asPromised(file, bytes))
      this.#byRef.set(ref, whole)
      kept.push({ ...file, ref })
    }
    return kept
  }

  async keys(): Promise<string[]> {
    return [...this.#objects.keys()].filter((key) => key.startsWith(modelsPrefix))
  }

  async writeRecord(entry: HistoryEntry): Promise<void> {
    const records = this.#records.get(entry.model) ?? new Map<number, string>()
    this.#records.set(entry.model, records)
    if (!records.has(entry.rev)) records.set(entry.rev, JSON.stringify(entry))
  }

  async record(model: string, rev: number): Promise<HistoryEntry | undefined> {
    const text = this.#records.get(model)?.get(rev)
    return text === undefined ? undefined : JSON.parse(text)
  }

  async recordedRev(model: string): Promise<number> {
    return Math.max(0, ...(this.#records.get(model)?.keys() ?? []))
  }

  async recordedModels(): Promise<string[]> {
    return [...this.#records.keys()].toSorted()
  }

  #bytes(ref: string): Uint8Array {
    const bytes = this.#byRef.get(ref)
    if (bytes === undefined) throw new Error(`there is no object version ${ref}`)
    return bytes
  }
}
