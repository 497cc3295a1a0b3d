/** A value that was estimated, and where the true one lies with 95 % confidence. */
export interface Estimate {
  readonly value: number
  /** Absent where too little is known to say. */
  readonly low?: number
  readonly high?: number
}

/** The 97.5 % point of the standard normal distribution: 95 % lie within ± this. */
export const z95 = 1.959963984540054

/**
 * A share with Wilson's score interval, which holds near 0 and 1 and for few observations, where the textbook's does not.
 * Wilson 1927, J. Am. Stat. Assoc. 22, 209.
 * @param hits of `total`, which is at least 1
 */
export function share(hits: number, total: number): Required<Estimate> {
  const value = hits / total
  const z2 = z95 * z95
  const centre = (value + z2 / (2 * total)) / (1 + z2 / total)
  const half = (z95 / (1 + z2 / total)) * Math.sqrt((value * (1 - value)) / total + z2 / (4 * total * total))
  // At the ends rounding must not lead out of what can be.
  return {
    value,
    low: hits === 0 ? 0 : Math.max(0, centre - half),
    high: hits === total ? 1 : Math.min(1, centre + half),
  }
}

/**
 * A mean with the normal interval of its standard error (central limit theorem): from about 30 observations on.
 * @param sum of the observations @param squares the sum of their squares @param count how many there are, at least 1
 */
export function mean(sum: number, squares: number, count: number): Estimate {
  const value = sum / count
  if (count < 2) return { value }
  const variance = Math.max(0, (squares - count * value * value) / (count - 1))
  const half = z95 * Math.sqrt(variance / count)
  return { value, low: value - half, high: value + half }
}

/** A root of a mean of squares: the interval of the mean, taken through the root. */
export function rootOf({ value, low, high }: Estimate): Estimate {
  const root = (square: number) => Math.sqrt(Math.max(0, square))
  return {
    value: root(value),
    ...(low !== undefined && { low: root(low) }),
    ...(high !== undefined && { high: root(high) }),
  }
}
