import type { DriftReport, FeatureDrift } from '../drift/drift-report.ts'
import type { BaselineKind } from './baseline-document.ts'

/** The start of the window that a moment lies in: windows are aligned to the epoch. */
export function windowStart(atMs: number, everyMs: number): number {
  return Math.floor(atMs / everyMs) * everyMs
}

/** What was found in one window: statistics, and no row. */
export interface WindowDocument {
  readonly format: 'sluice-drift'
  readonly version: 1
  /** RFC 3339, UTC. */
  readonly start: string
  readonly end: string
  readonly rows: number
  /** Rows of calls that failed. */
  readonly failed: number
  readonly baseline: BaselineKind
  /** Absent while the version still learns. */
  readonly report?: WindowReport
}

export type WindowReport = Omit<DriftReport, 'thresholds' | 'leftOut'>

/** Of so many columns, those that moved the most, it is kept what bars are drawn of. */
const mostDrawn = 50

/** A report as it is kept, window after window: small, however many columns there are. */
export function keptReport({ thresholds: _, leftOut: __, features, ...report }: DriftReport): WindowReport {
  return { ...report, features: features.map((feature, i) => (i < mostDrawn ? feature : undrawn(feature))) }
}

function undrawn(feature: FeatureDrift): FeatureDrift {
  return { ...feature, bins: [] }
}
