import { sparkBars } from '../../lib/rules/monitoring/spark-bars.ts'
import { counted } from '../../lib/rules/problem.ts'
import type { ModelTraffic, Traffic } from '../../lib/rules/traffic.ts'
import type { ModelSummary } from '../platform-client.ts'
import { table } from './talk.ts'

/** A model, and what is asked of it; traffic is absent where nobody called it in the last ten minutes. */
export interface Watched extends ModelSummary {
  readonly traffic?: ModelTraffic
}

const headings = ['MODEL', 'SERVES', 'CALLS/S', 'REFUSED', 'FAILED', 'P50 MS', 'P95 MS', 'LAST 10 MINUTES']
/** Two slices a character. */
const slicesPerBar = 2

/** Models with their traffic, the busiest first, then those that nobody calls, by name. */
export function watched(models: readonly ModelSummary[], traffic: readonly ModelTraffic[]): Watched[] {
  const names = new Map(models.map((summary) => [summary.model, summary]))
  const called = traffic.flatMap((one) => {
    const summary = names.get(one.model)
    names.delete(one.model)
    return summary === undefined ? [] : [{ ...summary, traffic: one }]
  })
  return [...called, ...[...names.values()].toSorted((a, b) => (a.model < b.model ? -1 : 1))]
}

/**
 * Models as a table: a line each, and below it a line for each version where several are called.
 * @param lines as many at most; what has no room is counted @default all
 */
export function topText(models: readonly Watched[], lines = Number.POSITIVE_INFINITY): string {
  const groups = models.map(rowsOf)
  const rows: string[][] = []
  let shown = 0
  for (const group of groups) {
    // The heading, and the line that counts the others.
    if (rows.length + group.length > lines - 2) break
    rows.push(...group)
    shown += 1
  }
  const others = models.length - shown
  return [table(headings, rows), ...(others > 0 ? [`… and ${counted(others, 'more model')}`] : [])].join('\n')
}

/** One line on all of them. */
export function topSentence(models: readonly Watched[]): string {
  const traffic = models.flatMap((one) => one.traffic ?? [])
  const rate = traffic.reduce((sum, { callsPerSecond }) => sum + callsPerSecond, 0)
  const failed = traffic.reduce(
    (sum, { callsPerSecond, failedPercent = 0 }) => sum + callsPerSecond * failedPercent,
    0,
  )
  const share = rate > 0 ? `, ${percentText(failed / rate)} failed` : ''
  return `${counted(models.length, 'model')}, ${rateText(rate)} calls/s${share}`
}

function rowsOf({ model, live, canary, newest, drift, traffic }: Watched): string[][] {
  const serves =
    live === undefined
      ? `nothing; ${newest === undefined ? 'no version' : `${newest.version} ${newest.state}`}`
      : canary === undefined
        ? live
        : `${live}, ${canary.version} ${canary.weightPercent} %`
  const versions = (traffic?.versions ?? []).toSorted(
    (a, b) => b.callsPerSecond - a.callsPerSecond || (a.version < b.version ? -1 : 1),
  )
  return [
    [model, drift === undefined ? serves : `${serves}, drifts`, ...cellsOf(traffic)],
    ...(versions.length < 2
      ? []
      : versions.map((one) => ['', `  ${one.version} ${one.variant}`, ...cellsOf(one)])),
  ]
}

function cellsOf(traffic: Traffic | undefined): string[] {
  if (traffic === undefined) return ['-', '-', '-', '-', '-', '']
  const { calls, refused, callsPerSecond, failedPercent, p50Ms, p95Ms } = traffic
  const bars = Array.from({ length: calls.length / slicesPerBar }, (_, i) =>
    calls.slice(i * slicesPerBar, (i + 1) * slicesPerBar).reduce((sum, count) => sum + count, 0),
  )
  const refusals = refused.reduce((sum, count) => sum + count, 0)
  return [
    rateText(callsPerSecond),
    refusals === 0 ? '-' : `${refusals}`,
    failedPercent === undefined ? '-' : percentText(failedPercent),
    millisecondsText(p50Ms),
    millisecondsText(p95Ms),
    sparkBars(bars, Math.max(...bars)),
  ]
}

function rateText(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : perSecond.toFixed(0)
}

function percentText(percent: number): string {
  return `${percent > 0 && percent < 10 ? percent.toFixed(2) : percent.toFixed(0)} %`
}

function millisecondsText(ms: number | undefined): string {
  return ms === undefined ? '-' : ms < 10 ? ms.toFixed(1) : ms.toFixed(0)
}
