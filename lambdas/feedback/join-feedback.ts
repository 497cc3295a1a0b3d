import {
  type FeedbackBatch,
  type FeedbackRow,
  type Range,
  rangeOf,
} from '../../lib/rules/feedback/feedback.ts'
import { type JoinedPairs, joinedPair, pairKey } from '../../lib/rules/feedback/joined.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { hourMs } from '../../lib/wiring/capture-layout.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { EveryVersion } from '../monitoring/every-version.ts'
import type { Ports } from '../ports.ts'

/** So many rows are joined at once; what is more waits for the next run. */
const mostRows = 50_000
/** A record may come so long after its call: until then a row that finds none waits. */
const waitMs = 2 * hourMs
const dayMs = 24 * hourMs

type JoinPorts = Pick<Ports, 'captures' | 'monitoring' | 'clock'>

/** What a run came to, in rows. */
export interface Joining {
  readonly joined: number
  /** Of calls that were not recorded, or that nobody made. */
  readonly unmatched: number
  /** Their records may yet come. */
  readonly waiting: number
}

interface Batch {
  readonly key: string
  readonly batch: FeedbackBatch
}

interface Pending {
  readonly told: FeedbackRow
  readonly toldMs: number
  readonly range: Range
  found: boolean
}

/**
 * Join what was told of calls to the calls that were recorded, for every model that anything was told of. Killed between any two
 * lines it does the same again: pairs are kept by what they are about, and what was told goes only when they are kept. One run at a
 * time.
 */
export async function joinFeedback(ports: JoinPorts, models: EveryVersion): Promise<Joining> {
  const sum = { joined: 0, unmatched: 0, waiting: 0 }
  for (const [model, versions] of models) {
    const { joined, unmatched, waiting } = await joinModel(ports, model, versions)
    sum.joined += joined
    sum.unmatched += unmatched
    sum.waiting += waiting
  }
  return sum
}

async function joinModel(ports: JoinPorts, model: string, all: readonly VersionRecord[]): Promise<Joining> {
  const now = ports.clock.now()
  const keys = await batchesNow(ports, model)
  if (keys.length === 0) return { joined: 0, unmatched: 0, waiting: 0 }
  const versions = all.filter(({ signature }) => signature !== undefined)
  const sinceMs = now - keptMs(versions)
  const pending: Pending[] = []
  for (const { batch } of keys)
    for (const told of batch.rows) {
      const toldMs = Date.parse(batch.at)
      pending.push({ told, toldMs, range: rangeOf(told, toldMs, sinceMs), found: false })
    }
  for (const version of versions) await joinVersion(ports, version, pending)
  const left = pending.filter(({ found }) => !found)
  const waiting = new Set(left.filter(({ toldMs }) => now - toldMs < waitMs).map(({ told }) => told))
  const unmatched = new Set(left.map(({ told }) => told).filter((told) => !waiting.has(told)))
  await keepUnmatched(ports, model, keys, unmatched)
  for (const { key, batch } of keys) await replaceBatch(ports, key, batch, waiting)
  return { joined: pending.length - left.length, unmatched: unmatched.size, waiting: waiting.size }
}

/** The oldest of what was told, as much as a run takes. */
async function batchesNow({ monitoring }: JoinPorts, model: string): Promise<readonly Batch[]> {
  const taken: Batch[] = []
  let rows = 0
  for (const key of await monitoring.list(monitoringKeys.newFeedbacks(model))) {
    const text = await monitoring.read(key)
    if (text === undefined) continue
    const batch = JSON.parse(text) as FeedbackBatch
    if (rows > 0 && rows + batch.rows.length > mostRows) break
    rows += batch.rows.length
    taken.push({ key, batch })
  }
  return taken
}

/** Find the calls of a version that rows tell of, hour by hour, and keep the pairs beside those of before. */
async function joinVersion(
  ports: JoinPorts,
  record: VersionRecord,
  pending: readonly Pending[],
): Promise<void> {
  const { model, version, signature } = record
  if (signature === undefined) return
  for (const hour of hoursOf(pending)) {
    const here = pending.filter(
      ({ found, range }) => !found && range.fromMs < hour + hourMs && range.untilMs > hour,
    )
    if (here.length === 0) continue
    const wanted = Map.groupBy(here, ({ told }) => pairKey(told))
    const pairs: Record<string, JoinedPairs[string]> = {}
    const range = { model, version, fromMs: hour, untilMs: hour + hourMs }
    for await (const records of ports.captures.read(range))
      for (const captured of records)
        for (const one of wanted.get(pairKey(captured)) ?? []) {
          one.found = true
          const joined = joinedPair(signature, captured, one.told, one.toldMs)
          if (joined !== undefined) pairs[joined.key] = joined.pair
        }
    if (Object.keys(pairs).length > 0) await addPairs(ports, record, hour, pairs)
  }
}

async function addPairs(
  { monitoring }: JoinPorts,
  { model, version }: VersionRecord,
  hour: number,
  pairs: JoinedPairs,
): Promise<void> {
  const key = monitoringKeys.joined(model, version, hour)
  const before = JSON.parse((await monitoring.read(key)) ?? '{}') as JoinedPairs
  await monitoring.write(key, JSON.stringify({ ...before, ...pairs }))
}

/** Every hour that a row may be about, the newest first: there most calls lie. */
function hoursOf(pending: readonly Pending[]): number[] {
  const hours = new Set<number>()
  for (const { range } of pending)
    for (let hour = Math.floor(range.fromMs / hourMs) * hourMs; hour < range.untilMs; hour += hourMs)
      hours.add(hour)
  return [...hours].toSorted((a, b) => b - a)
}

/** What was told goes once its pairs are kept; what may yet come is told again in the next run. */
async function replaceBatch(
  { monitoring }: JoinPorts,
  key: string,
  batch: FeedbackBatch,
  waiting: ReadonlySet<FeedbackRow>,
): Promise<void> {
  const left = batch.rows.filter((row) => waiting.has(row))
  if (left.length === batch.rows.length) return
  if (left.length === 0) await monitoring.remove(key)
  else await monitoring.write(key, JSON.stringify({ ...batch, rows: left }))
}

/** How many rows were told of calls that nobody recorded. */
export interface Unmatched {
  readonly rows: number
  /** The batches that were counted last: one that is met again is not counted again. */
  readonly counted: readonly string[]
}

const mostCounted = 1000

async function keepUnmatched(
  { monitoring }: JoinPorts,
  model: string,
  batches: readonly Batch[],
  unmatched: ReadonlySet<FeedbackRow>,
): Promise<void> {
  if (unmatched.size === 0) return
  const key = monitoringKeys.unmatched(model)
  const before = JSON.parse((await monitoring.read(key)) ?? '{"rows":0,"counted":[]}') as Unmatched
  const fresh = batches
    // Of a batch that part of goes, what is left is another.
    .map(({ key: name, batch }) => ({ name: `${name} ${batch.rows.length}`, batch }))
    .filter(({ name }) => !before.counted.includes(name))
  const rows = fresh.reduce(
    (sum, { batch }) => sum + batch.rows.filter((row) => unmatched.has(row)).length,
    0,
  )
  const counted = [...before.counted, ...fresh.map(({ name }) => name)].slice(-mostCounted)
  await monitoring.write(key, JSON.stringify({ rows: before.rows + rows, counted } satisfies Unmatched))
}

/** How long anything is kept of a model's calls, in milliseconds. */
function keptMs(versions: readonly VersionRecord[]): number {
  const days = versions.map(({ manifest }) => manifest?.capture.retentionDays ?? usualDays)
  return Math.max(usualDays, ...days) * dayMs
}

const usualDays = 30
