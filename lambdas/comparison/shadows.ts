import type { AskedRecords } from '../../lib/rules/capture/captured-call.ts'
import type { ComparisonReport } from '../../lib/rules/comparison/comparison-report.ts'
import type { Shadow } from '../../lib/rules/routing.ts'

/** A call that an alias answered, and whose records its shadow is to be asked as well. */
export interface ShadowedCall {
  readonly requestId: string
  readonly model: string
  readonly alias: string
  /** The version that has answered. */
  readonly version: string
  readonly shadow: Shadow
  readonly records: AskedRecords['records']
  /** `{"predictions": […]}` */
  readonly answer: Uint8Array
  readonly latencyMs: number
}

/** Asks shadows what was asked of others. Where a process may be frozen once it has answered, there are none. */
export interface Shadows {
  /** Take a call whose caller has its answer. Never throws and never delays; what there is no room for is dropped, and counted. */
  cast(call: ShadowedCall): void
  /** Write down now what was found so far. */
  flush(): Promise<void>
}

/** What was found of a shadow since a process began to cast it, as it is kept. */
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
