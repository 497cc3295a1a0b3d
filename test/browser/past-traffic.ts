import type { Clock } from '../../lambdas/ports.ts'
import { sliceCount, sliceMs } from '../../lib/rules/traffic.ts'
import type { Stage } from '../journeys/stage.ts'

/** A clock that is ten minutes slow when it is made, and right when its ten minutes were lived through. */
export class LateClock implements Clock {
  #lateMs = sliceCount * sliceMs

  now(): number {
    return Date.now() - this.#lateMs
  }

  /** A slice of traffic passes. */
  pass(): void {
    this.#lateMs -= sliceMs
  }
}

/** Who calls a model, slice by slice. */
export interface Callers {
  readonly model: string
  /** Calls in a slice, about which it swings. */
  readonly calls: number
  /** What is sent in the nth call. @default a number that every model here takes */
  readonly record?: (nth: number) => unknown
}

/** Live through some of the ten minutes: every call is a real one, only the clock runs quickly. */
export async function liveThrough(
  stage: Stage,
  clock: LateClock,
  all: readonly Callers[],
  slices = sliceCount,
): Promise<void> {
  let nth = 0
  for (let slice = 1; slice < slices; slice += 1) {
    for (const { model, calls, record = (n: number) => ({ x: n }) } of all) {
      const swing = 1 + 0.35 * Math.sin(slice / 9 + model.length) + 0.25 * Math.sin(slice / 2.3 + calls)
      const count = Math.round(calls * swing)
      await Promise.all(
        Array.from({ length: count }, () => {
          nth += 1
          return stage.ask(model, '', [record(nth)])
        }),
      )
    }
    clock.pass()
  }
  clock.pass()
}
