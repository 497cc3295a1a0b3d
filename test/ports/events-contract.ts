import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Events, PlatformEvent } from '../../lambdas/ports.ts'
import { until } from '../harness/until.ts'

export interface EventsWorld {
  readonly events: Events
  /** What was heard so far by somebody who listens from the beginning. */
  heard(): Promise<readonly PlatformEvent[]>
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

    const event = (facts: Partial<PlatformEvent>): PlatformEvent => ({
      type: 'Promoted',
      model: 'churn',
      version: '1.0.0',
      detail: "to 'live'",
      ...facts,
    })

    test('reach whoever listens, with all they tell', async () => {
      const told = event({ type: 'Rolled Back', detail: 'ünï "quoted"', operation: 'promotion-1' })
      await made.events.publish(told)
      await until('it is heard', async () => (await made.heard()).length > 0)
      expect(await made.heard()).toContainEqual(told)
    })

    test('arrive, all of many', async () => {
      const many = Array.from({ length: 25 }, (_, i) => event({ version: `1.${i}.0` }))
      await Promise.all(many.map((one) => made.events.publish(one)))
      const heard = await until('all are heard', async () => {
        const found = (await made.heard()).filter(({ type }) => type === 'Promoted')
        return found.length >= many.length && found
      })
      expect(heard).toEqual(expect.arrayContaining(many))
    })
  })
}
