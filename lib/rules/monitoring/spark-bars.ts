const heights = '▁▂▃▄▅▆▇█'

/** Shares as bars, one a character, the highest of both sides as high as a line is: nothing is a space. */
export function sparkBars(shares: readonly number[], highest: number): string {
  return shares
    .map((share) => {
      if (share <= 0 || highest <= 0) return ' '
      return heights[Math.min(heights.length - 1, Math.floor((share / highest) * heights.length))] ?? ' '
    })
    .join('')
}
