import type { CapturedCall, CapturedRecord } from '../lib/rules/capture/captured-call.ts'

/** Recorded calls, of the versions whose manifest asks for it. */
export interface CaptureStore {
  /**
   * Take a call to be recorded. Never throws and never delays: it is written later, memory for what waits is bounded,
   * and whatever is not written is counted as lost.
   */
  take(call: CapturedCall): void
  /**
   * The records of a version's calls that came at or after `fromMs` and before `untilMs`, as many at once as are at hand; about in
   * the order they came in. What is no record, such as a line that a crash cut, is left out.
   */
  read(asked: CapturedRange): AsyncIterable<readonly CapturedRecord[]>
  /** What was taken of a model's versions and what became of it, since the platform began. */
  standing(model: string): Promise<readonly CaptureStanding[]>
  /** Remove what was recorded of a version before a moment: whole hours, or days, so that a little more may stay. */
  forget(asked: {
    readonly model: string
    readonly version: string
    readonly beforeMs: number
  }): Promise<void>
}

export interface CapturedRange {
  readonly model: string
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly fromMs: number
  readonly untilMs: number
}

export interface CaptureStanding {
  readonly version: string
  /** Calls that were written; absent where nobody counts them, since the files tell. */
  readonly written?: number
  /** Calls that were to be written, and were not: there was no room for them, or the disk took none. */
  readonly lost: number
  /** How often the platform died with calls in its hands: of each at most those of its last moments are lost, uncounted. */
  readonly interruptions: number
}

/** Small documents that monitoring leaves for itself: baselines, what was found in a window, open breaches. */
export interface MonitoringStore {
  /** @param key such as `churn/1.4.0/baseline.json`: parts of a-z, A-Z, 0-9, `.`, `_`, `-`, `=` between slashes */
  read(key: string): Promise<string | undefined>
  /** Written whole or not at all, and kept for good once this resolves; what was there is written over. */
  write(key: string, text: string): Promise<void>
  /** The keys that begin so, in order of their text. */
  list(prefix: string): Promise<readonly string[]>
  /** Remove one, or find it gone. */
  remove(key: string): Promise<void>
}

/** Tells URLs that stand in manifests. */
export interface Webhooks {
  /**
   * Post a body to a URL, and do not follow where it leads on. Never throws, and waits for some seconds at most. What it
   * leads to is looked at: an address that nobody outside has is refused where a platform stands in a network of its own.
   */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<HookAnswer>
}

/** The status that was answered, or why there was none, for people. */
export type HookAnswer = { readonly status: number } | { readonly fault: string }
