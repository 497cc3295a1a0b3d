import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { CategorySketch } from '../../../lib/rules/drift/category-sketch.ts'
import { addColumns } from '../../../lib/rules/drift/number-columns.ts'
import { correlationOf, type NumberSketch } from '../../../lib/rules/drift/number-sketch.ts'
import { parseSketch, toJson } from '../../../lib/rules/drift/sketch-json.ts'
import { leftOut, sketchedColumns } from '../../../lib/rules/drift/sketched-columns.ts'
import {
  addRecord,
  emptySketch,
  mergeSketch,
  type VersionSketch,
} from '../../../lib/rules/drift/version-sketch.ts'
import type { Signature } from '../../../lib/rules/signature.ts'
import { refusal } from '../refusal.ts'
import { normals } from './random.ts'

const churn: Signature = {
  inputs: [
    { name: 'tenure', type: 'float32', shape: [] },
    { name: 'plan', type: 'string', shape: [], values: ['a', 'b'] },
    { name: 'isNew', type: 'boolean', shape: [] },
    { name: 'usage', type: 'float64', shape: [2, 2] },
  ],
  outputs: [{ name: 'probability', type: 'float64', shape: [] }],
}
const record = {
  tenure: 3,
  plan: 'a',
  isNew: true,
  usage: [
    [1, 2],
    [3, 4],
  ],
}

function text(sketch: VersionSketch): string {
  return JSON.stringify(toJson(sketch))
}
function numbers(sketch: VersionSketch, name: string): NumberSketch {
  return sketch.sketches[sketch.columns.findIndex((column) => column.name === name)] as NumberSketch
}
function categories(sketch: VersionSketch, name: string): CategorySketch {
  return sketch.sketches[sketch.columns.findIndex((column) => column.name === name)] as CategorySketch
}
function sketched(signature: Signature, rows: readonly (readonly [unknown, unknown?])[]): VersionSketch {
  const sketch = emptySketch(signature)
  for (const [inputs, prediction] of rows) addRecord(sketch, inputs, prediction)
  return sketch
}

describe('the columns of a signature', () => {
  test('are its fields, the elements of short lists, and its outputs', () => {
    expect(sketchedColumns(churn).map(({ name }) => name)).toEqual([
      'tenure',
      'plan',
      'isNew',
      'usage[0,0]',
      'usage[0,1]',
      'usage[1,0]',
      'usage[1,1]',
      'probability',
    ])
    expect(leftOut(churn)).toEqual([])
  })

  test('sum up lists that are long or free, and say what is left out', () => {
    const signature: Signature = {
      inputs: [
        { name: 'image', type: 'uint8', shape: [10, 10] },
        { name: 'words', type: 'string', shape: [null] },
        { name: 'signal', type: 'float32', shape: [null] },
      ],
      outputs: [{ name: 'scores', type: 'float32', shape: [2] }],
    }
    expect(sketchedColumns(signature).map(({ name }) => name)).toEqual([
      'mean of image',
      'spread of image',
      'smallest of image',
      'largest of image',
      'elements of words',
      'length of words',
      'mean of signal',
      'spread of signal',
      'smallest of signal',
      'largest of signal',
      'length of signal',
      'scores[0]',
      'scores[1]',
    ])
    expect(leftOut(signature)).toEqual([
      '`image` has 100 elements, and up to 64 are watched one by one: of each record their mean, spread, smallest and largest are watched',
      '`words` has as many elements as it likes, and up to 64 are watched one by one: they are counted together, wherever they stand',
      '`signal` has as many elements as it likes, and up to 64 are watched one by one: of each record their mean, spread, smallest and largest are watched',
    ])
    const sketch = sketched(signature, [
      [{ image: Array(10).fill(Array(10).fill(7)), words: ['a', 'b', 'a'], signal: [1, 3] }, [0.2, 0.8]],
    ])
    expect(numbers(sketch, 'mean of image').max).toBe(7)
    expect(numbers(sketch, 'spread of signal').max).toBe(1)
    expect(numbers(sketch, 'length of words').max).toBe(3)
    expect(categories(sketch, 'elements of words').named()).toEqual([
      ['a', 2],
      ['b', 1],
    ])
    expect(numbers(sketch, 'mean of image').paired.y.value).toBeCloseTo(0.8, 6)
  })
})

describe('a record', () => {
  test('is counted in every column, with the prediction beside its numbers', () => {
    const sketch = sketched(churn, [
      [record, 0.25],
      [{ ...record, tenure: 5, plan: 'b' }, 0.5],
      [record, 0.25],
    ])
    expect(sketch.rows).toBe(3)
    expect(categories(sketch, 'plan').named()).toEqual([
      ['a', 2],
      ['b', 1],
    ])
    expect(categories(sketch, 'isNew').named()).toEqual([['true', 3]])
    expect(numbers(sketch, 'usage[1,0]').max).toBe(3)
    expect(numbers(sketch, 'probability').count).toBe(3)
    expect(correlationOf(numbers(sketch, 'tenure'))).toBe(1)
  })

  test('that lacks something, or has something of another type, is counted as such', () => {
    const sketch = sketched(churn, [
      [{ tenure: null, plan: 7, isNew: 'yes', usage: [[1, 2]] }, 0.1],
      [{ tenure: 'x', usage: 5 }, null],
      ['no object', 'no number'],
    ])
    expect(numbers(sketch, 'tenure')).toMatchObject({ count: 0, missing: 2, unreadable: 1 })
    expect(categories(sketch, 'plan')).toMatchObject({ count: 0, missing: 2, unreadable: 1 })
    expect(categories(sketch, 'isNew')).toMatchObject({ count: 1, missing: 2 })
    expect(numbers(sketch, 'usage[0,0]')).toMatchObject({ count: 1, missing: 1, unreadable: 1 })
    expect(numbers(sketch, 'usage[1,1]')).toMatchObject({ count: 0, missing: 2, unreadable: 1 })
    expect(numbers(sketch, 'probability')).toMatchObject({ count: 1, missing: 1, unreadable: 1 })
  })

  test('without a prediction, as in a training sample, leaves outputs alone', () => {
    const sketch = sketched(churn, [[record], [record]])
    expect(numbers(sketch, 'probability').rows).toBe(0)
    expect(numbers(sketch, 'tenure').paired.count).toBe(0)
    expect(numbers(sketch, 'tenure').count).toBe(2)
  })

  test('has integers beyond 2^53 as digits', () => {
    const signature: Signature = { inputs: [{ name: 'id', type: 'int64', shape: [] }], outputs: [] }
    expect(numbers(sketched(signature, [[{ id: '9007199254740993' }]]), 'id').max).toBe(9007199254740992)
  })

  test('may be the bare row of an only input, and outputs are known by name where there are several', () => {
    const signature: Signature = {
      inputs: [{ name: 'x', type: 'float64', shape: [2] }],
      outputs: [
        { name: 'label', type: 'string', shape: [] },
        { name: 'score', type: 'float64', shape: [] },
      ],
    }
    const sketch = sketched(signature, [
      [[1, 2], { label: 'yes', score: 0.5 }],
      [{ x: [3, 4] }, { label: 'no', score: 0.75 }],
    ])
    expect(numbers(sketch, 'x[1]').max).toBe(4)
    expect(categories(sketch, 'label').named()).toEqual([
      ['no', 1],
      ['yes', 1],
    ])
    expect(correlationOf(numbers(sketch, 'x[0]'))).toBe(1)
  })
})

describe('sketches of records', () => {
  const value = fc.oneof(fc.double(), fc.constantFrom(null, 'text', true, undefined))
  const anyRecord = fc.tuple(
    fc.record({ tenure: value, plan: fc.string(), isNew: fc.boolean(), usage: fc.array(fc.array(value)) }),
    value,
  )

  test('are merged in any order and grouping with the same text', () => {
    fc.assert(
      fc.property(fc.array(anyRecord), fc.array(anyRecord), fc.array(anyRecord), (one, two, three) => {
        const left = emptySketch(churn)
        for (const part of [one, two, three]) mergeSketch(left, sketched(churn, part))
        const inner = sketched(churn, three.toReversed())
        mergeSketch(inner, sketched(churn, two))
        const right = sketched(churn, one.toReversed())
        mergeSketch(right, inner)
        const whole = text(sketched(churn, [...one, ...two, ...three]))
        expect([text(left), text(right)]).toEqual([whole, whole])
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  test('come back from their text', () => {
    fc.assert(
      fc.property(fc.array(anyRecord), (rows) => {
        const written = text(sketched(churn, rows))
        expect(text(parseSketch(written, churn))).toBe(written)
      }),
      { seed: 2, numRuns: 40 },
    )
  })

  test('go on after they were read as if nothing had been', () => {
    const rows = normals(1, 3000).map((tenure): [unknown, number] => [
      { ...record, tenure, plan: `p${Math.round(tenure * 400)}` },
      tenure,
    ])
    const read = parseSketch(text(sketched(churn, rows.slice(0, 2000))), churn)
    for (const [inputs, prediction] of rows.slice(2000)) addRecord(read, inputs, prediction)
    expect(text(read)).toBe(text(sketched(churn, rows)))
  })

  test('of two signatures are not merged', () => {
    const other = emptySketch({ ...churn, outputs: [] })
    expect(() => mergeSketch(emptySketch(churn), other)).toThrow('their columns differ')
  })
})

describe('rows laid out by column', () => {
  const signature: Signature = {
    inputs: [
      { name: 'a', type: 'float32', shape: [] },
      { name: 'b', type: 'float32', shape: [] },
      { name: 'c', type: 'string', shape: [] },
    ],
    outputs: [{ name: 'y', type: 'float32', shape: [] }],
  }

  test('make the sketch that the same records make', () => {
    const [a, b, y] = [1, 2, 3].map((seed) => Float32Array.from(normals(seed, 5000))) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ]
    a[17] = Number.NaN
    y[4000] = Number.NaN
    const byColumn = emptySketch(signature)
    addColumns(byColumn, { a, b, y })
    const byRow = emptySketch(signature)
    for (const [i, value] of a.entries()) addRecord(byRow, { a: value, b: b[i] }, y[i])
    expect(text(byColumn)).toBe(text(byRow))
  })

  test('are refused where they are uneven or of a name that is no column of numbers', () => {
    const sketch = emptySketch(signature)
    expect(() => addColumns(sketch, { a: new Float32Array(2), b: new Float32Array(3) })).toThrow(
      '2 and 3 rows',
    )
    expect(() => addColumns(sketch, { c: new Float32Array(2) })).toThrow(
      "'c' is no column of numbers; there are a, b, y",
    )
    expect(sketch.rows).toBe(0)
  })
})

describe('a sketch in a file', () => {
  const written = () =>
    toJson(
      sketched(churn, [
        [record, 0.5],
        [{ ...record, tenure: 4.5 }, 0.25],
      ]),
    )
  const bent = (change: (column: Record<string, unknown>) => void, at = 0): string => {
    const document = structuredClone(written()) as unknown as { columns: Record<string, unknown>[] }
    change(document.columns[at] ?? {})
    return JSON.stringify(document)
  }

  test.each([
    ['cut off', JSON.stringify(written()).slice(0, 100), 'it is no JSON'],
    ['null', 'null', "its format is undefined, and 'sluice-sketch' is read"],
    ['something else', '{"format": "whylogs"}', "its format is 'whylogs', and 'sluice-sketch' is read"],
    [
      'of a newer Sluice',
      JSON.stringify({ ...written(), version: 2 }),
      'it is written in version 2 of the format, and this Sluice reads version 1',
    ],
    ['of too many members', JSON.stringify({ ...written(), more: 1 }), 'Unrecognized key'],
    ['of negative rows', JSON.stringify({ ...written(), rows: -1 }), '/rows'],
    [
      'of another signature',
      JSON.stringify({ ...written(), columns: written().columns.slice(1) }),
      'its column 1 is input plan (categories), and that of the signature is input tenure (numbers)',
    ],
    [
      'of a column too few',
      JSON.stringify({ ...written(), columns: written().columns.slice(0, -1) }),
      'its column 8 is not there',
    ],
    [
      'with cells out of order',
      bent((column) => {
        column['cells'] = [5, 1, 0, 1]
      }),
      'its cells are not in order',
    ],
    [
      'with an empty cell',
      bent((column) => {
        column['cells'] = [5, 0]
      }),
      'a cell is empty',
    ],
    [
      'with half a cell',
      bent((column) => {
        column['cells'] = [5]
      }),
      'a cell has no count',
    ],
    [
      'with a cell beyond all numbers',
      bent((column) => {
        column['cells'] = [2 ** 40, 1]
      }),
      'a cell lies beyond all numbers',
    ],
    [
      'with counts beyond counting',
      bent((column) => {
        column['cells'] = [1, 2 ** 53 - 1, 1, 2 ** 53 - 1]
      }),
      'its counts are too large',
    ],
    [
      'with a range of nothing',
      bent((column) => {
        Object.assign(column, { cells: [], zero: 0 })
      }),
      'it has a range and no number',
    ],
    [
      'with numbers and no range',
      bent((column) => {
        column['max'] = null
      }),
      'it has numbers and no range',
    ],
    [
      'with a cell outside its range',
      bent((column) => {
        column['max'] = 3.5
      }),
      'a cell lies outside its range',
    ],
    [
      'with a sum that is none',
      bent((column) => {
        column['sum'] = '12'
      }),
      '12 is no sum',
    ],
    [
      'with too many pairs',
      bent((column) => {
        Object.assign(column['pairs'] as object, { count: 9 })
      }),
      'it has more pairs than numbers',
    ],
    [
      'with values twice',
      bent((column) => {
        column['named'] = [
          ['a', 1],
          ['a', 1],
        ]
      }, 1),
      'its values are not in order',
    ],
    [
      'with a tail and few names',
      bent((column) => {
        column['tail'] = [[0, 1]]
      }, 1),
      'it counts values together, and only 1 one by one',
    ],
    [
      'with too coarse cells',
      bent((column) => {
        column['coarseness'] = 40
      }),
      '/columns/0/coarseness',
    ],
  ])('that is %s is refused', (_, text, reason) => {
    const { code, message } = refusal(() => parseSketch(text, churn))
    expect(code).toBe('sketch-unreadable')
    expect(message).toContain(reason)
  })

  test('is as long for two hundred thousand rows as for some thousand', () => {
    const signature: Signature = { inputs: [{ name: 'a', type: 'float64', shape: [] }], outputs: [] }
    const sketch = emptySketch(signature)
    for (let seed = 0; seed < 10; seed += 1)
      addColumns(sketch, { a: Float64Array.from(normals(seed, 20_000)) })
    expect(sketch.rows).toBe(200_000)
    expect(text(sketch).length).toBeLessThan(20_000)
  })
})
