/**
 * How far the numbers of an answer are from those expected, in the same places: absolutely for numbers up to 1, as a
 * share of them above. Infinity where the form, or anything that is no number, differs.
 */
export function furthest(found: unknown, expected: unknown): number {
  if (typeof found === 'number' && typeof expected === 'number')
    return Math.abs(found - expected) / Math.max(1, Math.abs(expected))
  if (Array.isArray(found) && Array.isArray(expected))
    return found.length === expected.length
      ? Math.max(0, ...found.map((one, i) => furthest(one, expected[i])))
      : Number.POSITIVE_INFINITY
  if (isObject(found) && isObject(expected)) return furthest(pairsOf(found).flat(), pairsOf(expected).flat())
  return Object.is(found, expected) ? 0 : Number.POSITIVE_INFINITY
}

function pairsOf(value: Readonly<Record<string, unknown>>): unknown[][] {
  return Object.keys(value)
    .toSorted()
    .map((name) => [name, value[name]])
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
