import { PbfWriter } from 'pbf'

/** ONNX files small enough to be written by hand (onnx.proto3), for what no example model does: types, faults, time. */
type OnnxType = keyof typeof elementTypes

const elementTypes = { float32: 1, int64: 7, string: 8, boolean: 9, float64: 11 } as const

interface OnnxValue {
  readonly name: string
  readonly type: OnnxType
  /** The sizes after the batch, a free one by its name; the batch is free unless `batch` says otherwise. */
  readonly shape?: readonly (number | string)[]
  readonly batch?: number
}

interface Node {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly integers?: Readonly<Record<string, number>>
  readonly body?: Graph
}

interface Constant {
  readonly name: string
  readonly type: 'float32' | 'int64' | 'boolean'
  readonly dims: readonly number[]
  readonly values: readonly number[]
}

interface Graph {
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly nodes: readonly Node[]
  readonly constants?: readonly Constant[]
  /** The values of a loop's body have no batch. */
  readonly scalars?: true
}

/** Every input comes out again, under `echo_` and its name. */
export function echoModel(...inputs: readonly OnnxValue[]): Uint8Array {
  return onnx({
    inputs,
    outputs: inputs.map((input) => ({ ...input, name: `echo_${input.name}` })),
    nodes: inputs.map(({ name }) => ({ op: 'Identity', inputs: [name], outputs: [`echo_${name}`] })),
  })
}

/** `y = x × factor`: the answer tells which version gave it. */
export function timesModel(factor: number): Uint8Array {
  return onnx({
    inputs: [{ name: 'x', type: 'float32' }],
    outputs: [{ name: 'y', type: 'float32' }],
    nodes: [{ op: 'Mul', inputs: ['x', 'factor'], outputs: ['y'] }],
    constants: [{ name: 'factor', type: 'float32', dims: [1], values: [factor] }],
  })
}

/** `y = x × factor`, and never less than `least`: below that it differs from the one without. */
export function flooredModel(factor: number, least: number): Uint8Array {
  return onnx({
    inputs: [{ name: 'x', type: 'float32' }],
    outputs: [{ name: 'y', type: 'float32' }],
    nodes: [
      { op: 'Mul', inputs: ['x', 'factor'], outputs: ['times'] },
      { op: 'Max', inputs: ['times', 'least'], outputs: ['y'] },
    ],
    constants: [
      { name: 'factor', type: 'float32', dims: [1], values: [factor] },
      { name: 'least', type: 'float32', dims: [1], values: [least] },
    ],
  })
}

/** `y = ln x`: NaN below zero, minus infinity at zero. */
export function logarithmModel(): Uint8Array {
  return onnx({
    inputs: [{ name: 'x', type: 'float32' }],
    outputs: [{ name: 'y', type: 'float32' }],
    nodes: [{ op: 'Log', inputs: ['x'], outputs: ['y'] }],
  })
}

/** Looks `at` up in a table of three: any other index fails inside the model, as iris 1.2.0 does. */
export function tableModel(): Uint8Array {
  return onnx({
    inputs: [{ name: 'at', type: 'int64' }],
    outputs: [{ name: 'y', type: 'float32' }],
    nodes: [{ op: 'Gather', inputs: ['table', 'at'], outputs: ['y'] }],
    constants: [{ name: 'table', type: 'float32', dims: [3], values: [10, 20, 30] }],
  })
}

/**
 * Turns around `rounds` times and answers `rounds`: as slow as the caller wants it, and stuck at 1e15.
 * @param over of several records, whether the one of most rounds is waited for, or one after the other
 */
export function loopModel(over: 'most' | 'sum' = 'most'): Uint8Array {
  const scalar = (name: string, type: OnnxType): OnnxValue => ({ name, type })
  const body: Graph = {
    scalars: true,
    inputs: [scalar('i', 'int64'), scalar('going', 'boolean'), scalar('seen', 'int64')],
    outputs: [scalar('still', 'boolean'), scalar('count', 'int64')],
    nodes: [
      { op: 'Identity', inputs: ['going'], outputs: ['still'] },
      { op: 'Add', inputs: ['seen', 'one'], outputs: ['count'] },
    ],
    constants: [{ name: 'one', type: 'int64', dims: [], values: [1] }],
  }
  return onnx({
    inputs: [{ name: 'rounds', type: 'int64' }],
    outputs: [{ name: 'done', type: 'int64' }],
    nodes: [
      {
        op: over === 'most' ? 'ReduceMax' : 'ReduceSum',
        inputs: ['rounds'],
        outputs: ['turns'],
        integers: { keepdims: 0 },
      },
      { op: 'Loop', inputs: ['turns', 'yes', 'zero'], outputs: ['turned'], body },
      { op: 'Min', inputs: ['rounds', 'turned'], outputs: ['done'] },
    ],
    constants: [
      { name: 'yes', type: 'boolean', dims: [], values: [1] },
      { name: 'zero', type: 'int64', dims: [], values: [0] },
    ],
  })
}

function onnx(graph: Graph): Uint8Array {
  const model = new PbfWriter()
  model.writeVarintField(1, 8)
  model.writeMessage(8, writeOpset, 17)
  model.writeMessage(7, writeGraph, graph)
  return model.finish()
}

function writeOpset(version: number, pbf: PbfWriter): void {
  pbf.writeVarintField(2, version)
}

function writeGraph(graph: Graph, pbf: PbfWriter): void {
  for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node)
  pbf.writeStringField(2, 'graph')
  for (const constant of graph.constants ?? []) pbf.writeMessage(5, writeConstant, constant)
  const sizes = (value: OnnxValue) => (graph.scalars ? [] : [value.batch ?? 'batch', ...(value.shape ?? [])])
  for (const value of graph.inputs) pbf.writeMessage(11, writeValue, { ...value, sizes: sizes(value) })
  for (const value of graph.outputs) pbf.writeMessage(12, writeValue, { ...value, sizes: sizes(value) })
}

function writeNode({ op, inputs, outputs, integers = {}, body }: Node, pbf: PbfWriter): void {
  for (const name of inputs) pbf.writeStringField(1, name)
  for (const name of outputs) pbf.writeStringField(2, name)
  pbf.writeStringField(4, op)
  for (const attribute of Object.entries(integers)) pbf.writeMessage(5, writeInteger, attribute)
  if (body !== undefined) pbf.writeMessage(5, writeBody, body)
}

function writeInteger([name, value]: [string, number], pbf: PbfWriter): void {
  pbf.writeStringField(1, name)
  pbf.writeVarintField(3, value)
  pbf.writeVarintField(20, 2)
}

function writeBody(body: Graph, pbf: PbfWriter): void {
  pbf.writeStringField(1, 'body')
  pbf.writeMessage(6, writeGraph, body)
  pbf.writeVarintField(20, 5)
}

function writeConstant({ name, type, dims, values }: Constant, pbf: PbfWriter): void {
  for (const size of dims) pbf.writeVarintField(1, size)
  pbf.writeVarintField(2, elementTypes[type])
  pbf.writeStringField(8, name)
  pbf.writeBytesField(9, rawBytes(type, values))
}

function rawBytes(type: Constant['type'], values: readonly number[]): Uint8Array {
  if (type === 'float32') return new Uint8Array(Float32Array.from(values).buffer)
  if (type === 'int64') return new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
  return Uint8Array.from(values)
}

interface SizedValue extends OnnxValue {
  readonly sizes: readonly (number | string)[]
}

function writeValue(value: SizedValue, pbf: PbfWriter): void {
  pbf.writeStringField(1, value.name)
  pbf.writeMessage(2, writeType, value)
}

function writeType(value: SizedValue, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensor, value)
}

function writeTensor({ type, sizes }: SizedValue, pbf: PbfWriter): void {
  pbf.writeVarintField(1, elementTypes[type])
  pbf.writeMessage(2, writeShape, sizes)
}

function writeShape(sizes: SizedValue['sizes'], pbf: PbfWriter): void {
  for (const size of sizes) pbf.writeMessage(1, writeSize, size)
}

function writeSize(size: number | string, pbf: PbfWriter): void {
  if (typeof size === 'number') pbf.writeVarintField(1, size)
  else pbf.writeStringField(2, size)
}
