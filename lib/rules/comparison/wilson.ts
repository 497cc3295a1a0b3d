/** A share with what it may be at large, in per cent. */
export interface Share {
  readonly percent: number
  readonly lowPercent: number
  readonly highPercent: number
}

/** The normal quantile of 97.5 %. */
const z = 1.959963984540054

/**
 * A share of hits with Wilson's score interval of 95 % (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927): it stays within 0 and
 * 100 %, and says something of few rows and of none missed. @returns undefined of no rows
 */
export function wilsonShare(hits: number, of: number): Share | undefined {
  if (of === 0) return undefined
  const share = hits / of
  const middle = share + (z * z) / (2 * of)
  const half = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))
  const scale = 1 + (z * z) / of
  return {
    percent: share * 100,
    lowPercent: hits === 0 ? 0 : ((middle - half) / scale) * 100,
    highPercent: hits === of ? 100 : ((middle + half) / scale) * 100,
  }
}
