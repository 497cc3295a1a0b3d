import type { DriftThresholds } from './thresholds.ts'

/** `unknown`: too few rows to tell; it never raises an alarm. */
export type DriftVerdict = 'steady' | 'drifted' | 'unknown'

/** What decided about a column. */
export type DriftStatistic =
  | 'kolmogorov-smirnov'
  | 'wasserstein'
  | 'jensen-shannon'
  | 'missing'
  | 'out-of-range'
  | 'new-categories'

/** All that can be told of a column, whatever decided. Shares are 0 to 1; what cannot be told is absent. */
export interface DriftMeasures {
  readonly stabilityIndex?: number
  readonly kolmogorovSmirnov?: number
  readonly wasserstein?: number
  readonly jensenShannon?: number
  readonly chiSquare?: number
  readonly missing: Sides
  readonly outOfRange?: number
  readonly newCategories?: number
  /** How many different categories there are. */
  readonly cardinality?: Sides
  readonly median?: Sides
  readonly mean?: Sides
  /** Correlation with the prediction. */
  readonly correlation?: Partial<Sides>
}

export interface Sides {
  readonly baseline: number
  readonly current: number
}

/** A part of the values, and what share of the rows with a value lies in it: what a bar is drawn of. */
export interface DriftBin extends Sides {
  /** `under 3`, `from 3 to 7`, `'trial'`. */
  readonly label: string
}

/** One column: an input, an output, an element or a summary of one. */
export interface FeatureDrift {
  readonly name: string
  readonly side: 'input' | 'output'
  readonly verdict: DriftVerdict
  /** What decided; absent where nothing could be compared. */
  readonly statistic?: DriftStatistic
  readonly value?: number
  readonly threshold?: number
  /** The chance of a difference as large between steady columns, alone and corrected for all that was looked at. */
  readonly p?: number
  readonly adjustedP?: number
  /** `value` as a multiple of `threshold`: what columns are sorted by. 0 where nothing could be compared. */
  readonly strength: number
  /** The share of the change that the part named in the sentence carries. */
  readonly share?: number
  /** What happened, for people: plain, and true of the numbers. */
  readonly sentence: string
  readonly bins: readonly DriftBin[]
  readonly measures: DriftMeasures
}

/** What came of comparing the records of a while with the baseline. A plain value: it can be kept as JSON. */
export interface DriftReport {
  readonly verdict: DriftVerdict
  /** The same, of the columns of inputs and of those of predictions alone. */
  readonly inputs: DriftVerdict
  readonly predictions: DriftVerdict
  readonly rows: Sides
  readonly sentence: string
  /** The one that moved the most first. */
  readonly features: readonly FeatureDrift[]
  /** What is not watched one by one, a sentence a field. */
  readonly leftOut: readonly string[]
  readonly thresholds: DriftThresholds
}
