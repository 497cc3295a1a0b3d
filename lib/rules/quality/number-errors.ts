import { ExactSum } from '../drift/exact-sum.ts'
import { type Estimate, mean, rootOf } from './interval.ts'
import { addWithSquare } from './score-counts.ts'

/** How far predicted numbers are from what they turned out to be. */
export class NumberErrors {
  count = 0
  readonly #sums = Array.from({ length: 5 }, () => new ExactSum())

  add(predicted: number, actual: number): void {
    const [bias, biasSquares, distance, square, squareSquares] = this.#sums as [
      ExactSum,
      ExactSum,
      ExactSum,
      ExactSum,
      ExactSum,
    ]
    const error = predicted - actual
    this.count += 1
    addWithSquare(error, bias, biasSquares)
    distance.add(Math.abs(Math.fround(error)))
    addWithSquare(error * error, square, squareSquares)
  }

  merge(other: NumberErrors): void {
    this.count += other.count
    for (const [i, sum] of other.#sums.entries()) this.#sums[i]?.merge(sum)
  }

  /** Predicted less actual, on average: above 0 it promises too much. In the unit of the output. */
  bias(): Estimate {
    return mean(this.#value(0), this.#value(1), this.count)
  }

  /** The mean absolute error, in the unit of the output. */
  mae(): Estimate {
    return mean(this.#value(2), this.#value(1), this.count)
  }

  /** The root of the mean squared error, in the unit of the output. */
  rmse(): Estimate {
    return rootOf(mean(this.#value(3), this.#value(4), this.count))
  }

  #value(i: number): number {
    return this.#sums[i]?.value ?? 0
  }
}
