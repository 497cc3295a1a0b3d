import { describe, expect, test } from '@jest/globals'
import { addPair, emptyCounts, type QualityCounts } from '../../../lib/rules/quality/quality-counts.ts'
import { qualityFinding } from '../../../lib/rules/quality/quality-evidence.ts'
import type { QualityLimit } from '../../../lib/rules/quality/quality-limit.ts'
import { qualityReport } from '../../../lib/rules/quality/quality-report.ts'
import { uniform } from '../drift/random.ts'

const text = { type: 'string', shape: [] } as const
const float = { type: 'float64', shape: [] } as const
const held = (facts: Partial<QualityLimit> = {}): QualityLimit => ({
  ...{ metric: 'accuracy', maxWorse: 0, minFeedback: 0, ...facts },
})

/** So many answers, so many of them right. */
function answers(count: number, right: number): QualityCounts {
  const counts = emptyCounts()
  for (let i = 0; i < count; i += 1) addPair(counts, 'gold', i < right ? 'gold' : 'free')
  return counts
}

/** Predictions that are off by a little more or less than so much. */
function off(count: number, by: number): QualityCounts {
  const counts = emptyCounts()
  for (let i = 0; i < count; i += 1) addPair(counts, 10 + by + (i % 5) - 2, 10.5)
  return counts
}

const found = (canary: QualityCounts, stable: QualityCounts, limit = held()) =>
  qualityFinding(limit, qualityReport(text, canary), qualityReport(text, stable))
const foundOff = (canary: QualityCounts, stable: QualityCounts, limit = held({ metric: 'mae' })) =>
  qualityFinding(limit, qualityReport(float, canary), qualityReport(float, stable))

describe('evidence that a canary predicts worse than stable', () => {
  test('comes with a clear difference, and says both with their intervals', () => {
    const { evidence, sentence, ...pairs } = found(answers(200, 120), answers(1800, 1620))
    expect(evidence).toBeGreaterThan(100)
    expect(pairs).toEqual({ canary: 200, stable: 1800 })
    expect(sentence).toBe(
      'accuracy is 0.6, 0.5308 to 0.6654, on the canary (200 told) and 0.9, 0.8853 to 0.913, on stable (1800 told); it may not be worse',
    )
  })

  test('is none where the canary is better, as good, or worse by what the limit allows', () => {
    expect(found(answers(200, 190), answers(1800, 1620)).evidence).toBeLessThan(1)
    expect(found(answers(200, 180), answers(1800, 1620)).evidence).toBeLessThan(1)
    expect(found(answers(200, 120), answers(1800, 1620), held({ maxWorse: 0.3 })).evidence).toBeLessThan(1)
    expect(found(answers(200, 120), answers(1800, 1620), held({ maxWorse: 0.1 })).evidence).toBeGreaterThan(
      100,
    )
  })

  test('is the other way round where less is better', () => {
    expect(foundOff(off(200, 9), off(1800, 1)).evidence).toBeGreaterThan(100)
    expect(foundOff(off(200, 1), off(1800, 9)).evidence).toBeLessThan(1)
    expect(foundOff(off(200, 9), off(1800, 1), held({ metric: 'mae', maxWorse: 8 })).evidence).toBeLessThan(
      100,
    )
  })

  test('is none of fewer than 30 on either side, however bad they are', () => {
    expect(found(answers(29, 0), answers(1800, 1800)).evidence).toBe(1)
    expect(found(answers(1800, 0), answers(29, 29)).evidence).toBe(1)
    expect(found(answers(30, 0), answers(1800, 1800)).evidence).toBeGreaterThan(100)
  })

  test('is none where nobody has told anything of one of them, or the metric is none of theirs', () => {
    expect(found(answers(0, 0), answers(1800, 1800))).toMatchObject({
      ...{ canary: 0, stable: 1800, evidence: 1 },
      sentence: expect.stringContaining('accuracy is unknown on the canary and 1'),
    })
    expect(found(answers(0, 0), answers(0, 0)).evidence).toBe(1)
    expect(found(answers(200, 100), answers(200, 200), held({ metric: 'auc' }))).toMatchObject({
      ...{ canary: 0, stable: 0, evidence: 1 },
    })
  })

  test('is as much as can be written down where every single answer tells the same', () => {
    const same = (by: number) => {
      const counts = emptyCounts()
      for (let i = 0; i < 40; i += 1) addPair(counts, 10 + by, 10)
      return counts
    }
    expect(foundOff(same(2), same(1.5)).evidence).toBe(1e12)
    expect(foundOff(same(1.5), same(1.5)).evidence).toBe(1)
    expect(JSON.parse(JSON.stringify(foundOff(same(2), same(1.5)))).evidence).toBe(1e12)
  })

  test('names the output that the limit names, and what it allows', () => {
    const { sentence } = found(answers(1, 1), answers(2, 2), held({ output: 'plan', maxWorse: 0.02 }))
    expect(sentence).toMatch(
      /^accuracy of plan is 1, .* \(1 told\) and 1, .* \(2 told\); it may be 0\.02 worse$/,
    )
  })
})

describe('looked at after every tenth answer', () => {
  /** The share of rollouts in which the evidence ever reaches 100, of a canary and a stable version so often right. */
  function reached(canaryRight: number, stableRight: number, upTo: number): number {
    const [draw, runs] = [uniform(7), 100]
    let hits = 0
    for (let run = 0; run < runs; run += 1) {
      const [canary, stable] = [emptyCounts(), emptyCounts()]
      for (let told = 0; told < upTo; told += 1) {
        addPair(canary, 'gold', draw() < canaryRight ? 'gold' : 'free')
        for (let i = 0; i < 4; i += 1) addPair(stable, 'gold', draw() < stableRight ? 'gold' : 'free')
        if (told % 10 !== 9 || found(canary, stable).evidence < 100) continue
        hits += 1
        break
      }
    }
    return hits / runs
  }

  test('a canary that is as good is taken back in at most one rollout of a hundred', () => {
    for (const right of [0.5, 0.9, 0.99]) expect(reached(right, right, 500)).toBeLessThanOrEqual(0.01)
  })

  test('a canary that is clearly worse is found before 300 answers of it were told', () => {
    expect(reached(0.75, 0.9, 300)).toBeGreaterThan(0.9)
  })
})
