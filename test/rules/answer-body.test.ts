import { describe, expect, test } from '@jest/globals'
import { parse } from 'csv-parse/sync'
import { answerTypes, writeAnswer } from '../../lib/rules/answer-body.ts'
import { readNpy } from '../../lib/rules/npy.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { answerOrRefusal, refusal } from './refusal.ts'

const text = (predictions: readonly unknown[], type: (typeof answerTypes)[number]) => {
  const answer = writeAnswer(predictions, type)
  if (typeof answer !== 'string') throw new Error('this was to be text')
  return answer
}

const named = [
  { label: 1, probabilities: [0.1, 0.9], species: 'a, "b"' },
  { label: 0, probabilities: [0.5, 0.5], species: 'c' },
]

test('JSON is the default, and holds one prediction a record', () => {
  expect(answerTypes[0]).toBe('application/json')
  expect(JSON.parse(text(named, 'application/json'))).toEqual({ predictions: named })
  expect(text([], 'application/json')).toBe('{"predictions":[]}')
})

test('JSON Lines are one prediction a line', () => {
  const lines = text([0.5, 'x\ny', null, named[0]], 'application/jsonlines').split('\n')
  expect(lines.pop()).toBe('')
  expect(lines.map((line) => JSON.parse(line))).toEqual([0.5, 'x\ny', null, named[0]])
})

describe('CSV', () => {
  test('has a header where predictions have names, and spreads lists over numbered columns', () => {
    expect(parse(text(named, 'text/csv'))).toEqual([
      ['label', 'probabilities.0', 'probabilities.1', 'species'],
      ['1', '0.1', '0.9', 'a, "b"'],
      ['0', '0.5', '0.5', 'c'],
    ])
  })

  test('has no header for bare values', () => {
    expect(text([0.5, 0, -1e-7], 'text/csv')).toBe('0.5\n0\n-1e-7\n')
    expect(text(['a', 'b,c'], 'text/csv')).toBe('a\n"b,c"\n')
  })

  test('writes booleans as this platform reads them', () => {
    expect(text([true, false], 'text/csv')).toBe('true\nfalse\n')
    expect(parse(text([{ a: true }, { a: false }], 'text/csv'))).toEqual([['a'], ['true'], ['false']])
  })

  test('spreads bare lists', () => {
    expect(
      parse(
        text(
          [
            [1, 2],
            [3, 4],
          ],
          'text/csv',
        ),
      ),
    ).toEqual([
      ['0', '1'],
      ['1', '2'],
      ['3', '4'],
    ])
  })

  test.each([
    ['lists of different lengths, the longer one second', [[1], [2, 3]]],
    ['an empty list first', [[], [2, 3]]],
    ['objects with different names', [{ a: 1 }, { a: 2, b: 3 }]],
  ])('loses no value of %s: it writes all or refuses', (_, predictions) => {
    const answer = answerOrRefusal(() => writeAnswer(predictions, 'text/csv'))
    if (isProblem(answer)) expect(answer.code).toBe('not-acceptable')
    else expect(answer).toContain('3')
  })
})

describe('NPY', () => {
  test.each([
    ['one row', [[1, 2]], { shape: [1, 2], values: [1, 2] }],
    ['numbers', [1, 2.5, -3], { shape: [3], values: [1, 2.5, -3] }],
    [
      'rows',
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
    ],
  ])('holds %s', (_, predictions, expected) => {
    expect(readNpy(writeAnswer(predictions, 'application/x-npy') as Uint8Array)).toEqual(expected)
  })

  test.each([
    ['texts', ['a']],
    ['numbers and texts', [1, 'a']],
    ['booleans', [true]],
    ['null', [null]],
    ['objects', [{ a: 1 }]],
    ['lists of different lengths', [[1], [1, 2]]],
    ['numbers and lists', [1, [1]]],
    ['lists and numbers', [[1], 1]],
    ['lists in lists', [[[1]]]],
    ['texts in lists', [['a']]],
  ])('cannot hold %s', (_, predictions) => {
    expect(refusal(() => writeAnswer(predictions, 'application/x-npy')).code).toBe('not-acceptable')
  })
})
