import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { judgeMade, type Repair } from '../../lib/rules/reconcile.ts'
import type { MadeEndpoint } from '../ports.ts'
import { type Sweeping, writeRepair } from './repair.ts'

/**
 * Remove what was made for a version that does not answer by it. The record is read just before: a release writes down
 * where its endpoint will be before it makes it. Its host looks at the tags once more, and leaves alone what is another's.
 * @param seen the version's record as it was read a while ago
 */
export async function removeStray(
  sweeping: Sweeping,
  made: MadeEndpoint,
  seen: VersionRecord | undefined,
): Promise<Repair[]> {
  const { ports, now, patience, dryRun } = sweeping
  const { endpoint, model, version } = made
  if (judgeMade(made, seen, { now, patience }) === undefined) return []
  const record = model === '' ? undefined : await ports.registry.version(model, version)
  const finding = judgeMade(made, record, { now, patience })
  if (finding === undefined) return []
  const repair: Repair = { kind: 'removed', model, version, found: finding.because, did: 'it was removed' }
  if (dryRun) return [repair]
  try {
    await ports.host.remove(endpoint)
  } catch (error) {
    if (isProblem(error) && error.code === 'endpoint-changing') return []
    throw error
  }
  await writeRepair(sweeping, repair)
  return [repair]
}
