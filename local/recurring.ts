/** Work that is done again and again while a platform runs: never twice at once, and never in the way of anything. */
export class Recurring {
  readonly #work: () => Promise<unknown>
  readonly #onFault: (fault: unknown) => void
  readonly #timer: NodeJS.Timeout
  #running: Promise<void> | undefined

  /** @param everyMs between two beginnings; one that comes while the work is still being done is left out */
  constructor(work: () => Promise<unknown>, everyMs: number, onFault: (fault: unknown) => void) {
    this.#work = work
    this.#onFault = onFault
    this.#timer = setInterval(() => this.#begin(), everyMs).unref()
  }

  /** Begin no more, and wait for what is being done. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }

  #begin(): void {
    if (this.#running !== undefined) return
    this.#running = this.#work()
      .then(() => {}, this.#onFault)
      .finally(() => {
        this.#running = undefined
      })
  }
}
