import { type NumberCounts, totalsOf } from './common-cells.ts'
import { firstWhole, lastWhole } from './number-sketch.ts'
import { plainNumber } from './plain-number.ts'

/** Neighbouring cells taken together. */
export interface Bin {
  readonly label: string
  readonly baseline: number
  readonly current: number
}

/** As many parts as the population stability index is by custom made of. */
const parts = 10

/**
 * The values in parts: the baseline's in tenths, and before and after them those that lie beyond it. A tenth ends with the
 * cell that completes it, so that a value which many rows have is a part of its own, and tenths may be fewer than ten.
 */
export function baselineBins(cells: readonly NumberCounts[], areWhole: boolean): Bin[] {
  const first = cells.findIndex(({ baseline }) => baseline > 0)
  const last = cells.findLastIndex(({ baseline }) => baseline > 0)
  if (first < 0) return []
  const spans = [cells.slice(0, first), ...tenths(cells.slice(first, last + 1)), cells.slice(last + 1)]
  const filled = spans.filter((span) => span.length > 0)
  return filled.map((span, i) => ({
    label: labelOf(span, i === 0, i === filled.length - 1, areWhole),
    ...totalsOf(span),
  }))
}

/** Parts of the index: what lies beyond the baseline belongs to its outermost tenths. */
export function folded(bins: readonly Bin[]): Bin[] {
  const inside: Bin[] = []
  let beyond = 0
  for (const bin of bins) {
    const last = inside.at(-1)
    if (bin.baseline > 0) inside.push({ ...bin, current: bin.current + (last === undefined ? beyond : 0) })
    else if (last === undefined) beyond += bin.current
    else inside[inside.length - 1] = { ...last, current: last.current + bin.current }
  }
  return inside
}

/** Cells from the first that the baseline has to the last. */
function tenths(cells: readonly NumberCounts[]): NumberCounts[][] {
  const { baseline } = totalsOf(cells)
  const spans: NumberCounts[][] = []
  let open: NumberCounts[] = []
  let [seen, completed] = [0, 0]
  for (const cell of cells) {
    open.push(cell)
    seen += cell.baseline
    const tenth = Math.floor((seen * parts) / baseline)
    if (tenth === completed) continue
    spans.push(open)
    open = []
    completed = tenth
  }
  return spans
}

/** `7 and less`, `8`, `9 to 12`, `13 and more`; of numbers with fractions `under 0.25`, `0.25 to 0.5`, `0.5 and more`. */
function labelOf(
  span: readonly NumberCounts[],
  isFirst: boolean,
  isLast: boolean,
  areWhole: boolean,
): string {
  const [from, to] = [span.at(0), span.at(-1)]
  if (from === undefined || to === undefined) return ''
  const [lower, upper] = (
    areWhole ? [firstWhole(from.lower), lastWhole(to.upper)] : [from.lower, to.upper]
  ).map(plainNumber)
  if (isFirst && isLast && lower !== upper) return 'all values'
  if (lower === upper && isFirst === isLast)
    return areWhole || from.lower === to.upper ? `${lower}` : `about ${lower}`
  const holdsUpper = areWhole || to.lower === to.upper
  if (isFirst) return holdsUpper ? `${upper} and less` : `under ${upper}`
  if (isLast) return from.lower === 0 && from.upper > 0 && !areWhole ? 'above 0' : `${lower} and more`
  return `${lower} to ${upper}`
}
