/** Which rows of a long table are drawn, and the room that the others take. */
export interface RowWindow {
  readonly first: number
  /** Behind the last one. */
  readonly end: number
  readonly aboveHeight: number
  readonly belowHeight: number
}

/** So many rows beyond what is seen are drawn, so that a quick scroll finds them there. */
const beyond = 12

/** @param scrolled how far the table's begin lies above the view, in pixels */
export function rowWindow(rows: number, rowHeight: number, scrolled: number, viewHeight: number): RowWindow {
  const seen = Math.ceil(viewHeight / rowHeight)
  const first = Math.min(Math.max(0, Math.floor(scrolled / rowHeight) - beyond), Math.max(0, rows - seen))
  const end = Math.min(rows, Math.max(first, Math.floor(scrolled / rowHeight)) + seen + beyond)
  return { first, end, aboveHeight: first * rowHeight, belowHeight: (rows - end) * rowHeight }
}
