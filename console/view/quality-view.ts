import type { Estimate } from '../../lib/rules/quality/interval.ts'
import { betterWay, type QualityMetric, type QualityReport } from '../../lib/rules/quality/quality-report.ts'

/** `GET /models/{model}/quality`. */
export interface ModelQuality {
  readonly versions: readonly {
    readonly version: string
    readonly outputs: readonly (QualityReport & { readonly output: string; readonly medianLateMs: number })[]
  }[]
  readonly unmatched: number
}

/** One metric of one output, version against version. */
export interface MetricView {
  readonly output: string
  readonly metric: QualityMetric
  readonly better: string
  readonly lines: readonly MetricLine[]
}

export interface MetricLine {
  readonly version: string
  readonly text: string
  readonly pairs: number
  /** Where the value and its interval lie, 0 to 1 between all that is shown. */
  readonly at: number
  readonly from: number
  readonly to: number
}

/** Every metric of every output, with the versions that it is known of. */
export function metricViews({ versions }: ModelQuality): MetricView[] {
  const known = versions.flatMap(({ version, outputs }) =>
    outputs.flatMap(({ output, metrics, pairs }) =>
      Object.entries(metrics).map(([metric, estimate]) => ({
        ...{ version, output, pairs, estimate },
        metric: metric as QualityMetric,
      })),
    ),
  )
  const groups = Map.groupBy(known, ({ output, metric }) => `${output} ${metric}`)
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const place = placing(group.map(({ estimate }) => estimate))
    return [
      {
        ...{ output: first.output, metric: first.metric, better: betterWay[first.metric] },
        lines: group.map(({ version, pairs, estimate: { value, low = value, high = value } }) => ({
          ...{ version, pairs, text: estimateText({ value, low, high }) },
          ...{ at: place(value), from: place(low), to: place(high) },
        })),
      },
    ]
  })
}

/** One scale for all: from the lowest end to the highest, with a tenth of room on either side. */
function placing(estimates: readonly Estimate[]): (value: number) => number {
  const ends = estimates.flatMap(({ value, low = value, high = value }) => [low, high])
  const [least, most] = [Math.min(...ends), Math.max(...ends)]
  const width = most - least
  if (width === 0) return () => 0.5
  return (value) => 0.1 + (0.8 * (value - least)) / width
}

/** `0.912 (0.894 to 0.930)`. */
export function estimateText({ value, low, high }: Estimate): string {
  const number = (one: number) => (Math.abs(one) >= 100 ? one.toFixed(1) : one.toFixed(3))
  if (low === undefined || high === undefined || low === high) return number(value)
  return `${number(value)} (${number(low)} to ${number(high)})`
}
