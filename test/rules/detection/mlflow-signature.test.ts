import { expect, test } from '@jest/globals'
import { mlflowSignature } from '../../../lib/rules/detection/mlflow-signature.ts'

const column = (name: string | undefined, type: string, more: object = {}) => ({
  type,
  ...(name !== undefined && { name }),
  required: true,
  ...more,
})
const tensor = (dtype: string, shape: readonly number[], name?: string) => ({
  type: 'tensor',
  'tensor-spec': { dtype, shape },
  ...(name !== undefined && { name }),
})
const read = (inputs: readonly object[], outputs: readonly object[] = [column(undefined, 'long')]) =>
  mlflowSignature({ inputs: JSON.stringify(inputs), outputs: JSON.stringify(outputs), params: null })

test('columns are bare values, by name', () => {
  expect(read([column('age', 'double'), column('plan', 'string'), column('old', 'boolean')])).toEqual({
    inputs: [
      { name: 'age', type: 'float64', shape: [] },
      { name: 'plan', type: 'string', shape: [] },
      { name: 'old', type: 'boolean', shape: [] },
    ],
    outputs: [{ name: 'output', type: 'int64', shape: [] }],
  })
})

test('tensors are batches of records, and what has no name gets one', () => {
  expect(read([tensor('float64', [-1, 4])], [tensor('int64', [-1]), tensor('float32', [-1, 3, -1])])).toEqual(
    {
      inputs: [{ name: 'input', type: 'float64', shape: [4] }],
      outputs: [
        { name: 'output_0', type: 'int64', shape: [] },
        { name: 'output_1', type: 'float32', shape: [3, null] },
      ],
    },
  )
  expect(read([tensor('object', [-1], 'text')])).toMatchObject({ inputs: [{ name: 'text', type: 'string' }] })
})

test.each<[string, unknown, RegExp]>([
  ['no signature', undefined, /has no signature/],
  ['inputs alone', { inputs: '[{"type": "long"}]', outputs: null }, /has no signature/],
  ['no JSON', { inputs: 'x', outputs: 'y' }, /inputs in a form that is not known/],
  ['no columns', { inputs: '[]', outputs: '[]' }, /inputs in a form/],
])('%s is not known', (_, signature, why) => {
  expect(mlflowSignature(signature)).toEqual({ unknown: expect.stringMatching(why) })
})

test.each([
  [column('when', 'datetime'), /when is of the type datetime/],
  [column('constructor', 'constructor'), /of the type constructor/],
  [column('age', 'double', { required: false }), /age may be left out/],
  [tensor('complex64', [-1, 2], 'z'), /z is a tensor of complex64/],
  [tensor('float32', [1, 4]), /shape \(1, 4\), which is no batch/],
])('%j cannot be said in our words', (field, why) => {
  expect(read([field])).toEqual({ unknown: expect.stringMatching(why) })
})
