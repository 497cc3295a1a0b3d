import { bucketEdgeMs, type LatencyHistogram, mergedHistogram, quantileBucket } from './latency-histogram.ts'
import type { ProblemCode } from './problem.ts'
import { problemPages } from './problem-pages.ts'
import type { Variant } from './routing.ts'

/** Traffic is told in slices so long, in milliseconds, and so many of them. */
export const sliceMs = 10_000
export const sliceCount = 60
/** Rates and latencies are those of so many of the last slices: a minute. */
export const rateSlices = 6

/** One answered call of a version. */
export interface AnsweredCall {
  readonly model: string
  readonly version: string
  readonly variant: Variant
  /** The code of the problem that was answered in place of a prediction. */
  readonly problem?: ProblemCode | undefined
  readonly latencyMs: number
}

/** What became of a call: `refused` is the caller's own doing, or that there were too many (4xx). */
export type Fate = 'answered' | 'refused' | 'failed'

export function fateOf(problem: ProblemCode | undefined): Fate {
  if (problem === undefined) return 'answered'
  return problemPages[problem].status >= 500 ? 'failed' : 'refused'
}

/** What was counted of one version as one variant: `sliceCount` slices, the oldest first, the last one still growing. */
export interface CountedTraffic {
  readonly model: string
  readonly version: string
  readonly variant: Variant
  readonly calls: readonly number[]
  readonly refused: readonly number[]
  readonly failed: readonly number[]
  /** Of the last `rateSlices`, of what was answered. */
  readonly latencies: LatencyHistogram
}

/** Traffic as people are told it. */
export interface Traffic {
  /** Of each slice, the oldest first. */
  readonly calls: readonly number[]
  readonly refused: readonly number[]
  readonly failed: readonly number[]
  /** Over the last minute, the calls of the growing slice included. */
  readonly callsPerSecond: number
  /** Of the calls of the last minute; absent where there were none. */
  readonly failedPercent?: number
  /** In milliseconds, at most 19 % too high; absent where nothing was answered in the last minute. */
  readonly p50Ms?: number
  readonly p95Ms?: number
}

export interface VersionTraffic extends Traffic {
  readonly version: string
  readonly variant: Variant
}

export interface ModelTraffic extends Traffic {
  readonly model: string
  readonly versions: readonly VersionTraffic[]
}

/**
 * The traffic of every model that was called lately, the busiest first.
 * @param intoSliceMs how long the last slice has been growing
 */
export function trafficOf(counted: readonly CountedTraffic[], intoSliceMs: number): ModelTraffic[] {
  const overMs = (rateSlices - 1) * sliceMs + Math.max(intoSliceMs, 1)
  const models = Map.groupBy(counted, ({ model }) => model)
  return [...models]
    .map(([model, parts]) => ({
      model,
      ...told(parts, overMs),
      versions: parts.map((part) => ({
        version: part.version,
        variant: part.variant,
        ...told([part], overMs),
      })),
    }))
    .toSorted((a, b) => b.callsPerSecond - a.callsPerSecond || (a.model < b.model ? -1 : 1))
}

function told(parts: readonly CountedTraffic[], overMs: number): Traffic {
  const [calls, refused, failed] = (['calls', 'refused', 'failed'] as const).map((key) =>
    sumOf(parts.map((part) => part[key])),
  ) as [number[], number[], number[]]
  const latencies = mergedHistogram(parts.map((part) => part.latencies))
  const lately = total(calls.slice(-rateSlices))
  const [p50Ms, p95Ms] = [quantileMs(latencies, 0.5), quantileMs(latencies, 0.95)]
  return {
    ...{ calls, refused, failed },
    callsPerSecond: (lately * 1000) / overMs,
    ...(lately > 0 && { failedPercent: (total(failed.slice(-rateSlices)) * 100) / lately }),
    ...(p50Ms !== undefined && { p50Ms }),
    ...(p95Ms !== undefined && { p95Ms }),
  }
}

function sumOf(series: readonly (readonly number[])[]): number[] {
  return Array.from({ length: sliceCount }, (_, i) => total(series.map((one) => one[i] ?? 0)))
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0)
}

function quantileMs(latencies: LatencyHistogram, share: number): number | undefined {
  const bucket = quantileBucket(latencies, share)
  return bucket === undefined ? undefined : bucketEdgeMs(bucket)
}
