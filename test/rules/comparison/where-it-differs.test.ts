import { describe, expect, test } from '@jest/globals'
import { featuresOf } from '../../../lib/rules/comparison/features.ts'
import {
  concentrationSentence,
  type JudgedRow,
  whereItDiffers,
} from '../../../lib/rules/comparison/where-it-differs.ts'
import type { InputRecord } from '../../../lib/rules/request-records.ts'

/** A generator that gives the same numbers in [0, 1) each time: Lehmer's. */
function draws(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

function population(
  rows: number,
  seed: number,
  differs: (inputs: InputRecord, draw: number) => boolean,
): JudgedRow[] {
  const draw = draws(seed)
  return Array.from({ length: rows }, () => {
    const inputs = {
      tenure: Math.floor(draw() * 60),
      income: Math.round(draw() * 10_000) / 100,
      plan: ['basic', 'silver', 'gold', 'trial'][Math.floor(draw() * 4)],
      isNew: draw() < 0.5,
      note: `written ${Math.floor(draw() * 1e6)}`,
    }
    return { features: featuresOf(inputs), differs: differs(inputs, draw()), weight: 1 }
  })
}
const counts = (rows: readonly JudgedRow[]) => ({
  differed: rows.filter(({ differs }) => differs).length,
  compared: rows.length,
})
const told = (rows: readonly JudgedRow[]) => concentrationSentence(counts(rows), whereItDiffers(rows))

describe('differences', () => {
  test('that lie at one end of a number are told by it', () => {
    const rows = population(1000, 1, ({ tenure }) => Number(tenure) < 6)
    const { differed } = counts(rows)
    expect(whereItDiffers(rows)).toEqual({ input: 'tenure', to: 5, rows: differed, differ: differed })
    expect(told(rows)).toBe(
      `${differed} of ${differed} differences lie where \`tenure\` is at most 5, which holds for ${differed} of 1000 rows; elsewhere 0 of ${1000 - differed} differ`,
    )
  })

  test('that lie between are told by both ends, also where some are elsewhere', () => {
    const rows = population(2000, 2, ({ income }, draw) =>
      Number(income) >= 40 && Number(income) <= 50 ? draw < 0.9 : draw < 0.02,
    )
    const found = whereItDiffers(rows)
    expect(found).toMatchObject({ input: 'income' })
    expect(found?.from).toBeGreaterThan(39)
    expect(found?.from).toBeLessThan(41)
    expect(found?.to).toBeGreaterThan(49)
    expect(found?.to).toBeLessThan(51)
    expect(told(rows)).toMatch(/`income` is between 4\d\.?\d* and (49|50)\.?\d*, which holds for/)
  })

  test('of some categories, or of one truth value, are told by them', () => {
    expect(told(population(1000, 3, ({ plan }, draw) => plan === 'trial' && draw < 0.5))).toContain(
      "`plan` is 'trial', which",
    )
    expect(told(population(1000, 4, ({ isNew }, draw) => isNew === true && draw < 0.3))).not.toContain('note')
    const two = whereItDiffers(
      population(1000, 5, ({ plan, tenure }) => plan === 'gold' && Number(tenure) < 30),
    )
    expect(two).toMatchObject({ input: 'plan', values: ['gold'] })
  })

  test('of an element of a row are told by its place', () => {
    const draw = draws(6)
    const rows = Array.from({ length: 1000 }, () => {
      const pixels = [draw(), draw(), draw()]
      return { features: featuresOf({ pixels }), differs: (pixels[1] ?? 0) > 0.9, weight: 1 }
    })
    expect(whereItDiffers(rows)).toMatchObject({ input: 'pixels[1]' })
    expect(told(rows)).toContain('`pixels[1]` is at least 0.9')
  })

  test('that lie anywhere are hardly ever told to lie somewhere', () => {
    let blamed = 0
    for (let seed = 1; seed <= 400; seed += 1)
      if (whereItDiffers(population(400, seed * 7919, (_, draw) => draw < 0.1)) !== undefined) blamed += 1
    expect(blamed).toBeLessThanOrEqual(2)
    expect(told(population(1000, 8, (_, draw) => draw < 0.1))).toMatch(
      /^the \d+ differences go with no single input$/,
    )
  })

  test('that are too few, or nearly everywhere, are not told to lie anywhere', () => {
    expect(told(population(1000, 9, ({ tenure, income }) => tenure === 3 && Number(income) < 50))).toMatch(
      /^\d+ of 1000 rows differ: too few differences to tell where they lie$/,
    )
    expect(told(population(1000, 10, (_, draw) => draw < 0.995))).toMatch(/too few rows that agree/)
    expect(told(population(100, 11, () => false))).toBe('the versions agree on every row that was compared')
  })

  test('count for as many as they stand for', () => {
    const rows = population(1000, 12, ({ tenure }) => Number(tenure) < 6).map((row) => ({
      ...row,
      weight: row.differs ? 1 : 100,
    }))
    const { differed } = counts(rows)
    const compared = differed + (1000 - differed) * 100
    expect(whereItDiffers(rows)).toMatchObject({ rows: differed, differ: differed })
    expect(concentrationSentence({ differed, compared }, whereItDiffers(rows))).toContain(
      `elsewhere 0 of ${compared - differed} differ`,
    )
  })
})
