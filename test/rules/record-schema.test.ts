import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import {
  fieldSchema,
  predictionSchema,
  recordSchema,
  writtenRecordSchema,
} from '../../lib/rules/record-schema.ts'
import type { ElementType } from '../../lib/rules/signature.ts'
import { cancer, churn, row } from './signatures.ts'

const ajv = () => new Ajv2020({ strict: true, strictNumbers: true })
const typed = (type: ElementType) => ajv().compile(fieldSchema({ name: 'x', type, shape: [] }))

describe('an element', () => {
  test.each([
    ['int8', -128, 127],
    ['int16', -32_768, 32_767],
    ['int32', -2_147_483_648, 2_147_483_647],
    ['int64', -9_007_199_254_740_991, 9_007_199_254_740_991],
    ['uint8', 0, 255],
    ['uint16', 0, 65_535],
    ['uint32', 0, 4_294_967_295],
    ['uint64', 0, 9_007_199_254_740_991],
  ] as const)('%s goes from %d to %d and is whole', (type, least, most) => {
    const holds = typed(type)
    expect([least, 0, 1, most].map((value) => holds(value))).toEqual([true, true, true, true])
    expect([least - 1, most + 1, 0.5, '1', true, null].map((value) => holds(value))).toEqual(
      Array(6).fill(false),
    )
  })

  test('float32 goes as far as its largest finite value', () => {
    const holds = typed('float32')
    const [largest, tooLarge] = [3.4028234663852886e38, 3.40282356e38]
    expect([0, -0.5, largest, -largest].map((value) => holds(value))).toEqual([true, true, true, true])
    expect([tooLarge, -tooLarge, '1', true, null, []].map((value) => holds(value))).toEqual(
      Array(6).fill(false),
    )
  })

  test('float64 is any finite number', () => {
    const holds = typed('float64')
    expect([0, 1e308, -1e308, 5e-324].map((value) => holds(value))).toEqual([true, true, true, true])
    expect([Infinity, -Infinity, NaN, '1', false].map((value) => holds(value))).toEqual(Array(5).fill(false))
  })

  test('boolean is true or false, string any text', () => {
    expect([true, false, 1, 'true', null].map((value) => typed('boolean')(value))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
    expect(['', 'a', 1, null, true].map((value) => typed('string')(value))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })

  test('string with values is one of them', () => {
    const holds = ajv().compile(fieldSchema({ name: 'x', type: 'string', shape: [], values: ['a', 'b'] }))
    expect(['a', 'b', 'c', '', 'A'].map((value) => holds(value))).toEqual([true, true, false, false, false])
  })
})

test('a tensor nests as its shape says, and null is any length', () => {
  const holds = ajv().compile(fieldSchema({ name: 'x', type: 'uint8', shape: [2, null] }))
  for (const good of [
    [[1], [2]],
    [[], []],
    [[1, 2, 3], [4]],
  ])
    expect(holds(good)).toBe(true)
  for (const bad of [[[1]], [[1], [2], [3]], [1, 2], [[[1]], [2]], [[1], [256]], 5])
    expect(holds(bad)).toBe(false)
})

describe('a record', () => {
  const good = { tenure: 1, plan: 'gold', visits: 2 }

  test('has every input and nothing else', () => {
    const holds = ajv().compile(recordSchema(churn))
    expect(holds(good)).toBe(true)
    for (const bad of [{}, { tenure: 1, plan: 'gold' }, { ...good, extra: 1 }, [1, 'gold', 2], null])
      expect(holds(bad)).toBe(false)
  })

  test('is written as an object, or as its bare row where the model has one tensor', () => {
    const holds = ajv().compile(writtenRecordSchema(cancer))
    expect([holds(row()), holds({ features: row() })]).toEqual([true, true])
    expect([holds([1]), holds({ features: [1] }), holds({})]).toEqual([false, false, false])
    expect(writtenRecordSchema(churn)).toEqual(recordSchema(churn))
  })
})

describe('a prediction', () => {
  test('is the bare value of a single output', () => {
    const holds = ajv().compile(predictionSchema(churn))
    expect([holds(0.5), holds({ probability: 0.5 })]).toEqual([true, false])
  })

  test('is an object by name of several', () => {
    const holds = ajv().compile(predictionSchema(cancer))
    expect([holds({ label: 1, probabilities: [0, 1] }), holds({ label: 1 }), holds(1)]).toEqual([
      true,
      false,
      false,
    ])
  })
})
