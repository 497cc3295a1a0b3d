import { describe, expect, test } from '@jest/globals'
import { agreedPythonSignature, signatureOfExamples } from '../../../lib/rules/python/python-signature.ts'
import type { Field, Signature } from '../../../lib/rules/signature.ts'
import { refusal } from '../refusal.ts'

const field = (name: string, type: Field['type'], shape: Field['shape'] = []): Field => ({
  name,
  type,
  shape,
})
const outputs = [field('label', 'int64'), field('probabilities', 'float64', [3])]
const named: Signature = { inputs: [field('age', 'float64'), field('income', 'float64')], outputs }
const row: Signature = { inputs: [field('input', 'float64', [2])], outputs }

describe('what a manifest declares of a scikit-learn model', () => {
  test('may be another kind of number, in another order, and fewer outputs', () => {
    const declared = {
      inputs: [field('income', 'float32'), field('age', 'int64')],
      outputs: [field('probabilities', 'float32', [3])],
    }
    expect(agreedPythonSignature(named, declared)).toEqual({
      inputs: [field('age', 'int64'), field('income', 'float32')],
      outputs: [field('probabilities', 'float32', [3])],
    })
  })

  test('may name each number of a row that has no names', () => {
    const declared = { inputs: [field('age', 'float32'), field('income', 'int64')], outputs }
    expect(agreedPythonSignature(row, declared)).toEqual(declared)
  })

  test('may ask for the scores of the decision function', () => {
    const declared = { ...named, outputs: [field('scores', 'float64', [3])] }
    expect(agreedPythonSignature(named, declared)).toEqual(declared)
  })

  test.each<[string, Signature, Partial<Signature>, string[]]>([
    [
      'another name',
      named,
      { inputs: [field('age', 'float64'), field('pay', 'float64')] },
      ['/signature/inputs/1', '/signature/inputs'],
    ],
    ['one input less', named, { inputs: [field('age', 'float64')] }, ['/signature/inputs']],
    [
      'a text for a number',
      named,
      { inputs: [field('age', 'string'), field('income', 'float64')] },
      ['/signature/inputs/0'],
    ],
    [
      'a row for names',
      named,
      { inputs: [field('input', 'float64', [2])] },
      ['/signature/inputs/0', '/signature/inputs', '/signature/inputs'],
    ],
    ['a longer row', row, { inputs: [field('input', 'float64', [3])] }, ['/signature/inputs/0']],
    [
      'more names than the row has',
      row,
      { inputs: ['a', 'b', 'c'].map((name) => field(name, 'float64')) },
      ['/signature/inputs/0', '/signature/inputs/1', '/signature/inputs/2', '/signature/inputs'],
    ],
    [
      'texts for the row',
      row,
      { inputs: ['a', 'b'].map((name) => field(name, 'string')) },
      ['/signature/inputs/0', '/signature/inputs/1', '/signature/inputs'],
    ],
    [
      'an output that there is not',
      named,
      { outputs: [field('species', 'int64')] },
      ['/signature/outputs/0'],
    ],
    ['a text for a label', named, { outputs: [field('label', 'string')] }, ['/signature/outputs/0']],
    [
      'fewer probabilities',
      named,
      { outputs: [field('probabilities', 'float64', [2])] },
      ['/signature/outputs/0'],
    ],
  ])('may not be %s', (_, read, declared, pointers) => {
    const problem = refusal(() => agreedPythonSignature(read, { ...read, ...declared }))
    expect(problem.code).toBe('signature-differs')
    expect(problem.errors.map(({ pointer }) => pointer)).toEqual(pointers)
  })
})

describe('what golden examples show', () => {
  const shown = (request: unknown, predictions: unknown[]) =>
    signatureOfExamples([
      { name: 'a.json', request: JSON.stringify(request), expect: JSON.stringify({ predictions }) },
    ])
  const both = [field('a', 'float64'), field('b', 'string')]

  test.each([
    ['a record', { a: 1, b: 'x' }],
    ['records', [{ a: 1, b: 'x' }]],
    ['instances', { instances: [{ a: 1, b: 'x' }] }],
    ['columns', { inputs: { a: [1, 2], b: ['x', 'y'] } }],
    ['a split data frame', { dataframe_split: { columns: ['a', 'b'], data: [[1, 'x']] } }],
  ])('is the same for %s', (_, request) => {
    expect(shown(request, [0.5])).toEqual({ inputs: both, outputs: [field('prediction', 'float64')] })
  })

  test.each([
    ['a bare row', [1, 2, 3]],
    ['rows', [[1, 2, 3]]],
    ['rows of instances', { instances: [[1, 2, 3]] }],
  ])('is a row for %s', (_, request) => {
    expect(shown(request, [{ label: 'x' }])).toEqual({
      inputs: [field('input', 'float64', [3])],
      outputs: [field('label', 'string')],
    })
  })

  test.each([
    ['a request that is no JSON', '{', '{"predictions": [1]}', 'body-malformed'],
    ['an answer that is no JSON', '{"a": 1}', '', 'body-malformed'],
    ['an answer without predictions', '{"a": 1}', '[1]', 'signature-unknown'],
    ['an answer of nothing', '{"a": 1}', '{"predictions": []}', 'signature-unknown'],
  ])('is refused for %s', (_, request, expected, code) => {
    expect(refusal(() => signatureOfExamples([{ name: 'a.json', request, expect: expected }])).code).toBe(
      code,
    )
  })
})
