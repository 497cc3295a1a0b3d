import type { Events, PlatformEvent } from '../lambdas/ports.ts'

/** Events for whoever listens in this process: the console of `sluice up`, today. */
export class EventLog implements Events {
  readonly #listeners: ((event: PlatformEvent) => void)[] = []

  async publish(event: PlatformEvent): Promise<void> {
    for (const listener of this.#listeners) listener(event)
  }

  listen(listener: (event: PlatformEvent) => void): void {
    this.#listeners.push(listener)
  }
}
