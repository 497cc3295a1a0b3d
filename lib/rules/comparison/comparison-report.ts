import type { Concentration } from './where-it-differs.ts'
import type { Share } from './wilson.ts'

/** What was found where two versions were asked the same. */
export interface ComparisonReport {
  readonly model: string
  /** The version that the other is held to. */
  readonly a: string
  readonly b: string
  /** How far a number with a fraction may be off: absolute up to 1, relative above. */
  readonly tolerance: number
  /** Records that both were asked and that `a` answered: the agreement is a share of them. */
  readonly compared: number
  readonly agreed: number
  /** Absent where nothing was compared. With Wilson's interval of 95 %. */
  readonly agreement?: Share
  readonly fields: readonly FieldReport[]
  /** Outputs that are not compared: only one of them has them, or their values are to be hidden. */
  readonly uncompared: readonly string[]
  /** What the differences go with, in a sentence, and as what it was found. */
  readonly where: string
  readonly concentration?: Concentration
  /** The worst first. */
  readonly worst: readonly WorstCase[]
  readonly latencyMs: { readonly a?: Latency; readonly b?: Latency }
  /** How often each failed, by the code of the problem. */
  readonly errors: { readonly a: ErrorCounts; readonly b: ErrorCounts }
  /** Whether every row was kept, or quantiles and places are those of a sample. */
  readonly sampled: boolean
}

export type ErrorCounts = Readonly<Record<string, number>>

/** One output of both. */
export interface FieldReport {
  readonly name: string
  readonly differed: number
  /** How far the second is off the first, of the rows where both are numbers; of a list, its farthest element. */
  readonly off?: OffReport
  /** How often each said what, where there are few things to be said: `others` are all beyond the first twelve. */
  readonly labels?: readonly LabelCount[]
}

export interface OffReport {
  readonly mean: number
  /** The distances without their sign. */
  readonly meanAbsolute: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly largest: number
}

export interface LabelCount {
  readonly a: string
  readonly b: string
  readonly rows: number
}

export interface Latency {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** A record that both were asked, and what they said: the value of a prediction, or the code of a problem. */
export interface WorstCase {
  readonly requestId?: string
  readonly row?: number
  /** Absent where they are not to be kept; large values are shown by their beginning. */
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly a: unknown
  readonly b: unknown
  /** The largest difference of a number. Cases are ranked by it as a share of the first, where that is above 1. */
  readonly off?: number
}
