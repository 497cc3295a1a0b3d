import { expect, test } from '@jest/globals'
import { scriptSignature } from '../../../lib/rules/python/script-outputs.ts'
import type { Field, Signature } from '../../../lib/rules/signature.ts'

const bare = (name: string, type: Field['type'], shape: number[] = []) => ({ name, type, shape })
const inputs = [bare('input', 'float64', [4])]
const [label, probabilities] = [bare('label', 'int64'), bare('probabilities', 'float64', [3])]
const model: Signature = { inputs, outputs: [label, probabilities] }
const predictFn = (returned: string) => `def predict_fn(data, model):\n    return ${returned}\n`

test.each<[string, string, Field]>([
  ['no predict_fn', 'def model_fn(d): ...', label],
  ['one that predicts', predictFn('model.predict(data)'), label],
  ['one that gives probabilities', predictFn('model.predict_proba(data)'), probabilities],
  [
    'one that gives those of a class',
    predictFn('model.predict_proba(data)[:, 1]'),
    bare('probability', 'float64'),
  ],
])('a script with %s answers what it asks of its model', (_, source, output) => {
  expect(scriptSignature(source, model)).toEqual({ inputs, outputs: [output] })
})

test.each([
  ['calls both', predictFn('(model.predict(data), model.predict_proba(data))'), /predict and predict_proba/],
  ['calls neither', predictFn('model(data)'), /calls neither/],
])('of a script that %s it is not known', (_, source, unknown) => {
  expect(scriptSignature(source, model)).toEqual({ unknown: expect.stringMatching(unknown) })
})

test('probabilities that the model does not give are not promised', () => {
  const without = { inputs, outputs: [label] }
  expect(scriptSignature(predictFn('model.predict_proba(x)'), without)).toEqual({
    unknown: expect.stringContaining('does not give'),
  })
})
