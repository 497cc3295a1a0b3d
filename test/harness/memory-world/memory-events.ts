import type { Clock, Events } from '../../../lambdas/ports.ts'
import { type PlatformEvent, type PublishedEvent, publishedEvent } from '../../../lib/rules/platform-event.ts'

/** Everything that was told, in order. */
export class MemoryEvents implements Events {
  readonly heard: PublishedEvent[] = []
  readonly #platform: string
  readonly #clock: Clock

  constructor(platform: string, clock: Clock) {
    this.#platform = platform
    this.#clock = clock
  }

  async publish(event: PlatformEvent): Promise<void> {
    this.heard.push(publishedEvent(event, this.#platform, new Date(this.#clock.now()).toISOString()))
  }
}
