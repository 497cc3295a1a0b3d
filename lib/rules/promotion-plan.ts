import type { Manifest } from './manifest.ts'
import { liveAlias } from './names.ts'
import { defaultLimits, defaultRollout, type Rollout, type RolloutLimits } from './rollout.ts'
import type { ModelRecord } from './routing.ts'

/** How a version is to get the traffic of an alias, or of several in order. */
export interface PromotionPlan {
  readonly alias: string
  readonly rollout: Rollout
  readonly limits: RolloutLimits
  readonly reason: string
  /** The aliases that move to the version after this one. */
  readonly then?: readonly string[]
  /** The plans of `then`; one that is not named moves all at once. */
  readonly rollouts?: Readonly<Record<string, Rollout>>
}

/**
 * What follows a release. With a `release` section, what it says; without one, the first version of a model goes to
 * `live` at once, and later ones wait until someone promotes them.
 */
export function promotionAfterRelease(
  manifest: Manifest | undefined,
  record: ModelRecord | undefined,
): PromotionPlan | { readonly waits: string } {
  const release = manifest?.release
  if (release === undefined) {
    if (record?.aliases[liveAlias] !== undefined) return { waits: 'waits to be promoted' }
    return {
      alias: liveAlias,
      rollout: { kind: 'all-at-once' },
      limits: defaultLimits,
      reason: 'the first version of the model',
    }
  }
  const aliases = aliasesOf(release)
  if (aliases.length === 0) return { waits: 'waits to be promoted, as its manifest says' }
  return {
    ...inOrder(aliases, release.rollout, release.rollouts),
    limits: release.limits,
    reason: 'as its manifest says',
  }
}

/** A promotion that a person asks for: what they leave out, the version's manifest says. */
export function promotionOnRequest(
  manifest: Manifest | undefined,
  asked: {
    readonly alias?: string | undefined
    readonly then?: readonly string[] | undefined
    readonly rollout?: Rollout | undefined
    readonly reason: string
  },
): PromotionPlan {
  const release = manifest?.release
  const written = release === undefined ? [] : aliasesOf(release)
  const [first = liveAlias, ...rest] = asked.alias === undefined ? written : [asked.alias]
  const rollout = asked.rollout ?? release?.rollout ?? defaultRollout
  return {
    ...inOrder([first, ...(asked.then ?? rest)], rollout, release?.rollouts, asked.rollout !== undefined),
    limits: release?.limits ?? defaultLimits,
    reason: asked.reason,
  }
}

/** The aliases that a manifest names, in order; none where the version stops when it is ready. */
function aliasesOf({ alias }: NonNullable<Manifest['release']>): readonly string[] {
  if (alias === 'none') return []
  return typeof alias === 'string' ? [alias] : alias
}

/**
 * Several aliases in order: the rollout is that of `live`, and of the last. The others move all at once unless a plan of
 * their own is written, since a canary that gets no calls would hold until its deadline.
 * @param isAsked somebody asked for just this rollout, whatever was written
 */
function inOrder(
  [alias = liveAlias, ...then]: readonly string[],
  rollout: Rollout,
  written: Readonly<Record<string, Rollout>> = {},
  isAsked = false,
): Pick<PromotionPlan, 'alias' | 'rollout' | 'then' | 'rollouts'> {
  const led = Object.fromEntries([liveAlias, then.at(-1) ?? alias].map((name) => [name, rollout]))
  const rollouts = isAsked ? { ...written, ...led } : { ...led, ...written }
  const later = Object.entries(rollouts).filter(([name]) => then.includes(name))
  return {
    alias,
    rollout: planFor(alias, rollouts),
    ...(then.length > 0 && { then, rollouts: Object.fromEntries(later) }),
  }
}

/** The plan of one alias among several. */
export function planFor(alias: string, rollouts: Readonly<Record<string, Rollout>>): Rollout {
  return Object.hasOwn(rollouts, alias) ? (rollouts[alias] as Rollout) : { kind: 'all-at-once' }
}
