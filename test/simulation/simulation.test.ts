import { beforeAll, describe, expect, test } from '@jest/globals'
import type { ExtractedMachines } from '../../local/state-machines.ts'
import { machinesOfTemplate } from '../harness/machines.ts'
import { live } from './life.ts'

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
