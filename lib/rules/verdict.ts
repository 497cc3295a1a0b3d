import {
  bucketEdgeMs,
  countAbove,
  countOf,
  type LatencyHistogram,
  mergedHistogram,
  quantileBucket,
} from './latency-histogram.ts'
import type { RolloutLimits } from './rollout.ts'

/**
 * What was counted of one variant during one step of a rollout. Calls without an affinity key are independent
 * observations; of the callers with one, each caller is one observation, with its first error in the rollout.
 */
export interface VariantCounts {
  readonly requests: number
  readonly errors: number
  readonly callers: number
  readonly failedCallers: number
  readonly latency: LatencyHistogram
}

export interface StepCounts {
  /** The canary's share of the alias's traffic during the step, 1 to 99. */
  readonly weightPercent: number
  readonly canary: VariantCounts
  readonly stable: VariantCounts
}

/** What a verdict is drawn from. Times are milliseconds since the epoch. */
export interface Evidence {
  /** Every step so far, the present one last; undefined where the counters cannot be read. */
  readonly steps: readonly StepCounts[] | undefined
  readonly limits: RolloutLimits
  readonly now: number
  readonly bakeEndsAt: number
  readonly deadline: number
}

export type Decision = 'advance' | 'hold' | 'rollback'

export interface Verdict {
  readonly decision: Decision
  readonly reason: string
  /** Evidence against the canary: how often less likely the errors are if it is as good as stable. 1 is none. */
  readonly errorEvidence: number
  readonly latencyEvidence: number
  /** The same of its live quality, where the limits hold it to that. */
  readonly qualityEvidence?: number
}

/**
 * The bound on false rollbacks: a canary as good as the stable version is rolled back with at most this probability
 * over the WHOLE rollout, however often one looks (Ville's inequality for e-processes). Simulated in
 * `test/rules/verdict.test.ts`.
 */
export const falseRollbackBound = 0.01

/** How many times worse the canary may be, in the alternatives that share the test's bet equally. */
const alternatives = [2, 5, 20, 100] as const

/**
 * Error evidence up to this does not hold a canary that is baked. Callers who stay with their variant are counted once
 * each, so what three of them did by chance is never outweighed by more: with 1 here, 5 of 100 rollouts without fault
 * were held until their deadline. Chosen by simulation (`npm run judge`): higher lets more slightly worse ones through.
 */
const unclear = 4

/** p95 differences below this many milliseconds harm nobody. */
const latencyFloorMs = 5

/**
 * Latency evidence below this clears a canary whose p95 looks too high. Lower than for errors, since a p95 wanders
 * near its limit: chosen by simulation, so that neither a canary like stable is held until its deadline, nor one that
 * is twice as slow promoted, in more than a few rollouts of a hundred.
 */
const cleared = 0.1

/** The share of calls that lie above a p95, by its definition. */
const shareAboveP95 = 0.05

/**
 * Judge a canary. At any moment it is rolled back when its errors are its own (an anytime-valid sequential test) and
 * above the limit, or when its latency is; it advances only after the bake time, with enough observations of both
 * variants, when the evidence does not speak against it; everything else holds, until the deadline, and then the
 * traffic returns: unknown never promotes.
 */
export function judge(evidence: Evidence): Verdict {
  const { steps, limits, now, bakeEndsAt, deadline } = evidence
  const late = now >= deadline
  if (steps === undefined) return undecided(late, 'the counters cannot be read')
  const errorEvidence = evidenceOfErrors(steps)
  const latency = judgeLatency(steps, limits)
  const drawn = (decision: Decision, reason: string): Verdict => ({
    decision,
    reason,
    errorEvidence,
    latencyEvidence: latency.evidence,
  })
  const { canary, stable } = totals(steps)
  const rates = `${percent(errorRate(canary))} of ${observations(canary)} canary calls failed, ${percent(errorRate(stable))} of ${observations(stable)} stable ones`
  const overLimit = failures(canary) * 100 > limits.maxErrorRatePercent * observations(canary)
  if (overLimit && errorEvidence >= 1 / falseRollbackBound)
    return drawn('rollback', `${rates}; the limit is ${limits.maxErrorRatePercent} %`)
  if (latency.excess !== undefined && latency.evidence >= 1 / falseRollbackBound)
    return drawn('rollback', latency.excess)

  const held = (reason: string): Verdict =>
    late ? drawn('rollback', `no verdict before the deadline: ${reason}`) : drawn('hold', reason)
  const present = steps.at(-1)
  const seen = present === undefined ? 0 : observations(present.canary)
  if (now < bakeEndsAt) return held(`baking; ${rates}`)
  if (seen < limits.minRequests)
    return held(`too few to judge: ${seen} of ${limits.minRequests} canary calls in this step`)
  if (observations(stable) < limits.minRequests)
    return held(`too few to compare with: ${observations(stable)} of ${limits.minRequests} stable calls`)
  // Under the null the evidence shrinks as calls come in: what is held here is held for as long as it is unclear.
  if (overLimit && errorEvidence > unclear) return held(`${rates}, and it is not clear yet whose they are`)
  if (latency.excess !== undefined && latency.evidence > cleared)
    return held(`${latency.excess}, and it is not clear yet`)
  return drawn('advance', rates)
}

function undecided(late: boolean, reason: string): Verdict {
  return {
    decision: late ? 'rollback' : 'hold',
    reason: late ? `no verdict before the deadline: ${reason}` : reason,
    errorEvidence: 1,
    latencyEvidence: 1,
  }
}

/**
 * Whose errors are they? If the canary is no worse than the stable version, each failing observation is the canary's
 * with probability w, its share of the traffic; if it fails r times as often, with r·w / (r·w + 1 - w). The evidence
 * is the likelihood ratio of the errors seen, step by step since w differs, averaged over the alternatives r. Under
 * the null it is a martingale that starts at 1, so it ever reaches 1/α with probability at most α.
 */
function evidenceOfErrors(steps: readonly StepCounts[]): number {
  return mean(
    alternatives.map((ratio) => {
      const logRatio = steps.reduce((sum, { weightPercent, canary, stable }) => {
        const share = weightPercent / 100
        const worse = (ratio * share) / (ratio * share + 1 - share)
        return sum + logLikelihoodRatio(failures(canary), failures(stable), share, worse)
      }, 0)
      return Math.exp(logRatio)
    }),
  )
}

/**
 * Is the canary slower than allowed? By definition at most 5 % of its calls lie above its p95; if more of them lie
 * above the stable p95 times the ratio, it is slower. The same test, on the share of calls above that threshold; while
 * few stable calls were seen, their p95 is a guess, and the share that they themselves may have above it is allowed.
 */
function judgeLatency(
  steps: readonly StepCounts[],
  limits: RolloutLimits,
): { evidence: number; excess?: string } {
  const canary = mergedHistogram(steps.map((step) => step.canary.latency))
  const stable = mergedHistogram(steps.map((step) => step.stable.latency))
  const [slow, normal] = [quantileBucket(canary, 0.95), quantileBucket(stable, 0.95)]
  if (slow === undefined || normal === undefined || countOf(stable) < limits.minRequests)
    return { evidence: 1 }
  const [canaryMs, stableMs] = [bucketEdgeMs(slow), bucketEdgeMs(normal)]
  const limitMs = Math.max(stableMs * limits.maxLatencyP95Ratio, stableMs + latencyFloorMs)
  const above = countAbove(canary, limitMs)
  const below = countOf(canary) - above
  const share = Math.max(shareAboveP95, highestShare(countAbove(stable, limitMs), countOf(stable)))
  const evidence = mean(
    [1.5, 2, 5, 19].map((ratio) =>
      Math.exp(logLikelihoodRatio(above, below, share, Math.min(share * ratio, 0.95))),
    ),
  )
  if (canaryMs <= limitMs) return { evidence }
  return {
    evidence,
    excess: `p95 is ${milliseconds(canaryMs)} on the canary and ${milliseconds(stableMs)} on stable; the limit is ${milliseconds(limitMs)}`,
  }
}

/** The highest share that so many hits of so many speak for: the upper end of Wilson's 95 % interval. */
function highestShare(hits: number, of: number): number {
  return (hits + 2 + 2 * Math.sqrt((hits * (of - hits)) / of + 1)) / (of + 4)
}

/** log of P(hits, misses | worse) / P(hits, misses | share). */
function logLikelihoodRatio(hits: number, misses: number, share: number, worse: number): number {
  return hits * Math.log(worse / share) + misses * Math.log((1 - worse) / (1 - share))
}

function observations({ requests, callers }: VariantCounts): number {
  return requests + callers
}

function failures({ errors, failedCallers }: VariantCounts): number {
  return errors + failedCallers
}

function errorRate(counts: VariantCounts): number {
  return observations(counts) === 0 ? 0 : failures(counts) / observations(counts)
}

function totals(steps: readonly StepCounts[]): Pick<StepCounts, 'canary' | 'stable'> {
  return {
    canary: summed(steps.map((step) => step.canary)),
    stable: summed(steps.map((step) => step.stable)),
  }
}

function summed(counts: readonly VariantCounts[]): VariantCounts {
  const sum = (of: (one: VariantCounts) => number) => counts.reduce((total, one) => total + of(one), 0)
  return {
    requests: sum((one) => one.requests),
    errors: sum((one) => one.errors),
    callers: sum((one) => one.callers),
    failedCallers: sum((one) => one.failedCallers),
    latency: mergedHistogram(counts.map((one) => one.latency)),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`
}

function milliseconds(value: number): string {
  return `${value.toPrecision(3)} ms`
}
