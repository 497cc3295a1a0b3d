/**
 * The largest difference between two answers: of numbers absolute, and relative where they are beyond 1; infinite where
 * anything else differs.
 */
export function worstDifference(expected: unknown, answered: unknown): number {
  if (typeof expected === 'number' && typeof answered === 'number')
    return Math.abs(expected - answered) / Math.max(1, Math.abs(expected))
  if (Array.isArray(expected) && Array.isArray(answered) && expected.length === answered.length)
    return expected.reduce<number>((worst, one, i) => Math.max(worst, worstDifference(one, answered[i])), 0)
  if (isRecord(expected) && isRecord(answered)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(answered)])
    return [...keys].reduce((worst, key) => Math.max(worst, worstDifference(expected[key], answered[key])), 0)
  }
  return expected === answered ? 0 : Number.POSITIVE_INFINITY
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
