import { PbfReader } from 'pbf'
import { Problem, shown } from './problem.ts'
import type { ElementType, Field, Signature } from './signature.ts'

/** TensorProto.DataType of onnx.proto3, for the types that every runtime of ours can carry. */
const elementTypeOf: Readonly<Record<number, ElementType>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'boolean',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
}

interface ValueInfo {
  name: string
  /** tensor, or the kind of value that cannot be served. */
  kind: string
  elementType: number
  /** undefined: the file gives no shape at all. */
  dims?: (number | null)[]
}

interface Graph {
  irVersion: number
  inputs: ValueInfo[]
  outputs: ValueInfo[]
  initializers: Set<string>
}

/** The most inputs or outputs: what holds requests to 2,000 of them is compiled in less than a second. */
const mostFields = 2000

/**
 * Read the signature out of an ONNX file (onnx.proto3: ModelProto.graph, its inputs and outputs), without loading
 * the model. The first dimension is the batch: it must be free or 1. A value of shape [batch] or [batch, 1] is a bare
 * value in a record.
 * @param bytes the whole file
 * @throws Problem `artifact-corrupt` where the bytes are no ONNX model, `onnx-unsupported` where it cannot be served
 */
export function readOnnxSignature(bytes: Uint8Array): Signature {
  const graph = readGraph(bytes)
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name))
  if (graph.irVersion === 0 || graph.outputs.length === 0 || inputs.length === 0) throw corrupt()
  return { inputs: fieldsOf(inputs, 'inputs'), outputs: fieldsOf(graph.outputs, 'outputs') }
}

function fieldsOf(values: readonly ValueInfo[], side: string): Field[] {
  if (values.length > mostFields)
    throw unsupported(
      `it has ${values.length} ${side}, and at most ${mostFields} can be served; gather them in one tensor`,
    )
  const seen = new Set<string>()
  for (const { name } of values) {
    if (name === '' || name === '__proto__' || /\p{Cc}/u.test(name))
      throw unsupported(`one of its ${side} is called ${shown(name)}, which no request can name; rename it`)
    if (seen.has(name)) throw unsupported(`two of its ${side} are called ${shown(name)}; rename one`)
    seen.add(name)
  }
  return values.map(fieldOf)
}

function readGraph(bytes: Uint8Array): Graph {
  const graph: Graph = { irVersion: 0, inputs: [], outputs: [], initializers: new Set() }
  try {
    new PbfReader(bytes).readFields((tag, _, pbf) => {
      if (tag === 1) graph.irVersion = pbf.readVarint()
      else if (tag === 7) pbf.readMessage(readGraphField, graph)
    }, graph)
  } catch {
    throw corrupt()
  }
  return graph
}

function readGraphField(tag: number, graph: Graph, pbf: PbfReader): void {
  if (tag === 5) graph.initializers.add(pbf.readMessage(readTensorName, { name: '' }).name)
  else if (tag === 11) graph.inputs.push(readValueInfo(pbf))
  else if (tag === 12) graph.outputs.push(readValueInfo(pbf))
}

function readTensorName(tag: number, tensor: { name: string }, pbf: PbfReader): void {
  if (tag === 8) tensor.name = pbf.readString()
}

function readValueInfo(pbf: PbfReader): ValueInfo {
  return pbf.readMessage<ValueInfo>(
    (tag, info) => {
      if (tag === 1) info.name = pbf.readString()
      else if (tag === 2) pbf.readMessage(readType, info)
    },
    { name: '', kind: 'a value of unknown type', elementType: 0 },
  )
}

function readType(tag: number, info: ValueInfo, pbf: PbfReader): void {
  if (tag === 1) {
    info.kind = 'tensor'
    pbf.readMessage(readTensorType, info)
  } else if (tag === 4) info.kind = 'a sequence'
  else if (tag === 5) info.kind = 'a map'
  else if (tag === 8) info.kind = 'a sparse tensor'
  else if (tag === 9) info.kind = 'an optional value'
}

function readTensorType(tag: number, info: ValueInfo, pbf: PbfReader): void {
  if (tag === 1) info.elementType = pbf.readVarint()
  else if (tag === 2) {
    const dims: (number | null)[] = []
    info.dims = pbf.readMessage((dimTag, into) => {
      if (dimTag === 1) into.push(pbf.readMessage(readDimension, { size: null as number | null }).size)
    }, dims)
  }
}

function readDimension(tag: number, dim: { size: number | null }, pbf: PbfReader): void {
  if (tag === 1) dim.size = pbf.readVarint(true)
}

function fieldOf({ name, kind, elementType, dims }: ValueInfo): Field {
  if (kind !== 'tensor')
    throw unsupported(
      `'${name}' is ${kind}, and only tensors can be served` +
        (kind === 'a sequence'
          ? "; export the model with ZipMap off (skl2onnx: options={'zipmap': False})"
          : ''),
    )
  const type = elementTypeOf[elementType]
  if (type === undefined)
    throw unsupported(
      `'${name}' has ONNX element type ${elementType}, which is not served; cast it to float32 in the graph`,
    )
  const batch = dims?.[0]
  if (dims === undefined || dims.length === 0 || (typeof batch === 'number' && batch !== 1 && batch > 0))
    throw unsupported(
      `'${name}' has the shape [${dims ?? ''}], and its first dimension must be the batch: free, or 1; ` +
        'export the model with a dynamic first axis',
    )
  const rest = dims.slice(1).map((size) => (size !== null && size > 0 ? size : null))
  return { name, type, shape: rest.length === 1 && rest[0] === 1 ? [] : rest }
}

function corrupt(): Problem {
  return new Problem(
    'artifact-corrupt',
    'the file ends in .onnx and is no ONNX model; export it again and compare its size',
  )
}

function unsupported(reason: string): Problem {
  return new Problem('onnx-unsupported', `this ONNX model cannot be served: ${reason}`)
}
