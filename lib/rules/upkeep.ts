import type { HistoryEntry } from './audit.ts'
import { unitInterval } from './digest.ts'
import { graphHost, isGraphEndpoint } from './graph/graph-endpoint.ts'
import type { VersionRecord } from './model-version.ts'
import { type ModelRecord, reachedBy } from './routing.ts'

const hourMs = 60 * 60 * 1000

/**
 * How often a version that idles for nothing is called. Lambda takes back the image of a function that nobody called
 * "for multiple weeks" and a network interface after 14 days; at 5 days one probe may fail, and the next still comes
 * in time.
 */
export const probeEveryHours = 5 * 24

/** What an alias served before stays warm this long, so that a rollback waits for no start. */
export const warmAfterwardsMs = 24 * hourMs

/** What nobody has called for this long is idle, where that is known. */
export const idleAfterMs = hourMs

/** What is done about a version, and why, in words for people. */
export interface Upkeep {
  /** `keep`: nothing. `wake`: see that it answers. `park`: stop what it costs, until somebody needs it. */
  readonly action: 'keep' | 'wake' | 'park'
  readonly because: string
}

/** A version as the rule looks at it. */
export interface Tended {
  readonly version: Pick<VersionRecord, 'version' | 'state' | 'manifest' | 'endpoint'>
  readonly record: ModelRecord
  /** When it stopped being what an alias serves; undefined where it never was, or still is. */
  readonly leftAt: number | undefined
  /** A graph that asks it and that somebody reaches. @default none */
  readonly askedBy?: string | undefined
  /** An operation works on it. */
  readonly isBusy: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Hosts on which what is not called costs nothing: these are kept awake, and never parked. */
const idlesForNothing: ReadonlySet<string> = new Set(['lambda', 'sagemaker-serverless', graphHost])

/** Whether versions on a host cost something while nobody calls them. */
export function costsWhileIdle(host: string): boolean {
  return !idlesForNothing.has(host)
}

/**
 * Decide what a version needs. Where idling is free, each is called in its own hour of every five days; where it is
 * not, what somebody needs runs, and the rest is parked.
 */
export function upkeepOf(tended: Tended): Upkeep {
  const { version, isBusy, now } = tended
  const { endpoint, manifest } = version
  if (version.state !== 'READY' || endpoint === undefined) return { action: 'keep', because: 'is not ready' }
  if (isGraphEndpoint(endpoint)) return { action: 'keep', because: 'is a graph, and nothing runs for it' }
  if (!costsWhileIdle(endpoint.host))
    return isProbeDue(endpoint.name, now)
      ? { action: 'wake', because: `is called every ${probeEveryHours / 24} days, so that it stays awake` }
      : { action: 'keep', because: 'costs nothing while idle' }
  if (isBusy) return { action: 'keep', because: 'an operation works on it' }
  if (manifest?.host.keepRunning === true) return { action: 'wake', because: 'its manifest says keepRunning' }
  const need = neededFor(tended)
  return need === undefined
    ? { action: 'park', because: 'costs something while idle, and nothing but its own path reaches it' }
    : { action: 'wake', because: need }
}

/**
 * Whether this is the hour of an endpoint: one of every 120, by its name alone, so that probes are spread evenly and
 * none is forgotten, however often a run was cut short or did not come.
 */
export function isProbeDue(name: string, now: number): boolean {
  return Math.floor(unitInterval(name) * probeEveryHours) === Math.floor(now / hourMs) % probeEveryHours
}

/**
 * The order in which a run goes through endpoints: by their names, from one end and the next time from the other, so
 * that what a run leaves when its time is over is what the next one has first.
 */
export function inTurn(names: readonly string[], now: number): string[] {
  const hour = Math.floor(now / hourMs)
  const order = names.toSorted((a, b) => unitInterval(a) - unitInterval(b))
  // Both an hour and a whole round later it is the other end's turn.
  return (hour + Math.floor(hour / probeEveryHours)) % 2 === 0 ? order : order.reverse()
}

/** Why a version must answer without a start; undefined where it need not. */
function neededFor({ version: { version }, record, leftAt, askedBy, now }: Tended): string | undefined {
  if (askedBy !== undefined) return `is asked by the graph ${askedBy}`
  const aliases = Object.entries(record.aliases)
  // The way back is a need of its own: it ends a day after the alias has left it.
  const forward = Object.fromEntries(aliases.map(([name, { previous: _, ...alias }]) => [name, alias]))
  const user = reachedBy({ ...record, aliases: forward }, version)
  if (user !== undefined) return `is reached by ${user}`
  for (const [name, { previous, canary }] of aliases) {
    if (previous !== version) continue
    if (canary !== undefined) return `is the way back of alias '${name}' while a rollout lasts`
    if (leftAt !== undefined && now < leftAt + warmAfterwardsMs)
      return `was served by alias '${name}' less than a day ago`
  }
  return undefined
}

/** When a version stopped being what an alias serves, by the model's history; the last time of several. */
export function leftAliasAt(history: readonly HistoryEntry[], version: string): number | undefined {
  const serves = ({ after }: HistoryEntry) =>
    Object.values(after.aliases).some(({ stable }) => stable === version)
  const last = history.findLastIndex(serves)
  const next = last < 0 ? undefined : history[last + 1]
  return next === undefined ? undefined : Date.parse(next.at)
}
