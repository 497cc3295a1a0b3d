const blocks = '▁▂▃▄▅▆▇█'

/** Numbers as a line of bars, the lowest to the highest; where all are alike, all are in the middle. */
export function sparkLine(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const bar = (value: number) =>
    high > low ? Math.round(((value - low) / (high - low)) * (blocks.length - 1)) : 3
  return values.map((value) => blocks[bar(value)] ?? ' ').join('')
}
