import type { Repair } from '../../lib/rules/reconcile.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { writeRecords } from '../moves.ts'
import { type Sweeping, writeRepair } from './repair.ts'

/**
 * Write what of a history the store does not hold, where nobody is about to do so.
 * @param withinMs a history that did not grow for this long was looked at before: to look costs a listing
 */
export async function writeMissingRecords(
  sweeping: Sweeping,
  { model, rev }: ModelRecord,
  withinMs: number,
): Promise<Repair[]> {
  const { ports, now, patience, dryRun } = sweeping
  const [last] = await ports.registry.history(model, rev - 1)
  const age = now - Date.parse(last?.at ?? '')
  if (last === undefined || !(age >= patience.operationMs && age <= withinMs)) return []
  const missing = rev - (await ports.store.recordedRev(model))
  if (missing <= 0) return []
  const found = `${missing} of the ${rev} entries of the history of ${model} were not in the store`
  const repair: Repair = { kind: 'recorded', model, version: last.version, found, did: 'they were written' }
  if (dryRun) return [repair]
  await writeRecords(ports, model)
  await writeRepair(sweeping, repair)
  return [repair]
}
