import { Problem, shown } from './problem.ts'

/** A dense array of numbers: what an `.npy` file holds. */
export interface DenseArray {
  readonly shape: readonly number[]
  /** Row-major. */
  readonly values: readonly number[]
}

interface ElementKind {
  readonly bytes: number
  read(view: DataView, at: number, little: boolean): number
}

const kinds: Readonly<Record<string, ElementKind>> = {
  f4: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  i1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  i2: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  i4: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  i8: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  u1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  u2: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  u4: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  u8: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
}

/** NumPy 1 knows no array of more dimensions. */
const mostDimensions = 32

/** NumPy itself reads no longer header, in bytes. */
const longestHeader = 10_000

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/**
 * Read an array in NumPy's format (versions 1 to 3: magic, header length, a Python dict of descr, fortran_order and
 * shape, the data). Numbers only: an array of objects would be a pickle, and nothing here unpickles.
 * @throws Problem `body-malformed`
 */
export function readNpy(bytes: Uint8Array): DenseArray {
  const { header, data } = splitHeader(bytes)
  const descr = /'descr':\s*'([<>|=])(\w+)'/.exec(header)
  const dims = /'shape':\s*\(([\d,\s]*)\)/.exec(header)
  const kind = Object.hasOwn(kinds, descr?.[2] ?? '') ? kinds[descr?.[2] ?? ''] : undefined
  if (descr === null || kind === undefined)
    throw malformed(
      `its type is ${shown((/'descr':\s*([^,}]*)/.exec(header)?.[1] ?? 'unknown').replace(/^'(.*)'$/, '$1'))}, and only numbers are allowed`,
    )
  if (dims === null || !/'fortran_order':\s*False/.test(header))
    throw malformed('it must be in C order, with a shape')
  const sizes = (dims[1] ?? '')
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
  const odd = sizes.find((size) => !/^\d+$/.test(size))
  if (odd !== undefined) throw malformed(`its shape holds ${shown(odd)}, which is no number`)
  const shape = sizes.map(Number)
  if (shape.length > mostDimensions)
    throw malformed(`its shape has ${shape.length} dimensions, and at most ${mostDimensions} are allowed`)
  if (shape.includes(0)) throw malformed(`its shape (${shape.join(', ')}) holds nothing`)
  const count = shape.reduce((product, size) => product * size, 1)
  if (count * kind.bytes !== data.byteLength)
    throw malformed(
      `its shape (${shape.join(', ')}) needs ${count * kind.bytes} bytes, and ${data.byteLength} follow`,
    )
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const little = descr[1] !== '>'
  return { shape, values: Array.from({ length: count }, (_, i) => kind.read(view, i * kind.bytes, little)) }
}

function splitHeader(bytes: Uint8Array): { header: string; data: Uint8Array } {
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte))
    throw malformed('it does not begin as .npy does')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = bytes[6] ?? 0
  const start = version === 1 ? 10 : 12
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (version < 1 || version > 3 || start + length > bytes.length) throw malformed('its header is cut short')
  if (length > longestHeader)
    throw malformed(`its header has ${length} bytes, and at most ${longestHeader} are allowed`)
  return {
    header: new TextDecoder().decode(bytes.subarray(start, start + length)),
    data: bytes.subarray(start + length),
  }
}

/** The rows of a dense array as nested lists: one record each. */
export function nestedRows({ shape, values }: DenseArray): unknown[] {
  const nest = (level: number, start: number, span: number): unknown => {
    if (level === shape.length) return values[start]
    const size = shape[level] ?? 0
    const step = size === 0 ? 0 : span / size
    return Array.from({ length: size }, (_, i) => nest(level + 1, start + i * step, step))
  }
  const nested = nest(0, 0, values.length)
  return Array.isArray(nested) ? nested : [nested]
}

/** Write float64 values in NumPy's format version 1, C order. */
export function writeNpy({ shape, values }: DenseArray): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dict = `{'descr': '<f8', 'fortran_order': False, 'shape': (${tuple}), }`
  const padding = (64 - ((10 + dict.length + 1) % 64)) % 64
  const header = `${dict}${' '.repeat(padding)}\n`
  const bytes = new Uint8Array(10 + header.length + values.length * 8)
  bytes.set([...magic, 1, 0])
  const view = new DataView(bytes.buffer)
  view.setUint16(8, header.length, true)
  bytes.set(new TextEncoder().encode(header), 10)
  values.forEach((value, i) => {
    view.setFloat64(10 + header.length + i * 8, value, true)
  })
  return bytes
}

function malformed(reason: string): Problem {
  return new Problem('body-malformed', `the .npy body cannot be read: ${reason}`)
}
