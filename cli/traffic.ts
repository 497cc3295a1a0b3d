import { setTimeout as pause } from 'node:timers/promises'
import type { PlatformClient } from './platform-client.ts'

/** What an application has seen so far. */
export interface Tally {
  /** Answers by version, failed ones apart: `1.1.0`, `1.2.0 failed`. */
  readonly answers: ReadonlyMap<string, number>
  readonly failed: number
  readonly total: number
}

/** An application that keeps asking the live alias, a few callers at a time. */
export class Traffic {
  readonly #platform: PlatformClient
  readonly #model: string
  readonly #rows: readonly unknown[]
  readonly #answers = new Map<string, number>()
  readonly #callers: Promise<void>[]
  #failed = 0
  #total = 0
  #stopping = false

  /** @param pauseMs how long each caller rests between two calls */
  constructor(
    platform: PlatformClient,
    model: string,
    rows: readonly unknown[],
    callers: number,
    pauseMs: number,
  ) {
    this.#platform = platform
    this.#model = model
    this.#rows = rows
    this.#callers = Array.from({ length: callers }, () => this.#call(pauseMs))
  }

  /** What was answered since the last look. */
  look(): Tally {
    const tally = { answers: new Map(this.#answers), failed: this.#failed, total: this.#total }
    this.#answers.clear()
    this.#failed = 0
    this.#total = 0
    return tally
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#callers)
  }

  async #call(pauseMs: number): Promise<void> {
    while (!this.#stopping) {
      const row = JSON.stringify(this.#rows[this.#total % this.#rows.length])
      this.#total += 1
      const { status, headers } = await this.#platform.invoke(this.#model, '', row, 'application/json')
      const version = headers.get('model-version') ?? `status ${status}`
      const key = status === 200 ? version : `${version} failed`
      this.#answers.set(key, (this.#answers.get(key) ?? 0) + 1)
      if (status !== 200) this.#failed += 1
      await pause(pauseMs)
    }
  }
}
