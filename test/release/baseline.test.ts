import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { readBaseline } from '../../lambdas/release/read-baseline.ts'
import type { NumberSketch } from '../../lib/rules/drift/number-sketch.ts'
import type { BaselineFile } from '../../lib/rules/monitoring/baseline-columns.ts'
import { baselineText } from '../../lib/rules/monitoring/baseline-document.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { refused } from '../harness/refused.ts'

const signature: Signature = {
  inputs: [
    { name: 'tenure', type: 'float32', shape: [] },
    { name: 'visits', type: 'int64', shape: [] },
    { name: 'plan', type: 'string', shape: [] },
    { name: 'isNew', type: 'boolean', shape: [] },
  ],
  outputs: [{ name: 'churn', type: 'float64', shape: [] }],
}
const row: Signature = {
  inputs: [{ name: 'x', type: 'float32', shape: [3] }],
  outputs: [{ name: 'y', type: 'float32', shape: [] }],
}

/** Read a baseline that comes in pieces of a few bytes, as no store hands it over. */
function read(
  file: BaselineFile,
  content: string | Uint8Array,
  { of = signature as Signature | undefined, mask = [] as string[] } = {},
) {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const files = [
    { path: 'model.onnx', size: 1 },
    { path: file, size: bytes.byteLength },
  ]
  return readBaseline(
    files,
    { signature: of, hidden: { mask, hash: [] } },
    () =>
      async function* (first, end) {
        const step = 4099
        for (let at = first; at < end; at += step) yield bytes.subarray(at, Math.min(at + step, end))
      },
  )
}

async function sketched(...asked: Parameters<typeof read>) {
  const { sketch } = (await read(...asked)) ?? {}
  if (sketch === undefined) throw new Error('there is no baseline')
  return sketch
}

const csv = [
  'tenure,visits,plan,isNew,churn',
  '1.5,3,a,True,0.25',
  'NA,4,"b, c",false,0.5',
  '2.5,,,TRUE,',
  '',
].join('\r\n')
const jsonl = [
  '{"tenure":1.5,"visits":3,"plan":"a","isNew":true,"churn":0.25}',
  '{"visits":4,"plan":"b, c","isNew":false,"churn":0.5}',
  '{"isNew":true,"tenure":2.5,"visits":null,"plan":null,"churn":null}',
].join('\n')

/** The same rows, as `make.py` beside them writes them. */
function parquetFile(compression: string): Uint8Array {
  return readFileSync(new URL(`../fixtures/baselines/${compression}.parquet`, import.meta.url))
}

describe('a baseline', () => {
  test('is counted by name, with what is missing as missing', async () => {
    const { rows, columns, sketches } = await sketched('baseline.csv', csv)
    expect(rows).toBe(3)
    expect(columns.map(({ name }) => name)).toEqual(['tenure', 'visits', 'plan', 'isNew', 'churn'])
    expect(sketches.map(({ missing }) => missing)).toEqual([1, 1, 1, 0, 1])
    expect(sketches.map(({ unreadable }) => unreadable)).toEqual([0, 0, 0, 0, 0])
    const tenure = sketches[0] as NumberSketch
    expect([tenure.min, tenure.max, tenure.count]).toEqual([1.5, 2.5, 2])
  })

  test('is the same from CSV and from JSON Lines, whatever the order of names', async () => {
    const texts = await Promise.all([sketched('baseline.csv', csv), sketched('baseline.jsonl', jsonl)])
    const [one, other] = texts.map((sketch) => baselineText({ kind: 'training', sketch }))
    expect(other).toBe(one)
  })

  test.each(['none', 'snappy', 'gzip', 'zstd', 'brotli'])(
    'is the same from Parquet that is compressed by %s, in groups of rows, beside the names of rows',
    async (compression) => {
      const sketch = await sketched('baseline.parquet', parquetFile(compression))
      expect(baselineText({ kind: 'training', sketch })).toBe(
        baselineText({ kind: 'training', sketch: await sketched('baseline.csv', csv) }),
      )
    },
  )

  test('of Parquet that is cut, or compressed in a way that nobody here reads, is refused', async () => {
    const lz4 = await refused(read('baseline.parquet', parquetFile('lz4')))
    expect(lz4.message).toMatch(
      /^baseline\.parquet cannot be read: .*; write it as pandas does, or as baseline\.csv$/,
    )
    const cut = parquetFile('snappy')
    expect((await refused(read('baseline.parquet', cut.subarray(0, cut.length - 9)))).code).toBe(
      'baseline-invalid',
    )
    const holed = cut.slice().fill(255, 4, 200)
    expect((await refused(read('baseline.parquet', holed))).code).toBe('baseline-invalid')
  })

  test('may have no outputs, and may have the columns in any order', async () => {
    const { sketches } = await sketched('baseline.csv', 'plan,isNew,tenure,visits\na,true,1,2\n')
    expect(sketches.map(({ rows }) => rows)).toEqual([1, 1, 1, 1, 0])
  })

  test('of a model with one tensor input has a column an element, under any name', async () => {
    const { columns, sketches } = await sketched('baseline.csv', 'a,b,y,c\n1,2,0.5,3\n4,5,0.6,6\n', {
      of: row,
    })
    expect(columns.map(({ name }) => name)).toEqual(['x[0]', 'x[1]', 'x[2]', 'y'])
    expect(sketches.map((one) => (one as NumberSketch).max)).toEqual([4, 5, 6, expect.closeTo(0.6)])
    const lists = await sketched('baseline.jsonl', '[1,2,3]\n{"x":[4,5,6]}\n', { of: row })
    expect(lists.sketches.map((one) => (one as NumberSketch).count)).toEqual([2, 2, 2, 0])
  })

  test('keeps nothing of what the manifest hides', async () => {
    const sketch = await sketched('baseline.csv', csv, { mask: ['plan'] })
    expect(sketch.columns.map(({ name }) => name)).toEqual(['tenure', 'visits', 'isNew', 'churn'])
    expect(baselineText({ kind: 'training', sketch })).not.toContain('b, c')
  })

  test('is none where there is no such file', async () => {
    const none = await readBaseline([{ path: 'x/baseline.csv', size: 3 }], { signature, hidden: {} }, () => {
      throw new Error('nothing is to be read')
    })
    expect(none).toBeUndefined()
  })

  test.each<[string, BaselineFile, string, string]>([
    [
      'no rows',
      'baseline.csv',
      'tenure,visits,plan,isNew\n',
      'baseline.csv has no rows: write what the model was trained on, or leave the file out',
    ],
    [
      'nothing in it',
      'baseline.jsonl',
      '',
      'baseline.jsonl has no rows: write what the model was trained on, or leave the file out',
    ],
    [
      'an unknown column',
      'baseline.csv',
      'tenur,visits,plan,isNew\n1,2,a,true\n',
      "the columns of baseline.csv are not those of the model: 'tenur' is neither input nor output (did you mean 'tenure'?); of the inputs it has no 'tenure'; a baseline has the inputs by name, and outputs where they are known: leave other columns out",
    ],
    [
      'a column twice',
      'baseline.csv',
      'tenure,tenure,plan,isNew\n1,2,a,true\n',
      "baseline.csv has the column 'tenure' twice",
    ],
    [
      'another type',
      'baseline.csv',
      'tenure,visits,plan,isNew\n1,2,a,true\nsoon,2,a,true\n',
      "row 2 of baseline.csv has 'soon' under 'tenure', and tenure: float32 is allowed, or nothing where the value is missing",
    ],
    [
      'no boolean',
      'baseline.csv',
      'tenure,visits,plan,isNew\n1,2,a,3\n',
      "row 1 of baseline.csv has '3' under 'isNew', and isNew: boolean is allowed, or nothing where the value is missing",
    ],
    [
      'a ragged line',
      'baseline.csv',
      'tenure,visits,plan,isNew\n1,2\n',
      'baseline.csv cannot be read: Invalid Record Length: expect 4, got 2 on line 2',
    ],
    [
      'no JSON',
      'baseline.jsonl',
      '{"tenure":1}\nnope\n',
      "line 2 of baseline.jsonl is no JSON: it begins with 'nope'",
    ],
    [
      'a list of nothing known',
      'baseline.jsonl',
      '[1,2]\n',
      'line 1 of baseline.jsonl is [1,2], and an object with a value by name is allowed',
    ],
    [
      'an input that no line has',
      'baseline.jsonl',
      '{"tenure":1,"plan":"a","isNew":true}\n',
      "no line of baseline.jsonl has the input 'visits': write every input",
    ],
    [
      'a text for a number',
      'baseline.jsonl',
      '{"tenure":"1.5","plan":"a","isNew":true}\n',
      "row 1 of baseline.jsonl has '1.5' under 'tenure', and tenure: float32 is allowed, or nothing where the value is missing",
    ],
    [
      'other bytes',
      'baseline.parquet',
      'tenure,visits\n',
      'baseline.parquet cannot be read: parquet file invalid (footer != PAR1); write it as pandas does, or as baseline.csv',
    ],
  ])('with %s is refused in a sentence', async (_, file, content, sentence) => {
    const problem = await refused(read(file, content))
    expect(problem.code).toBe('baseline-invalid')
    expect(problem.message).toBe(sentence)
  })

  test('of two files is refused, and of a model that does not say what it takes', async () => {
    const both = ['baseline.csv', 'baseline.jsonl'].map((path) => ({ path, size: 1 }))
    const open = () => {
      throw new Error('nothing is to be read')
    }
    const problem = await refused(readBaseline(both, { signature, hidden: {} }, open))
    expect(problem.message).toBe(
      'the release has baseline.csv and baseline.jsonl, and one baseline is compared with: leave one of them out',
    )
    const opaque = await refused(readBaseline(both.slice(1), { signature: undefined, hidden: {} }, open))
    expect(opaque.message).toContain('does not say what the model takes')
    const large = [{ path: 'baseline.csv', size: 2 ** 30 }]
    expect((await refused(readBaseline(large, { signature, hidden: {} }, open))).message).toContain(
      'take a sample',
    )
  })
})

test('a large baseline is read with the memory of a small one', async () => {
  const line = '1.5,3,a,True,0.25\n'.repeat(1000)
  const bytes = new TextEncoder().encode(line)
  const rows = 300_000
  const files = [{ path: 'baseline.csv', size: 40 + (rows / 1000) * bytes.byteLength }]
  const before = process.memoryUsage().rss
  let most = before
  const read = await readBaseline(
    files,
    { signature, hidden: {} },
    () =>
      async function* () {
        yield new TextEncoder().encode('tenure,visits,plan,isNew,churn\n')
        for (let at = 0; at < rows; at += 1000) {
          most = Math.max(most, process.memoryUsage().rss)
          yield bytes
        }
      },
  )
  expect(read?.sketch.rows).toBe(rows)
  expect((most - before) / 2 ** 20).toBeLessThan(150)
})
