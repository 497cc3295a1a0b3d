import { Problem } from './problem.ts'
import { type ModelRecord, reachedBy } from './routing.ts'

/**
 * Refuse to retire a version that callers still reach by a name other than its own: an alias, a rollout, the way back
 * of an alias, or a range. @throws Problem `still-in-use`
 */
export function checkRetirement(record: ModelRecord, version: string): void {
  const user = reachedBy(record, version)
  if (user !== undefined)
    throw new Problem(
      'still-in-use',
      `${record.model} ${version} is still reached by ${user}; move that to another version first`,
    )
}
