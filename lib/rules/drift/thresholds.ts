/**
 * From where on a difference matters. A column has drifted where a difference is both real (its p-value, corrected for
 * all that was looked at, is at most `significance`) and large (it reaches the threshold of its statistic).
 */
export interface DriftThresholds {
  /** With fewer rows on either side a column is not judged. */
  readonly minRows: number
  /** The chance that a look at steady columns finds any of them drifted, all together. */
  readonly significance: number
  /** The largest difference of the cumulative shares, 0 to 1. */
  readonly kolmogorovSmirnov: number
  /** How far the numbers lie apart on average, in standard deviations of the baseline. Looked at from `largeRows` on. */
  readonly wasserstein: number
  /** The Jensen–Shannon distance of categories, 0 to 1. */
  readonly jensenShannon: number
  /** By how much the share of missing values differs, 0 to 1. */
  readonly missing: number
  /** The share of rows beyond the least and the greatest number of the baseline, 0 to 1. */
  readonly outOfRange: number
  /** The share of rows with categories that the baseline never had, 0 to 1. */
  readonly newCategories: number
  /** From so many rows on, on both sides, a distance between numbers tells more than a difference of shares. */
  readonly largeRows: number
}

export const defaultThresholds: DriftThresholds = {
  minRows: 100,
  significance: 0.0001,
  kolmogorovSmirnov: 0.1,
  wasserstein: 0.1,
  jensenShannon: 0.1,
  missing: 0.05,
  outOfRange: 0.02,
  newCategories: 0.05,
  largeRows: 1000,
}

/** How many looks in a row it takes until a breach is raised, and until it is cleared. */
export interface BreachPersistence {
  readonly raiseAfter: number
  readonly clearAfter: number
}

export const defaultPersistence: BreachPersistence = { raiseAfter: 2, clearAfter: 3 }
