import { compareCategories } from './category-comparison.ts'
import type { CategorySketch } from './category-sketch.ts'
import { sharesDiffer } from './chi-square.ts'
import { compareNumbers } from './number-comparison.ts'
import type { NumberSketch } from './number-sketch.ts'
import type { ColumnComparison, Sign } from './sign.ts'
import type { DriftThresholds } from './thresholds.ts'

type ColumnSketch = NumberSketch | CategorySketch

/** Compare what a column was with what it is. */
export function compareColumns(
  baseline: ColumnSketch,
  current: ColumnSketch,
  thresholds: DriftThresholds,
): ColumnComparison {
  const missing = missingOf(baseline, current, thresholds)
  const compared =
    baseline.kind === 'numbers' && current.kind === 'numbers'
      ? compareNumbers(baseline, current, thresholds)
      : baseline.kind === 'categories' && current.kind === 'categories'
        ? compareCategories(baseline, current, thresholds)
        : { signs: [], bins: [], measures: {} }
  const isEnough = Math.min(baseline.count, current.count) >= thresholds.minRows
  return {
    signs: [...(isEnough ? compared.signs : []), ...missing.signs],
    bins: compared.bins,
    measures: { ...compared.measures, missing: missing.shares },
  }
}

/** The share of rows without a value that can be used: missing, infinite, or of another type. */
function missingOf(baseline: ColumnSketch, current: ColumnSketch, thresholds: DriftThresholds) {
  const [before, now] = [baseline, current].map(({ rows, count }) => ({ part: rows - count, of: rows }))
  const share = (side: typeof before) => (side === undefined || side.of === 0 ? 0 : side.part / side.of)
  const shares = { baseline: share(before), current: share(now) }
  const isJudged = Math.min(baseline.rows, current.rows) >= thresholds.minRows
  if (!isJudged || before === undefined || now === undefined || before.part + now.part === 0)
    return { shares, signs: [] }
  const value = Math.abs(shares.current - shares.baseline)
  const p = sharesDiffer(before, now)
  const sign: Sign = { statistic: 'missing', value, threshold: thresholds.missing, p }
  return { shares, signs: [sign] }
}
