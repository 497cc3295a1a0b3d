import { chiSquareTail } from '../drift/gamma.ts'
import { plainNumber } from '../drift/plain-number.ts'
import { type Estimate, z95 } from './interval.ts'
import type { QualityLimit } from './quality-limit.ts'
import { betterWay, type QualityReport } from './quality-report.ts'

/** How the live quality of a canary compares with that of the stable version. */
export interface QualityFinding {
  /** Answers that were told what they turned out to be. */
  readonly canary: number
  readonly stable: number
  /** Evidence that the canary is worse by more than the limit allows; 1 is none. */
  readonly evidence: number
  /** In words, with figures. */
  readonly sentence: string
}

/** Of fewer pairs on either side nothing is concluded: an interval of the normal distribution is none there yet. */
const leastPairs = 30

/**
 * The evidence is spread over differences like those that so many pairs would show as one standard error. Chosen by
 * simulation: larger sees large differences later, smaller calls chance evidence where metrics are far from normal.
 */
const pairsOfBet = 100

/** Figures that JSON can hold. */
const mostEvidence = 1e12

/**
 * Hold the canary's live quality to that of the stable version. One may look as often as one likes: the evidence is a
 * mixture likelihood ratio over how much worse the canary is (Robbins 1970, Ann. Math. Stat. 41, 1397), which a canary
 * within the limit ever brings to 1/α with a chance of about α. The standard error is read out of both intervals, on the
 * sides that speak for the canary (Newcombe 1998, Stat. Med. 17, 873).
 * @param canary undefined where nobody has told anything yet
 */
export function qualityFinding(
  limit: QualityLimit,
  canary: QualityReport | undefined,
  stable: QualityReport | undefined,
): QualityFinding {
  const { metric } = limit
  const [one, other] = [canary?.metrics[metric], stable?.metrics[metric]]
  const pairs = {
    canary: one === undefined ? 0 : (canary?.pairs ?? 0),
    stable: other === undefined ? 0 : (stable?.pairs ?? 0),
  }
  const evidence = one === undefined || other === undefined ? 1 : evidenceOf(limit, one, other, pairs)
  return { ...pairs, evidence, sentence: sentenceOf(limit, one, other, pairs) }
}

function evidenceOf(
  { metric, maxWorse }: QualityLimit,
  canary: Estimate,
  stable: Estimate,
  pairs: Pick<QualityFinding, 'canary' | 'stable'>,
): number {
  if (Math.min(pairs.canary, pairs.stable) < leastPairs) return 1
  const [better, worse] =
    betterWay[metric] === 'higher' ? (['high', 'low'] as const) : (['low', 'high'] as const)
  const [canarySide, stableSide] = [canary[better], stable[worse]]
  if (canarySide === undefined || stableSide === undefined) return 1
  const excess = (better === 'high' ? 1 : -1) * (stable.value - canary.value) - maxWorse
  const error = Math.hypot(canarySide - canary.value, stableSide - stable.value) / z95
  if (error === 0) return excess > 0 ? mostEvidence : 1
  const ratio = 1 / (1 / pairs.canary + 1 / pairs.stable) / pairsOfBet
  return Math.min(mostEvidence, mixture(excess / error, ratio))
}

/**
 * The likelihood ratio of a standard score against none, averaged over the upper half of a normal distribution of what
 * is behind it. @param ratio the variance of that distribution, in squared standard errors
 */
function mixture(score: number, ratio: number): number {
  // Further below, one factor has no end and the other is nothing; their product is next to nothing from here on.
  const shrunk = Math.max(-8, score * Math.sqrt(ratio / (1 + ratio)))
  return (2 / Math.sqrt(1 + ratio)) * Math.exp((shrunk * shrunk) / 2) * below(shrunk)
}

/** The share of the standard normal distribution that lies below a score. */
function below(score: number): number {
  const beyond = chiSquareTail(score * score, 1) / 2
  return score > 0 ? 1 - beyond : beyond
}

function sentenceOf(
  { metric, output, maxWorse }: QualityLimit,
  canary: Estimate | undefined,
  stable: Estimate | undefined,
  pairs: Pick<QualityFinding, 'canary' | 'stable'>,
): string {
  const of = output === undefined ? metric : `${metric} of ${output}`
  const side = (name: string, estimate: Estimate | undefined, count: number) =>
    estimate === undefined ? `unknown on ${name}` : `${figures(estimate)} on ${name} (${count} told)`
  const worse = maxWorse === 0 ? 'it may not be worse' : `it may be ${plainNumber(maxWorse)} worse`
  return `${of} is ${side('the canary', canary, pairs.canary)} and ${side('stable', stable, pairs.stable)}; ${worse}`
}

function figures({ value, low, high }: Estimate): string {
  const range =
    low === undefined || high === undefined ? '' : `, ${plainNumber(low)} to ${plainNumber(high)},`
  return `${plainNumber(value)}${range}`
}
