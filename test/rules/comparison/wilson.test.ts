import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { wilsonShare } from '../../../lib/rules/comparison/wilson.ts'

describe("Wilson's interval", () => {
  test('is that of the textbook', () => {
    // Agresti, Coull (1998): 8 of 10.
    const { percent, lowPercent, highPercent } = wilsonShare(8, 10) ?? fail()
    expect(percent).toBe(80)
    expect(lowPercent).toBeCloseTo(49.02, 2)
    expect(highPercent).toBeCloseTo(94.33, 2)
  })

  test('says something where none or all were hit, and nothing of nothing', () => {
    expect(wilsonShare(0, 20)).toMatchObject({ percent: 0, lowPercent: 0 })
    expect(wilsonShare(0, 20)?.highPercent).toBeCloseTo(16.11, 2)
    expect(wilsonShare(20, 20)).toMatchObject({ percent: 100, highPercent: 100 })
    expect(wilsonShare(0, 0)).toBeUndefined()
  })

  test('ends where the share that was seen is 1.96 standard errors away', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (of, draw) => {
          const hits = Math.floor(draw * of)
          const { percent, lowPercent, highPercent } = wilsonShare(hits, of) ?? fail()
          for (const end of [lowPercent, highPercent]) {
            const [share, p] = [percent / 100, end / 100]
            if (p === 0 || p === 1) continue
            expect(Math.abs(share - p) / Math.sqrt((p * (1 - p)) / of)).toBeCloseTo(1.959964, 5)
          }
          expect(lowPercent).toBeLessThanOrEqual(percent)
          expect(highPercent).toBeGreaterThanOrEqual(percent)
        },
      ),
    )
  })
})

function fail(): never {
  throw new Error('there is no interval')
}
