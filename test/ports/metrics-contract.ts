import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Metrics, Outcome } from '../../lambdas/ports.ts'
import { countOf, latencyBucket } from '../../lib/rules/latency-histogram.ts'
import type { VariantCounts } from '../../lib/rules/verdict.ts'

export interface MetricsWorld {
  readonly metrics: Metrics
  /** The same counters for another process, after this one has ended in peace. */
  reopen(): Promise<Metrics>
  close(): Promise<void>
}

const served = { model: 'churn', version: '1.1.0' }

type Tally = Omit<VariantCounts, 'latency'>
const none: Tally = { requests: 0, errors: 0, callers: 0, failedCallers: 0 }

/** What all counters of outcomes keep their word on, in whatever world. */
export function metricsContract(world: string, make: () => Promise<MetricsWorld>): void {
  describe(`the metrics of ${world}`, () => {
    let made: MetricsWorld
    let metrics: Metrics
    let rollouts = 0

    beforeAll(async () => {
      made = await make()
      metrics = made.metrics
    })
    afterAll(() => made.close())

    /** A rollout of its own for each case. */
    function newRollout() {
      rollouts += 1
      const rollout = `rollout-${rollouts}`
      return {
        rollout,
        count: (outcome: Partial<Outcome>) =>
          metrics.count({
            ...served,
            rollout,
            step: 0,
            variant: 'canary',
            failed: false,
            latencyMs: 3,
            ...outcome,
          }),
        /** What was counted of a step, without the latencies. */
        tally: async (step: number) => {
          const counts = (await metrics.counts(rollout))?.get(step)
          const plain = (counted?: VariantCounts): Tally => {
            if (counted === undefined) return none
            const { latency: _, ...tally } = counted
            return tally
          }
          return { canary: plain(counts?.canary), stable: plain(counts?.stable) }
        },
      }
    }

    test('of a rollout that nobody called are readable, and nothing', async () => {
      const { rollout, tally } = newRollout()
      expect(await metrics.counts(rollout)).toBeDefined()
      expect(await tally(0)).toEqual({ canary: none, stable: none })
    })

    test('tell the variants and the steps apart', async () => {
      const { count, tally } = newRollout()
      await count({})
      await count({ failed: true })
      await count({ variant: 'stable' })
      await count({ step: 1 })
      await count({ step: 1, variant: 'stable', failed: true })
      await count({ step: 1, variant: 'stable', failed: true })
      expect(await tally(0)).toEqual({
        canary: { ...none, requests: 2, errors: 1 },
        stable: { ...none, requests: 1 },
      })
      expect(await tally(1)).toEqual({
        canary: { ...none, requests: 1 },
        stable: { ...none, requests: 2, errors: 2 },
      })
      expect(await tally(2)).toEqual({ canary: none, stable: none })
    })

    test('count for the step in which a call was made, however late they come', async () => {
      const { count, tally } = newRollout()
      await count({ step: 1 })
      await count({ step: 0, failed: true })
      expect((await tally(0)).canary).toEqual({ ...none, requests: 1, errors: 1 })
      expect((await tally(1)).canary).toEqual({ ...none, requests: 1 })
    })

    test('tell rollouts apart', async () => {
      const [one, two] = [newRollout(), newRollout()]
      await one.count({ caller: 'a' })
      await two.count({ caller: 'a', failed: true })
      expect((await one.tally(0)).canary).toEqual({ ...none, callers: 1 })
      expect((await two.tally(0)).canary).toEqual({ ...none, callers: 1, failedCallers: 1 })
    })

    test('count a caller once in a step, however often it calls', async () => {
      const { count, tally } = newRollout()
      for (const caller of ['a', 'b', 'a', 'a', 'b']) await count({ caller })
      await count({ caller: 'c', variant: 'stable' })
      await count({ caller: 'a', step: 1 })
      expect(await tally(0)).toEqual({ canary: { ...none, callers: 2 }, stable: { ...none, callers: 1 } })
      expect((await tally(1)).canary).toEqual({ ...none, callers: 1 })
    })

    test('count the first error of a caller, over the whole rollout', async () => {
      const { count, tally } = newRollout()
      await count({ caller: 'a' })
      await count({ caller: 'a', failed: true })
      await count({ caller: 'a', failed: true })
      await count({ caller: 'b', failed: true })
      await count({ caller: 'a', step: 1, failed: true })
      await count({ caller: 'c', step: 1, failed: true })
      expect((await tally(0)).canary).toEqual({ ...none, callers: 2, failedCallers: 2 })
      expect((await tally(1)).canary).toEqual({ ...none, callers: 2, failedCallers: 1 })
    })

    test('put latencies into their buckets', async () => {
      const { rollout, count } = newRollout()
      for (const latencyMs of [0, 0.05, 3, 3, 250, 1e9]) await count({ latencyMs })
      await count({ latencyMs: 42, variant: 'stable', caller: 'a' })
      const counts = (await metrics.counts(rollout))?.get(0)
      expect(counts?.canary.latency).toEqual({
        [latencyBucket(0)]: 2,
        [latencyBucket(3)]: 2,
        [latencyBucket(250)]: 1,
        [latencyBucket(1e9)]: 1,
      })
      expect(counts?.stable.latency).toEqual({ [latencyBucket(42)]: 1 })
    })

    test('take no latency from a call that failed: one that fails fast is not fast', async () => {
      const { rollout, count } = newRollout()
      await count({ latencyMs: 1, failed: true })
      await count({ latencyMs: 1, failed: true, caller: 'a' })
      await count({ latencyMs: 80 })
      const counts = (await metrics.counts(rollout))?.get(0)
      expect(counts?.canary.latency).toEqual({ [latencyBucket(80)]: 1 })
    })

    test('lose none of many that come at once', async () => {
      const { rollout, count, tally } = newRollout()
      const outcomes = Array.from({ length: 500 }, (_, i) =>
        count({
          variant: i % 5 === 0 ? 'canary' : 'stable',
          failed: i % 50 === 0,
          ...(i % 2 === 0 && { caller: `caller-${i % 20}` }),
        }),
      )
      await Promise.all(outcomes)
      expect(await tally(0)).toEqual({
        canary: { requests: 50, errors: 0, callers: 2, failedCallers: 2 },
        stable: { requests: 200, errors: 0, callers: 8, failedCallers: 0 },
      })
      const counts = (await metrics.counts(rollout))?.get(0)
      expect(countOf(counts?.stable.latency ?? {})).toBe(400)
    })

    test('are known to the next process, and who was counted already', async () => {
      const { rollout, count, tally } = newRollout()
      await count({ caller: 'a', failed: true })
      await count({ caller: 'b' })
      await count({ variant: 'stable', latencyMs: 12 })
      const before = await tally(0)
      const latency = (await metrics.counts(rollout))?.get(0)?.stable.latency
      metrics = await made.reopen()
      expect(await tally(0)).toEqual(before)
      expect((await metrics.counts(rollout))?.get(0)?.stable.latency).toEqual(latency)
      await count({ caller: 'a', failed: true })
      await count({ caller: 'b', failed: true })
      await count({ step: 1, caller: 'a', failed: true })
      expect((await tally(0)).canary).toEqual({ ...none, callers: 2, failedCallers: 2 })
      expect((await tally(1)).canary).toEqual({ ...none, callers: 1 })
    })
  })
}
