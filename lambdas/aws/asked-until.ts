import type { EndpointRequest } from '../ports.ts'

/** Aborted when the time of a request is over, or nobody waits for its answer any more. */
export function askedUntil({
  timeoutMs,
  signal,
}: Pick<EndpointRequest, 'timeoutMs' | 'signal'>): AbortSignal {
  // Node takes whole milliseconds only.
  const timeout = AbortSignal.timeout(Math.ceil(timeoutMs))
  return signal === undefined ? timeout : AbortSignal.any([timeout, signal])
}
