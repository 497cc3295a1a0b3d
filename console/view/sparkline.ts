/** The line of a sparkline, and the same closed to an area, as paths of SVG. */
export interface Sparkline {
  readonly line: string
  readonly area: string
}

/**
 * @param values one a point, the oldest first @param width and height in the units of the picture
 * @param most what reaches its top
 * @returns undefined where there is nothing to see
 */
export function sparkline(
  values: readonly number[],
  width: number,
  height: number,
  most = Math.max(0, ...values),
): Sparkline | undefined {
  if (most === 0 || values.length < 2) return undefined
  const step = width / (values.length - 1)
  // A point of room above and below, so that the line's own width is not cut.
  const places = values.map((value, i) => {
    const y = height - 1 - (value / most) * (height - 2)
    return `${round(i * step)} ${round(y)}`
  })
  const line = `M${places.join('L')}`
  return { line, area: `${line}L${width} ${height}L0 ${height}Z` }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
