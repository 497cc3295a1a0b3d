import type { AskedBytes, AskedRecords } from '../../lib/rules/capture/captured-call.ts'
import type { GraphTrace } from './graph/graph-run.ts'

export interface PredictionRequest {
  readonly contentType: string | undefined
  /** What the caller would like to get; only for who passes it on. */
  readonly accept?: string | undefined
  readonly body: Uint8Array
  /** Told what is asked, once it is held to the signature and before anything answers. */
  readonly onAsked?: (asked: AskedRecords | AskedBytes) => void
  readonly how?: Asking
}

/** How a version is asked: what a caller may say of it, and what a graph says that asks it. */
export interface Asking {
  /** Nobody waits longer, in milliseconds. @default what the version allows */
  readonly timeoutMs?: number
  /** Nobody waits for the answer once this is aborted. */
  readonly signal?: AbortSignal
  /** The trace that the call belongs to. */
  readonly traceparent?: string
  /** Hears which nodes of a graph are asked. */
  readonly trace?: GraphTrace
}

export interface Prediction {
  /** `{"predictions": […]}`, one entry a record. */
  readonly body: Uint8Array
  /** What the endpoint took. */
  readonly latencyMs: number
  /** Of a version without a signature: the body is whatever its server has said, and this is the type of it. */
  readonly passedAs?: string
}
