import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Events } from '../../lambdas/ports.ts'
import { eventSchema, type PlatformEvent, type PublishedEvent } from '../../lib/rules/platform-event.ts'
import { until } from '../harness/until.ts'

export interface EventsWorld {
  /** Those of a platform named `test`. */
  readonly events: Events
  /** What was heard so far by somebody who listens from the beginning. */
  heard(): Promise<readonly PublishedEvent[]>
  close(): Promise<void>
}

/** What all events keep their word on, in whatever world. */
export function eventsContract(world: string, make: () => Promise<EventsWorld>): void {
  describe(`the events of ${world}`, () => {
    let made: EventsWorld

    beforeAll(async () => {
      made = await make()
    })
    afterAll(() => made.close())

    const asked = { operation: 'promotion-1', actor: 'ana', reason: 'a better one' }
    const promoted = (version: string): PlatformEvent => ({
      ...asked,
      type: 'Promoted',
      model: 'churn',
      version,
      alias: 'live',
      message: "to 'live'",
    })
    const told = ({ type, ...detail }: PlatformEvent) =>
      expect.objectContaining({
        source: 'sluice',
        'detail-type': type,
        detail: { schemaVersion: 1, platform: 'test', at: expect.any(String), ...detail },
      })

    test('reach whoever listens, with all they tell, and as the schema has them', async () => {
      const event: PlatformEvent = {
        ...asked,
        type: 'Rolled Back',
        model: 'churn',
        version: '1.0.0',
        alias: 'live',
        to: '0.9.0',
        cause: 'verdict',
        message: 'ünï "quoted"',
      }
      await made.events.publish(event)
      await until('it is heard', async () => (await made.heard()).length > 0)
      expect(await made.heard()).toContainEqual(told(event))
      for (const heard of await made.heard()) expect(eventSchema.safeParse(heard).error).toBeUndefined()
    })

    test('tell when they were told, in both places', async () => {
      const before = Date.now()
      await made.events.publish(promoted('9.9.9'))
      const heard = await until('it is heard', async () =>
        (await made.heard()).find(({ detail }) => detail['version'] === '9.9.9'),
      )
      const at = Date.parse(String(heard.detail['at']))
      expect(at).toBeGreaterThanOrEqual(before)
      expect(at).toBeLessThanOrEqual(Date.now())
      expect(Math.floor(Date.parse(heard.time) / 1000)).toBe(Math.floor(at / 1000))
    })

    test('arrive, all of many', async () => {
      const many = Array.from({ length: 25 }, (_, i) => promoted(`1.${i}.0`))
      await Promise.all(many.map((one) => made.events.publish(one)))
      const heard = await until('all are heard', async () => {
        const found = (await made.heard()).filter((one) => one['detail-type'] === 'Promoted')
        return found.length > many.length && found
      })
      expect(heard).toEqual(expect.arrayContaining(many.map(told)))
    })
  })
}
