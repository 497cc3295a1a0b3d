import { isKind, itemsOf, type PythonArray, type PythonObject, type PythonValue } from './python-value.ts'

/** NumPy's flag of an element type that holds Python objects, NPY_ITEM_HASOBJECT. */
const holdsObjects = 1

/** An element type of NumPy. */
export interface NumpyType {
  /** `f8`, `i8`, `b1`, `U5`, `O8`, `V64`: the kind and the size in bytes (in characters of four bytes for U). */
  readonly code: string
  readonly itemBytes: number
  readonly hasObjects: boolean
  readonly bigEndian: boolean
}

/** Read `numpy.dtype('f8', …)` with its state (version, byte order, …, flags). */
export function numpyTypeOf(value: PythonValue | undefined): NumpyType | undefined {
  if (!isCallOf(value, /^numpy$/, 'dtype')) return undefined
  const [code] = itemsOf(value.args)
  const match = typeof code === 'string' ? /^[<>|=]?([a-zA-Z])(\d{0,9})$/.exec(code) : null
  if (match === null) return undefined
  const state = itemsOf(value.state)
  const flags = state.length > 8 ? state[8] : state[7]
  const size = Number(match[2] ?? '')
  return {
    code: `${match[1]}${match[2]}`,
    itemBytes: match[1] === 'U' ? size * 4 : size,
    hasObjects: match[1] === 'O' || (typeof flags === 'number' && (flags & holdsObjects) !== 0),
    bigEndian: state[1] === '>',
  }
}

/** A shape, where every part of it is a length. */
export function shapeOf(value: PythonValue | undefined): number[] | undefined {
  if (!isKind(value, 'tuple', 'list')) return typeof value === 'number' ? lengths([value]) : undefined
  return lengths(value.items)
}

function lengths(items: readonly PythonValue[]): number[] | undefined {
  const known = items.map(numberOf)
  return known.every((size) => size !== undefined && Number.isSafeInteger(size) && size >= 0)
    ? (known as number[])
    : undefined
}

/** An array, in any of the ways in which NumPy and joblib write one. */
export function arrayOf(value: PythonValue | undefined): PythonArray | undefined {
  if (isKind(value, 'array')) return value
  if (isCallOf(value, /^numpy(?:\._?core\.multiarray)?$/, '_reconstruct')) {
    const [, shape, dtype, , data] = itemsOf(value.state)
    return array(numpyTypeOf(dtype), shapeOf(shape), data)
  }
  if (isCallOf(value, /^numpy\._?core\.numeric$/, '_frombuffer')) {
    const [, dtype, shape] = itemsOf(value.args)
    return array(numpyTypeOf(dtype), shapeOf(shape), undefined)
  }
  return undefined
}

function array(
  type: NumpyType | undefined,
  shape: number[] | undefined,
  data: PythonValue | undefined,
): PythonArray | undefined {
  if (type === undefined || shape === undefined) return undefined
  return { kind: 'array', dtype: type.code, shape, ...(isKind(data, 'list') && { items: data.items }) }
}

/** A number, bare or as one of NumPy's own. */
export function numberOf(value: PythonValue | undefined): number | undefined {
  if (typeof value === 'number') return value
  if (!isCallOf(value, /^numpy\._?core\.multiarray$/, 'scalar')) return undefined
  const [dtype, data] = itemsOf(value.args)
  const type = numpyTypeOf(dtype)
  const bytes = bytesOf(data)
  if (type === undefined || bytes === undefined || bytes.length !== type.itemBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (type.code === 'i8') return Number(view.getBigInt64(0, !type.bigEndian))
  return type.code === 'i4' ? view.getInt32(0, !type.bigEndian) : undefined
}

/** Bytes, bare or as the protocols 0 to 2 write them: `_codecs.encode(text, 'latin1')`. */
function bytesOf(value: PythonValue | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value
  if (!isCallOf(value, /^_codecs$/, 'encode')) return undefined
  const [text] = itemsOf(value.args)
  return typeof text === 'string' ? Uint8Array.from(text, (letter) => letter.charCodeAt(0)) : undefined
}

function isCallOf(value: PythonValue | undefined, module: RegExp, name: string): value is PythonObject {
  return (
    isKind(value, 'object') &&
    isKind(value.callee, 'global') &&
    value.callee.name === name &&
    module.test(value.callee.module)
  )
}
