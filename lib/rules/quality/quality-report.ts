import type { Field } from '../signature.ts'
import { type Estimate, share } from './interval.ts'
import { kindOf, type QualityCounts, type QualityKind } from './quality-counts.ts'

export type QualityMetric =
  | 'accuracy'
  | 'auc'
  | 'brier'
  | 'logLoss'
  | 'calibrationError'
  | 'mae'
  | 'rmse'
  | 'bias'

/** Which way is better. Of a bias neither is. */
export const betterWay: Readonly<Record<QualityMetric, 'higher' | 'lower' | 'nearer to 0'>> = {
  accuracy: 'higher',
  auc: 'higher',
  brier: 'lower',
  logLoss: 'lower',
  calibrationError: 'lower',
  mae: 'lower',
  rmse: 'lower',
  bias: 'nearer to 0',
}

/** How good predictions of one output were, as far as anybody has said. */
export interface QualityReport {
  readonly kind: QualityKind
  readonly pairs: number
  readonly incomparable: number
  readonly metrics: Partial<Readonly<Record<QualityMetric, Estimate>>>
  /** Of probabilities: by tenths, what was given and what was so. */
  readonly reliability?: readonly { readonly score: number; readonly were: number; readonly count: number }[]
  /** Of classes: the fullest cells. */
  readonly confusion?: readonly {
    readonly predicted: string
    readonly actual: string
    readonly count: number
  }[]
}

const mostCells = 25

/** @returns undefined where nothing was counted, or nothing of the output can be held to anything */
export function qualityReport(
  output: Pick<Field, 'type' | 'shape'>,
  counts: QualityCounts,
): QualityReport | undefined {
  const kind = kindOf(output, counts)
  const { pairs, incomparable, scores, numbers, classes } = counts
  if (kind === undefined || pairs === 0) return undefined
  const told = { kind, pairs, incomparable }
  if (kind === 'number')
    return { ...told, metrics: { mae: numbers.mae(), rmse: numbers.rmse(), bias: numbers.bias() } }
  if (kind === 'class')
    return {
      ...told,
      metrics: classes.count === 0 ? {} : { accuracy: share(classes.right, classes.count) },
      confusion: classes.cells().slice(0, mostCells),
    }
  const auc = scores.auc()
  return {
    ...told,
    metrics: {
      ...(auc !== undefined && { auc }),
      ...{ accuracy: share(scores.right, pairs), logLoss: scores.logLoss(), brier: scores.brier() },
      calibrationError: { value: scores.calibrationError() },
    },
    reliability: scores.reliability(),
  }
}
