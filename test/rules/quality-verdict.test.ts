import { describe, expect, test } from '@jest/globals'
import type { QualityFinding } from '../../lib/rules/quality/quality-evidence.ts'
import { verdictWithQuality } from '../../lib/rules/quality-verdict.ts'
import type { Decision, Verdict } from '../../lib/rules/verdict.ts'

const verdict = (decision: Decision): Verdict => ({
  ...{ decision, reason: 'baking; 0 % of 90 failed', errorEvidence: 1, latencyEvidence: 1 },
})
const finding = (facts: Partial<QualityFinding> = {}): QualityFinding => ({
  ...{ canary: 50, stable: 400, evidence: 1, sentence: 'accuracy is 0.9 on both', ...facts },
})
const limit = { metric: 'accuracy', maxWorse: 0, minFeedback: 0 } as const

describe('a verdict with live quality', () => {
  test.each<[Decision, Partial<QualityFinding>, number, boolean, Decision, string]>([
    ['advance', { evidence: 100 }, 0, false, 'rollback', 'accuracy is 0.9 on both'],
    ['hold', { evidence: 100 }, 0, false, 'rollback', 'accuracy is 0.9 on both'],
    ['advance', { evidence: 99 }, 0, false, 'advance', 'failed; accuracy is'],
    ['hold', { evidence: 99 }, 0, false, 'hold', 'failed; accuracy is'],
    ['rollback', { evidence: 100 }, 0, false, 'rollback', 'baking; 0 %'],
    ['advance', { canary: 0 }, 0, false, 'advance', 'failed; accuracy is'],
    ['advance', { canary: 0 }, 0, true, 'advance', 'failed; accuracy is'],
    ['advance', { canary: 99 }, 100, false, 'hold', 'too little feedback, 100 is asked of each: accuracy is'],
    ['advance', { stable: 99, canary: 100 }, 100, false, 'hold', 'too little feedback'],
    ['advance', { canary: 100 }, 100, false, 'advance', 'failed; accuracy is'],
    ['advance', { canary: 99 }, 100, true, 'rollback', 'no verdict before the deadline: too little feedback'],
    ['hold', { canary: 0 }, 100, false, 'hold', 'failed; accuracy is'],
  ])(
    '%s, of %p and with minFeedback %i, late: %p, is %s',
    (before, facts, minFeedback, isLate, after, told) => {
      const judged = verdictWithQuality(verdict(before), { ...limit, minFeedback }, finding(facts), isLate)
      expect(judged).toMatchObject({ decision: after, reason: expect.stringContaining(told) })
      expect(judged.qualityEvidence).toBe(facts.evidence ?? 1)
    },
  )

  test('of feedback that cannot be read, holds and ends only where feedback is asked for', () => {
    const unread = (minFeedback: number, isLate: boolean) =>
      verdictWithQuality(verdict('advance'), { ...limit, minFeedback }, undefined, isLate)
    expect(unread(0, false)).toMatchObject({
      ...{ decision: 'advance', qualityEvidence: 1 },
      reason: expect.stringContaining('the feedback cannot be read'),
    })
    expect(unread(1, false).decision).toBe('hold')
    expect(unread(1, true).decision).toBe('rollback')
  })
})
