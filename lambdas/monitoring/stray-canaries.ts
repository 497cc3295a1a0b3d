import { endRollout } from '../../lib/rules/alias-move.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { type Repair, strayCanaries } from '../../lib/rules/reconcile.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { type Sweeping, writeRepair } from './repair.ts'

/** Take the traffic back from every canary whose rollout nobody leads any more. */
export async function returnStrayCanaries(sweeping: Sweeping, record: ModelRecord): Promise<Repair[]> {
  const { ports, dryRun } = sweeping
  const leaders = new Map<string, Operation | undefined>()
  for (const { canary } of Object.values(record.aliases))
    if (canary !== undefined) leaders.set(canary.rollout, await ports.registry.operation(canary.rollout))
  const repairs: Repair[] = []
  for (const { alias, canary, because } of strayCanaries(record, (id) => leaders.get(id))) {
    const { version, rollout } = canary
    const did = `'${alias}' took all traffic back`
    const repair: Repair = {
      kind: 'returned',
      model: record.model,
      version,
      alias,
      operation: rollout,
      found: because,
      did,
    }
    if (
      dryRun ||
      (await writeRepair(sweeping, repair, (seen) => endRollout(seen, { alias, version, rollout })))
    )
      repairs.push(repair)
  }
  return repairs
}
