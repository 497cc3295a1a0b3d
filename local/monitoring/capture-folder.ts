import { createReadStream } from 'node:fs'
import { readdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { CapturedRange, CaptureStanding, CaptureStore } from '../../lambdas/monitoring-ports.ts'
import { captureLines } from '../../lib/rules/capture/capture-lines.ts'
import type { CapturedCall, CapturedRecord } from '../../lib/rules/capture/captured-call.ts'
import { recordBatches } from '../../lib/rules/capture/record-batches.ts'
import { hourMs, hourOf, hourPartition, versionPartition } from '../../lib/wiring/capture-layout.ts'
import { unless } from '../on-disk.ts'
import type { CaptureCounts } from './capture-counts.ts'
import { LineFiles } from './line-files.ts'
import { type Batch, PendingCaptures } from './pending-captures.ts'

/** So long a call waits for others, so that they are written at once. */
const gatherMs = 50
/** Files are held open for so long: one that somebody removes meanwhile takes with it what comes until then. */
const heldMs = 1000
/** A disk that takes nothing is told of again after so long. */
const tellAgainMs = 60_000

export interface CaptureFolderProps {
  /** Where `model=…` begins. */
  readonly folder: string
  readonly counts: CaptureCounts
  /** What values are hashed with. */
  readonly key: Uint8Array
  readonly onFault: (fault: unknown) => void
}

/** Recorded calls in files: one an hour and version, appended to by this process alone. */
export class CaptureFolder implements CaptureStore {
  readonly #props: CaptureFolderProps
  readonly #pending = new PendingCaptures()
  readonly #files = new LineFiles()
  /** All that were on their way before, one after the other. */
  #written: Promise<void> = Promise.resolve()
  #gathering: NodeJS.Timeout | undefined
  #closing: NodeJS.Timeout | undefined
  #toldAt = Number.NEGATIVE_INFINITY
  #isStopped = false

  constructor(props: CaptureFolderProps) {
    this.#props = props
  }

  take(call: CapturedCall): void {
    const { counts } = this.#props
    counts.begin(call.model, call.version)
    if (this.#isStopped || !this.#pending.add(call)) counts.lost(call.model, call.version, 1)
    else this.#gathering ??= setTimeout(() => void this.flush(), gatherMs)
  }

  async *read({ model, version, fromMs, untilMs }: CapturedRange): AsyncGenerator<readonly CapturedRecord[]> {
    await this.flush()
    const [from, until] = [new Date(fromMs).toISOString(), new Date(untilMs).toISOString()]
    for (const key of await this.#hours(model, version)) {
      const hour = hourOf(key) ?? 0
      if (hour + hourMs <= fromMs || hour >= untilMs) continue
      for await (const records of recordsIn(join(this.#props.folder, key))) {
        const within = records.filter(({ at }) => at >= from && at < until)
        if (within.length > 0) yield within
      }
    }
  }

  async standing(model: string): Promise<readonly CaptureStanding[]> {
    return this.#props.counts.standing(model)
  }

  async forget({ model, version, beforeMs }: Parameters<CaptureStore['forget']>[0]): Promise<void> {
    for (const key of await this.#hours(model, version)) {
      if ((hourOf(key) ?? Number.POSITIVE_INFINITY) + hourMs > beforeMs) continue
      const hour = join(this.#props.folder, dirname(key))
      await rm(hour, { recursive: true, force: true })
      // The last hour of its day.
      await rmdir(dirname(hour)).catch(unless('ENOTEMPTY', 'ENOENT'))
    }
  }

  /** Write what waits now. It does not wait for what comes meanwhile. */
  async flush(): Promise<void> {
    clearTimeout(this.#gathering)
    this.#gathering = undefined
    const batch = this.#pending.takeAll()
    this.#written = this.#written.then(() => this.#write(batch))
    await this.#written
  }

  /** Write what waits, and nothing more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.flush()
    await this.#close()
    this.#props.counts.stop()
  }

  async #write(batch: Batch): Promise<void> {
    for (const [key, calls] of byFile(batch.calls)) await this.#append(key, calls)
    this.#pending.release(batch)
    if (batch.calls.length > 0) this.#closing ??= setTimeout(() => void this.#close(), heldMs)
  }

  /** Whoever writes next opens them anew. */
  async #close(): Promise<void> {
    clearTimeout(this.#closing)
    this.#closing = undefined
    this.#written = this.#written.then(() => this.#files.close())
    await this.#written
  }

  async #append(key: string, calls: readonly CapturedCall[]): Promise<void> {
    const { folder, counts } = this.#props
    const [{ model, version }] = calls as [CapturedCall]
    const texts = calls.map((call) => this.#linesOf(call)).filter((text) => text !== undefined)
    counts.lost(model, version, calls.length - texts.length)
    try {
      await this.#files.append(join(folder, key), texts.join(''))
      counts.written(model, version, texts.length)
    } catch (fault) {
      counts.lost(model, version, texts.length)
      this.#tell(fault)
    }
  }

  /** @returns undefined for a call that cannot be told, such as one with an answer that is none: it takes no other with it */
  #linesOf(call: CapturedCall): string | undefined {
    try {
      return captureLines(call, this.#props.key)
    } catch (fault) {
      this.#tell(fault)
      return undefined
    }
  }

  #tell(fault: unknown): void {
    if (performance.now() - this.#toldAt < tellAgainMs) return
    this.#toldAt = performance.now()
    this.#props.onFault(fault)
  }

  async #hours(model: string, version: string): Promise<string[]> {
    const partition = versionPartition(model, version)
    const names = await readdir(join(this.#props.folder, partition), { recursive: true }).catch(
      unless('ENOENT'),
    )
    return (names ?? [])
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => `${partition}${name}`)
      .sort()
  }
}

function byFile(calls: readonly CapturedCall[]): Map<string, CapturedCall[]> {
  return Map.groupBy(calls, ({ model, version, atMs }) => `${hourPartition(model, version, atMs)}calls.jsonl`)
}

async function* recordsIn(path: string): AsyncGenerator<CapturedRecord[]> {
  const input = createReadStream(path)
  try {
    yield* recordBatches(createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
  } finally {
    // Whoever has seen enough stops half-way.
    input.destroy()
  }
}
