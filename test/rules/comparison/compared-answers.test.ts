import { describe, expect, test } from '@jest/globals'
import { byOutput, commonOutputs, compareAnswers } from '../../../lib/rules/comparison/compared-answers.ts'
import type { ElementType, Field } from '../../../lib/rules/signature.ts'

const field = (type: ElementType, shape: Field['shape'] = []): Field => ({ name: 'y', type, shape })
const compare = (of: Field, a: unknown, b: unknown, tolerance = 0.01) =>
  compareAnswers([of], { y: a }, { y: b }, tolerance)[0]

describe('two answers to one record', () => {
  test.each([
    [field('float64'), 0.5, 0.5099, true],
    [field('float64'), 0.5, 0.5111, false],
    [field('float64'), 200, 201.9, true],
    [field('float64'), 200, 202.1, false],
    [field('float64'), null, null, true],
    [field('float64'), null, 0, false],
    [field('float32', [2]), [0.1, 0.9], [0.105, 0.895], true],
    [field('float32', [2]), [0.1, 0.9], [0.1, 0.8], false],
    [field('float32', [null]), [0.1], [0.1, 0.9], false],
    [field('int64'), 200, 200, true],
    [field('int64'), 200, 201, false],
    [field('string'), 'stay', 'leave', false],
    [field('boolean'), true, true, true],
    [field('int64'), '9007199254740993', '9007199254740993', true],
  ])('%j: %j and %j are the same: %s', (of, a, b, equal) => {
    expect(compare(of, a, b)?.equal).toBe(equal)
  })

  test('tell how far the second is off, of a list where it is farthest', () => {
    expect(compare(field('float64'), 0.5, 0.2)?.off).toBeCloseTo(-0.3, 12)
    expect(compare(field('float32', [3]), [0.1, 0.9, 0.5], [0.2, 0.4, 0.6])?.off).toBeCloseTo(-0.5, 12)
    expect(compare(field('string'), 'a', 'b')).not.toHaveProperty('off')
  })

  test('tell what both say where that is a class, and not where it is a measure', () => {
    expect(compare(field('int64'), 1, 2)?.labels).toEqual({ a: '1', b: '2' })
    expect(compare(field('boolean'), true, false)?.labels).toEqual({ a: 'true', b: 'false' })
    expect(compare(field('float64'), 1, 2)).not.toHaveProperty('labels')
  })

  test('are told by the names that both have, the bare value by that of the one output', () => {
    const two = [field('float64'), { ...field('string'), name: 'z' }]
    expect(commonOutputs([field('float64')], two)).toEqual([field('float64')])
    expect(byOutput(0.5, [field('float64')])).toEqual({ y: 0.5 })
    expect(byOutput({ y: 0.5, z: 'a' }, two)).toEqual({ y: 0.5, z: 'a' })
    expect(byOutput(null, two)).toEqual({})
  })
})
