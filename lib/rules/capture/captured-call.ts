import type { InputRecord } from '../request-records.ts'
import type { Variant } from '../routing.ts'
import type { CapturePlan } from './capture-plan.ts'

/** A call as the router hands it over to be recorded: nothing of it is written as text yet. */
export interface CapturedCall {
  /** When it came, in milliseconds since the epoch. */
  readonly atMs: number
  readonly requestId: string
  readonly model: string
  readonly version: string
  readonly variant: Variant
  /** What the endpoint took. */
  readonly latencyMs: number
  readonly asked: AskedRecords | AskedBytes
  /** `{"predictions": […]}`, or whatever a server without a signature says; absent where there was none. */
  readonly answer?: Uint8Array
  /** The code of the problem that was answered in place of a prediction. */
  readonly problem?: string
  readonly plan: CapturePlan
}

/** What a call asked of a version with a signature. */
export interface AskedRecords {
  readonly records: readonly InputRecord[]
  /** How long the body was that they came in: what they take in memory. */
  readonly bodyBytes?: number
}

/** What it asked of one without. */
export interface AskedBytes {
  readonly contentType: string
  readonly body: Uint8Array
}

/**
 * One record of a call as it is kept: a line of JSON. These names are promises: people read the files with tools of
 * their own.
 */
export interface CapturedRecord {
  /** When the call came: RFC 3339, UTC. */
  readonly at: string
  readonly requestId: string
  /** Which record of the call it is, from 0. */
  readonly row: number
  readonly model: string
  readonly version: string
  readonly variant: Variant
  /** What the endpoint took for the whole call. */
  readonly latencyMs: number
  /** By name; absent where the version does not say what it takes. */
  readonly inputs?: Readonly<Record<string, unknown>>
  /** The bare value of the one output, or an object by name; absent where the call failed. */
  readonly prediction?: unknown
  readonly problem?: string
  /** Of a version that does not say what it takes. */
  readonly request?: KeptBytes
  readonly answer?: Omit<KeptBytes, 'contentType'>
}

/** Bytes as text where they are UTF-8, else in Base64. */
export interface KeptBytes {
  readonly contentType: string
  readonly text?: string
  readonly base64?: string
}
