import type { CapturedCall } from '../../lib/rules/capture/captured-call.ts'

/** What is not written yet may take about so much memory, in bytes. */
const mostBytes = 16 << 20
/** What a call takes beside what it asks and is answered. */
const callBytes = 1000
const valueBytes = 16
/** A character of a text takes up to two. */
const characterBytes = 2

/** Calls that are on their way to the disk. */
export interface Batch {
  readonly calls: readonly CapturedCall[]
  readonly bytes: number
}

/**
 * Recorded calls that are not written yet: bounded, those on their way included, since a disk that is slow must not take
 * the platform's memory.
 */
export class PendingCaptures {
  #calls: CapturedCall[] = []
  /** Of those that wait, and of all that are not written. */
  #waitingBytes = 0
  #bytes = 0

  /** @returns false where there is no room for it */
  add(call: CapturedCall): boolean {
    const bytes = sizeOf(call)
    if (this.#bytes + bytes > mostBytes) return false
    this.#calls.push(call)
    this.#waitingBytes += bytes
    this.#bytes += bytes
    return true
  }

  /** All that wait: they are on their way now. */
  takeAll(): Batch {
    const batch = { calls: this.#calls, bytes: this.#waitingBytes }
    this.#calls = []
    this.#waitingBytes = 0
    return batch
  }

  /** They are written, or lost: their room is free again. */
  release({ bytes }: Batch): void {
    this.#bytes -= bytes
  }
}

/** About what a call takes. Records are not walked through: the first stands for the others, and the body for their texts. */
function sizeOf({ asked, answer }: CapturedCall): number {
  const answered = answer?.byteLength ?? 0
  if ('body' in asked) return callBytes + asked.body.byteLength + answered
  const [first = {}] = asked.records
  let values = 0
  for (const value of Object.values(first)) values += Array.isArray(value) ? value.length : 1
  const ofValues = asked.records.length * (values + 1) * valueBytes
  return callBytes + Math.max(ofValues, (asked.bodyBytes ?? 0) * characterBytes) + answered
}
