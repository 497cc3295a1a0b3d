import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PbfWriter } from 'pbf'
import { readOnnxSignature } from '../../lib/rules/onnx-signature.ts'
import { isProblem, type Problem } from '../../lib/rules/problem.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { answerOrRefusal, refusal } from './refusal.ts'

const root = `${import.meta.dirname}/../..`
const iris = '/examples/iris/1.0.0/model.onnx'
const files = [
  iris,
  '/examples/iris/1.1.0/model.onnx',
  '/examples/iris/1.2.0/model.onnx',
  '/test/fixtures/breast-cancer/model.onnx',
]
const bytesOf = (path: string) => new Uint8Array(readFileSync(root + path))

const float = (name: string, shape: number[] = []) => ({ name, type: 'float32', shape })

describe('a real model', () => {
  test.each(files.slice(0, 3))('%s takes four numbers and answers species and probabilities', (path) => {
    expect(readOnnxSignature(bytesOf(path))).toEqual({
      inputs: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'].map((name) => float(name)),
      outputs: [{ name: 'species', type: 'string', shape: [] }, float('probabilities', [3])],
    })
  })

  test('of breast cancer takes a row of 30 and answers a label and probabilities', () => {
    expect(readOnnxSignature(bytesOf('/test/fixtures/breast-cancer/model.onnx'))).toEqual({
      inputs: [float('features', [30])],
      outputs: [{ name: 'label', type: 'int64', shape: [] }, float('probabilities', [2])],
    })
  })

  test('is read wherever its bytes stand in their buffer', () => {
    const bytes = bytesOf(iris)
    const shifted = new Uint8Array(bytes.length + 7)
    shifted.set(bytes, 7)
    expect(readOnnxSignature(shifted.subarray(7))).toEqual(readOnnxSignature(bytes))
  })
})

/** What may come of broken bytes: a refusal with one of two codes, or a signature that is one. */
function expectAnswer(answer: Signature | Problem): void {
  if (isProblem(answer)) expect(['artifact-corrupt', 'onnx-unsupported']).toContain(answer.code)
  else {
    expect(answer.inputs.length).toBeGreaterThan(0)
    expect(answer.outputs.length).toBeGreaterThan(0)
    for (const { shape } of [...answer.inputs, ...answer.outputs])
      for (const size of shape) expect(size === null || (Number.isInteger(size) && size > 0)).toBe(true)
  }
}

describe('broken bytes', () => {
  test.each(files)('of %s, cut at every 97th byte, are refused or read', (path) => {
    const bytes = bytesOf(path)
    let corrupt = 0
    for (let end = 0; end < bytes.length; end += 97) {
      const answer = answerOrRefusal(() => readOnnxSignature(bytes.subarray(0, end)))
      expectAnswer(answer)
      if (isProblem(answer) && answer.code === 'artifact-corrupt') corrupt += 1
    }
    // Inputs and outputs stand at the end of the graph: nearly every cut loses them.
    expect(corrupt / Math.ceil(bytes.length / 97)).toBeGreaterThan(0.8)
  })

  test('of a small model, up to five of them changed at random, are refused or read', () => {
    const bytes = bytesOf(iris)
    const change = fc.record({ at: fc.nat(bytes.length - 1), byte: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const mutant = bytes.slice()
        for (const { at, byte } of changes) mutant[at] = byte
        expectAnswer(answerOrRefusal(() => readOnnxSignature(mutant)))
      }),
      { seed: 1, numRuns: 3000 },
    )
  })

  test('at random are refused or read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expectAnswer(answerOrRefusal(() => readOnnxSignature(bytes)))
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  test.each([
    ['nothing', new Uint8Array()],
    ['a text', new TextEncoder().encode('<!doctype html><title>Not found</title>')],
    [
      'a Git LFS pointer',
      new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n'),
    ],
    ['a zip', new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0])],
    ['a pickle', new Uint8Array([0x80, 4, 0x95, 0x1a, 0, 0, 0, 0, 0, 0, 0])],
  ])('that are %s are no ONNX model', (_, bytes) => {
    expect(refusal(() => readOnnxSignature(bytes)).code).toBe('artifact-corrupt')
  })
})

/** A value of a graph, in the terms of onnx.proto3. Dimensions are sizes, names, or null: neither given. */
interface Value {
  readonly name: string
  /** The field of TypeProto that is set: 1 tensor, 4 sequence, 5 map, 8 sparse tensor, 9 optional. */
  readonly kind?: number
  readonly type?: number
  readonly dims?: readonly (number | string | null)[] | undefined
}

interface Graph {
  readonly inputs?: readonly Value[]
  readonly outputs?: readonly Value[]
  readonly initializers?: readonly string[]
  readonly irVersion?: number
}

function writeDimension(dim: number | string | null, pbf: PbfWriter): void {
  if (typeof dim === 'number') pbf.writeVarintField(1, dim)
  if (typeof dim === 'string') pbf.writeStringField(2, dim)
}

function writeValue(
  { name, kind = 1, type = 1, dims = ['N', 3] }: Value,
  shaped: boolean,
  pbf: PbfWriter,
): void {
  pbf.writeStringField(1, name)
  const tensor = (_: unknown, into: PbfWriter) => {
    into.writeVarintField(1, type)
    const shape = (__: unknown, at: PbfWriter) => {
      for (const dim of dims) at.writeMessage(1, writeDimension, dim)
    }
    if (shaped) into.writeMessage(2, shape, null)
  }
  pbf.writeMessage(2, (_, into) => into.writeMessage(kind, tensor, null), null)
}

const valueX = { name: 'x' }
const valueY = { name: 'y' }

function onnx({
  inputs = [valueX],
  outputs = [valueY],
  initializers = [],
  irVersion = 10,
}: Graph): Uint8Array {
  const pbf = new PbfWriter()
  if (irVersion > 0) pbf.writeVarintField(1, irVersion)
  pbf.writeStringField(2, 'a test')
  const value = (one: Value, into: PbfWriter) =>
    writeValue(one, !('dims' in one && one.dims === undefined), into)
  const graph = (_: unknown, into: PbfWriter) => {
    for (const name of initializers)
      into.writeMessage(
        5,
        (__, tensor) => [tensor.writeVarintField(2, 1), tensor.writeStringField(8, name)],
        null,
      )
    for (const input of inputs) into.writeMessage(11, value, input)
    for (const output of outputs) into.writeMessage(12, value, output)
  }
  pbf.writeMessage(7, graph, null)
  return pbf.finish()
}

describe('an element type', () => {
  test.each([
    [1, 'float32'],
    [2, 'uint8'],
    [3, 'int8'],
    [4, 'uint16'],
    [5, 'int16'],
    [6, 'int32'],
    [7, 'int64'],
    [8, 'string'],
    [9, 'boolean'],
    [11, 'float64'],
    [12, 'uint32'],
    [13, 'uint64'],
  ])('%i of ONNX is %s', (type, expected) => {
    const { inputs, outputs } = readOnnxSignature(
      onnx({ inputs: [{ name: 'x', type }], outputs: [{ name: 'y', type }] }),
    )
    expect([inputs[0]?.type, outputs[0]?.type]).toEqual([expected, expected])
  })

  test.each([
    ['undefined', 0],
    ['float16', 10],
    ['complex64', 14],
    ['complex128', 15],
    ['bfloat16', 16],
    ['float8', 17],
    ['unheard of', 999],
  ])('%s (%i) is refused, with the input’s name and a way out', (_, type) => {
    const problem = refusal(() => readOnnxSignature(onnx({ inputs: [{ name: 'pixels', type }] })))
    expect(problem.code).toBe('onnx-unsupported')
    expect(problem.message).toContain("'pixels'")
    expect(problem.message).toContain(`type ${type}`)
    expect(problem.message).toContain('float32')
  })
})

describe('a shape', () => {
  test.each([
    ['a free batch of bare values', ['N'], []],
    ['a free batch of columns', ['N', 1], []],
    ['a free batch of rows', ['N', 30], [30]],
    ['a batch that says nothing', [null, 30], [30]],
    ['a batch of 1', [1, 30], [30]],
    ['a batch of -1, as some exporters write a free one', [-1, 30], [30]],
    ['images', ['N', 224, 224, 3], [224, 224, 3]],
    ['a free length', ['N', 'length'], [null]],
    ['a free length of pairs', ['N', null, 2], [null, 2]],
    ['a length of -1', ['N', -1], [null]],
    ['rows of one column of one', ['N', 1, 1], [1, 1]],
  ])('of %s is that of one record', (_, dims, shape) => {
    const read = readOnnxSignature(onnx({ inputs: [{ name: 'x', dims }], outputs: [{ name: 'y', dims }] }))
    expect([read.inputs[0]?.shape, read.outputs[0]?.shape]).toEqual([shape, shape])
  })

  test.each([
    ['a batch fixed to 5', [5, 30]],
    ['a batch fixed to 2', [2]],
    ['rank 0', []],
    ['no shape at all', undefined],
  ])('of %s is refused: %j', (_, dims) => {
    for (const graph of [{ inputs: [{ name: 'rows', dims }] }, { outputs: [{ name: 'rows', dims }] }]) {
      const problem = refusal(() => readOnnxSignature(onnx(graph)))
      expect(problem.code).toBe('onnx-unsupported')
      expect(problem.message).toContain("'rows'")
      expect(problem.message).toContain('dynamic first axis')
    }
  })
})

describe('a graph', () => {
  test('whose output is a sequence of maps is refused, with the option that mends it', () => {
    const problem = refusal(() =>
      readOnnxSignature(onnx({ outputs: [valueY, { name: 'probabilities', kind: 4 }] })),
    )
    expect(problem.code).toBe('onnx-unsupported')
    expect(problem.message).toContain("'probabilities' is a sequence")
    expect(problem.message).toMatch(/zipmap/i)
  })

  test.each([
    [5, 'a map'],
    [8, 'a sparse tensor'],
    [9, 'an optional value'],
    [15, 'a value of unknown type'],
  ])('with a value of kind %i is refused as %s, without a word of ZipMap', (kind, named) => {
    const problem = refusal(() => readOnnxSignature(onnx({ inputs: [{ name: 'x', kind }] })))
    expect(problem.code).toBe('onnx-unsupported')
    expect(problem.message).toContain(`'x' is ${named}`)
    expect(problem.message).not.toMatch(/zipmap/i)
  })

  test('has no input for its initializers, where old exporters list them as inputs', () => {
    const inputs = [{ name: 'weights', dims: [30, 2] }, valueX, { name: 'bias', dims: [] }]
    const { inputs: read } = readOnnxSignature(
      onnx({ inputs, initializers: ['weights', 'bias', 'unlisted'] }),
    )
    expect(read).toEqual([float('x', [3])])
  })

  test.each([
    ['no inputs but initializers', { initializers: ['x'] }],
    ['no inputs', { inputs: [] }],
    ['no outputs', { outputs: [] }],
    ['no IR version', { irVersion: 0 }],
  ])('with %s is no model', (_, graph) => {
    expect(refusal(() => readOnnxSignature(onnx(graph))).code).toBe('artifact-corrupt')
  })
})
