import type { ServerAnswer } from './server-process.ts'

/** What a body is, and what its sender would like to get. */
export interface BodyAs {
  readonly contentType: string
  readonly accept?: string | undefined
  /** Nobody waits for the answer once this is aborted. */
  readonly signal?: AbortSignal | undefined
}

/** The requests of one version, on their way to its server. */
export interface Line {
  /** Requests that wait or are being answered. */
  readonly length: number
  /** Whether one more would be answered in good time. */
  hasRoom(): boolean
  /** @throws Overdue where there is no answer in time, and what the destination throws */
  ask(body: string | Uint8Array, records: number, timeoutMs: number, as: BodyAs): Promise<ServerAnswer>
}
