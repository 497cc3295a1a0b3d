import { Problem, shown } from '../../lib/rules/problem.ts'

/** How long a caller waits at most, by its header `Request-Timeout`, in seconds. */
const seconds = /^(?:\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})$/

/**
 * How long a caller waits, in milliseconds; undefined where it does not say.
 * @throws Problem `timeout-malformed`
 */
export function askedTimeoutMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  if (seconds.test(text) && Number(text) > 0) return Number(text) * 1000
  throw new Problem(
    'timeout-malformed',
    `Request-Timeout is ${shown(header)}; allowed is a number of seconds above 0, such as 2 or 0.5`,
  )
}
