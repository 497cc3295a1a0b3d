import { expect, test } from '@jest/globals'
import { isComparisonId, newComparisonId } from '../../lib/wiring/comparison-id.ts'

const start = Date.parse('2026-03-01T10:00:00Z')

test('ids of comparisons sort by when they began, whatever chance draws', () => {
  const moments = [0, 1, 35, 36, 999, 1000, 61_000].map((ms) => start + ms)
  const ids = moments.map((ms, i) => newComparisonId(ms, i % 2 === 0 ? 0.999_999 : 0))
  expect(ids.toSorted()).toEqual(ids)
  for (const id of ids) expect(isComparisonId(id)).toBe(true)
})

test('ids of one millisecond are told apart by chance', () => {
  expect(newComparisonId(start, 0.25)).not.toBe(newComparisonId(start, 0.75))
})
