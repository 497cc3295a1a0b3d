import { type Counts, totalsOf } from './common-cells.ts'
import { chiSquareTail } from './gamma.ts'
import type { Tested } from './kolmogorov-smirnov.ts'

/** Below it, an expected count makes the χ² distribution a poor guess (Cochran 1954). */
const leastExpected = 5

/**
 * Pearson's χ² of two samples over the same parts: Σ (observed − expected)²/expected over both rows of the table, with as
 * many degrees of freedom as parts less one (Pearson 1900). Empty parts are left out. Undefined where a side has no row.
 */
export function chiSquare(parts: readonly Counts[]): (Tested & { readonly degrees: number }) | undefined {
  const { baseline, current } = totalsOf(parts)
  if (baseline === 0 || current === 0) return undefined
  const filled = parts.filter((part) => part.baseline + part.current > 0)
  const value = filled.reduce((sum, part) => {
    const both = (part.baseline + part.current) / (baseline + current)
    return (
      sum +
      (part.baseline - both * baseline) ** 2 / (both * baseline) +
      (part.current - both * current) ** 2 / (both * current)
    )
  }, 0)
  const degrees = filled.length - 1
  return { value, degrees, p: degrees === 0 ? 1 : chiSquareTail(value, degrees) }
}

/** The same parts with the rare ones taken together, so that each is expected at least five times on either side. */
export function pooled(parts: readonly Counts[]): Counts[] {
  const { baseline, current } = totalsOf(parts)
  const smaller = Math.min(baseline, current) / (baseline + current)
  const byRarity = parts.toSorted((one, other) => one.baseline + one.current - other.baseline - other.current)
  const kept: Counts[] = []
  let rest = { baseline: 0, current: 0 }
  for (const part of byRarity) {
    const isRare = (part.baseline + part.current) * smaller < leastExpected
    const isRestRare =
      (rest.baseline + rest.current) * smaller < leastExpected && rest.baseline + rest.current > 0
    if (isRare || isRestRare)
      rest = { baseline: rest.baseline + part.baseline, current: rest.current + part.current }
    else kept.push(part)
  }
  return rest.baseline + rest.current > 0 ? [...kept, rest] : kept
}

/**
 * Whether two shares differ: χ² of the two-by-two table with Yates' correction (1934), which is slow to call a difference
 * real where counts are small. p is 1 where a side has no row or nothing differs.
 */
export function sharesDiffer(
  baseline: { part: number; of: number },
  current: { part: number; of: number },
): number {
  const { part: a, of: before } = baseline
  const { part: c, of: now } = current
  const [b, d] = [before - a, now - c]
  const margins = (a + b) * (c + d) * (a + c) * (b + d)
  if (margins === 0) return 1
  const rows = a + b + c + d
  const off = Math.max(0, Math.abs(a * d - b * c) - rows / 2)
  return chiSquareTail((rows * off ** 2) / margins, 1)
}
