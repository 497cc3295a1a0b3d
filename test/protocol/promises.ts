import { E } from './machines.ts'
import { broke } from './moves.ts'
import { acceptedOf, isReached, namesOf } from './records.ts'
import { acceptedByMoves, at, broken, entry, F, lost, O, record, type State, V, type World } from './world.ts'

/** The promises of DESIGN section 5, by the number of the rule there. */
export const promises = {
  'claim-is-exclusive': '1   at most one execution makes a version; it is the one that has claimed it',
  'alias-names-ready': '2a  what an alias serves, as stable or canary, is READY',
  'way-back-is-ready': '2b  `previous` stays READY while it is a way back',
  'record-is-its-history': '2c  every move is one revision: the record is what its last entry says',
  'chain-holds': '2d  every entry follows the entry before it: no move is lost under another',
  'compensation-is-own': '3   compensation removes only what is its own, and only while CREATING',
  'retired-is-unreached':
    '4a  nothing is retired while an alias, a rollout, a way back or a range reaches it',
  'retired-was-asked': '4b  nothing is retired by itself',
  'collected-was-claimed': '4c  collection takes only what it has claimed as DELETING',
  'ranges-reach-accepted': '4.3 ranges reach what completed on `live` and was not rolled back since',
  'verdict-acts-on-its-own': '5a  an automatic rollback acts only if its version is still there',
  'moves-are-asked': '5b  `live` never moves unasked: what was asked for once happens once',
  'decision-is-one': '5c  an approval is decided once; nothing moves before it, or after a refusal',
  'rollout-is-undisturbed':
    '5d  a canary leaves by its own rollout, by a person or by the sweeper: by no other rollout',
  'truth-is-checked': '9a  a promotion succeeds only with what is really served',
  'ready-answers': '9b  a READY version has its endpoint',
  'operations-end': '11a after a sweep no operation runs, and no machine',
  'no-weight-left': '11b after a sweep no canary is without an owner',
  'no-orphan': '11c after a sweep no endpoint is without a version that answers',
  'sweep-ends': '11d a sweep comes to its end',
} as const
export type Promised = keyof typeof promises

const ofBroken: Readonly<Record<number, Promised>> = {
  [broke.chain]: 'chain-holds',
  [broke.compensation]: 'compensation-is-own',
  [broke.stillThere]: 'verdict-acts-on-its-own',
  [broke.unasked]: 'moves-are-asked',
  [broke.collection]: 'collected-was-claimed',
  [broke.decision]: 'decision-is-one',
  [broke.undisturbed]: 'rollout-is-undisturbed',
  [broke.truth]: 'truth-is-checked',
}

/** The promise that a state breaks, if it breaks one. */
export function brokenBy(world: World, state: State): Promised | undefined {
  const { versions, operations } = world.scenario
  const told = ofBroken[broken(state)]
  if (told !== undefined) return told
  const now = record(state)
  if (now !== entry(state)) return 'record-is-its-history'
  if ((acceptedOf(now) & ~acceptedByMoves(state)) !== 0) return 'ranges-reach-accepted'
  for (const alias of [0, 1]) {
    const { stable, canary, previous } = namesOf(now, alias)
    const isReady = (version: number) => version < 0 || state[world.version(version)] === V.ready
    if (!isReady(stable) || !isReady(canary)) return 'alias-names-ready'
    if (!isReady(previous)) return 'way-back-is-ready'
  }
  for (let i = 0; i < versions; i += 1) {
    const found = brokenByVersion(world, state, i)
    if (found !== undefined) return found
  }
  return operations.length > 0 ? undefined : 'operations-end'
}

function brokenByVersion(world: World, state: State, version: number): Promised | undefined {
  const base = world.version(version)
  const stands = state[base]
  if (stands === V.ready && state[base + 3] === 0 && lost(state) !== version + 1) return 'ready-answers'
  if (stands === V.retired || stands === V.deleting) {
    if (isReached(record(state), version)) return 'retired-is-unreached'
    const isAsked = world.scenario.operations.some(
      (plan, i) =>
        plan.kind === 'retirement' && plan.version === version && state[world.operation(i)] !== O.unasked,
    )
    if (!isAsked) return 'retired-was-asked'
  }
  return makers(world, state, version) > 1 ? 'claim-is-exclusive' : undefined
}

/** How many executions make something for a version: between what they wrote down as its owner and READY. */
function makers(world: World, state: State, version: number): number {
  let count = 0
  world.scenario.operations.forEach((plan, i) => {
    if (plan.kind !== 'release' || plan.version !== version) return
    for (const execution of [1, 2]) {
      const place = at(state, world.procedure(i, execution))
      if (place >= E.create && place <= E.readyCommit) count += 1
    }
  })
  return count
}

/** What must hold where nothing more happens by itself, and the sweeper has nothing more to do. */
export function unfinished(world: World, state: State): Promised | undefined {
  const { versions, operations } = world.scenario
  for (let i = 0; i < operations.length; i += 1) {
    if (operations[i]?.kind === 'decision') continue
    if (world.isRunning(state, i) || state[world.operation(i) + F.state] === O.running)
      return 'operations-end'
  }
  for (const alias of [0, 1]) if (namesOf(record(state), alias).canary >= 0) return 'no-weight-left'
  for (let i = 0; i < versions; i += 1) {
    const base = world.version(i)
    if ((state[base] === V.ready) !== (state[base + 3] !== 0)) return 'no-orphan'
    if (state[base] === V.creating) return 'no-orphan'
  }
  return undefined
}
