import { notedEveryMs, otherCallers, type VersionCall } from '../../lib/rules/calls.ts'
import type { Clock } from '../ports.ts'

/** About 2 MB of names. */
const mostKnown = 10_000

/** Writes one call down. */
export type CallWriter = (call: VersionCall, atMs: number) => void | Promise<void>

/**
 * Which calls are worth a write: the first of each version, caller and way in an hour. Memory is bounded, and so are
 * writes: where more callers come than can be told apart, the rest are noted as `others`, once an hour as well, so that
 * a version is never thought to be without callers.
 */
export class NotedCalls {
  readonly #write: CallWriter
  readonly #clock: Clock
  readonly #most: number
  readonly #onFault: (fault: unknown) => void
  /** When each was noted last. In this order, since whoever is noted again moves to the end. */
  readonly #notedAt = new Map<string, number>()
  #faulty = false

  /** @param onFault told once when calls cannot be written, and again only after they could be */
  constructor(
    write: CallWriter,
    clock: Clock,
    { most = mostKnown, onFault = console.error }: { most?: number; onFault?: (fault: unknown) => void } = {},
  ) {
    this.#write = write
    this.#clock = clock
    this.#most = most
    this.#onFault = onFault
  }

  note(call: VersionCall): void {
    const now = this.#clock.now()
    const key = keyOf(call)
    if (this.#isNoted(key, now)) return
    if (this.#notedAt.has(key) || this.#hasRoom(now)) {
      this.#begin(key, call, now)
      return
    }
    // One for each version and way: as many as versions were released, whoever calls them.
    const others = { ...call, caller: otherCallers }
    const otherKey = keyOf(others)
    if (!this.#isNoted(otherKey, now)) this.#begin(otherKey, others, now)
  }

  #isNoted(key: string, now: number): boolean {
    const at = this.#notedAt.get(key)
    // A clock that was set back tells nothing.
    return at !== undefined && now >= at && now - at < notedEveryMs
  }

  #hasRoom(now: number): boolean {
    if (this.#notedAt.size < this.#most) return true
    for (const [key, at] of this.#notedAt) {
      if (now - at < notedEveryMs) break
      this.#notedAt.delete(key)
    }
    return this.#notedAt.size < this.#most
  }

  #begin(key: string, call: VersionCall, now: number): void {
    this.#notedAt.delete(key)
    this.#notedAt.set(key, now)
    const failed = (fault: unknown) => {
      // Not written: the next call of this caller is to try again.
      if (this.#notedAt.get(key) === now) this.#notedAt.delete(key)
      if (!this.#faulty) this.#onFault(fault)
      this.#faulty = true
    }
    const done = () => {
      this.#faulty = false
    }
    try {
      const writing = this.#write(call, now)
      if (writing === undefined) done()
      else writing.then(done, failed)
    } catch (fault) {
      failed(fault)
    }
  }
}

function keyOf({ model, version, caller, way }: VersionCall): string {
  return `${model} ${version} ${way} ${caller}`
}
