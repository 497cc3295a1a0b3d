import pLimit from 'p-limit'
import { newModel } from '../../lib/rules/alias-move.ts'
import type { Break, HistoryEntry } from '../../lib/rules/audit.ts'
import {
  type FoundRecord,
  recordFault,
  type Verification,
  verification,
} from '../../lib/rules/verification.ts'
import type { ArtifactStore, Ports } from '../ports.ts'

/** So many records are read at once. */
const readsAtOnce = 32

type Kept = Pick<Ports, 'registry' | 'store'>

/** Every model that there is something to verify of: the registry may have lost one that has records. */
export async function verifiableModels({ registry, store }: Kept): Promise<string[]> {
  const names = await Promise.all([registry.modelNames(), store.recordedModels()])
  return [...new Set(names.flat())].toSorted()
}

/**
 * Verify a model's audit chain while the platform goes on. The order of reads matters: a move that is committed
 * meanwhile is neither a record too many nor a record too few.
 */
export async function verifyModel({ registry, store }: Kept, model: string): Promise<Verification> {
  const anchor = (await registry.model(model)) ?? newModel(model)
  const running = (await registry.unfinished()).some((one) => one.state === 'running' && one.model === model)
  const held = await store.recordedRev(model)
  const history = await registry.history(model).catch(ifUnreadable(undefined))
  const told = history?.length ?? 0
  const revAfterwards =
    Math.max(held, told) > anchor.rev ? ((await registry.model(model))?.rev ?? 0) : anchor.rev
  const entries = history?.slice(0, anchor.rev)
  const recordBreak = await findRecordBreak(store, model, entries?.slice(0, held) ?? [])
  return verification({ model, anchor, entries, told, held, revAfterwards, running, recordBreak })
}

async function findRecordBreak(
  store: ArtifactStore,
  model: string,
  entries: readonly HistoryEntry[],
): Promise<Break | undefined> {
  const inTurn = pLimit(readsAtOnce)
  const faults = await Promise.all(
    entries.map((entry, i) => inTurn(async () => recordFault(entry, await foundRecord(store, model, i + 1)))),
  )
  const first = faults.findIndex((fault) => fault !== undefined)
  return first === -1 ? undefined : { rev: first + 1, fault: faults[first] ?? '' }
}

/** What the store holds at the place of a record. */
export async function foundRecord(store: ArtifactStore, model: string, rev: number): Promise<FoundRecord> {
  try {
    const json = await store.record(model, rev)
    return json === undefined ? 'missing' : { json }
  } catch (error) {
    return ifUnreadable('unreadable' as const)(error)
  }
}

/** What is no JSON any more was written over, and that is a finding, not a fault of the platform. */
function ifUnreadable<T>(answer: T): (error: unknown) => T {
  return (error) => {
    if (Error.isError(error) && error.name === 'SyntaxError') return answer
    throw error
  }
}
