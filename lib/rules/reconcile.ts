import { isGraphEndpoint } from './graph/graph-endpoint.ts'
import type { Endpoint, VersionRecord } from './model-version.ts'
import { isOver, type Operation } from './operation.ts'
import type { AliasRecord, ModelRecord } from './routing.ts'

/** How long the sweeper leaves something alone that may be the work of somebody who is just busy. */
export interface Patience {
  /** After the last that is known of an operation, milliseconds. */
  readonly operationMs: number
  /** After an endpoint was made, a version was retired, or a claim was made, milliseconds. */
  readonly endpointMs: number
}

/**
 * Of a deployed platform. A step takes 15 minutes at most and a machine's retries some minutes more, but all of that in
 * an execution that runs; between two executions, or before the first, lie seconds. An endpoint is made within minutes
 * of its release's writing it down.
 */
export const usualPatience: Patience = { operationMs: 10 * 60 * 1000, endpointMs: 60 * 60 * 1000 }

/** A machine that has died so often dies of what it works on: its operation is ended. */
export const mostRestarts = 3

/** What a sweep does about what it finds; each is a `repaired` entry of the model's history. */
export const repairKinds = [
  /** A machine was started anew for an operation whose machine had died. */
  'restarted',
  /** An operation was ended, and what it had begun undone. */
  'ended',
  /** Traffic was taken back from a canary that nobody led. */
  'returned',
  /** A version that nobody made any more became FAILED. */
  'failed',
  /** An endpoint was removed that no version answers by. */
  'removed',
  /** The endpoint of a READY version was made again. */
  'recreated',
  /** Entries of a history were written to the store. */
  'recorded',
] as const
export type RepairKind = (typeof repairKinds)[number]

/** One repair, as people are told of it. */
export interface Repair {
  readonly kind: RepairKind
  /** '' where the host does not tell: what an earlier version of Sluice made on a laptop. */
  readonly model: string
  readonly version: string
  readonly alias?: string
  readonly operation?: string
  /** What was found, as a sentence without its stop. */
  readonly found: string
  /** What was done about it, as one that follows on `found`. */
  readonly did: string
}

/** What a sweep came to. */
export interface Sweep {
  readonly repairs: readonly Repair[]
  /** What could not be looked at or mended now, as sentences: the next sweep tries again. */
  readonly broken: readonly string[]
  /** Models not come to in this run. */
  readonly left: number
}

/** What is done about something, and what was found, as a sentence for people that names its subject. */
export interface Finding<Action extends string> {
  readonly action: Action
  readonly because: string
}

/** @returns undefined where all is well, or nothing may be done yet */
export function judgeOperation(
  operation: Operation,
  { isRunning, now, patience }: { isRunning: boolean; now: number; patience: Patience },
): Finding<'restart' | 'end'> | undefined {
  // One that waits for a person has no machine.
  if (operation.state !== 'running' || isRunning) return undefined
  const { kind, progress, restarts = 0, deadline } = operation
  const heardOf = Date.parse(progress.at(-1)?.at ?? operation.startedAt)
  if (now < heardOf + patience.operationMs) return undefined
  const what = `the machine of a ${kind} ended before the ${kind} did`
  if (now >= deadline + patience.operationMs)
    return { action: 'end', because: `${what}, and its deadline has passed` }
  if (restarts >= mostRestarts)
    return { action: 'end', because: `${what}, after it was started anew ${mostRestarts} times` }
  return { action: 'restart', because: what }
}

/** The operations that a model's records refer to, as they stand; undefined: there is none of that id. */
export type Known = (id: string) => Operation | undefined

/** A canary whose rollout nobody leads any more. */
export interface StrayCanary extends Finding<'return'> {
  readonly alias: string
  readonly canary: NonNullable<AliasRecord['canary']>
}

export function strayCanaries(record: ModelRecord, known: Known): StrayCanary[] {
  return Object.entries(record.aliases).flatMap(([alias, { canary }]) => {
    if (canary === undefined) return []
    const leader = known(canary.rollout)
    if (leader !== undefined && !isOver(leader)) return []
    const because = `'${alias}' gave ${canary.weightPercent} % to ${canary.version}, and its rollout ${ended(leader)}`
    return [{ action: 'return', alias, canary, because }]
  })
}

function ended(operation: Operation | undefined): string {
  return operation === undefined
    ? 'is not known'
    : `has ${operation.state === 'rolled-back' ? 'been rolled back' : operation.state}`
}

/** A version as the rule looks at it. */
export interface Swept {
  readonly version: VersionRecord
  /** The operation that claimed it. */
  readonly owner: Operation | undefined
  /** Whether something of its endpoint is there. */
  readonly isThere: boolean
  /** A machine works on this version. */
  readonly isBusy: boolean
  readonly now: number
  readonly patience: Patience
}

/**
 * `fail`: it never became READY, and nobody makes it any more. `collect`: what nobody may reach is there still.
 * `recreate`: it must answer, and nothing is there that could. @returns undefined where all is well
 */
export function judgeVersion(swept: Swept): Finding<'fail' | 'collect' | 'recreate'> | undefined {
  const { version, owner, isThere, isBusy, now, patience } = swept
  const past = (since: string | undefined) =>
    now >= Date.parse(since ?? version.createdAt) + patience.endpointMs
  const name = `${version.model} ${version.version}`
  if (version.state === 'CREATING') {
    if (owner !== undefined && !isOver(owner)) return undefined
    return past(owner?.endedAt)
      ? { action: 'fail', because: `${name} was CREATING, and its release ${ended(owner)}` }
      : undefined
  }
  if (version.state === 'READY')
    return isThere || version.endpoint === undefined || isGraphEndpoint(version.endpoint)
      ? undefined
      : { action: 'recreate', because: `${name} was READY, and its endpoint was gone` }
  if (version.state === 'FAILED' || isBusy) return undefined
  return isThere && past(version.retiredAt)
    ? { action: 'collect', because: `${name} was ${version.state}, and its endpoint was there still` }
    : undefined
}

/**
 * Whether something that was made belongs to nobody: no record refers to it, or only that of a version which failed.
 * A release writes down where its endpoint will be before it makes it, so what nobody has written down is nobody's; a
 * version that is being made keeps whatever has its name.
 * @param createdAt milliseconds since the epoch; where that is not known, it is as old as one likes
 */
export function judgeMade(
  { endpoint, createdAt = 0 }: { readonly endpoint: Endpoint; readonly createdAt?: number | undefined },
  version: VersionRecord | undefined,
  { now, patience }: { now: number; patience: Patience },
): Finding<'remove'> | undefined {
  if (now < createdAt + patience.endpointMs) return undefined
  const what = `${endpoint.host} had ${endpoint.name}`
  if (version === undefined)
    return { action: 'remove', because: `${what}, and no version is known that it is of` }
  const name = `${version.model} ${version.version}`
  if (version.state === 'CREATING') return undefined
  if (version.state === 'FAILED') return { action: 'remove', because: `${what}, and ${name} has FAILED` }
  if (version.endpoint !== undefined && isSamePlace(version.endpoint, endpoint)) return undefined
  return { action: 'remove', because: `${what}, and ${name} answers elsewhere` }
}

/** Both kinds of SageMaker's are made of the same three resources, under one name. */
export function isSamePlace(one: Endpoint, other: Endpoint): boolean {
  return placeOf(one) === placeOf(other)
}

/** What two endpoints have in common that are one thing. */
export function placeOf({ host, name }: Endpoint): string {
  return `${host.startsWith('sagemaker') ? 'sagemaker' : host} ${name}`
}
