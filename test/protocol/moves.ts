import { acceptedOf, namesOf, type RecordId, type Ruled, stillAccepted } from './records.ts'
import {
  acceptedByMoves,
  breakPromise,
  entry,
  F,
  goTo,
  isStale,
  moved,
  outdate,
  record,
  type State,
  setAccepted,
  setEntry,
  setRecord,
  V,
  type World,
} from './world.ts'

/** Promises that a transition breaks rather than a state; their numbers continue those of the states' (promises.ts). */
export const broke = {
  chain: 1,
  compensation: 2,
  stillThere: 3,
  unasked: 4,
  collection: 5,
  decision: 6,
  undisturbed: 7,
  truth: 8,
} as const

interface Commit {
  readonly operation: number
  readonly next: RecordId
  /** The version that must be READY; undefined where the move does not ask. */
  readonly ready?: number
  readonly moves?: keyof typeof moved
}

/** `Registry.commit`: the record, the history entry and the conditions in one transaction. @returns whether it was */
export function commit(world: World, state: State, procedure: number, move: Commit): boolean {
  const { off } = world
  if (isStale(state, procedure) && off.revision === undefined) return false
  const { ready, moves, operation } = move
  const isReturn = moves === 'returned'
  const next = isReturn && off.rejectsAccepted ? stillAccepted(record(state), move.next) : move.next
  if (ready !== undefined && off.readyCondition === undefined && state[world.version(ready)] !== V.ready)
    return false
  // A link that does not follow the entry before it: the chain is broken (rules/audit.ts, linkFault).
  if (isStale(state, procedure)) breakPromise(state, broke.chain)
  if (moves !== undefined) noteMove(world, state, operation, moves)
  const plan = world.scenario.operations[operation]
  if (plan?.kind === 'promotion' && !isReturn) {
    const { canary, rollout } = namesOf(record(state), plan.alias)
    if (canary >= 0 && rollout !== operation) breakPromise(state, broke.undisturbed)
  }
  noteAccepted(world, state, move)
  setRecord(state, next)
  setEntry(state, next)
  goTo(state, procedure, 0)
  outdate(world, state)
  return true
}

/** An operation gives each share once and takes back once: what comes twice was asked for once. */
function noteMove(world: World, state: State, operation: number, move: keyof typeof moved): void {
  const field = world.operation(operation) + F.moved
  const before = state[field] ?? 0
  const bit = moved[move]
  const after = {
    first: 1 | 2 | 4 | 8,
    later: 2 | 4 | 8,
    completed: 4 | 8,
    returned: 8,
    approved: 0,
    rejected: 0,
  }
  if ((before & after[move]) !== 0) breakPromise(state, broke.unasked)
  if ((before & moved.rejected) !== 0) breakPromise(state, broke.decision)
  const plan = world.scenario.operations[operation]
  if (plan?.kind === 'promotion' && plan.needsApproval && (before & moved.approved) === 0)
    breakPromise(state, broke.decision)
  state[field] = before | bit
}

/** What ranges should reach, told by the moves themselves: completed on `live`, and not left by a rollback since. */
function noteAccepted(world: World, state: State, { next, moves, operation }: Commit): void {
  const plan = world.scenario.operations[operation]
  const [before, after] = [namesOf(record(state), 0), namesOf(next, 0)]
  let bits = acceptedByMoves(state)
  const leaves = (version: number) => {
    if (version >= 0) bits &= ~(1 << version)
  }
  if (moves === 'returned') {
    if (before.stable !== after.stable) leaves(before.stable)
    if (after.canary < 0) leaves(before.canary)
  } else if (moves === 'completed' && plan?.kind === 'promotion' && plan.alias === 0)
    bits |= 1 << plan.version
  else if (moves === undefined) bits &= acceptedOf(next)
  setAccepted(state, bits)
}

/** The mutant of one transaction: the record is written, and the process dies before the entry. */
export function commitHalf(world: World, state: State, procedure: number, move: Commit): boolean {
  const told = entry(state)
  if (!commit(world, state, procedure, move)) return false
  setEntry(state, told)
  return true
}

export const isMove = (ruled: Ruled): ruled is RecordId => typeof ruled === 'number'
