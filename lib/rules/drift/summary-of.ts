import type { Summary } from './sketched-columns.ts'

/** One number that tells of all elements of a list; those that are no numbers are left out. NaN where none is left. */
export function summaryOf(elements: readonly unknown[], what: Summary): number {
  if (what === 'length') return elements.length
  const numbers = elements.filter((element): element is number => typeof element === 'number')
  if (numbers.length === 0) return Number.NaN
  if (what === 'smallest') return numbers.reduce((least, one) => Math.min(least, one))
  if (what === 'largest') return numbers.reduce((most, one) => Math.max(most, one))
  const mean = numbers.reduce((sum, one) => sum + one, 0) / numbers.length
  if (what === 'mean') return mean
  return Math.sqrt(numbers.reduce((sum, one) => sum + (one - mean) ** 2, 0) / numbers.length)
}
