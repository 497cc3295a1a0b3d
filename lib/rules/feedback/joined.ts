import type { CapturedRecord } from '../capture/captured-call.ts'
import { addPair, emptyCounts, type QualityCounts } from '../quality/quality-counts.ts'
import type { Signature } from '../signature.ts'
import type { FeedbackRow } from './feedback.ts'

/** A prediction and what it turned out to be. */
export interface JoinedPair {
  readonly output: string
  readonly predicted: unknown
  readonly actual: FeedbackRow['actual']
  /** How long after the call it was told, in milliseconds. */
  readonly lateMs: number
  /** When the call was, in milliseconds since the epoch; absent in what was joined by versions before this. */
  readonly atMs?: number
  /** The version answered it as a canary. */
  readonly asCanary?: true
}

/** The pairs of an hour's calls, by what they are about: told twice, the last one counts. */
export type JoinedPairs = Readonly<Record<string, JoinedPair>>

export function pairKey({ requestId, row }: Pick<FeedbackRow, 'requestId' | 'row'>): string {
  return `${row} ${requestId}`
}

/** @returns undefined where the version has no such output, or the call failed: then there is nothing to hold it to */
export function joinedPair(
  signature: Signature,
  record: CapturedRecord,
  told: FeedbackRow,
  toldMs: number,
): { readonly key: string; readonly pair: JoinedPair } | undefined {
  const { outputs } = signature
  const output = told.output ?? outputs[0]?.name
  if (output === undefined || !outputs.some(({ name }) => name === output)) return undefined
  if (record.prediction === undefined) return undefined
  const predicted =
    outputs.length === 1 ? record.prediction : (record.prediction as Record<string, unknown> | null)?.[output]
  const lateMs = Math.max(0, toldMs - Date.parse(record.at))
  const pair: JoinedPair = {
    ...{ output, predicted, actual: told.actual, lateMs, atMs: Date.parse(record.at) },
    ...(record.variant === 'canary' && { asCanary: true }),
  }
  return { key: `${pairKey(told)} ${output}`, pair }
}

/** The counts of one output among pairs. @param counts whether a pair is one of them */
export function countsOf(
  pairs: JoinedPairs,
  output: string,
  isCounted: (pair: JoinedPair) => boolean = () => true,
): QualityCounts {
  const counts = emptyCounts()
  for (const pair of Object.values(pairs))
    if (pair.output === output && isCounted(pair)) addPair(counts, pair.predicted, pair.actual)
  return counts
}
