import { isProblem } from './problem.ts'

/** Lambda prepares an image again in a few seconds. */
const pauseMs = 3000
/** With less than this left, a second try could only end in a timeout. */
const leastMs = 250

/** When a refused request is sent once more, and how long it may take then. */
export interface SecondTry {
  readonly afterMs: number
  readonly timeoutMs: number
}

/**
 * Whether a request is sent a second time, within its own deadline: only where the endpoint was starting and took
 * nothing of it. What may have been executed is never sent again. @returns undefined: it is not
 */
export function secondTry(error: unknown, elapsedMs: number, timeoutMs: number): SecondTry | undefined {
  if (!isProblem(error) || error.code !== 'endpoint-unavailable' || error.isStarting !== true)
    return undefined
  const leftMs = timeoutMs - elapsedMs
  // Short deadlines leave the larger part to the second try.
  const afterMs = Math.min(pauseMs, leftMs / 4)
  return leftMs - afterMs < leastMs ? undefined : { afterMs, timeoutMs: leftMs - afterMs }
}
