import type { Manifest } from './manifest.ts'
import { liveAlias } from './names.ts'
import { defaultLimits, defaultRollout, type Rollout, type RolloutLimits } from './rollout.ts'
import type { ModelRecord } from './routing.ts'

/** How a version is to get an alias's traffic. */
export interface PromotionPlan {
  readonly alias: string
  readonly rollout: Rollout
  readonly limits: RolloutLimits
  readonly reason: string
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
  if (release.alias === 'none') return { waits: 'waits to be promoted, as its manifest says' }
  return {
    alias: release.alias,
    rollout: release.rollout,
    limits: release.limits,
    reason: 'as its manifest says',
  }
}

/** A promotion that a person asks for: what they leave out, the version's manifest says. */
export function promotionOnRequest(
  manifest: Manifest | undefined,
  asked: {
    readonly alias?: string | undefined
    readonly rollout?: Rollout | undefined
    readonly reason: string
  },
): PromotionPlan {
  const release = manifest?.release
  return {
    alias: asked.alias ?? (release === undefined || release.alias === 'none' ? liveAlias : release.alias),
    rollout: asked.rollout ?? release?.rollout ?? defaultRollout,
    limits: release?.limits ?? defaultLimits,
    reason: asked.reason,
  }
}
