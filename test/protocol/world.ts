import { emptyRecord, type RecordId } from './records.ts'

/** What may be asked for once in a scenario; a release may be told of by any number of events. */
export type Plan =
  | { readonly kind: 'release'; readonly version: number; readonly upload: number; readonly starts?: number }
  | {
      readonly kind: 'promotion'
      readonly version: number
      readonly alias: number
      /** Steps before all traffic moves; 0: all at once. */
      readonly steps: number
      readonly needsApproval?: true
      /** The release that starts it: nobody else asks for it. */
      readonly ofRelease?: true
    }
  | { readonly kind: 'rollback'; readonly alias: number; readonly to?: number }
  | { readonly kind: 'retirement'; readonly version: number }
  | { readonly kind: 'decision'; readonly of: number; readonly decides: 'approve' | 'reject' | 'expire' }

export interface Scenario {
  readonly name: string
  readonly tells: string
  readonly versions: number
  readonly operations: readonly Plan[]
  /** Versions that are READY from the start, and the aliases that serve them, the oldest first. */
  readonly ready?: readonly number[]
  readonly served?: readonly { readonly alias: number; readonly versions: readonly number[] }[]
  /** The endpoint of this version may be lost by itself. */
  readonly loses?: number
}

/** Protections that can be taken away, to see that something finds it. */
export const protections = {
  revision: 'a move commits only at the revision it saw (lambdas/moves.ts, Registry.commit)',
  oneTransaction: 'record and history entry are one transaction (Registry.commit)',
  readyCondition: 'a move commits only while its target is READY (Registry.commit)',
  readyLook: 'a move looks whether its target is READY (lambdas/moves.ts)',
  exclusiveClaim: 'a version is claimed by one release (Registry.claim)',
  creatingCondition: 'what a release adds to a version needs CREATING and its own (Registry.changeVersion)',
  compensationLook: 'a failed release removes only what is its own and CREATING (fail-release.ts)',
  reachCheck: 'retirement looks at what reaches the version (rules/retirement.ts)',
  collectionClaim: 'collection claims RETIRED to DELETING first (remove-endpoint.ts)',
  stillOurs: 'a rollback by verdict acts only on its own canary (rules/alias-move.ts, endRollout)',
  movedByMe: 'a rollback by hand sees that it has moved the alias already (roll-back.ts, `by`)',
  movedOnce: 'a first move looks whether its operation has moved before (lambdas/moves.ts, history)',
  otherRollout: 'a rollout refuses to begin over another one (rules/alias-move.ts)',
  executionName: 'an execution of one name is started once (Workflows.start)',
  isRunning: 'the sweeper starts nothing anew that runs',
  presentName: 'the sweeper starts what never started under its present name',
  sweepsCanaries: 'the sweeper returns a canary that nobody leads',
  sweepsVersions: 'the sweeper fails a version that nobody makes any more, and what was made for it goes',
  sweepsOperations: 'the sweeper starts or ends operations whose machine is gone',
  approvalSwap: 'a decision on an approval replaces only what waits (Registry.replaceOperation)',
  waitsForApproval: 'a promotion that waits for a person is not started (lambdas/operations.ts, begin)',
  rejectsAccepted: 'a version that is rolled back leaves what ranges reach (rules/alias-move.ts)',
  truthAtClose: 'a promotion looks at what is served before it ends (close-promotion.ts)',
} as const
export type Protection = keyof typeof protections

/** States of a version and of an operation, as bytes. */
export const V = { none: 0, creating: 1, ready: 2, failed: 3, retired: 4, deleting: 5 } as const
export const O = { unasked: 0, waiting: 1, running: 2, succeeded: 3, failed: 4, rolledBack: 5 } as const

/** What an operation has moved, as its entries in the history tell, and what was decided of it. */
export const moved = { first: 1, later: 2, completed: 4, returned: 8, approved: 16, rejected: 32 } as const

const head = 8
const perVersion = 4
const perOperation = 20
const procedure = 5

/** Offsets inside an operation. */
export const F = { state: 0, step: 1, verdict: 2, started: 3, moved: 4 } as const

export type State = Uint8Array

/** Where everything of a scenario lies in a state. */
export class World {
  readonly scenario: Scenario
  readonly off: Readonly<Partial<Record<Protection, true>>>
  readonly size: number

  constructor(scenario: Scenario, without: readonly Protection[] = []) {
    this.scenario = scenario
    this.off = Object.fromEntries(without.map((one) => [one, true as const]))
    this.size = head + perVersion * scenario.versions + perOperation * scenario.operations.length
  }

  version(index: number): number {
    return head + perVersion * index
  }

  operation(index: number): number {
    return head + perVersion * this.scenario.versions + perOperation * index
  }

  /** 0: who asked, in the control API or at intake. 1 and 2: executions of the machine, the second only where one too many runs. */
  procedure(operation: number, index: number): number {
    return this.operation(operation) + 5 + procedure * index
  }

  /** Every process that may have read the model's record. */
  *procedures(): Iterable<number> {
    for (let i = 0; i < this.scenario.operations.length; i += 1)
      for (let j = 0; j < 3; j += 1) yield this.procedure(i, j)
  }

  isRunning(state: State, operation: number): boolean {
    return state[this.procedure(operation, 1)] !== 0 || state[this.procedure(operation, 2)] !== 0
  }
}

const [recordAt, entryAt, brokenAt, acceptedAt, lostAt] = [0, 2, 4, 5, 6]

const pair = (state: State, at: number) => (state[at] ?? 0) * 256 + (state[at + 1] ?? 0)
function setPair(state: State, at: number, value: number): void {
  state[at] = value >> 8
  state[at + 1] = value & 255
}

export const record = (state: State): RecordId => pair(state, recordAt)
/** What the last entry of the history says the record is. */
export const entry = (state: State): RecordId => pair(state, entryAt)
export const broken = (state: State): number => state[brokenAt] ?? 0
export const acceptedByMoves = (state: State): number => state[acceptedAt] ?? 0
export const lost = (state: State): number => state[lostAt] ?? 0

export function setRecord(state: State, id: RecordId): void {
  setPair(state, recordAt, id)
}
export function setEntry(state: State, id: RecordId): void {
  setPair(state, entryAt, id)
}
export function setAccepted(state: State, bits: number): void {
  state[acceptedAt] = bits
}
export function setLost(state: State, version: number): void {
  state[lostAt] = version + 1
}
/** A transition itself broke a promise: the first one stays. */
export function breakPromise(state: State, promise: number): void {
  if (state[brokenAt] === 0) state[brokenAt] = promise
}

/** Fields of a process: where it is, a fact it carries, and the record it has seen. */
export const at = (state: State, procedure: number): number => state[procedure] ?? 0
export const fact = (state: State, procedure: number): number => state[procedure + 1] ?? 0
export const isStale = (state: State, procedure: number): boolean => state[procedure + 4] !== 0
export const seen = (state: State, procedure: number): RecordId => pair(state, procedure + 2) - 1

export function goTo(state: State, procedure: number, place: number, carrying = 0): void {
  state[procedure] = place
  state[procedure + 1] = carrying
  setPair(state, procedure + 2, 0)
  state[procedure + 4] = 0
}

/** Go on with the record seen as it is now. */
export function readRecord(state: State, procedure: number, place: number, carrying = 0): void {
  goTo(state, procedure, place, carrying)
  setPair(state, procedure + 2, record(state) + 1)
}

/** Somebody has moved the model: what others have read is of the revision before. */
export function outdate(world: World, state: State): void {
  for (const procedure of world.procedures()) {
    if (pair(state, procedure + 2) === 0) continue
    state[procedure + 4] = 1
    // What they have read makes no difference any more where the revision guards.
    if (world.off.revision === undefined) setPair(state, procedure + 2, emptyRecord + 1)
  }
}
