import { describe, expect, test } from '@jest/globals'
import { parseManifest } from '../../../lib/rules/manifest-text.ts'
import { type QualityLimit, refuseUnheldQuality } from '../../../lib/rules/quality/quality-limit.ts'
import type { Field } from '../../../lib/rules/signature.ts'
import { refusal } from '../refusal.ts'

const outputs: readonly Field[] = [
  { name: 'risk', type: 'float32', shape: [] },
  { name: 'plan', type: 'string', shape: [] },
  { name: 'days', type: 'int64', shape: [] },
  { name: 'shap', type: 'float32', shape: [30] },
]
const recorded = { samplePercent: 100, mask: [] as string[], hash: [] as string[] }
const held = (facts: Partial<QualityLimit> = {}): QualityLimit => ({
  ...{ metric: 'auc', maxWorse: 0, minFeedback: 0, ...facts },
})
const refusedAs = (limit: QualityLimit, capture = recorded, of: readonly Field[] | undefined = outputs) =>
  refusal(() => refuseUnheldQuality(limit, capture, of && { outputs: of }))

describe('a limit of live quality', () => {
  test('is read from a manifest, with its defaults, and is absent where nobody asks', () => {
    const limits = (text: string) => parseManifest(text).release?.limits
    expect(limits('release: {limits: {quality: {metric: accuracy}}}\n')?.quality).toEqual(
      held({ metric: 'accuracy' }),
    )
    expect(limits('release: {}\n')?.quality).toBeUndefined()
    const fault = refusal(() => parseManifest('release: {limits: {quality: {metric: bias}}}\n'))
    expect([fault.code, fault.errors[0]?.pointer]).toEqual([
      'manifest-invalid',
      '/release/limits/quality/metric',
    ])
  })

  test('of an output that is there, recorded and measured so is none to refuse', () => {
    for (const limit of [
      held(),
      held({ output: 'risk', metric: 'mae' }),
      held({ output: 'plan', metric: 'accuracy' }),
      held({ output: 'days', metric: 'rmse' }),
    ])
      expect(() => refuseUnheldQuality(limit, recorded, { outputs })).not.toThrow()
    expect(() => refuseUnheldQuality(undefined, { ...recorded, samplePercent: 0 }, undefined)).not.toThrow()
  })

  test.each<[string, QualityLimit, Partial<typeof recorded>, readonly Field[] | undefined, string]>([
    [
      'an output that there is not',
      held({ output: 'rsik' }),
      {},
      outputs,
      "names 'rsik', and the outputs are risk, plan",
    ],
    ['a container without a signature', held(), {}, [], 'nothing: write the signature'],
    ['calls that are not recorded', held(), { samplePercent: 0 }, outputs, 'set capture.samplePercent'],
    ['an output that is masked', held(), { mask: ['risk'] }, outputs, "leave 'risk' out of mask and hash"],
    ['an output that is hashed', held(), { hash: ['risk'] }, outputs, "leave 'risk' out of mask and hash"],
    [
      'a class by its error',
      held({ output: 'plan', metric: 'mae' }),
      {},
      outputs,
      'of string there is accuracy',
    ],
    [
      'a whole number by its AUC',
      held({ output: 'days' }),
      {},
      outputs,
      'of int64 there is accuracy, mae, rmse',
    ],
    ['a list', held({ output: 'shap', metric: 'mae' }), {}, outputs, 'lists are held to nothing'],
  ])('of %s is refused', (_, limit, capture, of, told) => {
    const problem = refusedAs(limit, { ...recorded, ...capture }, of)
    expect(problem.code).toBe('manifest-invalid')
    expect(problem.message).toContain(told)
    expect(problem.errors).toHaveLength(1)
  })
})
