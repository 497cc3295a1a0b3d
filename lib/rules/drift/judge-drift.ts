import type { Signature } from '../signature.ts'
import { benjaminiHochberg } from './benjamini-hochberg.ts'
import { compareColumns } from './column-comparison.ts'
import type { DriftReport, DriftVerdict, FeatureDrift } from './drift-report.ts'
import { causeOf, sentenceOf, steadySentence } from './drift-sentence.ts'
import type { ColumnComparison, Sign } from './sign.ts'
import { leftOut, type SketchedColumn } from './sketched-columns.ts'
import { type DriftThresholds, defaultThresholds } from './thresholds.ts'
import { type ColumnSketch, isAlike, type VersionSketch } from './version-sketch.ts'

export interface DriftInput {
  readonly signature: Signature
  readonly baseline: VersionSketch
  readonly current: VersionSketch
  /** What is left out is as in `defaultThresholds`. */
  readonly thresholds?: Partial<DriftThresholds>
}

interface Looked {
  readonly column: SketchedColumn
  readonly rows: { readonly baseline: number; readonly current: number }
  readonly comparison: ColumnComparison
}

interface JudgedSign extends Sign {
  readonly adjustedP: number
}

/**
 * Compare the records of a while with the baseline. A column drifted where one of its signs is both real, by its p-value
 * corrected for all signs of all columns, and as large as its threshold. Either alone is none: with many rows everything is
 * real, with few everything is large.
 * @throws Error where the two sketches are not of this signature
 */
export function judgeDrift({ signature, baseline, current, thresholds: given }: DriftInput): DriftReport {
  if (!isAlike(baseline.columns, current.columns))
    throw new Error('the baseline and what is compared with it are sketches of different signatures')
  const thresholds = { ...defaultThresholds, ...given }
  const looked = baseline.columns.flatMap((column, i): Looked[] => {
    const [before, now] = [baseline.sketches[i], current.sketches[i]]
    return before === undefined || now === undefined ? [] : [look(column, before, now, thresholds)]
  })
  const adjusted = benjaminiHochberg(looked.flatMap(({ comparison }) => comparison.signs.map(({ p }) => p)))
  let next = 0
  const features = looked.map((one) => {
    const signs = one.comparison.signs.map((sign) => {
      const adjustedP = adjusted[next] ?? 1
      next += 1
      return { ...sign, adjustedP }
    })
    return judged(one, signs, thresholds)
  })
  return reported(signature, baseline, current, thresholds, features)
}

function look(
  column: SketchedColumn,
  before: ColumnSketch,
  now: ColumnSketch,
  thresholds: DriftThresholds,
): Looked {
  const rows = { baseline: before.rows, current: now.rows }
  return { column, rows, comparison: compareColumns(before, now, thresholds) }
}

function judged(
  { column: { name, side }, rows, comparison: { bins, measures } }: Looked,
  signs: readonly JudgedSign[],
  thresholds: DriftThresholds,
): FeatureDrift {
  const { minRows, significance } = thresholds
  const strengthOf = ({ value, threshold }: Sign) => (threshold > 0 ? value / threshold : Number.MAX_VALUE)
  // The shape stands first: it tells the most, and where it did not drift one of the others may have.
  const drifts = signs.filter((one) => one.value >= one.threshold && one.adjustedP <= significance)
  const [drifted, ...others] = drifts
  const sign = drifted ?? signs[0]
  if (
    sign === undefined ||
    (drifted === undefined && !signs.some(({ statistic }) => statistic !== 'missing'))
  )
    return {
      name,
      side,
      verdict: 'unknown',
      strength: 0,
      sentence: unknown(name, rows, minRows),
      bins,
      measures,
    }
  const cause = sign.statistic === 'missing' ? undefined : causeOf(bins)
  return {
    name,
    side,
    verdict: drifted === undefined ? 'steady' : 'drifted',
    statistic: sign.statistic,
    value: sign.value,
    threshold: sign.threshold,
    p: sign.p,
    adjustedP: sign.adjustedP,
    strength: strengthOf(sign),
    ...(cause !== undefined && { share: cause.share }),
    sentence:
      drifted === undefined
        ? steadySentence(name, measures)
        : sentenceOf(name, [drifted, ...others], measures, cause),
    bins,
    measures,
  }
}

function unknown(name: string, rows: Looked['rows'], minRows: number): string {
  const few = rows.baseline < minRows ? 'the baseline has' : 'the records compared with it have'
  const count = rows.baseline < minRows ? rows.baseline : rows.current
  return count < minRows
    ? `\`${name}\` is not judged: ${few} ${count} rows of it, and ${minRows} are needed`
    : `\`${name}\` is not judged: too few of its rows have a value`
}

const order: readonly DriftVerdict[] = ['drifted', 'steady', 'unknown']

function reported(
  signature: Signature,
  baseline: VersionSketch,
  current: VersionSketch,
  thresholds: DriftThresholds,
  features: readonly FeatureDrift[],
): DriftReport {
  const sorted = features.toSorted(
    (one, other) =>
      order.indexOf(one.verdict) - order.indexOf(other.verdict) || other.strength - one.strength,
  )
  const of = (side: FeatureDrift['side']) => together(features.filter((feature) => feature.side === side))
  const rows = { baseline: baseline.rows, current: current.rows }
  return {
    verdict: together(features),
    inputs: of('input'),
    predictions: of('output'),
    rows,
    sentence: summary(features, rows),
    features: sorted,
    leftOut: leftOut(signature),
    thresholds,
  }
}

function together(features: readonly FeatureDrift[]): DriftVerdict {
  const has = (verdict: DriftVerdict) => features.some((feature) => feature.verdict === verdict)
  return order.find(has) ?? 'unknown'
}

function summary(features: readonly FeatureDrift[], rows: DriftReport['rows']): string {
  const count = (verdict: DriftVerdict) => features.filter((feature) => feature.verdict === verdict).length
  const compared = `${rows.current} rows compared with ${rows.baseline} of the baseline`
  const unknowns = count('unknown')
  const untold = unknowns === 0 ? '' : `, ${unknowns} not judged`
  return `${count('drifted')} of ${features.length} columns drifted${untold}; ${compared}`
}
