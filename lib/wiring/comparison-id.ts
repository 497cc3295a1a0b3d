import { momentName } from './monitoring-layout.ts'

const form = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-[a-z0-9]{4,20}$/

/** Whether a text may be the id of a comparison: the moment that it began at, and something that tells it apart. */
export function isComparisonId(text: string): boolean {
  return form.test(text)
}

/**
 * Ids sort by when their comparisons began, to the millisecond; chance tells apart those of one.
 * @param atMs milliseconds since the epoch @param draw in [0, 1)
 */
export function newComparisonId(atMs: number, draw: number): string {
  const withinSecond = digits(atMs % 1000, 2)
  return `${momentName(atMs)}-${withinSecond}${digits(Math.floor(draw * 36 ** 5), 5)}`
}

function digits(value: number, count: number): string {
  return value.toString(36).padStart(count, '0')
}
