import { standingOf } from '../../lambdas/promotion/promotion.ts'
import {
  completeRollout,
  dropAccepted,
  endRollout,
  giveStep,
  type MovedRecord,
  newModel,
  rollBack,
  undoMove,
} from '../../lib/rules/alias-move.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { checkRetirement } from '../../lib/rules/retirement.ts'
import { type ModelRecord, reachedBy } from '../../lib/rules/routing.ts'

/** The versions of the one model, by their index. */
export const versionNames = ['1.0.0', '1.1.0', '1.2.0'] as const
export const operationName = (index: number) => `op-${index}`

/** A routing record by its number: records are few, and asked of the rules again and again. */
export type RecordId = number

/** What a rule makes of a record: another one, nothing to do, or a refusal. */
export type Ruled = RecordId | 'nothing' | 'refused'

const records: ModelRecord[] = []
const numbers = new Map<string, RecordId>()

function numberOf({ aliases, accepted }: MovedRecord): RecordId {
  const inOrder = Object.entries(aliases).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const text = JSON.stringify([
    inOrder.map(([name, { stable, canary, previous, by }]) => [name, stable, canary, previous, by]),
    accepted.toSorted(),
  ])
  const known = numbers.get(text)
  if (known !== undefined) return known
  const number = records.length
  records.push({ ...newModel('churn'), aliases, accepted })
  numbers.set(text, number)
  return number
}

export const emptyRecord = numberOf(newModel('churn'))

export function recordOf(id: RecordId): ModelRecord {
  return records[id] ?? newModel('churn')
}

/** Remember what a rule answered to small numbers. */
function remembered<Answer>(rule: (record: ModelRecord, ...facts: number[]) => Answer) {
  const answers = new Map<number, Answer>()
  return (id: RecordId, ...facts: number[]): Answer => {
    const key = facts.reduce((sum, fact) => sum * 16 + fact + 1, id)
    const known = answers.get(key)
    if (known !== undefined || answers.has(key)) return known as Answer
    const answer = rule(recordOf(id), ...facts)
    answers.set(key, answer)
    return answer
  }
}

function ruled(rule: () => MovedRecord | undefined): Ruled {
  try {
    const moved = rule()
    return moved === undefined ? 'nothing' : numberOf(moved)
  } catch (error) {
    if (isProblem(error)) return 'refused'
    throw error
  }
}

const of = (operation: number, version: number, alias: number) => ({
  alias: aliasNames[alias] ?? '',
  version: versionNames[version] ?? '',
  rollout: operationName(operation),
})

export const aliasNames = ['live', 'staging'] as const

/** Weights of the steps that a model's rollouts have. */
const weights = [10, 50]

/** `moveOn` of lambdas/promotion/promotion.ts: the canary's next step, or all traffic where none is left. */
export const movedOn = remembered<Ruled>(
  (record, operation = 0, version = 0, alias = 0, step = 0, steps = 0) => {
    const rollout = of(operation, version, alias)
    const from = record.aliases[rollout.alias]?.stable
    if (step >= steps || from === undefined) return ruled(() => completeRollout(record, rollout))
    return ruled(() =>
      giveStep(record, rollout, step, { weightPercent: weights[step] ?? 0, bakeTimeSeconds: 60 }),
    )
  },
)

export const rolloutEnded = remembered<Ruled>((record, operation = 0, version = 0, alias = 0) =>
  ruled(() => endRollout(record, of(operation, version, alias))),
)

export const moveUndone = remembered<Ruled>((record, operation = 0, version = 0, alias = 0) =>
  ruled(() => undoMove(record, of(operation, version, alias))),
)

/** `returnAlias` of lambdas/rollback/roll-back.ts. @param to the index of the version named, plus one; 0: none */
export const rolledBack = remembered<Ruled>((record, operation = 0, alias = 0, to = 0) => {
  const { alias: name, rollout } = of(operation, 0, alias)
  if (record.aliases[name]?.by === rollout) return 'nothing'
  return ruled(() => rollBack(record, name, to === 0 ? undefined : versionNames[to - 1], rollout).moved)
})

/** The mutant of a rollback that leaves to ranges what they reached before it. */
export function stillAccepted(before: RecordId, after: RecordId): RecordId {
  return numberOf({ aliases: recordOf(after).aliases, accepted: recordOf(before).accepted })
}

/** Where a rollback would go: the index of a version; undefined where it is refused. */
export const returnsTo = remembered<number | undefined>((record, operation = 0, alias = 0, to = 0) => {
  const { alias: name, rollout } = of(operation, 0, alias)
  try {
    const target = rollBack(record, name, to === 0 ? undefined : versionNames[to - 1], rollout).to
    return indexOf(target)
  } catch (error) {
    if (isProblem(error)) return undefined
    throw error
  }
})

/** `retireVersion` of lambdas/retirement/retire-version.ts. */
export const retired = remembered<Ruled>((record, version = 0, unchecked = 0) =>
  ruled(() => {
    const name = versionNames[version] ?? ''
    if (unchecked === 0)
      checkRetirement({ record, version: name, versions: [], unfinished: [], callers: [], now: 0 })
    return dropAccepted(record, name)
  }),
)

/** The real `standingOf`, of what it reads: @param step the one that the operation has noted, plus one */
export const standing = remembered((record, operation = 0, version = 0, alias = 0, step = 0) => {
  const { alias: name, version: serves, rollout: id } = of(operation, version, alias)
  return standingOf(
    { id, alias: name, version: serves, rollout: { step: step - 1 } } as Parameters<typeof standingOf>[0],
    record,
  )
})

export const isReached = remembered(
  (record, version = 0) => reachedBy(record, versionNames[version] ?? '') !== undefined,
)

/** What one alias names, as indices; -1 where it names none. */
export interface Names {
  readonly stable: number
  readonly previous: number
  readonly canary: number
  /** The operation that leads the rollout, and the step it is in. */
  readonly rollout: number
  readonly step: number
}

export const namesOf = remembered<Names>((record, alias = 0) => {
  const found = record.aliases[aliasNames[alias] ?? '']
  return {
    stable: indexOf(found?.stable),
    previous: indexOf(found?.previous),
    canary: indexOf(found?.canary?.version),
    rollout: Number(found?.canary?.rollout.slice('op-'.length) ?? -1),
    step: found?.canary?.step ?? -1,
  }
})

/** Bits by version: what ranges may reach. */
export const acceptedOf = remembered((record) =>
  record.accepted.reduce((bits, version) => bits | (1 << indexOf(version)), 0),
)

function indexOf(version: string | undefined): number {
  return version === undefined ? -1 : (versionNames as readonly string[]).indexOf(version)
}
