import { describe, expect, test } from '@jest/globals'
import {
  agreedSignature,
  describeFields,
  type Field,
  rowInput,
  type Signature,
  signatureFromExamples,
} from '../../lib/rules/signature.ts'
import { refusal } from './refusal.ts'

const field = (name: string, type: Field['type'], shape: Field['shape'] = []): Field => ({
  name,
  type,
  shape,
})
const read: Signature = {
  inputs: [field('tenure', 'float32'), field('plan', 'string')],
  outputs: [field('probability', 'float32', [2])],
}

describe('a row', () => {
  test('is the only input, where that is a tensor', () => {
    expect(rowInput({ inputs: [field('x', 'float32', [30])], outputs: [] })?.name).toBe('x')
    expect(rowInput({ inputs: [field('x', 'float32', [null])], outputs: [] })?.name).toBe('x')
  })

  test.each([
    ['a bare value', [field('x', 'float32')]],
    ['two tensors', [field('x', 'float32', [30]), field('y', 'float32', [30])]],
    ['nothing', []],
  ])('is not %s', (_, inputs) => {
    expect(rowInput({ inputs, outputs: [] })).toBeUndefined()
  })
})

test('fields are described as a person reads them', () => {
  expect(describeFields([field('a', 'int64'), field('b', 'uint8', [224, null, 3])])).toBe(
    'a: int64, b: uint8[224, ?, 3]',
  )
})

describe('the signature declared in a manifest', () => {
  test('may be left out', () => {
    expect(agreedSignature(read, undefined)).toBe(read)
  })

  test('may say the same in another order, and add allowed values', () => {
    const plan = { ...field('plan', 'string'), values: ['a', 'b'] }
    const agreed = agreedSignature(read, { ...read, inputs: [plan, field('tenure', 'float32')] })
    expect(agreed).toEqual({ ...read, inputs: [field('tenure', 'float32'), plan] })
  })

  test('must not differ even in one thing', () => {
    const declared = { ...read, outputs: [field('probability', 'float32', [3])] }
    expect(refusal(() => agreedSignature(read, declared)).errors).toHaveLength(1)
  })

  test('must not say anything else: every difference is told', () => {
    const problem = refusal(() =>
      agreedSignature(read, {
        inputs: [field('tenure', 'float64'), field('age', 'int64')],
        outputs: [field('probability', 'float32', [3])],
      }),
    )
    expect(problem.code).toBe('signature-differs')
    expect(problem.errors).toEqual([
      { pointer: '/signature/inputs/0', found: 'tenure: float64', allowed: 'tenure: float32' },
      { pointer: '/signature/inputs/1', found: 'age: int64', allowed: 'tenure: float32, plan: string' },
      { pointer: '/signature/inputs', found: 'nothing', allowed: 'plan: string' },
      {
        pointer: '/signature/outputs/0',
        found: 'probability: float32[3]',
        allowed: 'probability: float32[2]',
      },
    ])
  })
})

describe('a signature read off examples', () => {
  test('names the inputs, and knows numbers, texts, booleans and shapes', () => {
    const requests = [
      {
        age: 3,
        plan: 'a',
        active: true,
        image: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
      {
        age: 4.5,
        plan: 'b',
        active: false,
        image: [
          [0, 0, 0],
          [0, 0, 0],
        ],
      },
    ]
    expect(
      signatureFromExamples(requests, [
        [0.1, 0.9],
        [0.5, 0.5],
      ]),
    ).toEqual({
      inputs: [
        field('age', 'float64'),
        field('plan', 'string'),
        field('active', 'boolean'),
        field('image', 'float64', [2, 3]),
      ],
      outputs: [field('prediction', 'float64', [2])],
    })
  })

  test('knows a list of one', () => {
    expect(signatureFromExamples([{ a: [1] }], [1]).inputs).toEqual([field('a', 'float64', [1])])
  })

  test('calls bare records input', () => {
    expect(signatureFromExamples([[1, 2]], ['a']).inputs).toEqual([field('input', 'float64', [2])])
  })

  test.each([
    ['there are none', []],
    ['they disagree about a type', [{ a: 1 }, { a: 'x' }]],
    ['they disagree about a length', [{ a: [1, 2] }, { a: [1] }]],
    ['one lacks an input', [{ a: 1, b: 2 }, { a: 1 }]],
    ['one has an input more', [{ a: 1 }, { a: 1, b: 2 }]],
    ['one is no object', [{ a: 1 }, 5]],
    ['a value is null', [{ a: null }]],
    ['a list is empty', [{ a: [] }]],
    ['a list holds two types', [{ a: [1, 'x'] }]],
    ['a list holds two types, the other one last', [{ a: [1, 1, 'x'] }]],
    ['a list holds lists of two lengths', [{ a: [[1, 2], [3]] }]],
    ['a value is an object', [{ a: { b: 1 } }]],
  ])('is refused where %s', (_, requests) => {
    expect(refusal(() => signatureFromExamples(requests, [1])).code).toBe('signature-unknown')
  })
})
