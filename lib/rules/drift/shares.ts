import type { Bin } from './baseline-bins.ts'
import { totalsOf } from './common-cells.ts'
import type { DriftBin } from './drift-report.ts'

/** Parts by what share of each side's rows lies in them; 0 where a side has none. */
export function shares(bins: readonly Bin[]): DriftBin[] {
  const totals = totalsOf(bins)
  return bins.map(({ label, baseline, current }) => ({
    label,
    baseline: totals.baseline === 0 ? 0 : baseline / totals.baseline,
    current: totals.current === 0 ? 0 : current / totals.current,
  }))
}
