import { nextStage, type VersionRecord } from '../../lib/rules/model-version.ts'
import { broke, commit, commitHalf, type commit as committed, isMove } from './moves.ts'
import {
  movedOn,
  moveUndone,
  namesOf,
  type Ruled,
  retired,
  rolledBack,
  rolloutEnded,
  standing,
} from './records.ts'
import {
  at,
  breakPromise,
  F,
  fact,
  goTo,
  isStale,
  moved,
  O,
  type Plan,
  readRecord,
  record,
  type State,
  seen,
  V,
  type World,
} from './world.ts'

/** Where an execution is: the effect that comes next. 0: nowhere. */
export const E = {
  // lambdas/release
  claim: 1,
  writeEndpoint: 2,
  create: 3,
  check: 4,
  readyRead: 5,
  readyCommit: 6,
  openPromotion: 7,
  startPromotion: 8,
  closeRelease: 9,
  failRead: 10,
  removeMade: 11,
  setFailed: 12,
  endFailed: 13,
  // lambdas/promotion
  open: 20,
  moveRead: 21,
  moveCommit: 22,
  noteStep: 23,
  judge: 24,
  advance: 25,
  returnRead: 26,
  returnCommit: 27,
  closeRead: 28,
  end: 29,
  abort: 30,
  takeRead: 31,
  takeCommit: 32,
  // lambdas/rollback
  probe: 40,
  backRead: 41,
  backCommit: 42,
  backCheck: 43,
  backEnd: 44,
  // lambdas/retirement
  retireOpen: 50,
  retireRead: 51,
  retireCommit: 52,
  claimDeleting: 53,
  removeRetired: 54,
  retireEnd: 55,
} as const

/** Where a step begins that is tried again: what it did before its crash stays, what it read is read anew. */
const beginnings: Readonly<Record<number, number>> = {
  [E.create]: E.writeEndpoint,
  [E.readyCommit]: E.readyRead,
  [E.startPromotion]: E.openPromotion,
  [E.removeMade]: E.failRead,
  [E.setFailed]: E.failRead,
  [E.returnCommit]: E.returnRead,
  [E.end]: E.closeRead,
  [E.takeRead]: E.abort,
  [E.takeCommit]: E.abort,
  [E.backRead]: E.probe,
  [E.backCommit]: E.probe,
  [E.backCheck]: E.probe,
  [E.retireRead]: E.retireOpen,
  [E.retireCommit]: E.retireOpen,
  [E.removeRetired]: E.claimDeleting,
}

export const firstPlace: Readonly<Record<Exclude<Plan['kind'], 'decision'>, number>> = {
  release: E.claim,
  promotion: E.open,
  rollback: E.probe,
  retirement: E.retireOpen,
}

/** What a step's failure for good leads to: the step that cleans up (lib/constructs/machines). */
const cleaners: Readonly<Record<Exclude<Plan['kind'], 'decision'>, number>> = {
  release: E.failRead,
  promotion: E.abort,
  rollback: E.endFailed,
  retirement: E.endFailed,
}

const isCleaning = (place: number) =>
  (place >= E.failRead && place <= E.endFailed) || (place >= E.abort && place <= E.takeCommit)

/** Hands over what may come next; the first that is not a fault is what comes where nothing goes wrong any more. */
export type Emit = (label: string, change: (next: State) => void, isFault?: boolean) => undefined

/** Everything an execution may do now: its next effect, or a fault. */
export function execute(
  world: World,
  state: State,
  operation: number,
  procedure: number,
  emit: Emit,
): undefined {
  const place = at(state, procedure)
  const plan = world.scenario.operations[operation]
  if (place === 0 || plan === undefined || plan.kind === 'decision') return
  const machine = { world, operation, procedure, emit }
  if (place < 20) release(machine, state, plan)
  else if (plan.kind === 'promotion') promotion(machine, state, plan)
  else if (plan.kind === 'rollback') rollback(machine, state, plan)
  else if (plan.kind === 'retirement') retirement(machine, state, plan)
  faults(machine, state, plan, place)
}

interface Machine {
  readonly world: World
  readonly operation: number
  readonly procedure: number
  readonly emit: Emit
}

function faults({ procedure, emit }: Machine, state: State, { kind }: Plan, place: number): undefined {
  const carried = fact(state, procedure)
  const again = beginningOf(place, carried)
  if (again !== undefined)
    emit('its step dies and is tried again', (next) => goTo(next, procedure, ...again), true)
  if (!isCleaning(place) && kind !== 'decision')
    emit('its step fails for good', (next) => goTo(next, procedure, cleaners[kind]), true)
  emit('its execution dies', (next) => goTo(next, procedure, 0), true)
}

function beginningOf(place: number, carried: number): [number, number] | undefined {
  // `moveOn` is the end of two steps: openPromotion gives the first share, advanceRollout the later ones.
  if (place === E.moveRead || place === E.moveCommit || place === E.noteStep)
    return carried === 0 ? [E.open, 0] : [E.advance, carried - 1]
  const begins = beginnings[place]
  return begins === undefined ? undefined : [begins, carried]
}

/** `end` of lambdas/operations.ts: the second end changes nothing. */
export function endOperation(world: World, state: State, operation: number, as: number): undefined {
  const field = world.operation(operation) + F.state
  if (state[field] === O.running || state[field] === O.waiting) state[field] = as
}

/** `workflows.start`: nothing happens where an execution of the present name was started. */
export function start(world: World, state: State, operation: number): undefined {
  const plan = world.scenario.operations[operation]
  const started = world.operation(operation) + F.started
  if (plan === undefined || plan.kind === 'decision') return
  if (state[started] !== 0 && world.off.executionName === undefined) return
  state[started] = 1
  execution(world, state, operation)
}

/** One more execution of an operation's machine, in whichever place is free. */
export function execution(world: World, state: State, operation: number): undefined {
  const plan = world.scenario.operations[operation]
  if (plan === undefined || plan.kind === 'decision') return
  const free = [1, 2].map((i) => world.procedure(operation, i)).find((place) => state[place] === 0)
  if (free !== undefined) goTo(state, free, firstPlace[plan.kind])
}

const states = ['FAILED', 'CREATING', 'READY', 'FAILED', 'RETIRED', 'DELETING'] as const

/** A version as the rules read it. */
export function versionRecord(world: World, state: State, version: number): VersionRecord | undefined {
  const base = world.version(version)
  const owner = (state[base + 1] ?? 0) - 1
  if (state[base] === V.none) return undefined
  const claimed = world.scenario.operations[owner]
  return {
    model: 'churn',
    version: `${version}`,
    state: states[state[base] ?? 0] ?? 'FAILED',
    owner: `op-${owner}`,
    createdAt: '',
    upload: claimed?.kind === 'release' ? `upload-${claimed.upload}` : 'upload-of-before',
  }
}

function release(machine: Machine, state: State, plan: Plan): undefined {
  const { world, operation, procedure, emit } = machine
  if (at(state, procedure) === E.endFailed)
    return emit('ends as failed', (next) => {
      endOperation(world, next, operation, O.failed)
      goTo(next, procedure, 0)
    })
  if (plan.kind !== 'release') return
  const { version, starts } = plan
  const base = world.version(version)
  const mine = state[base + 1] === operation + 1
  const isMine = mine && state[base] === V.creating
  const mayWrite = isMine || world.off.creatingCondition !== undefined
  const then = (place: number) => (next: State) => goTo(next, procedure, place)
  switch (at(state, procedure)) {
    case E.claim:
      return claim(machine, state, version)
    case E.writeEndpoint:
      if (!mayWrite) return emit('finds the version taken', then(E.failRead))
      return emit('writes down its endpoint', (next) => {
        next[base + 2] = 1
        goTo(next, procedure, E.create)
      })
    case E.create:
      return emit('makes the endpoint', (next) => {
        if (next[base + 3] === 0) next[base + 3] = operation + 1
        goTo(next, procedure, E.check)
      })
    case E.check:
      return state[base + 3] === 0
        ? emit('finds no endpoint', then(E.failRead))
        : emit('finds the endpoint active', then(E.readyRead))
    case E.readyRead:
      if (state[base] === V.ready)
        return emit('is READY already', then(starts === undefined ? E.closeRelease : E.openPromotion))
      return emit('reads the record', (next) => readRecord(next, procedure, E.readyCommit))
    case E.readyCommit:
      return markReady(machine, state, base, starts, mayWrite)
    case E.openPromotion:
      return emit('opens its promotion', (next) => {
        openOperation(world, next, starts ?? 0)
        goTo(next, procedure, E.startPromotion)
      })
    case E.startPromotion:
      return emit('starts its promotion', (next) => {
        begun(world, next, starts ?? 0)
        goTo(next, procedure, E.closeRelease)
      })
    case E.closeRelease:
      return emit('ends', (next) => {
        endOperation(world, next, operation, O.succeeded)
        goTo(next, procedure, 0)
      })
    case E.failRead:
      return emit('looks what is to be undone', (next) =>
        goTo(next, procedure, isMine || world.off.compensationLook ? E.removeMade : E.endFailed),
      )
    case E.removeMade:
      return emit('removes its endpoint', (next) => {
        if (next[base + 2] !== 0) {
          if (next[base] !== V.creating || next[base + 1] !== operation + 1)
            breakPromise(next, broke.compensation)
          next[base + 3] = 0
        }
        goTo(next, procedure, E.setFailed)
      })
    case E.setFailed:
      return emit('makes the version FAILED', (next) => {
        if (isMine) next[base] = V.failed
        goTo(next, procedure, E.endFailed)
      })
  }
}

function claim({ world, operation, procedure, emit }: Machine, state: State, version: number): undefined {
  const base = world.version(version)
  const isOver = (state[world.operation(operation) + F.state] ?? 0) > O.running
  if (isOver) return emit('is over', (next) => goTo(next, procedure, 0))
  const [standing, owner] = [state[base], (state[base + 1] ?? 0) - 1]
  const isFree = standing === V.none || (standing === V.failed && owner !== operation)
  if (isFree || (world.off.exclusiveClaim && standing === V.creating))
    return emit('claims the version', (next) => {
      next[base] = V.creating
      next[base + 1] = operation + 1
      next[base + 2] = 0
      goTo(next, procedure, E.writeEndpoint)
    })
  if (owner !== operation)
    return emit('finds it claimed, and ends', (next) => {
      endOperation(world, next, operation, O.succeeded)
      goTo(next, procedure, 0)
    })
  // What freeze, inspect and pack add is facts of the version alone: here they are there as soon as it is claimed.
  const found = versionRecord(world, state, version) as VersionRecord
  const facts = { artifact: {}, manifest: {}, image: {} } as unknown as Partial<VersionRecord>
  const stage = nextStage({ ...found, ...facts })
  const plan = world.scenario.operations[operation]
  const starts = plan?.kind === 'release' ? plan.starts : undefined
  const promote = starts === undefined ? E.closeRelease : E.openPromotion
  emit(`goes on at ${stage}`, (next) => goTo(next, procedure, stage === 'ready' ? promote : E.writeEndpoint))
}

function markReady(
  { world, operation, procedure, emit }: Machine,
  state: State,
  base: number,
  starts: number | undefined,
  mayWrite: boolean,
): undefined {
  if (!mayWrite) return emit('is refused READY', (next) => goTo(next, procedure, E.failRead))
  if (isStale(state, procedure) && world.off.revision === undefined)
    return emit('finds the model moved', (next) => goTo(next, procedure, E.readyRead))
  const place = starts === undefined ? E.closeRelease : E.openPromotion
  emit('makes it READY', (next) => {
    const unmoved = seen(state, procedure)
    if (!commit(world, next, procedure, { operation, next: unmoved })) return
    next[base] = V.ready
    goTo(next, procedure, place)
  })
}

/** `registry.open`, of an operation that is not there yet. */
export function openOperation(world: World, state: State, operation: number): undefined {
  const field = world.operation(operation) + F.state
  const plan = world.scenario.operations[operation]
  const waits = plan?.kind === 'promotion' && plan.needsApproval && world.off.waitsForApproval === undefined
  if (state[field] === O.unasked) state[field] = waits ? O.waiting : O.running
}

/** The second half of `begin`: the operation that stands is started, if it runs. */
export function begun(world: World, state: State, operation: number): undefined {
  if (state[world.operation(operation) + F.state] === O.running) start(world, state, operation)
}

type Promotion = Extract<Plan, { kind: 'promotion' }>

function promotion(machine: Machine, state: State, plan: Promotion): undefined {
  const { world, operation, procedure, emit } = machine
  const { version, alias, steps } = plan
  const base = world.operation(operation)
  const then =
    (place: number, carrying = 0) =>
    (next: State) =>
      goTo(next, procedure, place, carrying)
  const now = record(state)
  const noted = state[base + F.step] ?? 0
  const stands = standing(now, operation, version, alias, noted)
  const present = Math.max(namesOf(now, alias).step, 0)
  switch (at(state, procedure)) {
    case E.open:
      if ((state[base + F.state] ?? 0) > O.running) return emit('is over', then(0))
      if (stands === 'baking') return emit('finds its canary', then(E.noteStep, present))
      if (stands !== 'before') return emit(`finds itself ${stands}`, then(E.closeRead))
      if (namesOf(now, alias).stable === version) return emit('finds it live already', then(E.abort))
      if (!serves(world, state, version)) return emit('finds the version not serving', then(E.abort, 1))
      return emit('finds the version served', then(E.moveRead))
    case E.moveRead:
      return emit('reads the record', (next) =>
        readRecord(next, procedure, E.moveCommit, fact(state, procedure)),
      )
    case E.moveCommit:
      return moveOn(machine, state, plan)
    case E.noteStep:
      return emit('notes its step', (next) => {
        const running = (next[base + F.state] ?? 0) <= O.running
        if (running) next[base + F.step] = fact(state, procedure) + 1
        goTo(next, procedure, E.judge)
      })
    case E.judge:
      if (stands !== 'baking') return emit('finds its canary gone', then(E.closeRead))
      emit('judges: rollback', (next) => {
        next[base + F.verdict] = 1
        goTo(next, procedure, E.returnRead)
      })
      return emit('judges: advance', then(E.advance, present))
    case E.advance: {
      if (stands === 'before' || stands === 'gone') return emit('finds its canary gone', then(E.closeRead))
      if (stands === 'promoted') return emit('has promoted already', then(E.closeRead))
      const judged = fact(state, procedure)
      if (present !== judged) return emit('has advanced already', then(E.noteStep, present))
      return emit('advances', then(E.moveRead, Math.min(judged + 1, steps)))
    }
    case E.returnRead:
      return emit('reads the record', (next) => readRecord(next, procedure, E.returnCommit))
    case E.returnCommit:
      return takeBack(machine, state, plan, { undo: false, after: E.closeRead, again: E.returnRead })
    case E.closeRead: {
      if (stands !== 'promoted') return emit('finds itself taken back', then(E.end))
      const isTrue = serves(world, state, version)
      if (!isTrue && world.off.truthAtClose === undefined)
        return emit('finds it not served', then(E.abort, 1))
      return emit('takes it for served', (next) => {
        if (!isTrue) breakPromise(next, broke.truth)
        goTo(next, procedure, E.end, 1)
      })
    }
    case E.end:
      return emit('ends', (next) => {
        endOperation(world, next, operation, fact(state, procedure) === 1 ? O.succeeded : O.rolledBack)
        goTo(next, procedure, 0)
      })
    case E.abort: {
      const undo = stands === 'promoted' && fact(state, procedure) === 1
      if (stands === 'baking' || undo) return emit('is to be undone', then(E.takeRead, undo ? 1 : 0))
      return emit('has nothing to undo', then(E.endFailed))
    }
    case E.takeRead:
      return emit('reads the record', (next) =>
        readRecord(next, procedure, E.takeCommit, fact(state, procedure)),
      )
    case E.takeCommit: {
      const undo = fact(state, procedure) === 1
      return takeBack(machine, state, plan, { undo, after: E.endFailed, again: E.takeRead })
    }
  }
}

/** READY, and what runs is there: `refuseUnlessReady` and `wokenAsOurs`. */
export function serves(world: World, state: State, version: number): boolean {
  const base = world.version(version)
  return state[base] === V.ready && state[base + 3] !== 0
}

function mustBeReady(world: World, state: State, version: number): boolean {
  return world.off.readyLook !== undefined || state[world.version(version)] === V.ready
}

function moveOn(machine: Machine, state: State, plan: Promotion): undefined {
  const { world, operation, procedure, emit } = machine
  const { version, alias } = plan
  const step = fact(state, procedure)
  const fails = (why: string) => emit(why, (next) => goTo(next, procedure, E.abort))
  if (isStale(state, procedure) && world.off.revision === undefined)
    return emit('finds the model moved', (next) => goTo(next, procedure, E.moveRead, step))
  const saw = seen(state, procedure)
  const ruled = given(world, saw, operation, plan, step)
  if (!isMove(ruled)) return fails('is refused by the rules')
  if (!mustBeReady(world, state, version)) return fails('finds the version not READY')
  // The first move of an operation is made once, whatever became of it since: the history tells.
  const before = state[world.operation(operation) + F.moved] ?? 0
  const hasMoved = (before & (moved.first | moved.later | moved.completed)) !== 0
  if (step === 0 && hasMoved && world.off.movedOnce === undefined)
    return emit('finds that it has moved before', (next) => goTo(next, procedure, E.closeRead))
  const canary = namesOf(ruled, alias).canary >= 0
  const moves = canary ? (step === 0 ? 'first' : 'later') : 'completed'
  commits(
    machine,
    state,
    { operation, next: ruled, ready: version, moves },
    canary ? E.noteStep : E.closeRead,
    step,
  )
  if (state[world.version(version)] !== V.ready && world.off.readyCondition === undefined)
    fails('is refused by the registry')
}

/** `movedOn`; the mutant lets a rollout begin over another one, whose canary is not looked at. */
function given(
  world: World,
  saw: number,
  operation: number,
  { version, alias, steps }: Promotion,
  step: number,
): Ruled {
  const ruled = movedOn(saw, operation, version, alias, step, steps)
  if (ruled !== 'refused' || world.off.otherRollout === undefined) return ruled
  const { canary, rollout } = namesOf(saw, alias)
  const without = canary < 0 ? ruled : rolloutEnded(saw, rollout, canary, alias)
  return isMove(without) ? movedOn(without, operation, version, alias, step, steps) : ruled
}

/** Commit a move, and go on. Where the mutant splits the transaction, the process may die in between. */
function commits(
  { world, procedure, emit }: Machine,
  _state: State,
  move: Parameters<typeof committed>[3],
  place: number,
  carrying = 0,
): undefined {
  emit(`commits a move${move.moves === undefined ? '' : ` (${move.moves})`}`, (next) => {
    if (commit(world, next, procedure, move)) goTo(next, procedure, place, carrying)
  })
  if (world.off.oneTransaction)
    emit('dies between record and entry', (next) => {
      commitHalf(world, next, procedure, move)
    })
}

/** `takeBack` of return-traffic.ts. */
function takeBack(
  machine: Machine,
  state: State,
  { version, alias }: Promotion,
  { undo, after, again }: { undo: boolean; after: number; again: number },
): undefined {
  const { world, operation, procedure, emit } = machine
  if (isStale(state, procedure) && world.off.revision === undefined)
    return emit('finds the model moved', (next) => goTo(next, procedure, again, fact(state, procedure)))
  const saw = seen(state, procedure)
  const ruled = undo
    ? moveUndone(saw, operation, version, alias)
    : ended(world, saw, operation, version, alias)
  if (!isMove(ruled)) return emit('finds nothing to take back', (next) => goTo(next, procedure, after))
  emit('takes the traffic back', (next) => {
    const names = namesOf(record(next), alias)
    const isThere = undo ? names.stable === version : names.rollout === operation && names.canary === version
    if (!isThere) breakPromise(next, broke.stillThere)
    if (commit(world, next, procedure, { operation, next: ruled, moves: 'returned' }))
      goTo(next, procedure, after)
  })
}

/** `endRollout`; the mutant takes back whatever canary there is. */
function ended(world: World, saw: number, operation: number, version: number, alias: number): Ruled {
  const { canary, rollout } = namesOf(saw, alias)
  if (world.off.stillOurs && canary >= 0) return rolloutEnded(saw, rollout, canary, alias)
  return rolloutEnded(saw, operation, version, alias)
}

type Rollback = Extract<Plan, { kind: 'rollback' }>

function rollback(machine: Machine, state: State, plan: Rollback): undefined {
  const { world, operation, procedure, emit } = machine
  const then = (place: number) => (next: State) => goTo(next, procedure, place)
  switch (at(state, procedure)) {
    case E.probe:
      if ((state[world.operation(operation) + F.state] ?? 0) > O.running) return emit('is over', then(0))
      return emit('begins', then(E.backRead))
    case E.backRead:
      return emit('reads the record', (next) => readRecord(next, procedure, E.backCommit))
    case E.backCommit:
      return returnAlias(machine, state, plan, { read: E.backRead, done: E.backCheck, failed: E.endFailed })
    case E.backCheck: {
      const { stable } = namesOf(record(state), plan.alias)
      const fine = stable >= 0 && serves(world, state, stable)
      return fine ? emit('finds it served', then(E.backEnd)) : emit('finds it not served', then(E.endFailed))
    }
    case E.backEnd:
      return emit('ends', (next) => {
        endOperation(world, next, operation, O.succeeded)
        goTo(next, procedure, 0)
      })
  }
}

/** `returnAlias` of roll-back.ts, by the control API or by the machine. */
export function returnAlias(
  machine: Machine,
  state: State,
  { alias, to }: Rollback,
  places: { readonly read: number; readonly done: number; readonly failed: number },
): undefined {
  const { world, operation, procedure, emit } = machine
  if (isStale(state, procedure) && world.off.revision === undefined)
    return emit('finds the model moved', (next) => goTo(next, procedure, places.read))
  const before = state[world.operation(operation) + F.moved] ?? 0
  const hasMoved = (before & moved.returned) !== 0 && world.off.movedOnce === undefined
  const saw = seen(state, procedure)
  const ruled = rolledBack(saw, world.off.movedByMe ? 15 : operation, alias, (to ?? -1) + 1)
  if (ruled === 'nothing' || hasMoved)
    return emit('finds that it has moved the alias', (next) => goTo(next, procedure, places.done))
  if (ruled === 'refused')
    return emit('is refused by the rules', (next) => goTo(next, procedure, places.failed))
  const ready = namesOf(ruled, alias).stable
  if (!mustBeReady(world, state, ready))
    return emit('finds the target not READY', (next) => goTo(next, procedure, places.failed))
  commits(machine, state, { operation, next: ruled, ready, moves: 'returned' }, places.done)
}

type Retirement = Extract<Plan, { kind: 'retirement' }>

function retirement(machine: Machine, state: State, { version }: Retirement): undefined {
  const { world, operation, procedure, emit } = machine
  const base = world.version(version)
  const then = (place: number) => (next: State) => goTo(next, procedure, place)
  switch (at(state, procedure)) {
    case E.retireOpen:
      if ((state[world.operation(operation) + F.state] ?? 0) > O.running) return emit('is over', then(0))
      if (state[base] === V.retired || state[base] === V.deleting)
        return emit('is retired already', then(E.claimDeleting))
      return emit('begins', then(E.retireRead))
    case E.retireRead:
      return emit('reads the record', (next) => readRecord(next, procedure, E.retireCommit))
    case E.retireCommit: {
      if (isStale(state, procedure) && world.off.revision === undefined)
        return emit('finds the model moved', then(E.retireRead))
      const ruled = retired(seen(state, procedure), version, world.off.reachCheck ? 1 : 0)
      if (!isMove(ruled)) return emit('is refused: something reaches it', then(E.endFailed))
      if (state[base] !== V.ready) return emit('is refused: it is not READY', then(E.endFailed))
      return emit('retires the version', (next) => {
        if (!commit(world, next, procedure, { operation, next: ruled })) return
        next[base] = V.retired
        goTo(next, procedure, E.claimDeleting)
      })
    }
    case E.claimDeleting: {
      const isOurs = state[base] === V.retired || state[base] === V.deleting || world.off.collectionClaim
      if (!isOurs) return emit('finds it not RETIRED', then(E.retireEnd))
      return emit('claims it for collection', (next) => {
        if (world.off.collectionClaim === undefined) next[base] = V.deleting
        goTo(next, procedure, E.removeRetired)
      })
    }
    case E.removeRetired:
      return emit('removes its endpoint', (next) => {
        if (next[base] !== V.deleting) breakPromise(next, broke.collection)
        next[base + 3] = 0
        goTo(next, procedure, E.retireEnd)
      })
    case E.retireEnd:
      return emit('ends', (next) => {
        endOperation(world, next, operation, O.succeeded)
        goTo(next, procedure, 0)
      })
  }
}
