import type { CapturedRecord } from '../capture/captured-call.ts'
import type { InputRecord } from '../request-records.ts'
import type { LeftOut } from './replay-gate.ts'

/** A recorded request that can be sent anew. */
export type RecordedRow = Pick<CapturedRecord, 'at' | 'requestId' | 'row'> & { readonly inputs: InputRecord }

/** What is held at once takes about so much memory, in bytes. */
const mostBytes = 64 << 20
const rowBytes = 300
const valueBytes = 16

/** The newest of all rows that are added, in whatever order they come, in bounded memory; and how many were left out. */
export class NewestRows {
  readonly #most: number
  readonly #leftOut = new Map<string, number>()
  #rows: RecordedRow[] = []
  #bytes = 0

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return Math.min(this.#rows.length, this.#most)
  }

  add({ at, requestId, row, inputs }: RecordedRow): void {
    this.#rows.push({ at, requestId, row, inputs })
    this.#bytes += bytesOf(inputs)
    if (this.#rows.length > 2 * this.#most + 1000 || this.#bytes > 2 * mostBytes) this.#cut()
  }

  leaveOut(why: string): void {
    this.#leftOut.set(why, (this.#leftOut.get(why) ?? 0) + 1)
  }

  get leftOut(): readonly LeftOut[] {
    return [...this.#leftOut].map(([why, rows]) => ({ why, rows }))
  }

  /** Those that stay, the newest first. */
  newest(): readonly RecordedRow[] {
    this.#cut()
    return this.#rows
  }

  #cut(): void {
    const kept = this.#rows.toSorted(newestFirst).slice(0, this.#most)
    let bytes = 0
    const beyond = kept.findIndex(({ inputs }) => {
      bytes += bytesOf(inputs)
      return bytes > mostBytes
    })
    this.#rows = beyond < 0 ? kept : kept.slice(0, Math.max(1, beyond))
    this.#bytes = this.#rows.reduce((sum, { inputs }) => sum + bytesOf(inputs), 0)
  }
}

/** Rows of one moment in the order of their names, so that the same rows come out however they were read. */
function newestFirst(one: RecordedRow, other: RecordedRow): number {
  if (one.at !== other.at) return one.at < other.at ? 1 : -1
  if (one.requestId !== other.requestId) return one.requestId < other.requestId ? 1 : -1
  return other.row - one.row
}

function bytesOf(inputs: InputRecord): number {
  return rowBytes + Object.values(inputs).reduce<number>((sum, value) => sum + sizeOf(value), 0)
}

/** About what a value takes: of nested lists the first stands for the others. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return valueBytes + 2 * value.length
  return Array.isArray(value) ? valueBytes + value.length * sizeOf(value[0]) : valueBytes
}
