import { type Emit, endOperation, execution, start } from './machines.ts'
import { commit, isMove } from './moves.ts'
import { namesOf, rolloutEnded } from './records.ts'
import { F, lost, O, record, type State, setLost, V, type World } from './world.ts'

/**
 * What the sweeper and the scheduled start of operations do, each thing by itself: an operation whose machine is gone
 * is started again or ended, a canary that nobody leads is returned, what nobody makes any more fails, what nobody may
 * reach is collected, and what must answer is made again.
 */
export function sweep(world: World, state: State, emit: Emit): undefined {
  const { operations, versions } = world.scenario
  if (world.off.sweepsOperations === undefined)
    operations.forEach((plan, i) => {
      if (plan.kind !== 'decision') sweepOperation(world, state, i, emit)
    })
  if (world.off.sweepsCanaries === undefined) sweepCanaries(world, state, emit)
  if (world.off.sweepsVersions === undefined)
    for (let i = 0; i < versions; i += 1) sweepVersion(world, state, i, emit)
}

function sweepOperation(world: World, state: State, operation: number, emit: Emit): undefined {
  const base = world.operation(operation)
  if (state[base + F.state] !== O.running) return
  if (world.isRunning(state, operation) && world.off.isRunning === undefined) return
  const wasStarted = state[base + F.started] !== 0
  emit('sweeper starts its machine again', (next) => {
    if (wasStarted || world.off.presentName) execution(world, next, operation)
    else start(world, next, operation)
  })
  if (wasStarted && !world.isRunning(state, operation))
    emit(
      'sweeper ends it: it dies again and again',
      (next) => endOperation(world, next, operation, O.failed),
      true,
    )
}

const isOver = (world: World, state: State, operation: number) =>
  (state[world.operation(operation) + F.state] ?? 0) > O.running

function sweepCanaries(world: World, state: State, emit: Emit): undefined {
  for (const alias of [0, 1]) {
    const { canary, rollout } = namesOf(record(state), alias)
    if (canary < 0 || !isOver(world, state, rollout)) continue
    const next = rolloutEnded(record(state), rollout, canary, alias)
    if (!isMove(next)) continue
    emit('sweeper returns a canary that nobody leads', (after) => {
      // Read and committed at one revision: between the two somebody else's move makes it read anew.
      commit(world, after, world.procedure(rollout, 0), { operation: rollout, next, moves: 'returned' })
    })
  }
}

/** An operation on this version is under way. */
function isBusy(world: World, state: State, version: number): boolean {
  return world.scenario.operations.some(
    (plan, i) =>
      'version' in plan &&
      plan.version === version &&
      (state[world.operation(i) + F.state] === O.running || world.isRunning(state, i)),
  )
}

function sweepVersion(world: World, state: State, version: number, emit: Emit): undefined {
  const base = world.version(version)
  const [stands, owner, isThere] = [state[base], (state[base + 1] ?? 0) - 1, state[base + 3] !== 0]
  if (isBusy(world, state, version)) return
  if (stands === V.creating && isOver(world, state, owner))
    return emit('sweeper fails a version that nobody makes', (next) => {
      next[base] = V.failed
      next[base + 3] = 0
    })
  if (stands === V.ready && !isThere)
    return emit('sweeper makes a lost endpoint again', (next) => {
      next[base + 3] = next[base + 1] ?? 1
      if (lost(next) === version + 1) setLost(next, 14)
    })
  if (isThere && (stands === V.retired || stands === V.deleting))
    return emit('sweeper collects a retired version', (next) => {
      next[base] = V.deleting
      next[base + 3] = 0
    })
  if (isThere && (stands === V.failed || stands === V.none))
    emit('sweeper removes what belongs to nobody', (next) => {
      next[base + 3] = 0
    })
}
