const heights = '▁▂▃▄▅▆▇█'

/** Shares as bars, one a character, the highest of both sides as high as a line is: nothing is a space. */
export function sparkBars(shares: readonly number[], highest: number): string {
  return shares.map((share) => (share <= 0 || highest <= 0 ? ' ' : bar(share / highest))).join('')
}

/** Numbers as a line of bars, from the lowest to the highest; where all are alike, all are in the middle. */
export function sparkLine(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return values.map((value) => bar(high > low ? (value - low) / (high - low) : 0.45)).join('')
}

/** @param height from 0, the lowest bar, to 1 */
function bar(height: number): string {
  return heights[Math.min(heights.length - 1, Math.floor(height * heights.length))] ?? ' '
}
