import { type Emit, execute } from './machines.ts'
import { isMove } from './moves.ts'
import { ask } from './people.ts'
import { brokenBy, type Promised, unfinished } from './promises.ts'
import { aliasNames, emptyRecord, movedOn, versionNames } from './records.ts'
import { sweep } from './sweeper.ts'
import { lost, type State, setAccepted, setEntry, setLost, setRecord, V, type World } from './world.ts'

export interface Violation {
  readonly promise: Promised
  /** The shortest way there, a line a transition; states after it where nothing else happens any more are left out. */
  readonly trace: readonly string[]
}

export interface Explored {
  readonly states: number
  readonly transitions: number
  /** Transitions from the beginning to the farthest state. */
  readonly depth: number
  readonly violation?: Violation
  /** More states than were allowed: nothing is known of the rest. */
  readonly cut: boolean
}

/** The operation that is said to have moved the aliases before a scenario begins. */
const before = 14

export function beginning(world: World): State {
  const state: State = new Uint8Array(world.size)
  let standing = emptyRecord
  let accepted = 0
  for (const { alias, versions } of world.scenario.served ?? [])
    for (const version of versions) {
      const next = movedOn(standing, before, version, alias, 0, 0)
      if (!isMove(next)) throw new Error(`${aliasNames[alias]} cannot serve ${versionNames[version]}`)
      standing = next
      if (alias === 0) accepted |= 1 << version
    }
  setRecord(state, standing)
  setEntry(state, standing)
  setAccepted(state, accepted)
  for (const version of world.scenario.ready ?? []) {
    const base = world.version(version)
    state.set([V.ready, before + 1, 1, before + 1], base)
  }
  return state
}

function loseEndpoint(world: World, state: State, emit: Emit): void {
  const { loses } = world.scenario
  if (loses === undefined || lost(state) !== 0) return
  const base = world.version(loses)
  if (state[base] === V.ready && state[base + 3] !== 0)
    emit(
      `the endpoint of ${versionNames[loses]} is lost`,
      (next) => {
        next[base + 3] = 0
        setLost(next, loses)
      },
      true,
    )
}

/** A state as a key: what is kept of a million of them is this alone, a byte a character. */
const text = (state: Buffer) => state.toString('latin1')

/**
 * Every state that can be reached, the nearest first. Each is held to the promises; and from each, where no fault comes
 * and nobody asks for more, what is under way must come to an end that leaves nothing behind.
 */
export function explore(world: World, most = Number.POSITIVE_INFINITY): Explored {
  const known = new Map<string, number>()
  const parents: number[] = [-1]
  const subjects: string[] = ['']
  const labels: string[] = ['']
  const goesOn: number[] = []
  const ends = new Map<number, Promised>()
  // Two buffers for all states: what is looked at, and what comes of it.
  const [state, next] = [Buffer.from(beginning(world)), Buffer.alloc(world.size)]
  let level: string[] = [text(state)]
  known.set(text(state), 0)
  let [index, transitions, depth] = [0, 0, 0]
  const traced = (promise: Promised, at: number, last?: string): Violation => {
    const trace: string[] = last === undefined ? [] : [last]
    for (let i = at; i > 0; i = parents[i] ?? 0) trace.unshift(`${subjects[i]} ${labels[i]}`)
    return { promise, trace }
  }
  const names = world.scenario.operations.map((plan, i) => `op-${i} (${told(plan)})`)
  while (level.length > 0) {
    const following: string[] = []
    for (const reached of level) {
      state.write(reached, 'latin1')
      const broken = brokenBy(world, state)
      if (broken !== undefined)
        return { states: known.size, transitions, depth, cut: false, violation: traced(broken, index) }
      let first = -1
      let subject = ''
      const emit: Emit = (label, change, isFault) => {
        state.copy(next)
        change(next)
        transitions += 1
        const key = text(next)
        let number = known.get(key)
        if (number === undefined) {
          number = known.size
          known.set(key, number)
          parents.push(index)
          subjects.push(subject)
          labels.push(label)
          following.push(key)
        }
        if (first < 0 && !isFault) first = number
      }
      for (let i = 0; i < names.length; i += 1) {
        subject = names[i] ?? ''
        ask(world, state, i, emit)
        for (const execution of [1, 2]) execute(world, state, i, world.procedure(i, execution), emit)
      }
      subject = 'the'
      sweep(world, state, emit)
      loseEndpoint(world, state, emit)
      goesOn.push(first)
      const left = first < 0 ? unfinished(world, state) : undefined
      if (left !== undefined) ends.set(index, left)
      index += 1
    }
    if (following.length > 0) depth += 1
    level = following
    if (known.size > most) return { states: known.size, transitions, depth, cut: true }
  }
  const stuck = endless(goesOn, ends)
  const violation = stuck === undefined ? undefined : traced(stuck[1], stuck[0], '(and nothing mends it)')
  return { states: known.size, transitions, depth, cut: false, ...(violation !== undefined && { violation }) }
}

/** The first state from which what is under way never ends, or ends badly. */
function endless(
  goesOn: readonly number[],
  ends: ReadonlyMap<number, Promised>,
): [number, Promised] | undefined {
  const [open, walked, good] = [0, 1, 2]
  const marks = new Uint8Array(goesOn.length)
  for (let i = 0; i < goesOn.length; i += 1) {
    const path: number[] = []
    let at = i
    while (at >= 0 && marks[at] === open) {
      marks[at] = walked
      path.push(at)
      at = goesOn[at] ?? -1
    }
    if (at >= 0 && marks[at] === walked) return [i, 'sweep-ends']
    const last = path.at(-1)
    const left = at < 0 && last !== undefined ? ends.get(last) : undefined
    if (left !== undefined) return [i, left]
    for (const one of path) marks[one] = good
  }
  return undefined
}

function told(plan: World['scenario']['operations'][number]): string {
  switch (plan.kind) {
    case 'release':
      return `release of ${versionNames[plan.version]}`
    case 'promotion':
      return `promotion of ${versionNames[plan.version]} to ${aliasNames[plan.alias]}, ${plan.steps} steps`
    case 'rollback':
      return `rollback of ${aliasNames[plan.alias]}${plan.to === undefined ? '' : ` to ${versionNames[plan.to]}`}`
    case 'retirement':
      return `retirement of ${versionNames[plan.version]}`
    case 'decision':
      return `${plan.decides} of op-${plan.of}`
  }
}
