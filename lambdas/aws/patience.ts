import { setTimeout as pause } from 'node:timers/promises'

const attempts = 8
const firstPauseMs = 50
const longestPauseMs = 5000

/**
 * Try again while a service says that it could not decide yet: throttled, in conflict with another call, or not yet
 * aware of what was made a moment ago. Pauses grow and are drawn at random ("full jitter"), so that many who were
 * refused together do not come back together.
 * @param worthIt whether the same call may succeed a moment later @throws what the last attempt threw
 */
export async function patiently<T>(worthIt: (error: unknown) => boolean, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call()
    } catch (error) {
      if (attempt === attempts || !worthIt(error)) throw error
      await pause(Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** attempt))
    }
  }
}
