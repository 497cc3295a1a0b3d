import type { Endpoint } from '../lib/rules/model-version.ts'
import type { Operation } from '../lib/rules/operation.ts'
import { isProblem } from '../lib/rules/problem.ts'
import type { Ports } from './ports.ts'
import { lookAgain } from './release/waiting.ts'

/** What a step answers that must be called again: its machine waits until then. */
export interface Later {
  readonly waitUntil: string
}

/** An endpoint that is held fast is asked to go for so long after its operation's deadline. */
const patienceMs = 24 * 3600 * 1000

/**
 * Remove an endpoint, and everything that was made for it.
 * @returns when to try again, where its host holds it fast; undefined once it is gone
 */
export async function removedOrLater(
  ports: Pick<Ports, 'host' | 'clock' | 'settings'>,
  { startedAt, deadline }: Operation,
  endpoint: Endpoint | undefined,
): Promise<Later | undefined> {
  if (endpoint === undefined) return undefined
  try {
    await ports.host.remove(endpoint)
    return undefined
  } catch (error) {
    if (!isProblem(error) || error.code !== 'endpoint-changing') throw error
    const until = { startedAt, deadline: deadline + patienceMs }
    return { waitUntil: lookAgain(ports, until, 'endpoint-changing', 'the end of its endpoint') }
  }
}
