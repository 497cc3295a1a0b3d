import { describe, expect, test } from '@jest/globals'
import { differences } from '../../lib/rules/golden.ts'

const answer = {
  predictions: [{ label: 1, species: 'setosa', probabilities: [0.1, 0.9], rare: null, ok: true }],
}

describe('an answer as expected', () => {
  test.each([
    ['the same', answer, structuredClone(answer), 0],
    ['the same with its keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, 0],
    ['nothing', { predictions: [] }, { predictions: [] }, 0],
    ['a number off by the tolerance', 0.5, 0.625, 0.125],
    ['a number below by the tolerance', 0.5, 0.375, 0.125],
    ['a small number, absolutely', 0, 0.001, 0.001],
    ['a large number, relatively', 1000, 1100, 0.1],
    ['a large negative number, relatively', -1000, -1100, 0.1],
    ['an exact number, without tolerance', 0.1, 0.1, 0],
    ['zero and minus zero', 0, -0, 0],
  ])('is %s', (_, expected, found, tolerance) => {
    expect(differences(expected, found, tolerance)).toEqual([])
  })
})

describe('an answer that differs', () => {
  test.each([
    ['a number off by more', 0.5, 0.626, 0.125, ''],
    ['a number near one, absolutely', 1, 1.11, 0.1, ''],
    ['a small number, absolutely and not relatively', 0.001, 0.1, 0.01, ''],
    ['a large number, relatively', 1000, 1101, 0.1, ''],
    ['a number off at all, without tolerance', 0.1, 0.1 + 2 ** -54, 0, ''],
    ['a number that is a text', 1, '1', 9, ''],
    ['a number that is null, as NaN is in JSON', 0.5, null, 9, ''],
    ['a number that is none', 0.5, Number.NaN, 9, ''],
    ['a boolean for a number', 1, true, 9, ''],
    ['another text, whatever the tolerance', { a: 'x' }, { a: 'y' }, 9, '/a'],
    ['another boolean', [true], [false], 9, '/0'],
    ['a list that is too short', { a: [1, 2] }, { a: [1] }, 9, '/a'],
    ['a list that is too long', { a: [1] }, { a: [1, 2] }, 9, '/a'],
    ['a list for an object', { a: {} }, { a: [] }, 9, '/a'],
    ['an object for null', { a: null }, { a: {} }, 9, '/a'],
    ['a key that is missing', { a: 1, b: 2 }, { a: 1 }, 9, '/b'],
    ['a key too many', { a: 1 }, { a: 1, b: null }, 9, '/b'],
    [
      'something deep inside',
      answer,
      { predictions: [{ ...answer.predictions[0], probabilities: [0.1, 0.8] }] },
      0.01,
      '/predictions/0/probabilities/1',
    ],
    ['a key with a slash and a tilde', { 'a/b~c': 1 }, { 'a/b~c': 2 }, 0, '/a~1b~0c'],
  ])('by %s', (_, expected, found, tolerance, pointer) => {
    expect(differences(expected, found, tolerance).map((one) => one.pointer)).toEqual([pointer])
  })

  test('is told what was expected and how far off it is', () => {
    expect(differences({ a: 0.5 }, { a: 0.75 }, 0.01)).toEqual([
      { pointer: '/a', found: '0.75', allowed: '0.5 ± 0.01', offBy: 0.25 },
    ])
    expect(differences('setosa', 'virginica', 0)).toEqual([
      { pointer: '', found: "'virginica'", allowed: "'setosa'" },
    ])
  })

  test('is told every difference, up to 20, or as many as asked for', () => {
    const many = Array.from({ length: 50 }, (_, i) => i)
    const off = many.map((value) => value + 100)
    expect(differences(many, off, 0).map(({ pointer }) => pointer)).toEqual(
      many.slice(0, 20).map((i) => `/${i}`),
    )
    expect(differences(many, off, 0, 3)).toHaveLength(3)
  })
})
