import { setTimeout as pause } from 'node:timers/promises'
import pLimit from 'p-limit'
import { newModel } from '../../lib/rules/alias-move.ts'
import type { Endpoint, VersionRecord } from '../../lib/rules/model-version.ts'
import { costsWhileIdle, inTurn, leftAliasAt, type Upkeep, upkeepOf } from '../../lib/rules/upkeep.ts'
import type { EndpointTruth, Ports } from '../ports.ts'
import { liveNodes } from './live-nodes.ts'

export interface TendingLimits {
  /** After this no version is begun with any more, in milliseconds. */
  readonly forMs: number
  /** Looks at endpoints at once: a probe takes one of the account's environments. */
  readonly atOnce: number
  /** A look that takes longer than this is not waited for, in milliseconds: the endpoint has been called by then. */
  readonly lookMs: number
}

/** What a run came to, in versions. */
export interface Tending {
  /** READY ones that the rule has judged. */
  readonly judged: number
  /** Nothing was to be done about them now. */
  readonly kept: number
  /** Looked at, and they answered. */
  readonly awake: number
  /** They slept, or were parked and are needed: they start. */
  readonly woken: number
  readonly parked: number
  /** Nobody needs them, and they were parked already. */
  readonly stayParked: number
  /** Endpoints that are gone, or could not be looked at, in words for people. */
  readonly broken: readonly string[]
  /** Not come to in this run: the next begins with them. */
  readonly left: number
}

type Outcome = 'awake' | 'woken' | 'parked' | 'stayParked' | { readonly broken: string }
type TendingPorts = Pick<Ports, 'registry' | 'host' | 'clock'>
interface Task {
  readonly version: VersionRecord
  readonly endpoint: Endpoint
  readonly action: Exclude<Upkeep['action'], 'keep'>
}

const readsAtOnce = 8

/**
 * Keep every retained version answering, and park what costs money and nobody needs. What is due follows from names
 * and the hour, so that a run needs to remember nothing of the one before.
 */
export async function tendVersions(ports: TendingPorts, limits: TendingLimits): Promise<Tending> {
  const began = ports.clock.now()
  const models = await ports.registry.modelNames()
  const reading = pLimit(readsAtOnce)
  const asked = await liveNodes(ports.registry)
  const judged = (await reading.map(models, (model) => judgedVersions(ports, model, began, asked))).flat()
  const due = new Map(judged.flatMap(({ task }) => (task === undefined ? [] : [[task.endpoint.name, task]])))
  const looking = pLimit(limits.atOnce)
  const outcomes = await looking.map(inTurn([...due.keys()], began), async (name) => {
    const task = due.get(name)
    return task === undefined || ports.clock.now() >= began + limits.forMs
      ? undefined
      : tend(ports, task, limits.lookMs)
  })
  const count = (outcome: Outcome) => outcomes.filter((one) => one === outcome).length
  return {
    judged: judged.length,
    kept: judged.length - due.size,
    awake: count('awake'),
    woken: count('woken'),
    parked: count('parked'),
    stayParked: count('stayParked'),
    broken: outcomes.flatMap((one) => (typeof one === 'object' ? [one.broken] : [])),
    left: outcomes.filter((one) => one === undefined).length,
  }
}

/**
 * What is to be done about each READY version of a model, as its records stand now.
 * @param asked the versions that graphs ask, by `liveNodes`
 */
export async function judgedVersions(
  { registry }: Pick<TendingPorts, 'registry'>,
  model: string,
  now: number,
  asked: ReadonlyMap<string, string>,
) {
  const versions = (await registry.versions(model)).filter(({ state }) => state === 'READY')
  const record = (await registry.model(model)) ?? newModel(model)
  const costly = versions.some(({ endpoint }) => endpoint !== undefined && costsWhileIdle(endpoint.host))
  // Only where something may be parked is there anything to learn from what was served and what is under way.
  const history = costly ? await registry.history(model) : []
  const unfinished = costly ? await registry.unfinished() : []
  const underWay = unfinished.filter(({ state }) => state === 'running')
  return versions.map((version) => {
    const isBusy = underWay.some((one) => one.model === model && one.version === version.version)
    const leftAt = leftAliasAt(history, version.version)
    const { action } = upkeepOf({
      ...{ version, record, leftAt, isBusy, now },
      askedBy: asked.get(`${model} ${version.version}`),
    })
    const { endpoint } = version
    const task: Task | undefined =
      action === 'keep' || endpoint === undefined ? undefined : { version, endpoint, action }
    return { version, action, task }
  })
}

/** Do what was decided about one version. Never throws: one that is broken keeps no other from being looked at. */
async function tend(ports: TendingPorts, task: Task, lookMs: number): Promise<Outcome> {
  const { endpoint, action, version } = task
  const name = `${version.model} ${version.version}`
  try {
    const truth = await Promise.race([ports.host.describe(endpoint), tooLong(lookMs)])
    if (truth === undefined) return 'woken'
    const { state, reason } = truth
    // Of an instance that could not start, for want of capacity, nothing is left that a call could wake.
    if (state === 'failed' && costsWhileIdle(endpoint.host)) await ports.host[action](endpoint)
    if (state === 'absent' || state === 'failed')
      return {
        broken: `${name} ${state === 'absent' ? 'has lost its endpoint' : `failed: ${reason ?? '?'}`}`,
      }
    return action === 'park' ? await park(ports, task, truth) : await wake(ports, task, truth)
  } catch (error) {
    return { broken: `${name} could not be looked at: ${Error.isError(error) ? error.message : error}` }
  }
}

async function wake({ host }: TendingPorts, { endpoint }: Task, { state }: EndpointTruth): Promise<Outcome> {
  if (state === 'parked') await host.wake(endpoint)
  return state === 'active' ? 'awake' : 'woken'
}

/** Park a version that still nobody needs; one that somebody came to need meanwhile is woken again. */
async function park(ports: TendingPorts, task: Task, { state }: EndpointTruth): Promise<Outcome> {
  if (state === 'parked') return 'stayParked'
  // Somebody woke it a moment ago, and a host holds fast what it makes.
  if (state === 'creating') return 'woken'
  if (!(await isStillToPark(ports, task))) return 'awake'
  await ports.host.park(task.endpoint)
  if (await isStillToPark(ports, task)) return 'parked'
  await ports.host.wake(task.endpoint)
  return 'woken'
}

async function isStillToPark(ports: TendingPorts, { version: { model, version } }: Task): Promise<boolean> {
  const asked = await liveNodes(ports.registry)
  const judged = await judgedVersions(ports, model, ports.clock.now(), asked)
  return judged.some((one) => one.version.version === version && one.action === 'park')
}

async function tooLong(ms: number): Promise<undefined> {
  await pause(ms, undefined, { ref: false })
}
