/** How long warm parents are waited with, and kept. */
export interface WarmPatience {
  /** A parent is begun once nobody was served for so long since a version of its environment has loaded: whoever asks comes first. */
  readonly idleMs: number
  /** After so long it is begun all the same. */
  readonly busyMs: number
  /** One that forked nothing for so long is ended. */
  readonly unusedMs: number
}

/** Moments by one clock, in milliseconds. */
interface Moments {
  readonly loadedAt: number
  /** When somebody asked for a prediction last, or was answered. */
  readonly servedAt: number
  readonly now: number
}

/**
 * In how many milliseconds the parent of an environment may begin: a second of imports on a core that serves is a second
 * of slow predictions. 0 or less: now.
 */
export function warmsInMs({ loadedAt, servedAt, now }: Moments, { idleMs, busyMs }: WarmPatience): number {
  return Math.min(Math.max(loadedAt, servedAt) + idleMs, loadedAt + busyMs) - now
}
