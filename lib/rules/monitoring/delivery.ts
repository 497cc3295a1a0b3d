/** One try to tell a URL. */
export interface Attempt {
  /** RFC 3339, UTC. */
  readonly at: string
  /** What it answered. */
  readonly status?: number
  /** Why there was no answer, for people. */
  readonly fault?: string
}

/** What came of telling a URL. */
export interface Delivery {
  readonly url: string
  readonly state: 'waiting' | 'delivered' | 'given-up'
  /** In order of time. */
  readonly attempts: readonly Attempt[]
  /** When it is tried again, milliseconds since the epoch; of one that waits. */
  readonly nextAt?: number
}

const firstWaitMs = 10_000
const longestWaitMs = 3_600_000
/** A URL is told for at most so long. */
export const tryForMs = 24 * 3_600_000

export function newDelivery(url: string): Delivery {
  return { url, state: 'waiting', attempts: [] }
}

export function isDue({ state, nextAt = 0 }: Delivery, now: number): boolean {
  return state === 'waiting' && now >= nextAt
}

/**
 * What an attempt makes of a delivery. 2xx is delivered; 410 says that nobody wants it any more; whatever else is tried again,
 * each time after twice as long, from 10 s up to an hour, for a day.
 */
export function attempted(delivery: Delivery, attempt: Attempt): Delivery {
  const { url } = delivery
  const attempts = [...delivery.attempts, attempt]
  const { status = 0 } = attempt
  if (status >= 200 && status < 300) return { url, state: 'delivered', attempts }
  const nextAt = Date.parse(attempt.at) + Math.min(firstWaitMs * 2 ** (attempts.length - 1), longestWaitMs)
  const began = Date.parse(attempts[0]?.at ?? attempt.at)
  if (status === 410 || nextAt - began > tryForMs) return { url, state: 'given-up', attempts }
  return { url, state: 'waiting', attempts, nextAt }
}
