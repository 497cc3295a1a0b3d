import type { Clock } from '../ports.ts'
import type { LiveShadows } from './live-shadows.ts'
import type { ShadowedCall, ShadowOf } from './shadows.ts'

/**
 * Calls that a router has answered, on their way to whoever asks their shadows. One without any asks for what was found to
 * be written down.
 */
export interface HandedOver {
  /** Delivered twice, it is heard once. */
  readonly id: string
  readonly calls: readonly HandedCall[]
  /** Calls that were to be handed over and are not: too large, too many, or not taken. */
  readonly dropped: readonly DroppedCalls[]
}

/** A call as JSON: its answer as text. */
export type HandedCall = Omit<ShadowedCall, 'answer'> & { readonly answer: string }

export type DroppedCalls = ShadowOf & { readonly calls: number }

/** So many calls of one event are asked at once. */
const mostAtOnce = 4
/** What was found is written about so often: a process that is stopped has about so much in its hands. */
const keepEveryMs = 10_000
const mostRemembered = 1000

/** Asks the shadows of calls that are handed over, event after event. */
export class HandedOverCalls {
  readonly #live: LiveShadows
  readonly #clock: Clock
  readonly #heard = new Set<string>()
  #keptAt = Number.NEGATIVE_INFINITY

  constructor(live: LiveShadows, clock: Clock) {
    this.#live = live
    this.#clock = clock
  }

  /** @param beginUntilMs after this no call is begun with any more, and those that are left are dropped */
  async hear({ id, calls, dropped }: HandedOver, beginUntilMs: number): Promise<void> {
    if (this.#heard.has(id)) return
    this.#remember(id)
    for (const { calls: count, ...of } of dropped) await this.#live.drop(of, count)
    const waiting = [...calls]
    const asking = async () => {
      for (let call = waiting.shift(); call !== undefined; call = waiting.shift())
        if (this.#clock.now() >= beginUntilMs) await this.#live.drop(call, 1)
        else await this.#live.ask({ ...call, answer: new TextEncoder().encode(call.answer) })
    }
    await Promise.all(Array.from({ length: mostAtOnce }, asking))
    const isAskedFor = calls.length + dropped.length === 0
    if (!isAskedFor && this.#clock.now() - this.#keptAt < keepEveryMs) return
    await this.#live.flush()
    this.#keptAt = this.#clock.now()
  }

  #remember(id: string): void {
    this.#heard.add(id)
    if (this.#heard.size <= mostRemembered) return
    const [oldest] = this.#heard
    if (oldest !== undefined) this.#heard.delete(oldest)
  }
}
