import { parentPort } from 'node:worker_threads'
import type { Protection } from './lax-registry.ts'
import { type Scheduled, schedule } from './schedule.ts'

/** Schedules with seeds that follow each other. */
export interface Batch {
  readonly first: number
  readonly count: number
  readonly without?: Protection
}

parentPort?.on('message', async ({ first, count, without }: Batch) => {
  const scheduled: Scheduled[] = []
  for (let seed = first; seed < first + count; seed += 1) scheduled.push(await schedule(seed, without))
  parentPort?.postMessage(scheduled)
})
