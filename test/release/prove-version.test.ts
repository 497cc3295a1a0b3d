import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Ports } from '../../lambdas/ports.ts'
import { proveVersion } from '../../lambdas/release/prove-version.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { operationRecord, readyRecord } from '../harness/records.ts'
import { refused } from '../harness/refused.ts'

const twice: Signature = {
  inputs: [
    { name: 'a', type: 'float64', shape: [] },
    { name: 't', type: 'string', shape: [] },
  ],
  outputs: [{ name: 'y', type: 'float64', shape: [] }],
}
const step = { operation: 'release-1.0.0', execution: 0 }
const long = 'x'.repeat(9000)
const record = (a: number, t = 't') => JSON.stringify({ a, t })
const answer = (...predictions: unknown[]) => JSON.stringify({ predictions })

let database: ReturnType<typeof openDatabase>
let registry: SqliteRegistry
/** What the endpoint does with the values of `a`. */
let answers: (a: readonly number[]) => string
beforeEach(() => {
  database = openDatabase(':memory:')
  registry = new SqliteRegistry(database)
  answers = (a) => answer(...a.map((one) => 2 * one))
})
afterEach(() => database.close())

/** Prove a version of these files; the manifest names the examples. */
async function prove(examples: string, files: Readonly<Record<string, string>>) {
  const ready = readyRecord('sums', '1.0.0', twice, `examples: ${examples}`)
  await registry.claim({
    ...ready,
    state: 'CREATING',
    owner: step.operation,
    artifact: {
      digest: 'sha256:x',
      sizeBytes: 1,
      files: Object.keys(files).map((path) => ({ path, size: 1, sha256: '', ref: path })),
    },
  })
  await registry.open(operationRecord(step.operation, { kind: 'release', model: 'sums' }))
  const ports = {
    registry,
    clock: { now: () => 0 },
    store: { read: async ({ ref }: { ref: string }) => new TextEncoder().encode(files[ref]) },
    host: {
      invoke: async (_: unknown, { body }: { body: string }) => {
        const { inputs } = JSON.parse(body) as { inputs: { a: number[] } }
        return { status: 200, body: new TextEncoder().encode(answers(inputs.a)) }
      },
    },
  } as unknown as Ports
  return proveVersion(ports)(step)
}
const proven = () => registry.version('sums', '1.0.0')
const progress = async () => (await registry.operation(step.operation))?.progress.map(({ text }) => text)

describe('a version that answers its examples', () => {
  test('keeps how many, and the first exchange that is JSON and small enough', async () => {
    await prove(
      '[{request: a.csv, expect: b.json}, {request: long.json}, {request: c.json, expect: d.json}, {request: e.json}]',
      {
        'a.csv': 'a,t\n1,t\n',
        'b.json': answer(2),
        'long.json': record(1, long),
        'c.json': record(2),
        'd.json': answer(4),
        'e.json': record(5),
      },
    )
    expect(await proven()).toMatchObject({
      proof: { expected: 2, answered: 2 },
      sample: { request: { a: 2, t: 't' }, answer: { predictions: [4] } },
    })
    expect(await progress()).toEqual([
      'answered 2 examples as expected, answered 2 examples of which nothing is expected',
    ])
  })

  test('keeps no exchange where none is small enough, and no example is no proof', async () => {
    await prove('[{request: long.json}]', { 'long.json': record(1, long) })
    expect((await proven())?.sample).toBeUndefined()
  })

  test('without any is told to be without', async () => {
    await prove('[]', { 'model.onnx': '' })
    expect((await proven())?.proof).toEqual({ expected: 0, answered: 0 })
    expect(await progress()).toEqual(['no examples to prove it by'])
  })

  test.each([
    ['serving_input_example.json', '{"dataframe_split": {"columns": ["t", "a"], "data": [["t", 3]]}}'],
    ['serving_input_example.json', '{"dataframe_records": [{"a": 3, "t": "t"}]}'],
    ['serving_input_example.json', '{"inputs": {"a": [3], "t": ["t"]}}'],
    ['serving_input_example.json', '{"instances": [{"a": 3, "t": "t"}]}'],
    ['input_example.json', '{"columns": ["a", "t"], "data": [[3, "t"]]}'],
  ])("of MLflow's %s is asked what that holds: %s", async (path, body) => {
    const asked: number[] = []
    answers = (a) => {
      asked.push(...a)
      return answer(...a)
    }
    await prove('[]', { MLmodel: '', [path]: body })
    expect(asked).toEqual([3])
    expect((await proven())?.proof).toEqual({ expected: 0, answered: 1 })
    expect((await proven())?.sample?.answer).toEqual({ predictions: [3] })
  })
})

describe('a version that does not', () => {
  const two = '[{request: a.json, expect: b.json}, {request: c.json, expect: d.json, tolerance: 0}]'
  const files = (expected: string) => ({
    'a.json': `[${record(1)}, ${record(2)}]`,
    'b.json': expected,
    'c.json': record(0.1),
    'd.json': answer(0.2),
  })

  test.each<[string, string, string, object[]]>([
    ['a text for a number', answer('2', 4), answer(2, 4), [{ found: '2', allowed: "'2'" }]],
    ['null for a number', answer(2, 4), answer(2, null), [{ found: 'null', allowed: '4' }]],
    ['a prediction too few', answer(2, 4), answer(2), [{ found: 'a list of 1 entry' }]],
    ['an array for a number', answer(2, 4), answer([2], 4), [{ found: '[2]', allowed: '2' }]],
    ['NaN, which is no JSON', answer(2, 4), '{"predictions":[NaN, 4]}', [{ found: /not JSON/ }]],
    [
      'an expected answer that is no JSON',
      '{"predictions":[NaN]}',
      answer(2, 4),
      [{ found: /b\.json is not JSON/ }],
    ],
  ])('by %s is told so', async (_, expected, given, errors) => {
    answers = (a) => (a.length === 2 ? given : answer(0.2))
    const problem = await refused(prove(two, files(expected)))
    expect(problem.code).toBe('golden-check-failed')
    expect(problem.message).toBe('sums 1.0.0 did not answer 1 of 2 examples as expected: a.json')
    expect(problem.errors).toMatchObject(
      errors.map((one) =>
        Object.fromEntries(
          Object.entries(one).map(([key, value]) => [
            key,
            value instanceof RegExp ? expect.stringMatching(value) : value,
          ]),
        ),
      ),
    )
    expect(await proven()).not.toHaveProperty('proof')
    expect(await proven()).not.toHaveProperty('sample')
  })

  test('is told of every example, and of a tolerance of nothing', async () => {
    answers = (a) => answer(...a.map((one) => one * 2 + 1e-9))
    const { errors } = await refused(prove(two, files(answer(7, 4))))
    expect(errors).toMatchObject([
      { pointer: '/examples/0/predictions/0', offBy: 5 },
      { pointer: '/examples/1/predictions/0', allowed: '0.2 ± 0', offBy: 1e-9 },
    ])
  })

  test('since it is busy is not refused: the step is tried again', async () => {
    answers = () => {
      throw new Problem('model-busy', 'too many calls')
    }
    await expect(prove('[{request: a.json}]', { 'a.json': record(1) })).rejects.not.toHaveProperty('code')
  })
})

describe('a version that does not say what it takes', () => {
  /** What its endpoint was sent. */
  let sent: { body: Uint8Array; contentType: string }[]

  async function proveOpaque(examples: string, files: Readonly<Record<string, string>>, given: string) {
    sent = []
    await registry.claim({
      ...readyRecord('sums', '1.0.0', undefined, `examples: ${examples}`),
      state: 'CREATING',
      owner: step.operation,
      artifact: {
        digest: 'sha256:x',
        sizeBytes: 1,
        files: Object.keys(files).map((path) => ({ path, size: 1, sha256: '', ref: path })),
      },
    })
    await registry.open(operationRecord(step.operation, { kind: 'release', model: 'sums' }))
    const invoke = async (_: unknown, request: { body: Uint8Array; contentType: string }) => {
      sent.push(request)
      return { status: 200, body: new TextEncoder().encode(given), contentType: 'text/plain' }
    }
    const store = { read: async ({ ref }: { ref: string }) => new TextEncoder().encode(files[ref]) }
    return proveVersion({ registry, clock: { now: () => 0 }, store, host: { invoke } } as unknown as Ports)(
      step,
    )
  }

  test('is sent its examples as they are written, and held to what is expected of them as JSON', async () => {
    const request = '{ "a": [1,\n2] }'
    await proveOpaque(
      '[{request: a.json, expect: b.json}]',
      { 'a.json': request, 'b.json': '{"y": 1}' },
      '{"y":1.0000001}',
    )
    expect(sent.map(({ contentType }) => contentType)).toEqual(['application/json'])
    expect(new TextDecoder().decode(sent[0]?.body)).toBe(request)
    const { proof, sample } = (await registry.version('sums', '1.0.0')) ?? {}
    expect(proof).toEqual({ expected: 1, answered: 0 })
    expect(sample).toEqual({ request: { a: [1, 2] }, answer: { y: 1.0000001 } })
  })

  test('is held to the bytes that are expected where they are no JSON', async () => {
    const files = { 'a.png': 'x', 'b.txt': 'a cat' }
    await proveOpaque('[{request: a.png, expect: b.txt}]', files, 'a cat')
    expect(sent.map(({ contentType }) => contentType)).toEqual(['image/png'])
    expect(await registry.version('sums', '1.0.0')).not.toHaveProperty('sample')
  })

  test.each([
    [
      'a text',
      'b.txt',
      'a cat',
      'a dog',
      { pointer: '/examples/0', found: "5 bytes, 'a dog'", allowed: "5 bytes, 'a cat'" },
    ],
    ['JSON', 'b.json', '{"y":1}', '{"y":2}', { pointer: '/examples/0/y', found: '2' }],
    [
      'JSON that is answered with none',
      'b.json',
      '{"y":1}',
      'oops',
      { pointer: '/examples/0', found: "4 bytes, 'oops'" },
    ],
  ])('is refused for %s that differs', async (_, expect_, expected, given, finding) => {
    const files = { 'a.bin': 'x', [expect_]: expected }
    const { code, errors } = await refused(
      proveOpaque(`[{request: a.bin, expect: ${expect_}}]`, files, given),
    )
    expect(code).toBe('golden-check-failed')
    expect(errors).toMatchObject([finding])
  })
})
