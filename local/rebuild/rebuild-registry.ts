import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import pLimit from 'p-limit'
import { foundRecord } from '../../lambdas/control/verification.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { type RebuiltModel, rebuildModel } from '../../lib/rules/rebuild.ts'
import { recordKey, recordsPrefix } from '../../lib/wiring/store-layout.ts'
import { inTransaction } from '../database.ts'
import { FolderStore } from '../folder-store.ts'
import { type Home, homeAt, takeHome } from '../home.ts'
import { EndpointTable, type WrittenRow } from '../hosting/endpoint-table.ts'
import { SqliteRegistry } from '../sqlite-registry.ts'
import { RegistryDraft } from './registry-draft.ts'
import { restoredVersions, type VersionNote } from './restored-versions.ts'

export interface RebuildProps {
  /** The folder of a platform that is not running. */
  readonly home: string
  /** Where a chain is broken, go up to the last good entry. @default false: refuse */
  readonly untilBreak?: boolean
  /** Hear how far it is. */
  readonly told?: (stage: RebuildStage) => void
}

export type RebuildStage = 'reading' | 'writing' | 'setting-aside' | 'placing' | 'placed'

/** What was made anew. */
export interface Rebuilt {
  readonly models: readonly RebuiltModel[]
  /** What is to be known of single versions. */
  readonly notes: readonly VersionNote[]
  /** The file in the home that the old registry is in now; absent where there was none. */
  readonly oldRegistry?: string
  /** The folder in the home that records behind a break are in now. */
  readonly oldRecords?: string
}

/** So many records are read at once. */
const readsAtOnce = 32

/**
 * Make the registry of a home anew from the records in its store, which hold every move whose operation has ended.
 * Operations, counted outcomes and releases that never became ready are not in them. The old registry is put aside.
 * @throws HomeTaken, Problem `nothing-to-rebuild`, `chain-broken`
 */
export async function rebuildRegistry(props: RebuildProps): Promise<Rebuilt> {
  if (!existsSync(join(props.home, 'store', recordsPrefix))) throw nothingToRebuild()
  const home = homeAt(props.home)
  const letGo = takeHome(home)
  try {
    return await rebuilt(home, props)
  } finally {
    letGo()
  }
}

async function rebuilt(home: Home, { untilBreak = false, told = () => {} }: RebuildProps): Promise<Rebuilt> {
  told('reading')
  const store = new FolderStore(home)
  const read: RebuiltModel[] = []
  for (const name of await store.recordedModels()) read.push(await rebuiltModel(store, name))
  if (read.length === 0) throw nothingToRebuild()
  if (!untilBreak) refuseBreaks(read)
  const whole = await Promise.all(
    read.map(async (model) => ({ model, restored: await restoredVersions(home, store, model) })),
  )
  told('writing')
  const models = whole.map(({ model, restored }) => ({ ...model, versions: restored.versions }))
  const time = new Date().toISOString().replaceAll(/[-:.]/g, '')
  const draft = new RegistryDraft(home)
  try {
    new SqliteRegistry(draft.database).restore(models.filter(({ entries }) => entries.length > 0))
    writeEndpoints(
      draft,
      whole.flatMap(({ restored }) => restored.endpoints),
    )
    told('setting-aside')
    const oldRegistry = draft.copyOldAside(time)
    told('placing')
    draft.place()
    told('placed')
    const oldRecords = await putRecordsAside(home, store, models, `records-${time}`)
    return {
      models,
      notes: whole.flatMap(({ restored }) => restored.notes),
      ...(oldRegistry !== undefined && { oldRegistry }),
      ...(oldRecords !== undefined && { oldRecords }),
    }
  } finally {
    draft.drop()
  }
}

async function rebuiltModel(store: FolderStore, model: string): Promise<RebuiltModel> {
  const inTurn = pLimit(readsAtOnce)
  const revs = Array.from({ length: await store.recordedRev(model) }, (_, i) => i + 1)
  const found = await Promise.all(revs.map((rev) => inTurn(() => foundRecord(store, model, rev))))
  return rebuildModel(model, found)
}

/** @throws Problem `chain-broken` that names every model whose chain is broken */
function refuseBreaks(models: readonly RebuiltModel[]): void {
  const broken = models.flatMap(({ record, break: found }) =>
    found === undefined ? [] : [{ model: record.model, ...found }],
  )
  const [first] = broken
  if (first === undefined) return
  const others = broken.length === 1 ? '' : ` (chains that are broken: ${broken.length})`
  throw new Problem(
    'chain-broken',
    `entry ${first.rev} of '${first.model}' ${first.fault}${others}; nothing was changed. ` +
      'Bring the record back from a backup, or go up to the last good entry with --until-break',
    broken.map(({ model, rev, fault }) => ({
      pointer: `/${recordKey(model, rev)}`,
      found: `an entry that ${fault}`,
      allowed: 'the entry as it was written',
    })),
  )
}

function nothingToRebuild(): Problem {
  return new Problem(
    'nothing-to-rebuild',
    'the store of this home holds no record, so there is nothing to make a registry from; name another home with --home DIR',
  )
}

function writeEndpoints({ database }: RegistryDraft, endpoints: readonly WrittenRow[]): void {
  const table = new EndpointTable(database)
  inTransaction(database, () => {
    for (const endpoint of endpoints) table.put(endpoint)
  })
}

/**
 * Take the records behind a break out of the way: new moves get their revisions.
 * @returns the folder they are in now; undefined where there were none
 */
async function putRecordsAside(
  home: Home,
  store: FolderStore,
  models: readonly RebuiltModel[],
  folder: string,
): Promise<string | undefined> {
  let moved = 0
  for (const { record } of models.filter((one) => one.break !== undefined)) {
    const highest = await store.recordedRev(record.model)
    for (let rev = record.rev + 1; rev <= highest; rev += 1) {
      const place = join(home.store, recordKey(record.model, rev))
      if (!existsSync(place)) continue
      const target = join(home.root, folder, recordKey(record.model, rev))
      await mkdir(dirname(target), { recursive: true })
      await rename(place, target)
      moved += 1
    }
  }
  return moved === 0 ? undefined : folder
}
