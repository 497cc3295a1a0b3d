import { beforeAll, describe, expect, test } from '@jest/globals'
import type { ExtractedMachines } from '../../local/state-machines.ts'
import { machinesOfTemplate } from '../harness/machines.ts'
import { live } from './life.ts'
import type { Plant } from './plants.ts'

/** A few days of `npm run sim`, which lives a thousand: that it runs, that it replays, and that it sees what is wrong. */

let machines: ExtractedMachines

beforeAll(async () => {
  machines = await machinesOfTemplate()
})

describe('a life on the simulated platform', () => {
  test('breaks no promise, and much happens in it', async () => {
    const { violations, counts } = await live(machines, 7, 8)
    expect(violations.map(({ what }) => what)).toEqual([])
    for (const what of ['calls: 200', 'history: released', 'history: promoted', 'history: canary-started'])
      expect(counts.get(what)).toBeGreaterThan(5)
  }, 90_000)

  test('is lived again from its seed, event for event, and another seed is another life', async () => {
    const [first, again, other] = [
      await live(machines, 11, 4),
      await live(machines, 11, 4),
      await live(machines, 12, 4),
    ]
    expect(again).toEqual(first)
    expect(other.trace).not.toBe(first.trace)
  }, 90_000)
})

describe('what is broken by hand is seen, by the promise that it breaks', () => {
  const broken: readonly (readonly [Plant, number, RegExp])[] = [
    ['alias', 5, /^alias: '\w+' of \w+ names [\d.]+, which is FAILED/],
    ['range', 5, /^range: \w+ accepts [\d.]+, which is FAILED/],
    ['asked', 5, /^asked: promotion-planted moved 'live' and was never begun/],
    ['held', 12, /^held: '\w+' was \S+ by \S+ after the answer to its pause/],
    ['agreed', 12, /^agreed: '\w+' was \S+ by \S+, which nobody approved/],
    ['harm', 24, /^harm: \S+ got all traffic/],
    ['claim', 5, /^claim: \S+ was READY as .* and is release-planted's/],
    ['chain', 5, /^chain: \w+ 1 was edited/],
    ['end', 4, /^end: rollback rollback-planted runs though/],
    ['kept', 4, /^kept: rollback rollback-planted was acknowledged/],
    ['rest', 3, /^rest: \S+ stands for \w+ 99\.0\.0/],
    ['call', 5, /^\S+ was answered 200 by [\d.]+: it said .*-1/],
  ]
  test.each(broken)(
    '%s',
    async (plant, days, seen) => {
      const { violations } = await live(machines, 7, days, plant)
      expect(violations.map(({ what }) => what)).toContainEqual(expect.stringMatching(seen))
    },
    90_000,
  )
})
