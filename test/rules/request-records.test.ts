import { describe, expect, test } from '@jest/globals'
import { readJsonRecords } from '../../lib/rules/request-records.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { refusal } from './refusal.ts'
import { cancer, churn, row, single, validatorOf } from './signatures.ts'

const read = (body: unknown, signature: Signature) => validatorOf(signature)(readJsonRecords(body, signature))
const pointers = (body: unknown, signature: Signature) =>
  refusal(() => read(body, signature)).errors.map(({ pointer }) => pointer)

const one = { tenure: 1.5, plan: 'basic', visits: 3 }
const two = { tenure: 0, plan: 'gold', visits: 0 }
const columns = ['plan', 'visits', 'tenure']

describe('named scalars', () => {
  test.each([
    ['a record', one, [one]],
    ['a list of one record', [one], [one]],
    ['a list of records', [one, two], [one, two]],
    ['instances', { instances: [one, two] }, [one, two]],
    ['inputs as a list', { inputs: [one, two] }, [one, two]],
    [
      'inputs as columns',
      { inputs: { visits: [3, 0], tenure: [1.5, 0], plan: ['basic', 'gold'] } },
      [one, two],
    ],
    ['dataframe_records', { dataframe_records: [one, two] }, [one, two]],
    [
      'dataframe_split',
      {
        dataframe_split: {
          columns,
          data: [
            ['basic', 3, 1.5],
            ['gold', 0, 0],
          ],
        },
      },
      [one, two],
    ],
    [
      'dataframe_split with the index that pandas adds',
      { dataframe_split: { index: [0], columns, data: [['basic', 3, 1.5]] } },
      [one],
    ],
    ['instances beside the params of MLflow', { instances: [one], params: { temperature: 1 } }, [one]],
  ])('come as %s', (_, body, records) => {
    expect(read(body, churn)).toEqual(records)
  })

  test.each([
    ['a record', { ...one, plan: 'x' }, '/plan'],
    ['a list of records', [one, one, one, { ...one, plan: 'x' }], '/3/plan'],
    ['a list of records, one of them none', [one, one, one, 5], '/3'],
    ['instances', { instances: [one, { ...one, plan: 'x' }] }, '/instances/1/plan'],
    ['inputs as a list', { inputs: [one, { ...one, visits: 0.5 }] }, '/inputs/1/visits'],
    [
      'inputs as columns',
      { inputs: { visits: [3, 0, 1, 1], tenure: [0, 0, 0, 0], plan: ['gold', 'gold', 'gold', 'x'] } },
      '/inputs/plan/3',
    ],
    ['dataframe_records', { dataframe_records: [{ ...one, tenure: 'x' }] }, '/dataframe_records/0/tenure'],
    [
      'dataframe_split',
      { dataframe_split: { columns, data: [['gold', 1, 'x']] } },
      '/dataframe_split/data/0/2',
    ],
    [
      'dataframe_split, second row',
      {
        dataframe_split: {
          columns,
          data: [
            ['gold', 1, 1],
            ['x', 1, 1],
          ],
        },
      },
      '/dataframe_split/data/1/0',
    ],
  ])('that are wrong are pointed at in %s', (_, body, pointer) => {
    expect(pointers(body, churn)).toEqual([pointer])
  })

  test.each([
    ['a record', { tenure: 1, visits: 1 }, '/plan'],
    ['a list of records', [one, { tenure: 1, visits: 1 }], '/1/plan'],
    ['inputs as columns', { inputs: { tenure: [1], visits: [1] } }, '/inputs/plan'],
    [
      'dataframe_split',
      { dataframe_split: { columns: ['tenure', 'visits'], data: [[1, 1]] } },
      '/dataframe_split/data/0',
    ],
  ])('that are missing are pointed at in %s, or in their nearest parent', (_, body, pointer) => {
    expect(pointers(body, churn)).toEqual([pointer])
  })

  test.each([
    ['a record', { ...one, colour: 1 }, '/colour'],
    [
      'inputs as columns',
      { inputs: { tenure: [1], visits: [1], plan: ['gold'], colour: [1] } },
      '/inputs/colour/0',
    ],
    [
      'dataframe_split',
      { dataframe_split: { columns: ['plan', 'visits', 'tenure', 'colour'], data: [['gold', 1, 1, 1]] } },
      '/dataframe_split/data/0/3',
    ],
    ['a record, with a slash and a tilde', { ...one, 'a/b~c': 1 }, '/a~1b~0c'],
  ])('that are unknown are pointed at in %s', (_, body, pointer) => {
    expect(pointers(body, churn)).toEqual([pointer])
  })
})

describe('an input whose name has a slash and a tilde', () => {
  const signature: Signature = {
    inputs: [
      { name: 'a/b~c', type: 'float64', shape: [2] },
      { name: 'd', type: 'float64', shape: [] },
    ],
    outputs: [],
  }

  test.each([
    ['a record', { 'a/b~c': [1, 'x'], d: 1 }, '/a~1b~0c/1'],
    ['inputs as columns', { inputs: { 'a/b~c': [[1, 'x']], d: [1] } }, '/inputs/a~1b~0c/0/1'],
    [
      'dataframe_split',
      { dataframe_split: { columns: ['d', 'a/b~c'], data: [[1, [1, 'x']]] } },
      '/dataframe_split/data/0/1/1',
    ],
  ])('is pointed at in %s', (_, body, pointer) => {
    expect(pointers(body, signature)).toEqual([pointer])
  })
})

describe('a row of 30', () => {
  const features = { features: row() }

  test.each([
    ['a bare row', row(), 1],
    ['a list of one row', [row()], 1],
    ['a list of rows', [row(), row()], 2],
    ['an object', features, 1],
    ['a list of objects', [features, features], 2],
    ['rows and objects mixed', [row(), features], 2],
    ['instances', { instances: [row(), row()] }, 2],
    ['instances that hold one bare row', { instances: row() }, 1],
    ['inputs as a list of rows', { inputs: [row(), row()] }, 2],
    ['inputs as one bare row', { inputs: row() }, 1],
    ['inputs as a column of rows', { inputs: { features: [row(), row()] } }, 2],
    ['dataframe_records', { dataframe_records: [features] }, 1],
    [
      'dataframe_split, whatever its columns are called',
      { dataframe_split: { columns: row().map(String), data: [row(), row()] } },
      2,
    ],
    ['dataframe_split without columns', { dataframe_split: { data: [row()] } }, 1],
  ])('comes as %s', (_, body, count) => {
    expect(read(body, cancer)).toEqual(Array.from({ length: count }, () => features))
  })

  test.each([
    ['a bare row', row({ 7: 'x' }), '/7'],
    ['a list of rows', [row(), row({ 7: 'x' })], '/1/7'],
    ['an object', { features: row({ 7: 'x' }) }, '/features/7'],
    ['a list of objects', [row(), { features: row({ 7: null }) }], '/1/features/7'],
    ['instances', { instances: [row(), row({ 7: 'x' })] }, '/instances/1/7'],
    ['instances that hold one bare row', { instances: row({ 7: 'x' }) }, '/instances/7'],
    ['inputs as one bare row', { inputs: row({ 7: 'x' }) }, '/inputs/7'],
    [
      'inputs as a column of rows',
      { inputs: { features: [row(), row({ 7: 'x' })] } },
      '/inputs/features/1/7',
    ],
    [
      'dataframe_split',
      { dataframe_split: { columns: row().map(String), data: [row(), row({ 7: 'x' })] } },
      '/dataframe_split/data/1/7',
    ],
    ['a row too short', row().slice(1), ''],
    ['a row too long', [row(), [...row(), 1]], '/1'],
    ['rows nested once too often', [[row()]], '/0'],
    ['a list with a bare value', [row(), 5], '/1'],
    ['an object without its input', [{}], '/0/features'],
  ])('that is wrong is pointed at in %s', (_, body, pointer) => {
    expect(pointers(body, cancer)).toEqual([pointer])
  })
})

describe('a matrix of 2 by 2', () => {
  const signature: Signature = { inputs: [{ name: 'pixels', type: 'uint8', shape: [2, 2] }], outputs: [] }
  const matrix = [
    [1, 2],
    [3, 4],
  ]

  test.each([
    ['alone', matrix, 1],
    ['in a list', [matrix, matrix], 2],
    ['in instances', { instances: [matrix, matrix] }, 2],
    ['alone in instances', { instances: matrix }, 1],
    ['by name', [{ pixels: matrix }, { pixels: matrix }], 2],
  ])('comes %s', (_, body, count) => {
    expect(read(body, signature)).toEqual(Array.from({ length: count }, () => ({ pixels: matrix })))
  })

  test.each([
    [
      'alone',
      [
        [1, 2],
        [3, 256],
      ],
      ['/1/1'],
    ],
    [
      'in a list',
      [
        matrix,
        [
          [1, 2],
          [3, 256],
        ],
      ],
      ['/1/1/1'],
    ],
    ['flat', [1, 2], ['/0', '/1']],
    ['nested once too often', [[matrix]], ['/0']],
  ])('that is wrong is pointed at %s', (_, body, expected) => {
    expect(pointers(body, signature)).toEqual(expected)
  })
})

describe('one bare value', () => {
  test.each([
    ['alone', 5, [{ x: 5 }]],
    ['in a list', [1, 2], [{ x: 1 }, { x: 2 }]],
    ['by name', { x: 0 }, [{ x: 0 }]],
    ['in a column', { inputs: { x: [1, 2] } }, [{ x: 1 }, { x: 2 }]],
    [
      'in rows of a dataframe',
      { dataframe_split: { columns: ['x'], data: [[1], [2]] } },
      [{ x: 1 }, { x: 2 }],
    ],
  ])('comes %s', (_, body, records) => {
    expect(read(body, single)).toEqual(records)
  })

  test.each([
    ['alone', 'a', ''],
    ['in a list', [1, 2, 'a'], '/2'],
    ['by name', { x: 'a' }, '/x'],
    ['in instances', { instances: [null] }, '/instances/0'],
  ])('that is wrong is pointed at %s', (_, body, pointer) => {
    expect(pointers(body, single)).toEqual([pointer])
  })
})

describe('a form that cannot be read', () => {
  test.each([
    ['two forms at once', { instances: [one], inputs: [one] }, 'inputs'],
    ['something beside its form', { instances: [one], signature_name: 'x' }, 'signature_name'],
    ['instances that are no list', { instances: one }, 'list of records'],
    ['instances that are a text', { instances: 'x' }, 'list of records'],
    ['instances that are null', { instances: null }, 'list of records'],
    ['columns of different lengths', { inputs: { tenure: [1, 2], plan: ['gold'] } }, 'one length'],
    ['columns that are no lists', { inputs: one }, 'one length'],
    ['no columns', { inputs: {} }, 'one length'],
    ['dataframe_split without data', { dataframe_split: { columns } }, "'data'"],
    ['dataframe_split that is a list', { dataframe_split: [[1]] }, "'columns'"],
    [
      'dataframe_split with columns that are no names',
      { dataframe_split: { columns: [1, 2, 3], data: [] } },
      'names',
    ],
    [
      'dataframe_split with a column that is no name',
      { dataframe_split: { columns: ['plan', 2], data: [] } },
      'names',
    ],
    ['dataframe_split without columns', { dataframe_split: { data: [[1, 'gold', 2]] } }, 'names'],
    ['a column twice', { dataframe_split: { columns: ['plan', 'plan'], data: [] } }, 'twice'],
    [
      'a row too short',
      {
        dataframe_split: {
          columns,
          data: [
            ['gold', 1, 1],
            ['gold', 1],
          ],
        },
      },
      'row 1 holds 2',
    ],
    ['a row that is none', { dataframe_split: { columns, data: [5] } }, 'row 0 holds no list'],
  ])('has %s', (_, body, told) => {
    const problem = refusal(() => readJsonRecords(body, churn))
    expect(problem.code).toBe('body-malformed')
    expect(problem.message).toContain(told)
  })

  test.each([
    ['a list', []],
    ['instances', { instances: [] }],
    ['inputs', { inputs: [] }],
    ['columns', { inputs: { tenure: [], plan: [], visits: [] } }],
    ['dataframe_records', { dataframe_records: [] }],
    ['dataframe_split', { dataframe_split: { columns, data: [] } }],
  ])('holds no record: %s', (_, body) => {
    expect(refusal(() => read(body, churn))).toMatchObject({
      code: 'body-malformed',
      message: expect.stringContaining('no record'),
    })
  })

  test.each([[[]], [{ instances: [] }], [[[]]]])('is no row of 30 either when it is empty: %j', (body) => {
    expect(['body-malformed', 'request-invalid']).toContain(refusal(() => read(body, cancer)).code)
  })
})

describe('an input called as a form is', () => {
  const signature: Signature = {
    inputs: [
      { name: 'inputs', type: 'float64', shape: [] },
      { name: 'k', type: 'float64', shape: [] },
    ],
    outputs: [],
  }

  test('is an input', () => {
    expect(read({ inputs: 1, k: 2 }, signature)).toEqual([{ inputs: 1, k: 2 }])
    expect(read({ instances: [{ inputs: 1, k: 2 }] }, signature)).toEqual([{ inputs: 1, k: 2 }])
  })
})
