import type { LiveEvents } from '../lambdas/control/live-routes.ts'
import type { Clock, Events } from '../lambdas/ports.ts'
import { type PlatformEvent, type PublishedEvent, publishedEvent } from '../lib/rules/platform-event.ts'

/** Events for whoever listens: the terminal of `sluice up`, and open pages. They look as on an event bus. */
export class EventLog implements Events, LiveEvents {
  readonly #listeners = new Set<(event: PublishedEvent) => void>()
  readonly #ending = new AbortController()
  readonly ended: AbortSignal = this.#ending.signal
  readonly #platform: string
  readonly #clock: Clock

  constructor(platform: string, clock: Clock) {
    this.#platform = platform
    this.#clock = clock
  }

  async publish(event: PlatformEvent): Promise<void> {
    const published = publishedEvent(event, this.#platform, new Date(this.#clock.now()).toISOString())
    for (const listener of this.#listeners) listener(published)
  }

  listen(listener: (event: PublishedEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** End the connections of those who listen from elsewhere. */
  stop(): void {
    this.#ending.abort()
  }
}
