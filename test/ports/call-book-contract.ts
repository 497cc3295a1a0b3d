import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { CallBook } from '../../lambdas/ports.ts'
import { callerKeptDays, type VersionCall } from '../../lib/rules/calls.ts'
import { until } from '../harness/until.ts'

export interface CallBookWorld {
  /** A book of one process over what all of them share, by a clock of the test's. */
  open(clock: { now(): number }): CallBook
  close(): Promise<void>
}

const dayMs = 24 * 3600 * 1000

/** What every book of callers keeps its word on, in whatever world. */
export function callBookContract(world: string, make: () => Promise<CallBookWorld>): void {
  describe(`the call book of ${world}`, () => {
    let made: CallBookWorld
    let now = Date.parse('2026-03-01T10:00:00Z')
    const clock = { now: () => now }

    beforeAll(async () => {
      made = await make()
    })
    afterAll(() => made.close())

    const call = (model: string, facts: Partial<VersionCall> = {}): VersionCall => ({
      model,
      version: '1.0.0',
      caller: 'shop',
      way: 'version',
      ...facts,
    })

    /** Note a call, and wait until everybody knows. */
    async function note(book: CallBook, noted: VersionCall): Promise<void> {
      const at = new Date(now).toISOString()
      book.note(noted)
      await until('the call is noted', async () =>
        (await book.of(noted.model)).some((one) => one.caller === noted.caller && one.lastAt >= at),
      )
    }

    test('knows nobody of a model that nobody called', async () => {
      expect(await made.open(clock).of('silent')).toEqual([])
    })

    test('tells versions, ways and callers apart, and models from each other', async () => {
      const book = made.open(clock)
      await note(book, call('apart'))
      now += 1000
      await note(book, call('apart', { version: '1.1.0', way: 'range', caller: '123456789012:role/a#b c' }))
      now += 1000
      await note(book, call('apart', { way: 'alias', caller: 'ada' }))
      await note(book, call('apart-too', { caller: 'eve' }))
      const found = await book.of('apart')
      expect(found.map(({ lastAt: _, ...one }) => one)).toEqual([
        { version: '1.0.0', caller: 'ada', way: 'alias' },
        { version: '1.1.0', caller: '123456789012:role/a#b c', way: 'range' },
        { version: '1.0.0', caller: 'shop', way: 'version' },
      ])
      expect(found[0]?.lastAt).toBe(new Date(now).toISOString())
    })

    test('is one for all processes, and an earlier call does not undo a later one', async () => {
      const [one, other] = [made.open(clock), made.open(clock)]
      await note(one, call('shared'))
      const early = now
      now += 7200 * 1000
      await note(one, call('shared'))
      const late = new Date(now).toISOString()
      now = early + 1
      other.note(call('shared'))
      // What comes after it is there, so it has been as well.
      await note(other, call('shared', { caller: 'last' }))
      const shop = (await other.of('shared')).filter(({ caller }) => caller === 'shop')
      expect(shop.map(({ lastAt }) => lastAt)).toEqual([late])
      now = Date.parse(late)
    })

    test('forgets who has not called for so long', async () => {
      const book = made.open(clock)
      await note(book, call('forgotten'))
      now += callerKeptDays * dayMs
      expect(await book.of('forgotten')).toHaveLength(1)
      now += 1
      expect(await book.of('forgotten')).toEqual([])
    })
  })
}
