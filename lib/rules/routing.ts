import { unitInterval } from './digest.ts'
import { liveAlias, previousAlias } from './names.ts'
import { Problem, shown } from './problem.ts'
import { resolveRange, type VersionSelector } from './version-range.ts'

/** Where an alias points. */
export interface AliasRecord {
  readonly stable: string
  /** The version under judgement, while a rollout lasts. */
  readonly canary?: Canary
  /** What was stable before; where a rollback returns to. */
  readonly previous?: string
  /** The version that is asked what the alias is asked, for nobody but those who compare. */
  readonly shadow?: Shadow
  /** The operation that moved the alias last. */
  readonly by: string
}

/** A version that answers beside another, and whose answers no caller gets. */
export interface Shadow {
  readonly version: string
  /** The share of the calls, in per cent. */
  readonly samplePercent: number
  /** How far a number may be off to count as the same. */
  readonly tolerance: number
  /** What it was cast by. */
  readonly by: string
}

export interface Canary {
  readonly version: string
  readonly weightPercent: number
  /** The operation that leads the rollout. */
  readonly rollout: string
  /** Index of the present step. */
  readonly step: number
}

/**
 * The routing record of a model, the one thing that moves: every alias, and the versions a range may resolve to.
 * `rev` counts its moves; `head` is the hash of the last entry in the model's history.
 */
export interface ModelRecord {
  readonly model: string
  readonly rev: number
  readonly head: string
  readonly aliases: Readonly<Record<string, AliasRecord>>
  /** Completed a rollout on `live` and not rejected since. Ranges resolve over these only. */
  readonly accepted: readonly string[]
}

export type Variant = 'stable' | 'canary'

/** What a request asked for. */
export type RouteTarget = { readonly alias: string } | VersionSelector

/** Which version answers, and as what. */
export interface Route {
  readonly version: string
  readonly variant: Variant
  /** The rollout step whose outcome this request counts for, if the alias has a canary. */
  readonly counted?: { readonly rollout: string; readonly step: number }
}

/**
 * Choose the version that answers.
 * @param draw a number in [0, 1): the request goes to the canary when it lies below the canary's weight
 * @throws Problem `alias-unknown`, `range-unresolved`
 */
export function route(record: ModelRecord, target: RouteTarget, draw: number): Route {
  if ('exact' in target) return { version: target.exact, variant: 'stable' }
  if ('range' in target) {
    const version = resolveRange(target.range, record.accepted)
    if (version === undefined)
      throw new Problem(
        'range-unresolved',
        `no accepted version of '${record.model}' lies in ${shown(target.range)}; accepted are: ${record.accepted.join(', ') || 'none yet'}`,
      )
    return { version, variant: 'stable' }
  }
  if (target.alias === previousAlias) return { version: previousOf(record), variant: 'stable' }
  const alias = aliasOf(record, target.alias)
  if (alias.canary === undefined) return { version: alias.stable, variant: 'stable' }
  const { version, weightPercent, rollout, step } = alias.canary
  const counted = { rollout, step }
  return draw < weightPercent / 100
    ? { version, variant: 'canary', counted }
    : { version: alias.stable, variant: 'stable', counted }
}

/**
 * The draw of a caller with an affinity key: fixed for a rollout, so the caller stays with the variant it got, and
 * as the weight rises callers only ever move from stable to the canary.
 */
export function affinityDraw(record: ModelRecord, target: RouteTarget, key: string): number {
  const rollout = 'alias' in target ? record.aliases[target.alias]?.canary?.rollout : undefined
  return unitInterval(`${rollout ?? ''}\n${key}`)
}

/** @throws Problem `alias-unknown` */
export function aliasOf(record: ModelRecord, name: string): AliasRecord {
  const alias = Object.hasOwn(record.aliases, name) ? record.aliases[name] : undefined
  if (alias === undefined)
    throw new Problem(
      'alias-unknown',
      `'${record.model}' has no alias ${shown(name)}; it has: ${Object.keys(record.aliases).join(', ') || 'none yet, promote a version first'}`,
    )
  return alias
}

function previousOf(record: ModelRecord): string {
  const previous = record.aliases[liveAlias]?.previous
  if (previous === undefined)
    throw new Problem('alias-unknown', `'${record.model}' has served nothing before on '${liveAlias}'`)
  return previous
}

/** What reaches a version by a name other than its own, as a person would say it; undefined where nothing does. */
export function reachedBy(record: ModelRecord, version: string): string | undefined {
  return allReaching(record, version)[0]
}

/** Everything that reaches a version by a name other than its own: aliases, rollouts, ways back, one of its ranges. */
export function allReaching(record: ModelRecord, version: string): string[] {
  const range = rangeReaching(record, version)
  return [...aliasesReaching(record, version), ...(range === undefined ? [] : [range])]
}

/** The aliases that reach a version, or would if they returned. */
export function aliasesReaching(record: ModelRecord, version: string): string[] {
  return Object.entries(record.aliases).flatMap(([name, alias]) => [
    ...(alias.stable === version ? [`alias '${name}'`] : []),
    ...(alias.canary?.version === version ? [`the rollout on alias '${name}'`] : []),
    ...(alias.previous === version ? [`the way back of alias '${name}'`] : []),
    ...(alias.shadow?.version === version ? [`the shadow of alias '${name}'`] : []),
  ])
}

/** A range that resolves to a version, where one does. */
export function rangeReaching(record: ModelRecord, version: string): string | undefined {
  // A range that reaches a version reaches the newer ones of its minor line too, so the line is the narrowest range;
  // but below 0.1 a caret range holds one version only.
  const line = version.split('.').slice(0, 2).join('.')
  const ranges = version.includes('-') ? [] : [line, `^${version}`]
  const range = ranges.find((one) => resolveRange(one, record.accepted) === version)
  return range === undefined ? undefined : `callers of the range '${range}'`
}
