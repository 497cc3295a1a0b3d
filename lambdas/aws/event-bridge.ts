import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { type PlatformEvent, publishedEvent } from '../../lib/rules/platform-event.ts'
import type { Clock, Events } from '../ports.ts'

/** Events on a bus: `detail-type` is the event's type, `detail` everything else, as docs/events.md has it. */
export class EventBridge implements Events {
  readonly #client: EventBridgeClient
  readonly #bus: string
  readonly #platform: string
  readonly #clock: Clock

  constructor(client: EventBridgeClient, bus: string, platform: string, clock: Clock) {
    this.#client = client
    this.#bus = bus
    this.#platform = platform
    this.#clock = clock
  }

  /** Best effort: what cannot be told is logged, and stops nobody. */
  async publish(event: PlatformEvent): Promise<void> {
    const now = new Date(this.#clock.now())
    const { source, detail, ...published } = publishedEvent(event, this.#platform, now.toISOString())
    const type = published['detail-type']
    const Detail = JSON.stringify(detail)
    try {
      const { Entries = [] } = await this.#client.send(
        new PutEventsCommand({
          Entries: [{ EventBusName: this.#bus, Source: source, DetailType: type, Time: now, Detail }],
        }),
      )
      const [refused] = Entries.filter(({ ErrorCode }) => ErrorCode !== undefined)
      if (refused !== undefined) throw new Error(`${refused.ErrorCode}: ${refused.ErrorMessage}`)
    } catch (error) {
      console.error(`the event '${type}' was not published`, Detail, error)
    }
  }
}
