import type { BodyAs, Line } from './line.ts'
import type { ServerAnswer } from './server-process.ts'

/** Where a line leads whose server answers many at a time. */
interface OpenDestination {
  /** Resolves once the model is there to be asked. */
  ready(): Promise<void>
  send(body: string | Uint8Array, as: BodyAs, timeoutMs: number): Promise<ServerAnswer>
}

/** As many at once as there are connections to a server. */
const mostAtOnce = 64

/**
 * The requests of a version whose server is not ours: each goes to it by itself and at once, since nobody knows how many
 * it answers at a time, nor whether it could read several together.
 */
export class OpenLine implements Line {
  readonly #to: OpenDestination
  #asked = 0

  constructor(to: OpenDestination) {
    this.#to = to
  }

  get length(): number {
    return this.#asked
  }

  hasRoom(): boolean {
    return this.#asked < mostAtOnce
  }

  async ask(
    body: string | Uint8Array,
    _records: number,
    timeoutMs: number,
    as: BodyAs,
  ): Promise<ServerAnswer> {
    const since = performance.now()
    this.#asked += 1
    try {
      await this.#to.ready()
      return await this.#to.send(body, as, Math.max(1, Math.round(timeoutMs - (performance.now() - since))))
    } finally {
      this.#asked -= 1
    }
  }
}
