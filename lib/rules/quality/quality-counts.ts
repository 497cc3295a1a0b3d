import type { Field } from '../signature.ts'
import { Confusion } from './confusion.ts'
import { NumberErrors } from './number-errors.ts'
import { ScoreCounts } from './score-counts.ts'

/** What a prediction of one output is held to: a probability to what was so, a class to a class, a number to a number. */
export type QualityKind = 'probability' | 'class' | 'number'

/** All that is kept of predictions and what they turned out to be. Merging is adding, in whatever order. */
export interface QualityCounts {
  /** Pairs that were counted. */
  pairs: number
  /** Pairs of which the actual value cannot be held against the prediction: of another type, or missing. */
  incomparable: number
  readonly scores: ScoreCounts
  readonly numbers: NumberErrors
  readonly classes: Confusion
}

export function emptyCounts(): QualityCounts {
  return {
    ...{ pairs: 0, incomparable: 0 },
    ...{ scores: new ScoreCounts(), numbers: new NumberErrors(), classes: new Confusion() },
  }
}

/** Count one prediction and what it turned out to be. Nothing that is in either stops the count. */
export function addPair(counts: QualityCounts, predicted: unknown, actual: unknown): void {
  const was = truth(actual)
  const isScore = typeof predicted === 'number' && predicted >= 0 && predicted <= 1 && was !== undefined
  const areNumbers = isNumber(predicted) && isNumber(actual)
  const [one, other] = [className(predicted), className(actual)]
  if (!isScore && !areNumbers && (one === undefined || other === undefined)) {
    counts.incomparable += 1
    return
  }
  counts.pairs += 1
  if (isScore) counts.scores.add(predicted, was)
  if (areNumbers) counts.numbers.add(predicted, actual)
  if (one !== undefined && other !== undefined) counts.classes.add(one, other)
}

export function mergeCounts(into: QualityCounts, other: QualityCounts): void {
  into.pairs += other.pairs
  into.incomparable += other.incomparable
  into.scores.merge(other.scores)
  into.numbers.merge(other.numbers)
  into.classes.merge(other.classes)
}

/**
 * What an output is held to. Text and truth are classes; whole numbers are, while there are few of them; other numbers
 * are probabilities where each of them could be one and every actual value was yes or no.
 */
export function kindOf(
  { type, shape }: Pick<Field, 'type' | 'shape'>,
  counts: QualityCounts,
): QualityKind | undefined {
  if (shape.length > 0) return undefined
  if (type === 'string' || type === 'boolean') return 'class'
  const { scores, pairs, numbers, classes } = counts
  if (type.startsWith('float'))
    return pairs > 0 && scores.positives + scores.negatives === pairs ? 'probability' : 'number'
  return classes.count === pairs && classes.classes <= mostWholeClasses
    ? 'class'
    : numbers.count > 0
      ? 'number'
      : 'class'
}

/** More different whole numbers than these are numbers, and no classes. */
const mostWholeClasses = 20

function truth(actual: unknown): boolean | undefined {
  if (typeof actual === 'boolean') return actual
  return actual === 0 || actual === 1 ? actual === 1 : undefined
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** Text, truth and whole numbers name a class. */
function className(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return String(value)
  return Number.isInteger(value) ? String(value) : undefined
}
