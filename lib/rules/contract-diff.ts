import semver from 'semver'
import type { Manifest } from './manifest.ts'
import { fieldSchema } from './record-schema.ts'
import { describeFields, type Field, type Signature } from './signature.ts'

/** What a version promises its callers: the field `release.compatibility` of the manifest. */
export type Compatibility = NonNullable<Manifest['release']>['compatibility']

/** How far a version number moves, the smallest first. */
export const versionSteps = ['patch', 'minor', 'major'] as const
export type VersionStep = (typeof versionSteps)[number]

/** One difference of two signatures. */
export interface ContractChange {
  readonly side: 'inputs' | 'outputs'
  /** '' where all of them are meant, since one version says nothing of any. */
  readonly field: string
  readonly change: 'added' | 'removed' | 'widened' | 'narrowed' | 'changed'
  /** `tenure: float32`, as it was and as it is; undefined where it was not, or is not any more. */
  readonly before?: string
  readonly after?: string
  /** Callers of the version before cannot go on as they are. */
  readonly breaksBackward: boolean
  /** Callers of the version after could not go back. */
  readonly breaksForward: boolean
  /** Why, in a few words that follow on the field. */
  readonly reason: string
}

export interface ContractDiff {
  readonly changes: readonly ContractChange[]
  /** The step that a version number has to make for these changes. */
  readonly needs: VersionStep
  /** Neither version says what it takes: what changes for callers is not known. */
  readonly unknown?: true
}

/**
 * The difference of two signatures, as their callers see it. A request fits where it holds every input and nothing
 * else, so an input that comes or goes breaks; an answer may hold outputs that a caller does not know, but one output
 * is answered as a bare value and several as an object, so the second and the last but one break too. A version
 * without a signature takes and answers whatever its server does: to come from one to it, or back, is to be called anew.
 */
export function contractDiff(before: Signature | undefined, after: Signature | undefined): ContractDiff {
  if (before === undefined || after === undefined) return opaqueDiff(before, after)
  const changes = [...sideChanges('inputs', before, after), ...sideChanges('outputs', before, after)]
  const breaks = changes.some(({ breaksBackward }) => breaksBackward)
  return { changes, needs: breaks ? 'major' : changes.length > 0 ? 'minor' : 'patch' }
}

function opaqueDiff(before: Signature | undefined, after: Signature | undefined): ContractDiff {
  if (before === after) return { changes: [], needs: 'patch', unknown: true }
  const told = (signature: Signature | undefined, side: ContractChange['side']) =>
    signature === undefined ? 'whatever its server does' : describeFields(signature[side])
  const reason =
    after === undefined
      ? 'it says no more what it takes, and gets requests as they come'
      : 'requests went to its server as they came, and are held to a signature now'
  const changes = (['inputs', 'outputs'] as const).map(
    (side): ContractChange => ({
      ...{ side, field: '', change: 'changed', before: told(before, side), after: told(after, side) },
      ...{ breaksBackward: true, breaksForward: true, reason },
    }),
  )
  return { changes, needs: 'major' }
}

/** The changes that a promise forbids. */
export function forbiddenBy(promise: Compatibility, { changes }: ContractDiff): readonly ContractChange[] {
  return changes.filter(
    ({ breaksBackward, breaksForward }) =>
      promise !== 'none' && (breaksBackward || (promise === 'full' && breaksForward)),
  )
}

/**
 * How far a version number has moved, whichever way. Below 1.0.0 the first number that is not 0 counts as the major
 * one and the next as the minor one, as in ranges; a prerelease is reached by its exact name only, and promises nothing.
 */
export function stepBetween(before: string, after: string): VersionStep {
  const [a, b] = [new semver.SemVer(before), new semver.SemVer(after)]
  const parts = (one: semver.SemVer) => [one.major, one.minor, one.patch]
  const moved = parts(a).findIndex((part, i) => part !== parts(b)[i])
  if (moved < 0) return a.compare(b) === 0 ? 'patch' : 'major'
  const leading = parts(a).findIndex((part, i) => part !== 0 || parts(b)[i] !== 0)
  return moved <= leading ? 'major' : moved === leading + 1 ? 'minor' : 'patch'
}

/** Whether a version number says at least what its changes need. */
export function saysSo({ needs }: ContractDiff, before: string, after: string): boolean {
  return versionSteps.indexOf(stepBetween(before, after)) >= versionSteps.indexOf(needs)
}

function sideChanges(side: ContractChange['side'], before: Signature, after: Signature): ContractChange[] {
  const now = new Map(after[side].map((field) => [field.name, field]))
  const known = new Set(before[side].map(({ name }) => name))
  const bare = (signature: Signature) => side === 'outputs' && signature.outputs.length === 1
  const removed = (field: Field) =>
    changeOf(side, 'removed', field, undefined, true, side === 'inputs' || bare(after))
  const added = (field: Field) =>
    changeOf(side, 'added', undefined, field, side === 'inputs' || bare(before), true)
  return [
    ...before[side].flatMap((field) => {
      const other = now.get(field.name)
      return other === undefined ? [removed(field)] : fieldChange(side, field, other)
    }),
    ...after[side].filter(({ name }) => !known.has(name)).map(added),
  ]
}

/** Inputs may take more than before, outputs may give less. */
function fieldChange(side: ContractChange['side'], before: Field, after: Field): ContractChange[] {
  const [grows, shrinks] = [within(before, after), within(after, before)]
  if (grows && shrinks) return []
  const change = grows ? 'widened' : shrinks ? 'narrowed' : 'changed'
  const [backward, forward] = side === 'inputs' ? [!grows, !shrinks] : [!shrinks, !grows]
  return [changeOf(side, change, before, after, backward, forward)]
}

function changeOf(
  side: ContractChange['side'],
  change: ContractChange['change'],
  before: Field | undefined,
  after: Field | undefined,
  breaksBackward: boolean,
  breaksForward: boolean,
): ContractChange {
  return {
    side,
    field: (before ?? after)?.name ?? '',
    change,
    ...(before !== undefined && { before: described(before) }),
    ...(after !== undefined && { after: described(after) }),
    breaksBackward,
    breaksForward,
    reason: reasons[side][change](breaksBackward, breaksForward),
  }
}

type Reason = (backward: boolean, forward: boolean) => string
const oneIsBare = 'one output is answered as a bare value, several as an object'
const reasons: Record<ContractChange['side'], Record<ContractChange['change'], Reason>> = {
  inputs: {
    added: () => 'every request has to hold it',
    removed: () => 'requests that hold it are refused',
    widened: () => 'what was taken is still taken',
    narrowed: () => 'something that was taken is refused',
    changed: () => 'what was taken is refused',
  },
  outputs: {
    added: (backward) => (backward ? oneIsBare : 'callers may pass over it'),
    removed: (_, forward) => (forward ? oneIsBare : 'callers that read it find nothing'),
    widened: () => 'callers get something that they could not get before',
    narrowed: () => 'callers get nothing that they could not get before',
    changed: () => 'callers get something else',
  },
}

function described(field: Field): string {
  const values = field.type === 'string' && field.values !== undefined ? ` of ${field.values.join(', ')}` : ''
  return `${describeFields([field])}${values}`
}

/** Whether every value of one field is a value of the other. */
function within(one: Field, other: Field): boolean {
  return (
    one.shape.length === other.shape.length &&
    one.shape.every((size, i) => other.shape[i] === null || other.shape[i] === size) &&
    elementsWithin(elementOf(one), elementOf(other))
  )
}

interface Element {
  readonly type: 'string' | 'boolean' | 'number' | 'integer'
  readonly minimum?: number
  readonly maximum?: number
  readonly enum?: readonly string[]
}

/** What requests are really held to. */
function elementOf(field: Field): Element {
  return fieldSchema({ ...field, shape: [] }) as unknown as Element
}

function elementsWithin(one: Element, other: Element): boolean {
  const types = one.type === other.type || (one.type === 'integer' && other.type === 'number')
  const values =
    other.enum === undefined || (one.enum?.every((value) => other.enum?.includes(value)) ?? false)
  const low = (one.minimum ?? -Infinity) >= (other.minimum ?? -Infinity)
  const high = (one.maximum ?? Infinity) <= (other.maximum ?? Infinity)
  return types && values && low && high
}
