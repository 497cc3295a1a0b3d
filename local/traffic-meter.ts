import type { Clock, TrafficBook } from '../lambdas/ports.ts'
import { latencyBucket, latencyBuckets } from '../lib/rules/latency-histogram.ts'
import type { Variant } from '../lib/rules/routing.ts'
import {
  type AnsweredCall,
  type CountedTraffic,
  fateOf,
  type ModelTraffic,
  rateSlices,
  sliceCount,
  sliceMs,
  trafficOf,
} from '../lib/rules/traffic.ts'

/**
 * Traffic in memory: a ring of slices for each version that was called in the last ten minutes, 2.7 kB each. A platform that ends
 * forgets it.
 */
export class TrafficMeter implements TrafficBook {
  readonly #clock: Clock
  readonly #rings = new Map<string, Ring>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  note({ model, version, variant, problem, latencyMs }: AnsweredCall): void {
    const name = `${model} ${version} ${variant}`
    let ring = this.#rings.get(name)
    if (ring === undefined) {
      ring = new Ring(model, version, variant)
      this.#rings.set(name, ring)
    }
    ring.turnTo(sliceOf(this.#clock.now()))
    const fate = fateOf(problem)
    ring.count(fate, latencyMs)
  }

  recent(): readonly ModelTraffic[] {
    const now = this.#clock.now()
    for (const [name, ring] of this.#rings) {
      ring.turnTo(sliceOf(now))
      if (ring.isSilent) this.#rings.delete(name)
    }
    return trafficOf(
      [...this.#rings.values()].map((ring) => ring.counted()),
      now % sliceMs,
    )
  }
}

function sliceOf(ms: number): number {
  return Math.floor(ms / sliceMs)
}

class Ring {
  readonly #of: { readonly model: string; readonly version: string; readonly variant: Variant }
  readonly #calls = new Uint32Array(sliceCount)
  readonly #refused = new Uint32Array(sliceCount)
  readonly #failed = new Uint32Array(sliceCount)
  readonly #latencies = new Uint32Array(rateSlices * latencyBuckets)
  #slice = 0

  constructor(model: string, version: string, variant: Variant) {
    this.#of = { model, version, variant }
  }

  /** The slices between the last one and this are empty. A clock that was set back goes on in the slice it was in. */
  turnTo(slice: number): void {
    if (slice <= this.#slice) return
    for (let next = Math.max(this.#slice + 1, slice - sliceCount + 1); next <= slice; next += 1) {
      const place = next % sliceCount
      this.#calls[place] = 0
      this.#refused[place] = 0
      this.#failed[place] = 0
      const first = (next % rateSlices) * latencyBuckets
      this.#latencies.fill(0, first, first + latencyBuckets)
    }
    this.#slice = slice
  }

  count(fate: ReturnType<typeof fateOf>, latencyMs: number): void {
    const place = this.#slice % sliceCount
    add(this.#calls, place)
    if (fate === 'refused') add(this.#refused, place)
    else if (fate === 'failed') add(this.#failed, place)
    else add(this.#latencies, (this.#slice % rateSlices) * latencyBuckets + latencyBucket(latencyMs))
  }

  get isSilent(): boolean {
    return this.#calls.every((count) => count === 0)
  }

  counted(): CountedTraffic {
    const latencies: Record<number, number> = {}
    this.#latencies.forEach((count, i) => {
      const bucket = i % latencyBuckets
      if (count > 0) latencies[bucket] = (latencies[bucket] ?? 0) + count
    })
    const inOrder = (counts: Uint32Array) =>
      Array.from({ length: sliceCount }, (_, i) => counts[(this.#slice + 1 + i) % sliceCount] ?? 0)
    return {
      ...this.#of,
      calls: inOrder(this.#calls),
      refused: inOrder(this.#refused),
      failed: inOrder(this.#failed),
      latencies,
    }
  }
}

function add(counts: Uint32Array, place: number): void {
  counts[place] = (counts[place] ?? 0) + 1
}
