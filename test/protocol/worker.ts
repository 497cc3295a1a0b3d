import { parentPort } from 'node:worker_threads'
import { type Explored, explore } from './explore.ts'
import { type Protection, type Scenario, World } from './world.ts'

/** A world to walk through, with all its protections or without some. */
export interface Walk {
  readonly scenario: Scenario
  readonly without: readonly Protection[]
}

export interface Walked extends Explored {
  readonly seconds: number
}

parentPort?.on('message', ({ scenario, without }: Walk) => {
  const startedAt = performance.now()
  const explored = explore(new World(scenario, without))
  parentPort?.postMessage({ ...explored, seconds: (performance.now() - startedAt) / 1000 } satisfies Walked)
})
