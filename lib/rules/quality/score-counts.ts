import { ExactSum, summand } from '../drift/exact-sum.ts'
import { type Estimate, mean, z95 } from './interval.ts'

/** Scores of one bin are taken for equal when ranks are compared. */
export const scoreBins = 2000
/** A probability of 0 that was wrong would cost without end: it is taken for this. scikit-learn takes the double's epsilon. */
const leastProbability = 2.220446049250313e-16
const reliabilityBins = 10

/** Probabilities that something is so, and whether it was: counted, and never kept one by one. */
export class ScoreCounts {
  /** By bin of the score: how many were so, and how many were not. */
  readonly #were = new Float64Array(scoreBins)
  readonly #wereNot = new Float64Array(scoreBins)
  readonly #scores = Array.from({ length: reliabilityBins }, () => new ExactSum())
  readonly #brier = new ExactSum()
  readonly #brierSquares = new ExactSum()
  readonly #loss = new ExactSum()
  readonly #lossSquares = new ExactSum()

  /** @param score in [0, 1] */
  add(score: number, was: boolean): void {
    const bin = Math.min(scoreBins - 1, Math.floor(score * scoreBins))
    const counts = was ? this.#were : this.#wereNot
    counts[bin] = (counts[bin] ?? 0) + 1
    this.#scores[reliabilityBin(bin)]?.add(summand(score))
    const square = (score - (was ? 1 : 0)) ** 2
    const probability = Math.min(1, Math.max(leastProbability, was ? score : 1 - score))
    addWithSquare(square, this.#brier, this.#brierSquares)
    addWithSquare(-Math.log(probability), this.#loss, this.#lossSquares)
  }

  merge(other: ScoreCounts): void {
    for (const [i, count] of other.#were.entries()) this.#were[i] = (this.#were[i] ?? 0) + count
    for (const [i, count] of other.#wereNot.entries()) this.#wereNot[i] = (this.#wereNot[i] ?? 0) + count
    for (const [i, sum] of other.#scores.entries()) this.#scores[i]?.merge(sum)
    this.#brier.merge(other.#brier)
    this.#brierSquares.merge(other.#brierSquares)
    this.#loss.merge(other.#loss)
    this.#lossSquares.merge(other.#lossSquares)
  }

  get positives(): number {
    return this.#were.reduce((sum, count) => sum + count, 0)
  }

  get negatives(): number {
    return this.#wereNot.reduce((sum, count) => sum + count, 0)
  }

  /** How many were called rightly by "so, from 0.5 on". */
  get right(): number {
    const half = scoreBins / 2
    const above = this.#were.subarray(half).reduce((sum, count) => sum + count, 0)
    return above + this.#wereNot.subarray(0, half).reduce((sum, count) => sum + count, 0)
  }

  /** The mean squared difference between probability and truth, 0 at best. Brier 1950. */
  brier(): Estimate {
    return mean(this.#brier.value, this.#brierSquares.value, this.positives + this.negatives)
  }

  /** The mean of -ln(probability of what was), in nats, 0 at best. */
  logLoss(): Estimate {
    return mean(this.#loss.value, this.#lossSquares.value, this.positives + this.negatives)
  }

  /**
   * How likely one that was so has a higher score than one that was not, equal ones counted half: 1 at best, 0.5 by
   * chance. Ranks are those of bins, so that it may differ by half of the pairs that share one. The interval is
   * DeLong's (1988, Biometrics 44, 837), from the variance of each side's placements.
   * @returns undefined where one side is empty
   */
  auc(): Estimate | undefined {
    const { positives, negatives } = this
    if (positives === 0 || negatives === 0) return undefined
    let [below, belowWere, sum, ofWere, ofWereNot] = [0, 0, 0, 0, 0]
    for (let i = 0; i < scoreBins; i += 1) {
      const [were, wereNot] = [this.#were[i] ?? 0, this.#wereNot[i] ?? 0]
      // Where one of this bin stands among the others, from 0 to 1.
      const [among, amongWere] = [
        (below + wereNot / 2) / negatives,
        (positives - belowWere - were / 2) / positives,
      ]
      sum += were * among
      ofWere += were * among * among
      ofWereNot += wereNot * amongWere * amongWere
      below += wereNot
      belowWere += were
    }
    const value = sum / positives
    if (positives < 2 || negatives < 2) return { value }
    const spread = (squares: number, count: number) =>
      Math.max(0, (squares - count * value * value) / (count - 1)) / count
    const half = z95 * Math.sqrt(spread(ofWere, positives) + spread(ofWereNot, negatives))
    return { value, low: Math.max(0, value - half), high: Math.min(1, value + half) }
  }

  /**
   * Whether what was given as 30 % comes true in 30 %: by tenths of the score, the mean score and the share that was so.
   * Tenths that nothing fell into are left out.
   */
  reliability(): readonly { readonly score: number; readonly were: number; readonly count: number }[] {
    const per = scoreBins / reliabilityBins
    return this.#scores.flatMap((scores, tenth) => {
      const slice = (counts: Float64Array) =>
        counts.subarray(tenth * per, (tenth + 1) * per).reduce((sum, count) => sum + count, 0)
      const were = slice(this.#were)
      const count = were + slice(this.#wereNot)
      return count === 0 ? [] : [{ score: scores.value / count, were: were / count, count }]
    })
  }

  /** The mean distance between score and share, weighted by how many: the expected calibration error, 0 at best. */
  calibrationError(): number {
    const total = this.positives + this.negatives
    return this.reliability().reduce(
      (sum, { score, were, count }) => sum + (Math.abs(score - were) * count) / total,
      0,
    )
  }
}

function reliabilityBin(bin: number): number {
  return Math.floor((bin * reliabilityBins) / scoreBins)
}

/** Sums of observations and of their squares, exact whatever their order. */
export function addWithSquare(observed: number, sum: ExactSum, squares: ExactSum): void {
  const term = summand(observed)
  sum.add(term)
  squares.addProduct(term, term)
}
