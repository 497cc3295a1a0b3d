import { describe, expect, test } from '@jest/globals'
import {
  bodyOfExample,
  byteDifferences,
  differences,
  goldenRequests,
  mostSampleBytes,
  sampleOf,
  toldDifferences,
} from '../../lib/rules/golden.ts'

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
    ['a number beyond the range of numbers', Infinity, Infinity, 0],
    ['huge numbers, relatively', 1e308, 1.05e308, 0.1],
    ['huge numbers whose distance has no number', 1e308, -1e308, 3],
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
    ['a key that every object seems to have', { constructor: 1 }, {}, 9, '/constructor'],
    ['huge numbers', 1e308, -1e308, 1.9, ''],
    ['a number for one beyond the range of numbers', Infinity, 1, 9, ''],
    ['no number for one', 1, Infinity, 9, ''],
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

  test.each([
    ['a prediction missing', [1, 2], [1], 'a list of 1 entry', 'a list of 2 entries'],
    ['all of them missing', [1], [], 'an empty list', 'a list of 1 entry'],
    ['a prediction too many', [1], [1, 2], 'a list of 2 entries', 'a list of 1 entry'],
    ['a member missing', { a: 1 }, {}, 'nothing', '1'],
    ['a member missing that every object seems to have', { constructor: 1 }, {}, 'nothing', '1'],
    ['a member too many', {}, { a: 1 }, '1', 'nothing'],
    ['a text for a number', 1, '1', "'1'", '1'],
    ['null for a number', 1, null, 'null', '1'],
    ['an object for a bare value', 1, { y: 1 }, '{"y":1}', '1'],
  ])('is told %s', (_, expected, found, was, allowed) => {
    expect(differences(expected, found, 0)).toMatchObject([{ found: was, allowed }])
  })

  test.each([
    [1000, 1101, 0.1, '1000 ± 100', 101],
    [0.1, 0.2, 0, '0.1 ± 0', 0.1],
    [5, 4, 1e-6, '5 ± 0.000005', 1],
    [1e308, -1e308, 1, '1e+308 ± 1e+308', undefined],
  ])('is told the tolerance as it holds for %d', (expected, found, tolerance, allowed, offBy) => {
    const [told] = differences(expected, found, tolerance)
    expect([told?.allowed, told?.offBy]).toEqual([allowed, offBy])
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

describe('several examples that fail', () => {
  const failed = (index: number, count: number) => ({
    index,
    findings: Array.from({ length: count }, (_, i) => ({ pointer: `/${i}`, found: 'x', allowed: 'y' })),
  })

  test('are all told, each at its place in the manifest', () => {
    expect(toldDifferences([failed(0, 2), failed(4, 1)]).map(({ pointer }) => pointer)).toEqual([
      '/examples/0/0',
      '/examples/0/1',
      '/examples/4/0',
    ])
  })

  test('are told of in part where there are many, and every one at least once', () => {
    const told = toldDifferences(Array.from({ length: 100 }, (_, i) => failed(i, 20)))
    expect(new Set(told.map(({ pointer }) => pointer.split('/')[2])).size).toBe(100)
    expect(told).toHaveLength(100)
    expect(toldDifferences(Array.from({ length: 6 }, (_, i) => failed(i, 20)))).toHaveLength(60)
  })

  test('are told with places of bounded length', () => {
    const long = { index: 0, findings: [{ pointer: `/${'k'.repeat(9999)}`, found: '1', allowed: '2' }] }
    expect(toldDifferences([long])[0]?.pointer).toHaveLength(200)
  })
})

describe("MLflow's own example", () => {
  const [serving, input] = ['serving_input_example.json', 'input_example.json']
  const one = { request: 'one.json', expect: 'two.json', tolerance: 0 }
  test.each([
    [['MLmodel', 'model.onnx', serving, input], [], [serving]],
    [['MLmodel', 'model.onnx', input], [], [input]],
    [['MLmodel', serving], [one], ['one.json', serving]],
    [['model.onnx', serving], [], []],
    [['MLmodel', 'model.onnx'], [], []],
    [['MLmodel', serving, input], [{ request: input, tolerance: 0 }], [input]],
  ])('among %j beside %j', (paths, examples, requests) => {
    expect(goldenRequests(examples, paths).map(({ request }) => request)).toEqual(requests)
  })

  test('is a data frame where it holds one, and else stays as it is', () => {
    const frame = { columns: ['a'], data: [[1]] }
    expect(bodyOfExample(input, frame)).toEqual({ dataframe_split: frame })
    expect(bodyOfExample(serving, { dataframe_split: frame })).toEqual({ dataframe_split: frame })
    expect(bodyOfExample('one.json', frame)).toBe(frame)
    expect(bodyOfExample(input, { inputs: [1] })).toEqual({ inputs: [1] })
    expect(bodyOfExample(input, [1])).toEqual([1])
  })
})

describe('a sample', () => {
  const overhead = JSON.stringify({ request: '', answer: 1 }).length
  test('is kept up to its limit in bytes, and not beyond', () => {
    const fits = 'x'.repeat(mostSampleBytes - overhead)
    expect(sampleOf(fits, 1)).toEqual({ request: fits, answer: 1 })
    expect(sampleOf(`${fits}x`, 1)).toBeUndefined()
    // Two bytes a letter.
    expect(sampleOf('é'.repeat(mostSampleBytes / 2), 1)).toBeUndefined()
  })
})

describe('answers that are no JSON', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)

  test('are compared byte by byte', () => {
    expect(byteDifferences(bytes('yes'), bytes('yes'))).toEqual([])
    expect(byteDifferences(bytes(''), bytes(''))).toEqual([])
    expect(byteDifferences(bytes('yes'), bytes('no'))).toEqual([
      { pointer: '', found: "2 bytes, 'no'", allowed: "3 bytes, 'yes'" },
    ])
  })

  test.each([
    [[0xff, 1, 2], [0xff, 1, 3], '3 bytes, 2 at 2', '3 bytes, 3 at 2'],
    [[0xff, 1], [0xff, 1, 3], '2 bytes, none at 2', '3 bytes, 3 at 2'],
    [[0xff, 1, 3], [0xff, 1], '3 bytes, 3 at 2', '2 bytes, none at 2'],
    [[], [0xff], "0 bytes, ''", '1 byte, 255 at 0'],
  ])('that are no text differ where they do: %j', (found, expected, seen, allowed) => {
    expect(byteDifferences(Uint8Array.from(expected), Uint8Array.from(found))).toEqual([
      { pointer: '', found: seen, allowed },
    ])
  })
})
