import type { LiveShadows } from './live-shadows.ts'
import { mostShadowedRecords, type ShadowedCall, type Shadows } from './shadows.ts'

/** So many calls are on their way to shadows at once; those that come meanwhile are dropped. */
const mostAtOnce = 4
/** What was found is written about so often. */
const keepEveryMs = 5000

/** Shadows of a process that lives on after it has answered: it asks them itself. */
export class InProcessShadows implements Shadows {
  readonly #live: LiveShadows
  readonly #onFault: (fault: unknown) => void
  readonly #keeping: NodeJS.Timeout
  #onTheirWay = 0

  constructor(live: LiveShadows, onFault: (fault: unknown) => void) {
    this.#live = live
    this.#onFault = onFault
    this.#keeping = setInterval(() => void this.flush(), keepEveryMs).unref()
  }

  cast(call: ShadowedCall): void {
    // In a turn of its own: the caller's answer is written first.
    setImmediate(() => void this.#cast(call).catch(this.#onFault))
  }

  async #cast(call: ShadowedCall): Promise<void> {
    if (this.#onTheirWay >= mostAtOnce || call.records.length > mostShadowedRecords)
      return this.#live.drop(call, 1)
    this.#onTheirWay += 1
    try {
      await this.#live.ask(call)
    } finally {
      this.#onTheirWay -= 1
    }
  }

  flush(): Promise<void> {
    return this.#live.flush()
  }

  async stop(): Promise<void> {
    clearInterval(this.#keeping)
    await this.flush()
  }
}
