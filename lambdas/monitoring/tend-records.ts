import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import { judgeVersion, type Repair, type Swept } from '../../lib/rules/reconcile.ts'
import { type Sweeping, writeRepair } from './repair.ts'

/** Make a version's state and its endpoint agree: see `judgeVersion` for what may be found. */
export async function tendRecord(
  sweeping: Sweeping,
  version: VersionRecord,
  there: Pick<Swept, 'isThere' | 'isBusy'>,
): Promise<Repair[]> {
  const { ports, now, patience, dryRun } = sweeping
  const owner = version.state === 'CREATING' ? await ports.registry.operation(version.owner) : undefined
  const finding = judgeVersion({ version, owner, now, patience, ...there })
  if (finding === undefined) return []
  const { action, because: found } = finding
  const about = { model: version.model, version: version.version, found }
  const repair: Repair = {
    fail: {
      ...about,
      kind: 'failed' as const,
      did: 'it became FAILED, and what was made for it was removed',
    },
    collect: { ...about, kind: 'removed' as const, did: 'it was removed' },
    recreate: { ...about, kind: 'recreated' as const, did: 'it was made again from its image' },
  }[action]
  if (action === 'recreate' && !(await isAbsent(sweeping, version))) return []
  if (dryRun) return [repair]
  if (!(await acts[action](sweeping, version, found))) return []
  await writeRepair(sweeping, repair)
  return [repair]
}

type Act = (sweeping: Sweeping, version: VersionRecord, found: string) => Promise<boolean>

/** What each does; false where somebody else was faster, or it must be tried again. */
const acts: { readonly [action in 'fail' | 'collect' | 'recreate']: Act } = {
  fail: async (sweeping, { model, version, owner, endpoint }, found) => {
    const { registry } = sweeping.ports
    const seen = await registry.version(model, version)
    // While it is CREATING nobody else can claim it, and make an endpoint of this name.
    if (seen?.state !== 'CREATING' || seen.owner !== owner) return false
    if (!(await isRemoved(sweeping, endpoint))) return false
    const { facts } = new Problem('platform-fault', found)
    const failed = { state: 'FAILED', problem: facts } as const
    return registry.changeVersion(model, { version, seen: { state: 'CREATING', owner }, facts: failed })
  },
  collect: async (sweeping, { model, version, state, endpoint }) => {
    const { registry } = sweeping.ports
    const change = { version, seen: { state: 'RETIRED' }, facts: { state: 'DELETING' } } as const
    if (state === 'RETIRED' && !(await registry.changeVersion(model, change))) return false
    return isRemoved(sweeping, endpoint)
  },
  recreate: async ({ ports }, { model, version }) => {
    const record = await ports.registry.version(model, version)
    if (record?.state !== 'READY') return false
    const { image, manifest } = record
    if (image === undefined || manifest === undefined)
      throw new Error('its record does not say of what its endpoint is made')
    await ports.host.create({ model, version, image, manifest })
    return true
  },
}

/** What a listing did not show is asked for by its name: it may be younger than the listing, or parked. */
async function isAbsent({ ports }: Sweeping, { endpoint }: VersionRecord): Promise<boolean> {
  return endpoint !== undefined && (await ports.host.describe(endpoint)).state === 'absent'
}

async function isRemoved({ ports }: Sweeping, endpoint: VersionRecord['endpoint']): Promise<boolean> {
  if (endpoint === undefined) return true
  try {
    await ports.host.remove(endpoint)
    return true
  } catch (error) {
    if (isProblem(error) && error.code === 'endpoint-changing') return false
    throw error
  }
}
