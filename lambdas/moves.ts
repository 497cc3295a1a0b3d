import type { MovedRecord } from '../lib/rules/alias-move.ts'
import { newModel } from '../lib/rules/alias-move.ts'
import { chained, type Happening, type HistoryEntry, movesTraffic } from '../lib/rules/audit.ts'
import type { VersionRecord } from '../lib/rules/model-version.ts'
import type { Operation } from '../lib/rules/operation.ts'
import { Problem } from '../lib/rules/problem.ts'
import type { ModelRecord } from '../lib/rules/routing.ts'
import type { Move, Ports, Registry } from './ports.ts'

/** What a rule makes of the record as it stands; undefined: nothing is to be done. */
export interface Decided {
  readonly moved: MovedRecord
  readonly happening: Omit<Happening, 'artifact' | 'image'>
  readonly change?: Move['change']
  /** The version need not be READY: it becomes so with this move, or goes. */
  readonly unready?: true
  /** The first move that this operation makes, or none: what was asked for once happens once, whatever became of it. */
  readonly once?: Pick<Operation, 'id' | 'startedAt'>
  /** Why it is not done, unless this operation has done it before. */
  readonly refused?: Problem
}

/** How often a move is decided anew when somebody else moved the model between the read and the write. */
const attempts = 10

/**
 * Move a model: read its record, let a rule decide, and write the record, the history entry and what belongs to them
 * in ONE conditional transaction. Where the record moved meanwhile, decide again.
 * @returns the record afterwards, and the entry; no entry where the rule found nothing to do, or it was done before
 * @throws Problem what the rule throws; `version-not-ready`; `moved-meanwhile`
 */
export async function move(
  { registry, clock }: Pick<Ports, 'registry' | 'clock'>,
  model: string,
  decide: (record: ModelRecord) => Decided | undefined | Promise<Decided | undefined>,
): Promise<{ record: ModelRecord; entry?: HistoryEntry }> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const record = (await registry.model(model)) ?? newModel(model)
    const decided = await decide(record)
    if (decided === undefined) return { record }
    const { moved, happening, change, unready, once } = decided
    if (once !== undefined && (await hasMoved(registry, record, once))) return { record }
    if (decided.refused !== undefined) throw decided.refused
    const version = await registry.version(model, happening.version)
    if (unready === undefined) refuseUnlessReady(model, happening.version, version)
    const last = record.rev === 0 ? [] : await registry.history(model, record.rev - 1)
    const at = timeAfter(last, clock.now())
    const entry = chained(record, moved, { ...happening, ...digests(version) }, at)
    const next = { model, rev: entry.rev, head: entry.hash, aliases: moved.aliases, accepted: moved.accepted }
    const committed = await registry.commit({
      next,
      entry,
      ...(unready === undefined && { ready: happening.version }),
      ...(change !== undefined && { change }),
    })
    if (committed || (await isWritten(registry, entry))) return { record: next, entry }
  }
  throw new Problem('moved-meanwhile', `'${model}' was moved ${attempts} times while this was decided`)
}

/** Clocks of processes may differ by less than this, milliseconds. */
const clocksDifferMs = 3600 * 1000

/**
 * Whether an operation has moved a model before. A step that died after its move is called again, maybe much later, when
 * somebody else has moved the alias on: the record has forgotten who moved it, and the history has not. It is read
 * backwards, no farther than to what is older than the operation.
 */
async function hasMoved(
  registry: Pick<Registry, 'history'>,
  { model, rev }: Pick<ModelRecord, 'model' | 'rev'>,
  { id, startedAt }: Pick<Operation, 'id' | 'startedAt'>,
): Promise<boolean> {
  const from = Date.parse(startedAt) - clocksDifferMs
  for (let count = 16; ; count *= 4) {
    const entries = await registry.history(model, Math.max(rev - count, 0))
    if (entries.some(({ operation, kind }) => operation === id && movesTraffic(kind))) return true
    if (count >= rev || Date.parse(entries[0]?.at ?? '') < from) return false
  }
}

/**
 * Whether an entry stands although its commit said no: a client that lost the answer asks again by itself, and then its
 * own move is what stands in its way.
 */
async function isWritten(registry: Pick<Registry, 'history'>, entry: HistoryEntry): Promise<boolean> {
  const [standing] = await registry.history(entry.model, entry.rev - 1)
  return standing?.hash === entry.hash
}

/** The time of the next entry: now, or that of the last one, since a clock may be set back and history never runs so. */
function timeAfter(last: readonly HistoryEntry[], now: number): string {
  return new Date(Math.max(now, Date.parse(last.at(-1)?.at ?? '') || 0)).toISOString()
}

/** Refuse a model that has no version, released or not. @throws Problem `model-unknown` */
export async function refuseUnknownModel(registry: Pick<Registry, 'versions'>, model: string): Promise<void> {
  if ((await registry.versions(model)).length === 0)
    throw new Problem(
      'model-unknown',
      `there is no model '${model}' here; sluice list shows the models there are`,
    )
}

/** @throws Problem `version-unknown` */
export function refuseUnknown(
  model: string,
  version: string,
  record: VersionRecord | undefined,
): VersionRecord {
  if (record === undefined) throw new Problem('version-unknown', `'${model}' has no version ${version}`)
  return record
}

/** @throws Problem `version-unknown`, `version-retired`, `version-not-ready` */
export function refuseUnlessReady(
  model: string,
  version: string,
  found: VersionRecord | undefined,
): VersionRecord {
  const record = refuseUnknown(model, version, found)
  if (record.state === 'READY') return record
  if (record.state === 'RETIRED' || record.state === 'DELETING') throw retired(record)
  const why = record.problem === undefined ? '' : `: ${record.problem.detail}`
  throw new Problem('version-not-ready', `${model} ${version} is ${record.state}, and must be READY${why}`)
}

function retired({ model, version, retiredAt, deprecation }: VersionRecord): Problem {
  const day = retiredAt === undefined ? '' : ` on ${retiredAt.slice(0, 10)}`
  const successor = deprecation?.successor
  const instead = successor === undefined ? '' : `; call its successor, ${successor}`
  return new Problem('version-retired', `${model} ${version} was retired${day}${instead}`).succeededBy(
    successor,
  )
}

function digests(version: VersionRecord | undefined): Pick<Happening, 'artifact' | 'image'> {
  return {
    ...(version?.artifact !== undefined && { artifact: version.artifact.digest }),
    ...(version?.image !== undefined && { image: version.image.digest }),
  }
}

/** The last that writes the records of a model, in this process. */
const writing = new WeakMap<Ports['store'], Map<string, Promise<void>>>()

/**
 * Write every entry of a model's history that the store does not hold yet. Called with each move of a rollout and at
 * the end of each machine. Within a process one after the other: of a thousand that end at once the first writes all.
 */
export async function writeRecords(
  { registry, store }: Pick<Ports, 'registry' | 'store'>,
  model: string,
): Promise<void> {
  const writers = writing.get(store) ?? new Map<string, Promise<void>>()
  writing.set(store, writers)
  const before = writers.get(model)
  const write = async () => {
    await before?.catch(() => {})
    const held = await store.recordedRev(model)
    for (const entry of await registry.history(model, held)) await store.writeRecord(entry)
  }
  const mine = write()
  writers.set(model, mine)
  try {
    await mine
  } finally {
    if (writers.get(model) === mine) writers.delete(model)
  }
}
