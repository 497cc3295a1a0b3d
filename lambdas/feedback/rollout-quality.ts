import { countsOf, type JoinedPair, type JoinedPairs } from '../../lib/rules/feedback/joined.ts'
import { emptyCounts, mergeCounts } from '../../lib/rules/quality/quality-counts.ts'
import { type QualityFinding, qualityFinding } from '../../lib/rules/quality/quality-evidence.ts'
import type { QualityLimit } from '../../lib/rules/quality/quality-limit.ts'
import { type QualityReport, qualityReport } from '../../lib/rules/quality/quality-report.ts'
import { hourMs } from '../../lib/wiring/capture-layout.ts'
import { momentOf, monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'

/** A rollout whose canary is held to what was told of its answers. */
interface HeldRollout {
  readonly model: string
  readonly canary: string
  readonly stable: string
  readonly limit: QualityLimit
  /** Calls before it are none of the rollout's, milliseconds since the epoch. */
  readonly sinceMs: number
}

type QualityPorts = Pick<Ports, 'monitoring' | 'registry'>

/**
 * Compare what the canary and the stable version answered since the rollout began with what was told of it. Of the canary's version
 * only its answers as a canary count.
 */
export async function rolloutQuality(ports: QualityPorts, rollout: HeldRollout): Promise<QualityFinding> {
  const { canary, stable, limit } = rollout
  const reportOf = (version: string, asCanary: boolean) =>
    reportSince(ports, { ...rollout, version }, (pair) => (pair.asCanary ?? false) === asCanary)
  return qualityFinding(limit, await reportOf(canary, true), await reportOf(stable, false))
}

async function reportSince(
  { monitoring, registry }: QualityPorts,
  { model, version, limit, sinceMs }: HeldRollout & { readonly version: string },
  isOfVariant: (pair: JoinedPair) => boolean,
): Promise<QualityReport | undefined> {
  const outputs = (await registry.version(model, version))?.signature?.outputs ?? []
  const output = outputs.find(({ name }) => limit.output === undefined || name === limit.output)
  if (output === undefined) return undefined
  const counts = emptyCounts()
  for (const key of await monitoring.list(monitoringKeys.joineds(model, version))) {
    if ((momentOf(key) ?? Number.NEGATIVE_INFINITY) + hourMs <= sinceMs) continue
    const pairs = JSON.parse((await monitoring.read(key)) ?? '{}') as JoinedPairs
    const isCounted = (pair: JoinedPair) =>
      (pair.atMs ?? Number.NEGATIVE_INFINITY) >= sinceMs && isOfVariant(pair)
    mergeCounts(counts, countsOf(pairs, output.name, isCounted))
  }
  return qualityReport(output, counts)
}
