import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { eventSource } from '../../lib/wiring/event-names.ts'
import type { Events, PlatformEvent } from '../ports.ts'

/** Events on a bus: `detail-type` is the event's type, `detail` everything else. */
export class EventBridge implements Events {
  readonly #client: EventBridgeClient
  readonly #bus: string
  readonly #platform: string

  constructor(client: EventBridgeClient, bus: string, platform: string) {
    this.#client = client
    this.#bus = bus
    this.#platform = platform
  }

  /** Best effort: what cannot be told is logged, and stops nobody. */
  async publish({ type, ...detail }: PlatformEvent): Promise<void> {
    const Detail = JSON.stringify({ platform: this.#platform, ...detail })
    try {
      const { Entries = [] } = await this.#client.send(
        new PutEventsCommand({
          Entries: [{ EventBusName: this.#bus, Source: eventSource, DetailType: type, Detail }],
        }),
      )
      const [refused] = Entries.filter(({ ErrorCode }) => ErrorCode !== undefined)
      if (refused !== undefined) throw new Error(`${refused.ErrorCode}: ${refused.ErrorMessage}`)
    } catch (error) {
      console.error(`the event '${type}' was not published`, Detail, error)
    }
  }
}
