import { parentPort, workerData } from 'node:worker_threads'
import type { ExtractedMachines } from '../../local/state-machines.ts'
import { type Life, live } from './life.ts'
import type { Plant } from './plants.ts'

/** A life to be lived on a thread of its own. */
export interface Birth {
  readonly seed: number
  readonly days: number
  readonly plant?: Plant
}

export interface Lived extends Birth {
  readonly life: Life
}

parentPort?.on('message', async ({ seed, days, plant }: Birth) => {
  const life = await live(workerData as ExtractedMachines, seed, days, plant)
  parentPort?.postMessage({ seed, days, life } satisfies Lived)
})
