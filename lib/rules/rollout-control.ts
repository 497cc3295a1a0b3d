import { type Asked, isOver, type Operation, type RolloutProgress, type Untold } from './operation.ts'
import { Problem } from './problem.ts'
import { longestRolloutSeconds, rolloutSteps } from './rollout.ts'
import type { ModelRecord } from './routing.ts'
import type { Verdict } from './verdict.ts'

/** What people may ask of a rollout while it lasts. */
export const rolloutControls = ['pause', 'resume', 'skip', 'abort'] as const
export type RolloutControl = (typeof rolloutControls)[number]

/** Where it is asked: the model's record as it stands, and the time in milliseconds since the epoch. */
export interface Seen {
  readonly record: ModelRecord
  readonly now: number
}

type Controlled = Pick<Operation, 'startedAt' | 'deadline' | 'paused' | 'skip' | 'abort'>

/** Whether a promotion may get no more traffic: somebody holds it, or has ended it. */
export function mayNotMove({ paused, abort }: Controlled): boolean {
  return paused !== undefined || abort !== undefined
}

/** After this a rollout gives up: a paused one has 30 days from its start. Milliseconds since the epoch. */
export function deadlineOf({ startedAt, deadline, paused }: Controlled): number {
  const longest = Date.parse(startedAt) + longestRolloutSeconds * 1000
  return paused === undefined ? deadline : Math.max(deadline, longest)
}

/**
 * A verdict as people let it count: harm always does; what is paused holds; and what somebody skips advances, the one
 * exception to "unknown never promotes". @param step the one that was judged
 */
export function verdictUnder({ paused, skip, abort }: Controlled, step: number, verdict: Verdict): Verdict {
  if (abort !== undefined) return { ...verdict, decision: 'rollback', reason: said('aborted', abort) }
  if (verdict.decision === 'rollback') return verdict
  if (paused !== undefined)
    return { ...verdict, decision: 'hold', reason: `${said('paused', paused)}; ${verdict.reason}` }
  if (skip?.step !== step) return verdict
  return { ...verdict, decision: 'advance', reason: `${said('skipped', skip)}; ${verdict.reason}` }
}

/**
 * Hold a rollout at its step. A skip that was not taken yet is dropped.
 * @throws Problem `not-a-promotion`, `operation-over`, `not-baking`, `already-paused`
 */
export function pausedBy(operation: Operation, asked: Asked, seen: Seen): Operation {
  bakingStep(operation, seen)
  if (operation.paused !== undefined)
    throw new Problem('already-paused', `${operation.id} was ${said('paused', operation.paused)}`)
  const { skip: _, ...rest } = operation
  const paused = { ...asked, at: timeOf(seen) }
  return told({ ...rest, paused, untold: untoldOf(operation, 'paused', asked, seen) }, 'paused', asked, seen)
}

/**
 * Let a paused rollout go on: it bakes as long as it still had to, and its deadline is as far away as it was; but no
 * rollout lasts more than 30 days. @throws Problem `not-a-promotion`, `operation-over`, `not-baking`, `not-paused`
 */
export function resumedBy(operation: Operation, asked: Asked, seen: Seen): Operation {
  const { rollout } = bakingStep(operation, seen)
  const { paused, ...rest } = operation
  if (paused === undefined)
    throw new Problem('not-paused', `${operation.id} is not paused, and nothing is to be resumed`)
  const pausedMs = Math.max(0, seen.now - Date.parse(paused.at))
  const resumed = {
    ...rest,
    deadline: Math.min(operation.deadline + pausedMs, deadlineOf(operation)),
    rollout: { ...rollout, bakeEndsAt: rollout.bakeEndsAt + pausedMs },
    untold: untoldOf(operation, 'resumed', asked, seen),
  }
  return told(resumed, 'resumed', asked, seen)
}

/**
 * Give the next step now, whatever is known of this one; harm still takes the traffic back. Asked twice, one step is
 * skipped. @param step index of the step that was seen, so that a late wish does not skip another one
 * @throws Problem `not-a-promotion`, `operation-over`, `not-baking`, `rollout-paused`, `step-passed`
 */
export function skippedBy(operation: Operation, asked: Asked, step: number, seen: Seen): Operation {
  const present = bakingStep(operation, seen).step
  if (operation.paused !== undefined)
    throw new Problem(
      'rollout-paused',
      `${operation.id} was ${said('paused', operation.paused)}; resume it first`,
    )
  if (step !== present)
    throw new Problem(
      'step-passed',
      `${operation.id} is at step ${present + 1}, and asked was to skip step ${step + 1}; look at it again`,
    )
  if (operation.skip?.step === step) return operation
  return told({ ...operation, skip: { ...asked, step } }, 'skipped', asked, seen)
}

/**
 * End a promotion that has not moved all traffic yet. One that waits for a person runs from here, to its end. Asked
 * twice, the first stands. @throws Problem `not-a-promotion`, `operation-over`
 */
export function abortedBy(operation: Operation, asked: Asked, seen: Seen): Operation {
  promotionOf(operation)
  if (operation.abort !== undefined && !isOver(operation)) return operation
  refuseOver(operation, seen)
  const abort = { ...asked, since: seen.record.rev }
  return told({ ...operation, state: 'running', abort }, 'aborted', asked, seen)
}

/** Refuse what has ended, or has moved all traffic and only closes. @throws Problem `operation-over` */
export function refuseOver(operation: Operation, { record }: Pick<Seen, 'record'>): void {
  const { id, kind, state, version, alias = '' } = operation
  const standing = record.aliases[alias]
  if (
    state === 'succeeded' ||
    (standing?.by === id && standing.stable === version && standing.canary === undefined)
  )
    throw new Problem(
      'operation-over',
      `${id} is over: '${alias}' serves ${version}. To take it back: sluice rollback ${operation.model} --alias ${alias}`,
    )
  if (isOver(operation)) throw new Problem('operation-over', `${id} is over: the ${kind} ended as ${state}`)
}

/** The step that a promotion bakes at, by the routing record. */
function bakingStep(
  operation: Operation,
  seen: Seen,
): { readonly step: number; readonly rollout: RolloutProgress } {
  const { alias, rollout } = promotionOf(operation)
  refuseOver(operation, seen)
  if (operation.abort !== undefined)
    throw new Problem('operation-over', `${operation.id} was ${said('aborted', operation.abort)}`)
  const canary = seen.record.aliases[alias]?.canary
  if (canary?.rollout !== operation.id)
    throw new Problem(
      'not-baking',
      `${operation.id} has no canary now: only a rollout that bakes can be paused, resumed or skipped; abort ends one that has no traffic yet`,
    )
  return { step: canary.step, rollout }
}

function promotionOf({ id, kind, alias, rollout }: Operation) {
  if (kind !== 'promotion' || alias === undefined || rollout === undefined)
    throw new Problem(
      'not-a-promotion',
      `${id} is a ${kind}, and only a promotion can be paused, resumed, skipped or aborted`,
    )
  return { alias, rollout }
}

function untoldOf(
  { untold = [] }: Operation,
  kind: Untold['kind'],
  asked: Asked,
  seen: Seen,
): readonly Untold[] {
  return [...untold, { kind, ...asked, since: seen.record.rev }]
}

function told(operation: Operation, what: string, asked: Asked, seen: Seen): Operation {
  return { ...operation, progress: [...operation.progress, { at: timeOf(seen), text: said(what, asked) }] }
}

/** `paused by ada: to look at the log`. */
export function said(what: string, { by, reason }: Asked): string {
  return `${what} by ${by}: ${reason}`
}

/** What a rollout waits for, as its last verdict says; undefined for what does not wait. */
export function heldBy({ state, rollout }: Pick<Operation, 'state' | 'rollout'>): string | undefined {
  return state === 'running' && rollout?.verdict?.decision === 'hold' ? rollout.verdict.reason : undefined
}

function timeOf({ now }: Seen): string {
  return new Date(now).toISOString()
}

/** What came of what was asked, in a sentence for people. */
export function describeControl(
  control: RolloutControl,
  { id, version, alias = '', rollout }: Operation,
): string {
  const share = rollout === undefined ? undefined : rolloutSteps(rollout.plan)[rollout.step]?.weightPercent
  switch (control) {
    case 'pause':
      return `paused: ${version} keeps ${share} % of '${alias}' until \`sluice resume ${id}\`; harm still takes it back`
    case 'resume':
      return `resumed: ${version} bakes on with ${share} % of '${alias}'`
    case 'skip':
      return `skipped: ${version} leaves ${share} % of '${alias}' for its next step, unless harm is seen`
    case 'abort':
      return `aborted: ${version} gets nothing of '${alias}' any more`
  }
}
