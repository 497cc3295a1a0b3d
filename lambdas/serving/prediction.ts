import type { AskedBytes, AskedRecords } from '../../lib/rules/capture/captured-call.ts'

export interface PredictionRequest {
  readonly contentType: string | undefined
  /** What the caller would like to get; only for who passes it on. */
  readonly accept?: string | undefined
  readonly body: Uint8Array
  /** Told what is asked, once it is held to the signature and before anything answers. */
  readonly onAsked?: (asked: AskedRecords | AskedBytes) => void
}

export interface Prediction {
  /** `{"predictions": […]}`, one entry a record. */
  readonly body: Uint8Array
  /** What the endpoint took. */
  readonly latencyMs: number
  /** Of a version without a signature: the body is whatever its server has said, and this is the type of it. */
  readonly passedAs?: string
}
