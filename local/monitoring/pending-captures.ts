import type { CapturedCall } from '../../lib/rules/capture/captured-call.ts'

/** What waits to be written may take about so much memory, in bytes. */
const mostBytes = 16 << 20
/** What a call takes beside what it asks and is answered. */
const callBytes = 1000
const valueBytes = 16

/** Recorded calls that wait to be written: bounded, since a disk that is slow must not take the platform's memory. */
export class PendingCaptures {
  #calls: CapturedCall[] = []
  #bytes = 0

  get isEmpty(): boolean {
    return this.#calls.length === 0
  }

  /** @returns false where there is no room for it */
  add(call: CapturedCall): boolean {
    const bytes = sizeOf(call)
    if (this.#bytes + bytes > mostBytes) return false
    this.#calls.push(call)
    this.#bytes += bytes
    return true
  }

  /** All of them, which wait no more. */
  takeAll(): readonly CapturedCall[] {
    const calls = this.#calls
    this.#calls = []
    this.#bytes = 0
    return calls
  }
}

/** About what a call takes. Records are not walked through: the first stands for the others. */
function sizeOf({ asked, answer }: CapturedCall): number {
  const answered = answer?.byteLength ?? 0
  if ('body' in asked) return callBytes + asked.body.byteLength + answered
  const [first = {}] = asked.records
  let values = 0
  for (const value of Object.values(first))
    values += Array.isArray(value) ? value.length : typeof value === 'string' ? value.length : 1
  return callBytes + asked.records.length * (values + 1) * valueBytes + answered
}
