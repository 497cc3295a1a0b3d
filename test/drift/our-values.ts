import { baselineBins, folded } from '../../lib/rules/drift/baseline-bins.ts'
import { CategorySketch } from '../../lib/rules/drift/category-sketch.ts'
import { chiSquare, sharesDiffer } from '../../lib/rules/drift/chi-square.ts'
import { commonCategories, commonCells } from '../../lib/rules/drift/common-cells.ts'
import { jensenShannon } from '../../lib/rules/drift/jensen-shannon.ts'
import { kolmogorovSmirnov } from '../../lib/rules/drift/kolmogorov-smirnov.ts'
import {
  correlationOf,
  deviationOf,
  meanOf,
  NumberSketch,
  quantile,
} from '../../lib/rules/drift/number-sketch.ts'
import { outOfRange } from '../../lib/rules/drift/out-of-range.ts'
import { stabilityIndex } from '../../lib/rules/drift/stability-index.ts'
import { wasserstein } from '../../lib/rules/drift/wasserstein.ts'
import type { FeaturePair } from './feature-pairs.ts'

export type Values = Readonly<Record<string, number | undefined>>

/** What the rules make of a pair, by the names that scipy's values have. */
export function ourValues(pair: FeaturePair, predictions: readonly number[]): Values {
  return pair.kind === 'numbers' ? ofNumbers(pair, predictions) : ofCategories(pair)
}

function ofNumbers(pair: FeaturePair, predictions: readonly number[]): Values {
  const [baseline, current] = [new NumberSketch(), new NumberSketch()]
  for (const value of pair.baseline) baseline.add(value === null ? Number.NaN : Number(value))
  for (const [i, value] of pair.current.entries())
    current.add(value === null ? Number.NaN : Number(value), predictions[i])
  const cells = commonCells(baseline, current)
  const tenths = folded(baselineBins(cells, baseline.areWhole && current.areWhole))
  const smirnov = kolmogorovSmirnov(cells)
  const beyond = outOfRange(baseline, current)
  return {
    KS: smirnov?.value,
    'KS, p': smirnov?.p,
    'KS, p, exact for small samples': smirnov?.p,
    Wasserstein: wasserstein(cells),
    PSI: stabilityIndex(tenths),
    'Jensen-Shannon, tenths': jensenShannon(tenths),
    'out of range': beyond && beyond.above + beyond.below,
    'out of range, p': beyond?.p,
    mean: meanOf(current),
    deviation: deviationOf(current),
    median: quantile(current, 0.5),
    p99: quantile(current, 0.99),
    correlation: correlationOf(current),
    'missing, p': missing(baseline, current),
  }
}

function ofCategories(pair: FeaturePair): Values {
  const [baseline, current] = [new CategorySketch(), new CategorySketch()]
  for (const [sketch, values] of [
    [baseline, pair.baseline],
    [current, pair.current],
  ] as const)
    for (const value of values)
      if (value === null) sketch.missing += 1
      else sketch.add(String(value))
  const parts = commonCategories(baseline, current)
  const tested = chiSquare(parts)
  return {
    'chi-square': tested?.value,
    'chi-square, p': tested?.p,
    'Jensen-Shannon, categories': jensenShannon(parts),
    'PSI, categories': stabilityIndex(parts),
    cardinality: current.cardinality,
    'missing, p': missing(baseline, current),
  }
}

interface Counted {
  readonly rows: number
  readonly count: number
}

function missing(baseline: Counted, current: Counted): number {
  const part = ({ rows, count }: Counted) => ({ part: rows - count, of: rows })
  return sharesDiffer(part(baseline), part(current))
}
