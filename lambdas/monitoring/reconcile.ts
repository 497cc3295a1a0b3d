import pLimit from 'p-limit'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { type Patience, placeOf, type Repair, type Sweep, usualPatience } from '../../lib/rules/reconcile.ts'
import { inTurn } from '../../lib/rules/upkeep.ts'
import type { MadeEndpoint, Ports } from '../ports.ts'
import { tendOperation } from './dead-operations.ts'
import { writeMissingRecords } from './missing-records.ts'
import type { Sweeping } from './repair.ts'
import { returnStrayCanaries } from './stray-canaries.ts'
import { removeStray } from './stray-endpoints.ts'
import { tendRecord } from './tend-records.ts'

export interface SweepLimits {
  /** After this nothing is begun with any more, in milliseconds. @default 10 minutes */
  readonly forMs?: number
  /** Models and operations at once. @default 4 */
  readonly atOnce?: number
  /** Histories that grew since are held against the store, in milliseconds. @default 2 days */
  readonly recordsWithinMs?: number
  /** @default usualPatience */
  readonly patience?: Patience
  /** Only say what would be done. @default false */
  readonly dryRun?: boolean
}

interface Run extends Sweeping {
  readonly recordsWithinMs: number
  readonly isInTime: () => boolean
  /** Do one thing; what it throws keeps nothing else from being done, and is told. */
  readonly attempt: (what: string, act: () => Promise<readonly Repair[]>) => Promise<readonly Repair[]>
}

/** What there is, as far as the hosts could tell. */
interface Made {
  /** Every host told all: what is not here is not there. */
  readonly isWhole: boolean
  readonly all: readonly MadeEndpoint[]
  readonly byModel: ReadonlyMap<string, readonly MadeEndpoint[]>
  readonly places: ReadonlySet<string>
}

/**
 * Hold registry, store, machines and hosts against each other, and mend what does not fit: a process died in between.
 * Every act is conditional on what was seen, so it may run at any moment, twice at once, and be killed anywhere.
 */
export async function reconcile(ports: Ports, limits: SweepLimits = {}): Promise<Sweep> {
  const { forMs = 10 * 60 * 1000, atOnce = 4, recordsWithinMs = 2 * 24 * 3600 * 1000 } = limits
  const { patience = usualPatience, dryRun = false } = limits
  const now = ports.clock.now()
  const broken: string[] = []
  const run: Run = {
    ...{ ports, now, patience, dryRun, recordsWithinMs },
    isInTime: () => ports.clock.now() < now + forMs,
    attempt: (what, act) =>
      act().catch((error: unknown) => {
        broken.push(`${what}: ${Error.isError(error) ? error.message : error}`)
        return []
      }),
  }
  const working = pLimit(atOnce)
  const running = (await ports.registry.unfinished()).filter(({ state }) => state === 'running')
  const revived = await working.map(running, (one) =>
    run.isInTime() ? run.attempt(`${one.kind} ${one.id}`, () => tendOperation(run, one)) : [],
  )
  // Listed before any version is read: what is made was written down before.
  const made = await listed(run)
  const underWay = await ports.registry.unfinished()
  const models = await ports.registry.modelNames()
  const mended = await working.map(inTurn(models, now), (model) =>
    run.isInTime() ? reconcileModel(run, model, made, underWay) : undefined,
  )
  const left = mended.filter((one) => one === undefined).length
  const nobodys = left === 0 ? await removeNobodys(run, made, mended) : []
  const repairs = [...revived, ...mended.map((one) => one?.repairs ?? []), nobodys].flat()
  return { repairs, broken, left }
}

async function listed(run: Run): Promise<Made> {
  const all: MadeEndpoint[] = []
  let isWhole = false
  await run.attempt('what the hosts have made could not be listed', async () => {
    for await (const one of run.ports.host.made()) all.push(one)
    isWhole = true
    return []
  })
  const places = new Set(all.map(({ endpoint }) => placeOf(endpoint)))
  return { isWhole, all, byModel: Map.groupBy(all, ({ model }) => model), places }
}

/** What became of a model. */
interface Mended {
  readonly model: string
  readonly repairs: readonly Repair[]
  /** Where its versions answer, or would. */
  readonly places: readonly string[]
}

async function reconcileModel(
  run: Run,
  model: string,
  made: Made,
  unfinished: readonly Operation[],
): Promise<Mended> {
  const { ports } = run
  const places: string[] = []
  const repairs = await run.attempt(model, async () => {
    const underWay = unfinished.filter((one) => one.model === model && one.state === 'running')
    const record = await ports.registry.model(model)
    const done: Repair[] = []
    const act = async (what: string, one: () => Promise<readonly Repair[]>) =>
      void done.push(...(await run.attempt(what, one)))
    if (record !== undefined) await act(`the canaries of ${model}`, () => returnStrayCanaries(run, record))
    const versions = new Map<string, VersionRecord>()
    for (const version of await ports.registry.versions(model)) {
      versions.set(version.version, version)
      const place = version.endpoint && placeOf(version.endpoint)
      if (place !== undefined) places.push(place)
      // Of what cannot be listed nothing is known to be there, or gone.
      const isKnown = made.isWhole || version.state === 'CREATING'
      const isThere = place !== undefined && made.places.has(place)
      const isBusy = underWay.some((one) => one.version === version.version)
      if (isKnown)
        await act(`${model} ${version.version}`, () => tendRecord(run, version, { isThere, isBusy }))
    }
    for (const one of made.byModel.get(model) ?? [])
      await act(one.endpoint.name, () => removeStray(run, one, versions.get(one.version)))
    if (record !== undefined && underWay.length === 0)
      await act(`the records of ${model}`, () => writeMissingRecords(run, record, run.recordsWithinMs))
    return done
  })
  return { model, repairs, places }
}

/** What was made of models that nobody knows. An old home tells of which version something is by its name alone. */
async function removeNobodys(
  run: Run,
  made: Made,
  mended: readonly (Mended | undefined)[],
): Promise<readonly Repair[]> {
  const known = new Set(mended.map((one) => one?.model))
  const places = new Set(mended.flatMap((one) => one?.places ?? []))
  const nobodys = made.all.filter(
    ({ model, endpoint }) => !known.has(model) && !places.has(placeOf(endpoint)),
  )
  const repairs: Repair[] = []
  for (const one of nobodys)
    repairs.push(...(await run.attempt(one.endpoint.name, () => removeStray(run, one, undefined))))
  return repairs
}
