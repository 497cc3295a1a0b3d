import { describe, expect, test } from '@jest/globals'
import { type Protection, protections } from './lax-registry.ts'
import { schedule } from './schedule.ts'

/** A few of the hundred thousand of `npm run test:schedules`: that they hold, replay, and miss each protection. */

describe('schedules of events over the real steps', () => {
  test('keep every promise, and much moves in them', async () => {
    const all = await Promise.all(Array.from({ length: 200 }, (_, i) => schedule(i + 1)))
    expect(all.flatMap(({ fault }) => fault ?? [])).toEqual([])
    expect(all.reduce((sum, { moves }) => sum + moves, 0)).toBeGreaterThan(1200)
  }, 90_000)

  test('are made of their seed alone', async () => {
    expect(await schedule(17)).toEqual(await schedule(17))
    expect((await schedule(17)).head).not.toBe((await schedule(18)).head)
  })

  test.each(Object.keys(protections) as Protection[])(
    'miss the protection %s',
    async (without) => {
      const faults = new Set<string>()
      for (let seed = 1; seed <= 3000 && faults.size === 0; seed += 1) {
        const { fault } = await schedule(seed, without)
        if (fault !== undefined) faults.add(fault)
      }
      expect([...faults]).toHaveLength(1)
    },
    90_000,
  )
})
