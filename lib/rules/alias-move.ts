import { liveAlias } from './names.ts'
import { Problem } from './problem.ts'
import type { RolloutStep } from './rollout.ts'
import { type AliasRecord, aliasOf, type ModelRecord, type Shadow } from './routing.ts'

/** What a move would make of a model's record; `rev` and `head` follow when it is committed. */
export type MovedRecord = Pick<ModelRecord, 'aliases' | 'accepted'>

/** The record of a model nothing was released of yet. */
export function newModel(model: string): ModelRecord {
  return { model, rev: 0, head: '', aliases: {}, accepted: [] }
}

interface RolloutOf {
  readonly alias: string
  readonly version: string
  /** The operation that leads the rollout. */
  readonly rollout: string
}

/**
 * Give a canary its step of a rollout: the first one, or the next.
 * @throws Problem `rollout-under-way` where another rollout moves the alias, `already-live`, `alias-unknown`
 */
export function giveStep(
  record: ModelRecord,
  of: RolloutOf,
  step: number,
  { weightPercent }: RolloutStep,
): MovedRecord {
  const alias = aliasOf(record, of.alias)
  refuseOtherRollout(alias, of)
  if (alias.stable === of.version)
    throw new Problem('already-live', `'${of.alias}' serves ${of.version} already; promote another version`)
  const canary = { version: of.version, weightPercent, rollout: of.rollout, step }
  return { ...record, aliases: { ...record.aliases, [of.alias]: { ...alias, canary, by: of.rollout } } }
}

/**
 * Move all traffic of an alias to a version: the end of a rollout, or the first version ever.
 * @throws Problem `rollout-under-way` where another rollout moves the alias
 */
export function completeRollout(record: ModelRecord, of: RolloutOf): MovedRecord {
  const before = Object.hasOwn(record.aliases, of.alias) ? record.aliases[of.alias] : undefined
  if (before !== undefined) refuseOtherRollout(before, of)
  const previous = before?.stable === of.version ? before.previous : before?.stable
  const moved = {
    stable: of.version,
    ...(previous !== undefined && { previous }),
    ...shadowBeside(before, of.version),
    by: of.rollout,
  }
  return {
    aliases: { ...record.aliases, [of.alias]: moved },
    accepted: of.alias === liveAlias ? accept(record.accepted, of.version) : record.accepted,
  }
}

/**
 * Take the traffic back from the canary of a rollout, and reject it. @returns undefined where that rollout is not in
 * the alias any more: somebody else was faster, and nothing is to be done
 */
export function endRollout(record: ModelRecord, of: RolloutOf): MovedRecord | undefined {
  const alias = record.aliases[of.alias]
  if (alias?.canary === undefined || alias.canary.rollout !== of.rollout) return undefined
  return withoutCanary(record, of.alias, alias, of.rollout)
}

/**
 * Take an alias back from a version that was moved to and is not what was asked for (the truth check failed).
 * @returns undefined where the alias has moved on
 */
export function undoMove(record: ModelRecord, of: RolloutOf): MovedRecord | undefined {
  const alias = record.aliases[of.alias]
  if (alias?.stable !== of.version || alias.previous === undefined) return undefined
  return returned(record, of.alias, alias.previous, of.rollout, [of.version])
}

/** Where a rollback goes, and what it leaves. */
export interface Return {
  readonly to: string
  readonly leaves: string
  readonly moved: MovedRecord
}

/**
 * Roll an alias back by hand: out of a rollout to what is stable, else to what was stable before, or to any version
 * named. The version left is rejected: no range reaches it until it is promoted again.
 * @throws Problem `nothing-to-return-to`, `already-live`, `alias-unknown`, `rollout-under-way`
 */
export function rollBack(
  record: ModelRecord,
  name: string,
  to: string | undefined,
  operation: string,
): Return {
  const alias = aliasOf(record, name)
  const leaves = alias.canary?.version ?? alias.stable
  if (alias.canary !== undefined && (to === undefined || to === alias.stable))
    return { to: alias.stable, leaves, moved: withoutCanary(record, name, alias, operation) }
  if (to !== undefined && to === alias.canary?.version)
    throw new Problem(
      'rollout-under-way',
      `${to} is the canary that a rollback of '${name}' leaves; name another version`,
    )
  const target = to ?? alias.previous
  if (target === undefined)
    throw new Problem(
      'nothing-to-return-to',
      `'${name}' has served nothing before ${alias.stable}; name a version with "to"`,
    )
  if (target === alias.stable)
    throw new Problem('already-live', `'${name}' serves ${target} already; name another version`)
  const rejected = alias.canary === undefined ? [alias.stable] : [alias.stable, alias.canary.version]
  return { to: target, leaves, moved: returned(record, name, target, operation, rejected) }
}

/**
 * Let a version answer beside what an alias serves, or in place of the one that does.
 * @throws Problem `already-live`, `alias-unknown`
 */
export function castShadow(record: ModelRecord, name: string, shadow: Shadow): MovedRecord {
  const alias = aliasOf(record, name)
  if (alias.stable === shadow.version)
    throw new Problem(
      'already-live',
      `'${name}' serves ${shadow.version} already; the shadow of a version is another one`,
    )
  return { ...record, aliases: { ...record.aliases, [name]: { ...alias, shadow } } }
}

/** End a shadow. @returns undefined where there is none @throws Problem `alias-unknown` */
export function liftShadow(record: ModelRecord, name: string): MovedRecord | undefined {
  const { shadow, ...alias } = aliasOf(record, name)
  if (shadow === undefined) return undefined
  return { ...record, aliases: { ...record.aliases, [name]: alias } }
}

/** A shadow stays where the alias moves, and ends where it moves to the shadow's own version. */
function shadowBeside(alias: AliasRecord | undefined, stable: string): Pick<AliasRecord, 'shadow'> {
  const shadow = alias?.shadow
  return shadow === undefined || shadow.version === stable ? {} : { shadow }
}

/**
 * Drop a retired version from what ranges reach.
 * The rules of `retirement.ts` have made sure that no alias names it.
 */
export function dropAccepted(record: ModelRecord, version: string): MovedRecord {
  return { aliases: record.aliases, accepted: without(record.accepted, [version]) }
}

function returned(
  record: ModelRecord,
  name: string,
  to: string,
  by: string,
  rejected: readonly string[],
): MovedRecord {
  return {
    aliases: { ...record.aliases, [name]: { stable: to, ...shadowBeside(record.aliases[name], to), by } },
    accepted: name === liveAlias ? without(record.accepted, rejected) : record.accepted,
  }
}

function withoutCanary(record: ModelRecord, name: string, alias: AliasRecord, by: string): MovedRecord {
  const { canary, ...stays } = alias
  const rejected = canary === undefined ? [] : [canary.version]
  return {
    aliases: { ...record.aliases, [name]: { ...stays, by } },
    accepted: name === liveAlias ? without(record.accepted, rejected) : record.accepted,
  }
}

function refuseOtherRollout({ canary }: AliasRecord, of: RolloutOf): void {
  if (canary !== undefined && canary.rollout !== of.rollout)
    throw new Problem(
      'rollout-under-way',
      `'${of.alias}' is moving to ${canary.version} (operation ${canary.rollout}); wait for it, or roll it back first`,
    )
}

function accept(accepted: readonly string[], version: string): readonly string[] {
  return accepted.includes(version) ? accepted : [...accepted, version]
}

function without(accepted: readonly string[], rejected: readonly string[]): readonly string[] {
  return accepted.filter((version) => !rejected.includes(version))
}
