import type { Clock, Events } from '../lambdas/ports.ts'
import { type PlatformEvent, type PublishedEvent, publishedEvent } from '../lib/rules/platform-event.ts'

/** Events for whoever listens in this process: the console of `sluice up`, today. They look as on an event bus. */
export class EventLog implements Events {
  readonly #listeners: ((event: PublishedEvent) => void)[] = []
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

  listen(listener: (event: PublishedEvent) => void): void {
    this.#listeners.push(listener)
  }
}
