export interface PredictionRequest {
  readonly contentType: string | undefined
  /** What the caller would like to get; only for who passes it on. */
  readonly accept?: string | undefined
  readonly body: Uint8Array
}

export interface Prediction {
  /** `{"predictions": […]}`, one entry a record. */
  readonly body: Uint8Array
  /** What the endpoint took. */
  readonly latencyMs: number
  /** Of a version without a signature: the body is whatever its server has said, and this is the type of it. */
  readonly passedAs?: string
}
