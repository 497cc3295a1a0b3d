import type { DriftBin, DriftVerdict, FeatureDrift } from '../../lib/rules/drift/drift-report.ts'
import type { Notice } from '../../lib/rules/monitoring/notice.ts'
import type { WindowDocument } from '../../lib/rules/monitoring/window.ts'

/** How a version that is recorded stands, as `GET /models/{model}/drift?version=` tells it. */
export interface DriftStandingView {
  readonly version: string
  readonly samplePercent: number
  readonly everyMinutes: number
  readonly lookedUntil?: string
  readonly baseline: { readonly kind: string; readonly rows: number; readonly learnFrom: number }
  readonly series: readonly DriftWindow[]
  readonly breaches: readonly {
    readonly name: string
    readonly side: string
    readonly since: string
    readonly sentence: string
  }[]
  readonly notices: readonly (Notice & { readonly answeredBy?: readonly string[] })[]
  readonly latest?: WindowDocument
  readonly leftOut?: readonly string[]
}

export interface DriftWindow {
  readonly start: string
  readonly end: string
  readonly rows: number
  /** Absent while the baseline is learned. */
  readonly verdict?: DriftVerdict
  readonly sentence: string
  readonly drifted: readonly string[]
  /** How far each column was from its baseline, in multiples of where it counts as drifted. */
  readonly strengths?: readonly ColumnStrength[]
}

interface ColumnStrength {
  readonly name: string
  readonly side: string
  readonly strength: number
}

/** How far a column was from its baseline, window by window; nothing where fewer than two know it. */
export function strengthsOf(
  series: readonly DriftWindow[],
  { name, side }: Omit<ColumnStrength, 'strength'>,
) {
  const found = series.flatMap(({ strengths = [] }) =>
    strengths.filter((one) => one.name === name && one.side === side).map(({ strength }) => strength),
  )
  // Of what could never be compared there is nothing to draw.
  return found.length < 2 || found.every((strength) => strength === 0) ? [] : found
}

/** What a window is drawn as, in a strip of them. */
export function windowTone({ verdict }: DriftWindow): 'bad' | 'good' | 'unknown' {
  return verdict === 'drifted' ? 'bad' : verdict === 'steady' ? 'good' : 'unknown'
}

/** In a sentence, how a version stands now. */
export function standingSentence({ breaches, series, baseline }: DriftStandingView): string {
  const last = series.at(-1)
  // What is open stays so until a window finds it steady again: the last one may have had too few rows to tell.
  const [first, ...others] = breaches
  if (first !== undefined)
    return `${first.sentence}${others.length === 0 ? '' : `; and ${others.map(({ name }) => name).join(', ')}`}`
  if (last === undefined)
    return `Nothing was looked at yet: the baseline has ${baseline.rows} rows (${baseline.kind}).`
  return `${last.sentence[0]?.toUpperCase()}${last.sentence.slice(1)}`
}

/** Two bars of a part of the values: what share lay there in the baseline, and lies there now. */
export interface BarPair {
  readonly label: string
  readonly baseline: number
  readonly current: number
}

/** The parts of a column as bars, the highest of which is 1. */
export function barsOf(bins: readonly DriftBin[]): BarPair[] {
  const most = Math.max(...bins.flatMap(({ baseline, current }) => [baseline, current]), 0)
  if (most === 0) return []
  return bins.map(({ label, baseline, current }) => ({
    label,
    baseline: baseline / most,
    current: current / most,
  }))
}

/** The columns that drifted first, then those that moved the most. */
export function columnsOf(latest: WindowDocument | undefined): readonly FeatureDrift[] {
  const features = latest?.report?.features ?? []
  return features.toSorted(
    (a, b) => Number(b.verdict === 'drifted') - Number(a.verdict === 'drifted') || b.strength - a.strength,
  )
}
