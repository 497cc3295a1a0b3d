import type { Replayed } from '../../lib/rules/comparison/replay-gate.ts'
import { isComparisonId } from '../../lib/wiring/comparison-id.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'

type Keeping = Pick<Ports, 'monitoring'>

/** A comparison as it is kept. */
export interface KeptComparison extends Replayed {
  readonly id: string
  /** Who asked for it; the promotion where a gate did. */
  readonly by: string
  /** RFC 3339, UTC. */
  readonly startedAt: string
  /** Running until then at most; absent where it is over. Milliseconds since the epoch. */
  readonly runsUntil?: number
}

/** So many of each model are kept: worst cases hold what callers sent. */
const mostKept = 20

export async function keepComparison({ monitoring }: Keeping, comparison: KeptComparison): Promise<void> {
  await monitoring.write(
    monitoringKeys.comparison(comparison.report.model, comparison.id),
    JSON.stringify(comparison),
  )
}

export async function comparisonOf(
  { monitoring }: Keeping,
  model: string,
  id: string,
): Promise<KeptComparison | undefined> {
  const text = await monitoring.read(monitoringKeys.comparison(model, id))
  return text === undefined ? undefined : (JSON.parse(text) as KeptComparison)
}

/** The ids of those that are kept, the newest first. */
export async function comparisonIds({ monitoring }: Keeping, model: string): Promise<readonly string[]> {
  const prefix = monitoringKeys.comparisons(model)
  const keys = await monitoring.list(prefix)
  return keys
    .map((key) => key.slice(prefix.length, -'.json'.length))
    .filter(isComparisonId)
    .toReversed()
}

/** Forget all but the newest. */
export async function forgetOldComparisons(ports: Keeping, model: string): Promise<void> {
  for (const id of (await comparisonIds(ports, model)).slice(mostKept))
    await ports.monitoring.remove(monitoringKeys.comparison(model, id))
}
