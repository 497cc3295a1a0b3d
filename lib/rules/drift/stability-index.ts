import { type Counts, totalsOf } from './common-cells.ts'

/** What an empty part counts as: its logarithm would be infinite. */
const leastShare = 0.0001

/**
 * The population stability index: Σ (q − p)·ln(q/p) over the parts, of their shares p in the baseline and q now; for numbers
 * the parts are the tenths of the baseline. Without a unit, 0 and more; by custom 0.1 is a small and 0.25 a large change
 * (Siddiqi 2006). It grows with few rows, so that nothing is decided by it here. Undefined where a side has no row.
 */
export function stabilityIndex(parts: readonly Counts[]): number | undefined {
  const { baseline, current } = totalsOf(parts)
  if (baseline === 0 || current === 0) return undefined
  return parts.reduce((sum, part) => {
    const p = Math.max(part.baseline / baseline, leastShare)
    const q = Math.max(part.current / current, leastShare)
    return sum + (q - p) * Math.log(q / p)
  }, 0)
}
