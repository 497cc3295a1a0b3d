import type { ProblemFacts } from './problem.ts'
import type { Rollout, RolloutLimits } from './rollout.ts'
import type { Verdict } from './verdict.ts'

export const machines = ['release', 'promotion', 'rollback', 'retirement'] as const
export type Machine = (typeof machines)[number]

/**
 * Something under way: what GET /operations/{id} answers and `sluice watch` follows. A promotion whose canary the
 * verdict (or a hand) took back ends as rolled-back; a duplicate release ends as succeeded, having found the claim.
 */
export type OperationState = 'running' | 'succeeded' | 'failed' | 'rolled-back'

export interface Operation {
  readonly id: string
  readonly kind: Machine
  readonly model: string
  readonly version: string
  readonly state: OperationState
  readonly actor: string
  readonly reason: string
  /** RFC 3339, UTC. */
  readonly startedAt: string
  readonly endedAt?: string
  /** After this the operation gives up: absolute, milliseconds since the epoch. */
  readonly deadline: number
  /** What it has done so far, in order, for people. */
  readonly progress: readonly Progress[]
  readonly problem?: ProblemFacts
  /** Release: what was uploaded; the object's key where one object is the whole release. */
  readonly upload?: { readonly ref: string; readonly object?: string }
  /** Release: after this its endpoint must answer: absolute, milliseconds since the epoch. */
  readonly endpointDeadline?: number
  /** Release: the promotion that it started. */
  readonly promotion?: string
  /** Promotion and rollback: the alias that moves. */
  readonly alias?: string
  readonly rollout?: RolloutProgress
  /** Rollback: the version it leaves, and the one that was named to go to. */
  readonly from?: string
  readonly to?: string
  /** How often a machine was started for it: a machine ends and starts anew before it has too long a history. */
  readonly executions: number
}

export interface Progress {
  readonly at: string
  readonly text: string
}

/** Where a promotion's rollout stands. */
export interface RolloutProgress {
  readonly plan: Rollout
  readonly limits: RolloutLimits
  /** Index of the present step; -1 before the first. */
  readonly step: number
  /** Milliseconds since the epoch. */
  readonly bakeEndsAt: number
  readonly looks: number
  readonly verdict?: Verdict
}

/** A machine looks at most this often before a new execution goes on: 25,000 history events are Step Functions' limit. */
export const looksPerExecution = 1500

/** The name of an execution of an operation's machine: 0-9 A-Z a-z - _ only, at most 80 characters. */
export function executionName(operation: Pick<Operation, 'id' | 'executions'>): string {
  return operation.executions === 0 ? operation.id : `${operation.id}-${operation.executions}`
}

export function isOver(operation: Pick<Operation, 'state'>): boolean {
  return operation.state !== 'running'
}
