import { judgeUpload } from '../../lib/rules/intake.ts'
import {
  begun,
  type Emit,
  endOperation,
  openOperation,
  returnAlias,
  serves,
  versionRecord,
} from './machines.ts'
import { broke } from './moves.ts'
import { isReached, namesOf, returnsTo } from './records.ts'
import {
  at,
  breakPromise,
  F,
  goTo,
  moved,
  O,
  type Plan,
  readRecord,
  record,
  type State,
  V,
  type World,
} from './world.ts'

/** Where a process of the control API, or of intake, is: the effect that comes next. */
const C = { open: 1, start: 2, read: 3, commit: 4, fail: 5, decide: 6, startDecided: 7 } as const

/** What people, events and timers may do for one operation, and how far what they began has come. */
export function ask(world: World, state: State, operation: number, emit: Emit): undefined {
  const plan = world.scenario.operations[operation]
  const procedure = world.procedure(operation, 0)
  if (plan === undefined) return
  if (at(state, procedure) !== 0) {
    goOn(world, state, { operation, procedure }, plan, emit)
    return emit('its asking process dies', (next) => goTo(next, procedure, 0), true)
  }
  if (mayAsk(world, state, operation, plan))
    emit(
      plan.kind === 'release' ? 'an event comes' : 'is asked for',
      (next) => goTo(next, procedure, plan.kind === 'decision' ? C.decide : C.open),
      true,
    )
}

interface Asking {
  readonly operation: number
  readonly procedure: number
}

/** What the control API refuses at once is not asked (lambdas/control/requested-operations.ts, lambdas/release/intake.ts). */
function mayAsk(world: World, state: State, operation: number, plan: Plan): boolean {
  const now = record(state)
  const isNew = state[world.operation(operation) + F.state] === O.unasked
  switch (plan.kind) {
    case 'release':
      return (
        judgeUpload(versionRecord(world, state, plan.version), `upload-${plan.upload}`).action === 'release'
      )
    case 'promotion': {
      if (!isNew || plan.ofRelease) return false
      const { stable, canary } = namesOf(now, plan.alias)
      return serves(world, state, plan.version) && canary < 0 && stable !== plan.version
    }
    case 'rollback': {
      const target = returnsTo(now, operation, plan.alias, (plan.to ?? -1) + 1)
      return isNew && target !== undefined && state[world.version(target)] === V.ready
    }
    case 'retirement':
      return isNew && state[world.version(plan.version)] === V.ready && !isReached(now, plan.version)
    case 'decision':
      return isNew && state[world.operation(plan.of) + F.state] === O.waiting
  }
}

function goOn(
  world: World,
  state: State,
  { operation, procedure }: Asking,
  plan: Plan,
  emit: Emit,
): undefined {
  const then = (place: number) => (next: State) => goTo(next, procedure, place)
  switch (at(state, procedure)) {
    case C.open:
      return emit('is written down', (next) => {
        openOperation(world, next, operation)
        goTo(next, procedure, plan.kind === 'rollback' ? C.read : C.start)
      })
    case C.start:
      return emit('is started', (next) => {
        begun(world, next, operation)
        goTo(next, procedure, 0)
      })
    case C.read:
      return emit('reads the record', (next) => readRecord(next, procedure, C.commit))
    case C.commit:
      if (plan.kind === 'rollback')
        returnAlias({ world, operation, procedure, emit }, state, plan, {
          read: C.read,
          done: C.start,
          failed: C.fail,
        })
      return
    case C.fail:
      return emit('ends as refused', (next) => {
        endOperation(world, next, operation, O.failed)
        goTo(next, procedure, 0)
      })
    case C.decide:
      return decide(world, state, { operation, procedure }, plan, emit)
    case C.startDecided:
      return emit('starts what was approved', (next) => {
        if (plan.kind === 'decision') begun(world, next, plan.of)
        then(0)(next)
      })
  }
}

/** One `replaceOperation`: waiting becomes running, or failed; what was decided meanwhile is not decided again. */
function decide(
  world: World,
  state: State,
  { operation, procedure }: Asking,
  plan: Plan,
  emit: Emit,
): undefined {
  if (plan.kind !== 'decision') return
  const base = world.operation(plan.of)
  const waits = state[base + F.state] === O.waiting
  if (!waits && world.off.approvalSwap === undefined)
    return emit('finds it decided', (next) => {
      next[world.operation(operation) + F.state] = O.failed
      goTo(next, procedure, 0)
    })
  emit(`${plan.decides}s`, (next) => {
    const approves = plan.decides === 'approve'
    if (((next[base + F.moved] ?? 0) & (moved.approved | moved.rejected)) !== 0)
      breakPromise(next, broke.decision)
    next[base + F.state] = approves ? O.running : O.failed
    next[base + F.moved] = (next[base + F.moved] ?? 0) | (approves ? moved.approved : moved.rejected)
    next[world.operation(operation) + F.state] = O.succeeded
    goTo(next, procedure, approves ? C.startDecided : 0)
  })
}
