import type { ProblemFacts } from './problem.ts'
import type { QualityFinding } from './quality/quality-evidence.ts'
import type { Rollout, RolloutLimits } from './rollout.ts'
import type { Verdict } from './verdict.ts'

export const machines = ['release', 'promotion', 'rollback', 'retirement'] as const
export type Machine = (typeof machines)[number]

/**
 * Something under way: what GET /operations/{id} answers and `sluice watch` follows. A promotion that waits for a
 * person is waiting, and no machine runs for it; one whose canary the verdict (or a hand) took back ends as
 * rolled-back; a duplicate release ends as succeeded, having found the claim.
 */
export type OperationState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'rolled-back'

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
  /** Promotion: what it was held to before any traffic, and what was found. */
  readonly gates?: readonly GatePassed[]
  /** Promotion: the aliases that move to the version after this one, in this order. */
  readonly then?: readonly string[]
  /** Promotion: the plans of those of `then` that do not move all at once. */
  readonly rollouts?: Readonly<Record<string, Rollout>>
  /** Promotion: the one that it started when its own alias had moved, for the first of `then`. */
  readonly next?: string
  /** Promotion: who may let it begin, and who did; absent where nobody is asked. */
  readonly approval?: ApprovalProgress
  /** Promotion: somebody holds it where it is; harm is still seen, and still takes the traffic back. */
  readonly paused?: Asked & { readonly at: string }
  /** Promotion: somebody has seen enough of this step, and gives the next one now. */
  readonly skip?: Asked & { readonly step: number }
  /** Promotion: somebody ended it; `since` is the rev of the model's record when they asked. */
  readonly abort?: Asked & { readonly since: number }
  /** Promotion: what was asked of it and the machine has still to tell the world. */
  readonly untold?: readonly Untold[]
  /** Rollback: the version it leaves, and the one that was named to go to. */
  readonly from?: string
  readonly to?: string
  /** Rollback: it was decided of this version alone, and is none of one that the alias serves by now. */
  readonly onlyFrom?: string
  /** Retirement: who called the version lately does not keep it. */
  readonly ignoreCallers?: true
  /** How often a machine was started for it: a machine ends and starts anew before it has too long a history. */
  readonly executions: number
  /** How often the sweeper has started a machine for it anew, since the one before was dead. @default 0 */
  readonly restarts?: number
}

/** Who asked for something, and why. */
export interface Asked {
  readonly by: string
  readonly reason: string
}

/** A pause or a resumption that is still to be told. Written with the change itself, so that a crash loses none. */
export interface Untold extends Asked {
  readonly kind: 'paused' | 'resumed'
  /** The rev of the model's record when it was asked for: the entry that tells of it comes after. */
  readonly since: number
}

/** A gate that a version passed on its way to an alias: what it was held to and what was found, for people. */
export interface GatePassed {
  readonly gate: 'golden' | 'compatibility' | 'metrics' | 'replay' | 'approval'
  readonly found: string
}

/** Who must agree before a promotion begins: nobody; any person with the right; or one who neither pushed nor asked. */
export const approvals = ['none', 'required', 'four-eyes'] as const
export type Approval = (typeof approvals)[number]

/** How far the approval of a promotion has come. */
export interface ApprovalProgress {
  readonly needs: Exclude<Approval, 'none'>
  /** Nobody has decided by then: it ends. Absolute, milliseconds since the epoch. */
  readonly expiresAt: number
  /** Who pushed the version, as far as the store told; releases may be forgotten before the promotion is decided on. */
  readonly pushedBy?: string
  readonly links?: readonly ApprovalLink[]
  /** Written down first, then carried out: an operation that waits with a decision is carried on with. */
  readonly decision?: ApprovalDecision
}

export interface ApprovalDecision extends Asked {
  /** `expire` is the platform's own: nobody decided. */
  readonly decision: 'approve' | 'reject' | 'expire'
  /** RFC 3339, UTC. */
  readonly at: string
  /** Decided by a link, and this is who made the link. */
  readonly linkBy?: string
}

/** A link by which whoever has it may decide once, without an account. */
export interface ApprovalLink {
  /** SHA-256 of its 256 random bits, in hex: the secret itself is kept nowhere. */
  readonly hash: string
  readonly by: string
  /** Whom it was made for: the decision is theirs. */
  readonly for: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
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
  /** When the canary got its first traffic, milliseconds since the epoch. */
  readonly beganAt?: number
  /** Where it is held to live quality: what was found, and when, milliseconds since the epoch. */
  readonly quality?: QualityFinding & { readonly at: number }
}

/** A machine looks at most this often before a new execution goes on: 25,000 history events are Step Functions' limit. */
export const looksPerExecution = 1500

/** The name of an execution of an operation's machine: 0-9 A-Z a-z - _ only, at most 80 characters. */
export function executionName(operation: Pick<Operation, 'id' | 'executions'>): string {
  return operation.executions === 0 ? operation.id : `${operation.id}-${operation.executions}`
}

export function isOver(operation: Pick<Operation, 'state'>): boolean {
  return operation.state !== 'running' && operation.state !== 'waiting'
}
