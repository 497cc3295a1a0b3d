import { expect, test } from '@jest/globals'
import { found, steadyWeeks } from './drift-simulation.ts'

// The whole of it, 200 weeks and shifts of every size, is `node test/proofs/drift.ts`.

test('a week of steady traffic raises no alarm', () => {
  const { looks, alarms } = steadyWeeks({ baseline: 1000, window: 100 }, 1, 1)
  expect([looks, alarms]).toEqual([168, 0])
})

test('three of thirty features that move by half a deviation are found within a day, and no other', () => {
  const { withinADay, moved, others } = found(
    { baseline: 2000, window: 300 },
    { features: 3, deviations: 0.5 },
    5,
    2,
  )
  expect({ withinADay, moved, others }).toEqual({ withinADay: 1, moved: 1, others: 0 })
})

test('a shift too small to matter raises nothing, however many rows there are to see it', () => {
  const { moved } = found({ baseline: 5000, window: 1500 }, { features: 3, deviations: 0.03 }, 1, 3)
  expect(moved).toBe(0)
})
