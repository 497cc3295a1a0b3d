import type { DriftBin, DriftMeasures, DriftStatistic } from './drift-report.ts'

/** One way in which a column may have moved: how far, from where on that matters, and how likely it is by chance. */
export interface Sign {
  readonly statistic: DriftStatistic
  readonly value: number
  readonly threshold: number
  readonly p: number
}

/** What comparing a column's two sketches came to, before anything is judged. */
export interface ColumnComparison {
  /** Where a column has too few rows for one of them, it is not there. */
  readonly signs: readonly Sign[]
  readonly bins: readonly DriftBin[]
  readonly measures: DriftMeasures
}

/** Of columns that have values: what is missing is told by another. */
export interface ValueComparison extends Omit<ColumnComparison, 'measures'> {
  readonly measures: Omit<DriftMeasures, 'missing'>
}
