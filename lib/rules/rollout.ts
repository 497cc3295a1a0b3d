import { Problem, shown } from './problem.ts'
import type { QualityLimit } from './quality/quality-limit.ts'

/** One step of a rollout: this share of the alias's traffic, for at least this long. */
export interface RolloutStep {
  /** 1 to 99: the share of the canary while the step lasts. */
  readonly weightPercent: number
  readonly bakeTimeSeconds: number
}

/** How an alias moves, as a manifest or a promotion writes it. */
export type Rollout =
  | { readonly kind: 'all-at-once' }
  | { readonly kind: 'canary'; readonly steps: readonly RolloutStep[] }
  | { readonly kind: 'linear'; readonly stepPercent: number; readonly bakeTimeSeconds: number }

/** The limits that a canary is held to. */
export interface RolloutLimits {
  /** Above this share of failing calls the canary's own errors are harm. Percent. */
  readonly maxErrorRatePercent: number
  /** The canary's p95 latency may be this many times the stable version's. */
  readonly maxLatencyP95Ratio: number
  /** Fewer observations of the canary than this in a step hold it: no verdict is drawn from too little. */
  readonly minRequests: number
  /** What its live quality is held to, beside that of stable; absent where feedback holds it to nothing. */
  readonly quality?: QualityLimit | undefined
}

export const defaultRollout: Rollout = {
  kind: 'canary',
  steps: [
    { weightPercent: 10, bakeTimeSeconds: 600 },
    { weightPercent: 50, bakeTimeSeconds: 600 },
  ],
}

export const defaultLimits: RolloutLimits = {
  maxErrorRatePercent: 1,
  maxLatencyP95Ratio: 1.5,
  minRequests: 50,
}

/** The longest rollout: a Step Functions execution may last a year, an operation of ours 30 days. */
export const longestRolloutSeconds = 30 * 24 * 3600

/** The steps of a rollout before all traffic moves: none for all-at-once. */
export function rolloutSteps(rollout: Rollout): readonly RolloutStep[] {
  if (rollout.kind === 'all-at-once') return []
  if (rollout.kind === 'canary') return rollout.steps
  const count = Math.ceil(100 / rollout.stepPercent) - 1
  return Array.from({ length: count }, (_, i) => ({
    weightPercent: rollout.stepPercent * (i + 1),
    bakeTimeSeconds: rollout.bakeTimeSeconds,
  }))
}

/** The time a rollout takes when nothing holds it, in seconds. */
export function bakeSeconds(rollout: Rollout): number {
  return rolloutSteps(rollout).reduce((sum, step) => sum + step.bakeTimeSeconds, 0)
}

/**
 * When a rollout that is held gives up and returns the traffic: four times its bake time, and at least a minute
 * more than it. Milliseconds since the epoch.
 */
export function rolloutDeadline(rollout: Rollout, startedAt: number): number {
  const bake = bakeSeconds(rollout)
  return startedAt + Math.min(Math.max(4 * bake, bake + 60), longestRolloutSeconds) * 1000
}

/**
 * Read the short form of a rollout that the command takes: `all-at-once`, `canary:10%/600s,50%/600s`,
 * `linear:20%/60s`. @throws Problem `rollout-malformed`
 */
export function parseRolloutText(text: string): Rollout {
  if (text === 'all-at-once') return { kind: text }
  const [, kind, list = ''] = /^(canary|linear):(.*)$/.exec(text) ?? []
  const steps = list.split(',').map((step) => /^(\d{1,2})%\/(\d{1,7})s$/.exec(step.trim()))
  const read = steps
    .filter((step) => step !== null)
    .map(([, weight, seconds]) => ({ weightPercent: Number(weight), bakeTimeSeconds: Number(seconds) }))
  const [first] = read
  if (first !== undefined && read.length === steps.length) {
    if (kind === 'canary') return checkedRollout({ kind, steps: read })
    const { weightPercent: stepPercent, bakeTimeSeconds } = first
    if (kind === 'linear' && read.length === 1 && stepPercent >= 2 && stepPercent <= 50)
      return checkedRollout({ kind, stepPercent, bakeTimeSeconds })
  }
  throw new Problem(
    'rollout-malformed',
    `${shown(text)} is no rollout; allowed are all-at-once, canary:10%/600s,50%/600s and linear:20%/60s (a step of 2 to 50 %)`,
  )
}

/**
 * Check what a schema cannot: weights rise, and the whole fits 30 days.
 * @returns the rollout unchanged. @throws Problem `rollout-malformed`
 */
export function checkedRollout(rollout: Rollout): Rollout {
  const steps = rolloutSteps(rollout)
  const weights = steps.map((step) => step.weightPercent)
  const falls = weights.findIndex((weight, i) => weight <= (weights[i - 1] ?? 0) || weight >= 100)
  if (falls >= 0)
    throw new Problem(
      'rollout-malformed',
      `step ${falls + 1} gives the canary ${weights[falls]} %, and allowed are weights that rise from step to step and stay below 100 %`,
    )
  if (bakeSeconds(rollout) > longestRolloutSeconds)
    throw new Problem(
      'rollout-malformed',
      `the steps last ${bakeSeconds(rollout)} s, and allowed are at most 30 days`,
    )
  return rollout
}

/** `canary 10 % for 600 s, 50 % for 600 s` or `linear by 20 % every 60 s`, as a person reads it. */
export function describeRollout(rollout: Rollout): string {
  const steps = rolloutSteps(rollout)
  if (rollout.kind === 'linear')
    return `linear by ${rollout.stepPercent} % every ${rollout.bakeTimeSeconds} s`
  return steps.length === 0
    ? 'all at once'
    : `${rollout.kind} ${steps.map((step) => `${step.weightPercent} % for ${step.bakeTimeSeconds} s`).join(', ')}`
}
