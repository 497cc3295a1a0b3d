import type { AskedRecords } from '../../lib/rules/capture/captured-call.ts'
import type { ComparisonReport } from '../../lib/rules/comparison/comparison-report.ts'
import type { Shadow } from '../../lib/rules/routing.ts'

/** A version in the shadow of what an alias serves. */
export interface ShadowOf {
  readonly model: string
  readonly alias: string
  /** The version that is served. */
  readonly version: string
  readonly shadow: Shadow
}

/** A call that an alias answered, and whose records its shadow is to be asked as well. */
export interface ShadowedCall extends ShadowOf {
  readonly requestId: string
  readonly records: AskedRecords['records']
  /** How long the body was that they came in. */
  readonly bodyBytes: number
  /** `{"predictions": […]}` */
  readonly answer: Uint8Array
  readonly latencyMs: number
}

/** Calls of more records are dropped: a batch of thousands keeps a processor for itself. */
export const mostShadowedRecords = 1000

/** Asks shadows what was asked of others. */
export interface Shadows {
  /** Take a call whose caller has its answer. Never throws and never delays; what there is no room for is dropped, and counted. */
  cast(call: ShadowedCall): void
  /** Write down now what was found so far, as far as that can be had within a few seconds. Never throws. */
  flush(): Promise<void>
}

/** What was found of a shadow since it was first asked, as it is kept. */
export interface KeptShadow {
  readonly alias: string
  /** What it was cast by. */
  readonly by: string
  /** RFC 3339, UTC. */
  readonly startedAt: string
  readonly until: string
  /** Calls that the shadow was asked. */
  readonly asked: number
  /** Calls that it was not asked: too many were on their way, or it had no room. */
  readonly dropped: number
  /** Calls that do not fit its signature. */
  readonly unfit: number
  readonly report: ComparisonReport
}
