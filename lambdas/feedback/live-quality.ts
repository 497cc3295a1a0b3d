import { countsOf, type JoinedPairs } from '../../lib/rules/feedback/joined.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { emptyCounts, mergeCounts, type QualityCounts } from '../../lib/rules/quality/quality-counts.ts'
import { type QualityReport, qualityReport } from '../../lib/rules/quality/quality-report.ts'
import type { Field } from '../../lib/rules/signature.ts'
import { newestFirst } from '../../lib/rules/version-range.ts'
import { momentOf, monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'
import type { Unmatched } from './join-feedback.ts'

/** How good a version is, as far as anybody has told what its predictions turned out to be. */
export interface VersionQuality {
  readonly version: string
  readonly outputs: readonly OutputQuality[]
}

export interface OutputQuality extends QualityReport {
  readonly output: string
  /** By the day of the calls (UTC), oldest first. */
  readonly days: readonly ({ readonly date: string } & QualityReport)[]
  /** How late it was told, in the middle of all: milliseconds. */
  readonly medianLateMs: number
}

export interface ModelQuality {
  readonly versions: readonly VersionQuality[]
  /** Rows of feedback on calls that were not recorded. */
  readonly unmatched: number
}

/** @param since only calls at or after it, in milliseconds since the epoch */
export async function liveQuality(
  ports: Pick<Ports, 'monitoring' | 'registry'>,
  model: string,
  since = Number.NEGATIVE_INFINITY,
): Promise<ModelQuality> {
  const records = (await ports.registry.versions(model)).toSorted((a, b) => newestFirst(a.version, b.version))
  const versions: VersionQuality[] = []
  for (const record of records) {
    const outputs = await outputsOf(ports, record, since)
    if (outputs.length > 0) versions.push({ version: record.version, outputs })
  }
  const unmatched = await ports.monitoring.read(monitoringKeys.unmatched(model))
  return { versions, unmatched: unmatched === undefined ? 0 : (JSON.parse(unmatched) as Unmatched).rows }
}

async function outputsOf(
  { monitoring }: Pick<Ports, 'monitoring'>,
  { model, version, signature }: VersionRecord,
  since: number,
): Promise<OutputQuality[]> {
  const hours: { readonly date: string; readonly pairs: JoinedPairs }[] = []
  for (const key of await monitoring.list(monitoringKeys.joineds(model, version))) {
    const at = momentOf(key) ?? Number.NEGATIVE_INFINITY
    const text = at < since ? undefined : await monitoring.read(key)
    if (text !== undefined)
      hours.push({ date: new Date(at).toISOString().slice(0, 10), pairs: JSON.parse(text) })
  }
  return (signature?.outputs ?? []).flatMap((output) => outputQuality(output, hours) ?? [])
}

function outputQuality(
  output: Field,
  hours: readonly { readonly date: string; readonly pairs: JoinedPairs }[],
): OutputQuality | undefined {
  const byDay = new Map<string, QualityCounts>()
  const all = emptyCounts()
  const late: number[] = []
  for (const { date, pairs } of hours) {
    const counts = countsOf(pairs, output.name)
    mergeCounts(all, counts)
    const day = byDay.get(date) ?? emptyCounts()
    byDay.set(date, day)
    mergeCounts(day, counts)
    for (const pair of Object.values(pairs)) if (pair.output === output.name) late.push(pair.lateMs)
  }
  const report = qualityReport(output, all)
  if (report === undefined) return undefined
  const days = [...byDay]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([date, counts]) => {
      const of = qualityReport(output, counts)
      return of === undefined ? [] : [{ date, ...of }]
    })
  late.sort((a, b) => a - b)
  return { output: output.name, ...report, days, medianLateMs: late[Math.floor(late.length / 2)] ?? 0 }
}
