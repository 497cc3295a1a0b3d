import { createReadStream } from 'node:fs'
import { appendFile, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { CapturedRange, CaptureStanding, CaptureStore } from '../../lambdas/monitoring-ports.ts'
import { captureLines, parseCapturedRecord } from '../../lib/rules/capture/capture-lines.ts'
import type { CapturedCall, CapturedRecord } from '../../lib/rules/capture/captured-call.ts'
import { hourMs, hourOf, hourPartition, versionPartition } from '../../lib/wiring/capture-layout.ts'
import { unless } from '../on-disk.ts'
import type { CaptureCounts } from './capture-counts.ts'
import { PendingCaptures } from './pending-captures.ts'

/** So long a call waits for others, so that they are written at once. */
const gatherMs = 50
/** So many records are handed over at once. */
const batch = 1000
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
  readonly #made = new Set<string>()
  #writing: Promise<void> | undefined
  #toldAt = Number.NEGATIVE_INFINITY
  #isStopping = false
  /** Ends the time that calls are gathered for. */
  #hurry: () => void = () => {}

  constructor(props: CaptureFolderProps) {
    this.#props = props
  }

  take(call: CapturedCall): void {
    this.#props.counts.begin(call.model, call.version)
    if (!this.#pending.add(call)) {
      this.#props.counts.lost(call.model, call.version, 1)
      return
    }
    this.#writing ??= this.#write()
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
      const folder = dirname(key)
      this.#made.delete(folder)
      await rm(join(this.#props.folder, folder), { recursive: true, force: true })
    }
  }

  /** Write what waits now. */
  async flush(): Promise<void> {
    this.#hurry()
    await this.#writing
  }

  /** Write what waits, and nothing more. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.flush()
    this.#props.counts.stop()
  }

  async #write(): Promise<void> {
    do {
      if (!this.#isStopping) await this.#gather()
      for (const [key, calls] of byFile(this.#pending.takeAll())) await this.#append(key, calls)
    } while (!this.#pending.isEmpty)
    this.#writing = undefined
  }

  #gather(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, gatherMs)
      this.#hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #append(key: string, calls: readonly CapturedCall[]): Promise<void> {
    const { folder, counts, key: secret, onFault } = this.#props
    const [{ model, version }] = calls as [CapturedCall]
    try {
      const lines = calls.map((call) => captureLines(call, secret)).join('')
      if (!this.#made.has(dirname(key))) {
        await mkdir(join(folder, dirname(key)), { recursive: true })
        this.#made.add(dirname(key))
      }
      await appendFile(join(folder, key), lines)
      counts.written(model, version, calls.length)
    } catch (fault) {
      this.#made.delete(dirname(key))
      counts.lost(model, version, calls.length)
      if (performance.now() - this.#toldAt < tellAgainMs) return
      this.#toldAt = performance.now()
      onFault(fault)
    }
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
  let records: CapturedRecord[] = []
  const input = createReadStream(path)
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const record = parseCapturedRecord(line)
      if (record !== undefined) records.push(record)
      if (records.length < batch) continue
      yield records
      records = []
    }
    if (records.length > 0) yield records
  } finally {
    // Whoever has seen enough stops half-way.
    input.destroy()
  }
}
