import { type Bin, baselineBins, folded } from './baseline-bins.ts'
import { chiSquare, pooled } from './chi-square.ts'
import { commonCells, type NumberCounts } from './common-cells.ts'
import type { Sides } from './drift-report.ts'
import { jensenShannon } from './jensen-shannon.ts'
import { kolmogorovSmirnov } from './kolmogorov-smirnov.ts'
import { correlationOf, deviationOf, meanOf, type NumberSketch, quantile } from './number-sketch.ts'
import { outOfRange } from './out-of-range.ts'
import { plainNumber } from './plain-number.ts'
import { shares } from './shares.ts'
import type { Sign, ValueComparison } from './sign.ts'
import { stabilityIndex } from './stability-index.ts'
import type { DriftThresholds } from './thresholds.ts'
import { wasserstein } from './wasserstein.ts'

/** Whole numbers with at most so many different values are codes rather than amounts, and are compared as categories. */
const mostCodes = 5

/** Compare two columns of numbers. */
export function compareNumbers(
  baseline: NumberSketch,
  current: NumberSketch,
  thresholds: DriftThresholds,
): ValueComparison {
  const cells = commonCells(baseline, current)
  const areWhole = baseline.areWhole && current.areWhole
  const areCodes = areWhole && cells.length <= mostCodes
  const bins = areCodes ? codesOf(cells) : baselineBins(cells, areWhole)
  const smirnov = kolmogorovSmirnov(cells)
  const beyond = outOfRange(baseline, current)
  const deviation = deviationOf(baseline)
  const distance = wasserstein(cells)
  const normalized = distance === undefined || !(deviation > 0) ? undefined : distance / deviation
  const measures = {
    ...told('stabilityIndex', stabilityIndex(folded(bins))),
    ...told('kolmogorovSmirnov', smirnov?.value),
    ...told('wasserstein', normalized),
    ...told('jensenShannon', jensenShannon(folded(bins))),
    ...told('outOfRange', beyond && beyond.below + beyond.above),
    ...told('median', sides(quantile(baseline, 0.5), quantile(current, 0.5))),
    ...told(
      'mean',
      baseline.count * current.count === 0 ? undefined : sides(meanOf(baseline), meanOf(current)),
    ),
    ...told('correlation', correlations(baseline, current)),
  }
  const shape = areCodes
    ? codeSigns(bins, thresholds)
    : smirnov && amountSigns(smirnov, normalized, Math.min(baseline.count, current.count), thresholds)
  const range: Sign[] =
    beyond === undefined
      ? []
      : [
          {
            statistic: 'out-of-range',
            value: beyond.below + beyond.above,
            threshold: thresholds.outOfRange,
            p: beyond.p,
          },
        ]
  return { signs: [...(shape ?? []), ...range], bins: shares(bins), measures }
}

/** Up to `largeRows` rows the share that moved decides, from there on also how far it moved; both are as real as D is. */
function amountSigns(
  { value, p }: { readonly value: number; readonly p: number },
  distance: number | undefined,
  rows: number,
  thresholds: DriftThresholds,
): Sign[] {
  const share: Sign = { statistic: 'kolmogorov-smirnov', value, threshold: thresholds.kolmogorovSmirnov, p }
  if (rows < thresholds.largeRows || distance === undefined) return [share]
  const way: Sign = { statistic: 'wasserstein', value: distance, threshold: thresholds.wasserstein, p }
  return way.value / way.threshold > share.value / share.threshold ? [way] : [share]
}

function codeSigns(bins: readonly Bin[], thresholds: DriftThresholds): Sign[] {
  const value = jensenShannon(bins)
  const tested = chiSquare(pooled(bins))
  return value === undefined || tested === undefined
    ? []
    : [{ statistic: 'jensen-shannon', value, threshold: thresholds.jensenShannon, p: tested.p }]
}

function codesOf(cells: readonly NumberCounts[]): Bin[] {
  return cells.map(({ middle, baseline, current }) => ({ label: plainNumber(middle), baseline, current }))
}

function correlations(baseline: NumberSketch, current: NumberSketch): Partial<Sides> | undefined {
  const [before, now] = [correlationOf(baseline), correlationOf(current)]
  if (before === undefined && now === undefined) return undefined
  return { ...told('baseline', before), ...told('current', now) }
}

function sides(baseline: number | undefined, current: number | undefined): Sides | undefined {
  return baseline === undefined || current === undefined ? undefined : { baseline, current }
}

/** A member that is there only where it can be told. */
function told<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: V })
}
