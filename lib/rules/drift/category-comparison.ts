import type { CategorySketch } from './category-sketch.ts'
import { chiSquare, pooled, sharesDiffer } from './chi-square.ts'
import { type CategoryCounts, commonCategories, totalsOf } from './common-cells.ts'
import type { DriftBin } from './drift-report.ts'
import { jensenShannon } from './jensen-shannon.ts'
import { shares } from './shares.ts'
import type { Sign, ValueComparison } from './sign.ts'
import { stabilityIndex } from './stability-index.ts'
import type { DriftThresholds } from './thresholds.ts'

/** So many categories have a bar of their own in a report: those that moved the most. */
const mostBins = 12

/** Compare two columns of categories. */
export function compareCategories(
  baseline: CategorySketch,
  current: CategorySketch,
  thresholds: DriftThresholds,
): ValueComparison {
  const parts = commonCategories(baseline, current)
  const distance = jensenShannon(parts)
  const tested = chiSquare(pooled(parts))
  const index = stabilityIndex(parts)
  const cardinality = { baseline: baseline.cardinality, current: current.cardinality }
  if (distance === undefined || tested === undefined || index === undefined)
    return { signs: [], bins: [], measures: { cardinality } }
  const shape: Sign = {
    statistic: 'jensen-shannon',
    value: distance,
    threshold: thresholds.jensenShannon,
    p: tested.p,
  }
  const fresh = newCategories(parts)
  const news: Sign[] =
    fresh.share === 0
      ? []
      : [{ statistic: 'new-categories', value: fresh.share, threshold: thresholds.newCategories, p: fresh.p }]
  return {
    signs: [shape, ...news],
    bins: binsOf(parts),
    measures: {
      stabilityIndex: index,
      jensenShannon: distance,
      chiSquare: tested.value,
      newCategories: fresh.share,
      cardinality,
    },
  }
}

/**
 * The share of rows with a category that the baseline never had. Where there are more categories than are kept, it is the
 * share among the kept ones, which are chosen by their hashes alone. Some new ones are to be expected where categories are
 * many: as large a share as that of the baseline's rows whose category came once (Good 1953), one more to be careful.
 */
function newCategories(parts: readonly CategoryCounts[]): { readonly share: number; readonly p: number } {
  const named = parts.filter(({ name }) => name !== undefined)
  const { baseline, current } = totalsOf(named)
  const fresh = named.reduce((sum, part) => sum + (part.baseline === 0 ? part.current : 0), 0)
  if (fresh === 0) return { share: 0, p: 1 }
  const single = named.filter((part) => part.baseline === 1).length
  const expected = { part: Math.min(single + 1, baseline), of: baseline }
  return { share: fresh / current, p: sharesDiffer(expected, { part: fresh, of: current }) }
}

function binsOf(parts: readonly CategoryCounts[]): DriftBin[] {
  const named = parts.flatMap(({ name, ...counts }) =>
    name === undefined ? [] : [{ label: `'${name}'`, ...counts }],
  )
  const shared = parts.filter(({ name }) => name === undefined)
  const rarer = shared.length === 0 ? [] : [{ label: 'rarer values', ...totalsOf(shared) }]
  const moved = shares([...named, ...rarer]).toSorted(
    (one, other) => Math.abs(other.current - other.baseline) - Math.abs(one.current - one.baseline),
  )
  if (moved.length <= mostBins) return moved
  const others = moved.slice(mostBins - 1)
  return [...moved.slice(0, mostBins - 1), { label: `${others.length} others`, ...totalsOf(others) }]
}
