import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nestedRows, readNpy, writeNpy } from '../../lib/rules/npy.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { answerOrRefusal, refusal } from './refusal.ts'

/** A file in NumPy's format, written here as its specification says (numpy.lib.format). */
function npy(dict: string, data: Uint8Array, version = 1): Uint8Array {
  const header = new TextEncoder().encode(`${dict}\n`)
  const length = new Uint8Array(version === 1 ? 2 : 4)
  const view = new DataView(length.buffer)
  if (version === 1) view.setUint16(0, header.length, true)
  else view.setUint32(0, header.length, true)
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode('NUMPY'),
    version,
    0,
    ...length,
    ...header,
    ...data,
  ])
}

const dict = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer)
const doubles = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer)

/** Two numbers, each written by a method of DataView. */
function pair(bytes: number, write: (view: DataView, at: number, i: number) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * bytes))
  write(view, 0, 0)
  write(view, bytes, 1)
  return new Uint8Array(view.buffer)
}
const big = [-5n, 2n ** 40n]
const unsigned = [5n, 2n ** 40n]

describe('an array', () => {
  test.each([
    ['<f4', floats(0.5, -2), [0.5, -2]],
    ['<f8', doubles(0.1, -2e300), [0.1, -2e300]],
    ['=f8', doubles(0.1, 7), [0.1, 7]],
    ['>f4', pair(4, (view, at, i) => view.setFloat32(at, [0.5, -2][i] ?? 0)), [0.5, -2]],
    ['>f8', pair(8, (view, at, i) => view.setFloat64(at, [0.1, -2][i] ?? 0)), [0.1, -2]],
    ['|i1', Uint8Array.from([5, 0xff]), [5, -1]],
    ['|u1', Uint8Array.from([5, 0xff]), [5, 255]],
    ['<i2', pair(2, (view, at, i) => view.setInt16(at, [-2, 300][i] ?? 0, true)), [-2, 300]],
    ['>i2', pair(2, (view, at, i) => view.setInt16(at, [-2, 300][i] ?? 0)), [-2, 300]],
    ['<u2', pair(2, (view, at, i) => view.setUint16(at, [2, 65_535][i] ?? 0, true)), [2, 65_535]],
    ['<i4', pair(4, (view, at, i) => view.setInt32(at, [-2, 70_000][i] ?? 0, true)), [-2, 70_000]],
    ['>u4', pair(4, (view, at, i) => view.setUint32(at, [2, 4e9][i] ?? 0)), [2, 4e9]],
    ['<i8', pair(8, (view, at, i) => view.setBigInt64(at, big[i] ?? 0n, true)), [-5, 2 ** 40]],
    ['>i8', pair(8, (view, at, i) => view.setBigInt64(at, big[i] ?? 0n)), [-5, 2 ** 40]],
    ['<u8', pair(8, (view, at, i) => view.setBigUint64(at, unsigned[i] ?? 0n, true)), [5, 2 ** 40]],
  ])('of type %s is read', (descr, data, values) => {
    expect(readNpy(npy(dict(descr, '(2,)'), data))).toEqual({ shape: [2], values })
  })

  test.each([1, 2, 3])('is read in version %i of the format', (version) => {
    expect(readNpy(npy(dict('<f4', '(2,)'), floats(1, 2), version))).toEqual({ shape: [2], values: [1, 2] })
  })

  test.each([
    ['()', [], [7], [7]],
    ['(3,)', [3], [1, 2, 3], [1, 2, 3]],
    [
      '(2, 2)',
      [2, 2],
      [1, 2, 3, 4],
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      '(2,2)',
      [2, 2],
      [1, 2, 3, 4],
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      '(1, 2, 3)',
      [1, 2, 3],
      [1, 2, 3, 4, 5, 6],
      [
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ],
    ],
    ['(3, 1)', [3, 1], [1, 2, 3], [[1], [2], [3]]],
  ])('of shape %s is one record a row', (written, shape, values, rows) => {
    const read = readNpy(npy(dict('<f8', written), doubles(...values)))
    expect(read).toEqual({ shape, values })
    expect(nestedRows(read)).toEqual(rows)
  })

  test('is read wherever it stands in its buffer', () => {
    const file = npy(dict('<f8', '(2,)'), doubles(1, 2))
    const shifted = new Uint8Array(file.length + 3)
    shifted.set(file, 3)
    expect(readNpy(shifted.subarray(3)).values).toEqual([1, 2])
  })

  test('that is written is read again', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
    const array = shape.chain((sizes) => {
      const count = sizes.reduce((product, size) => product * size, 1)
      return fc.record({
        shape: fc.constant(sizes),
        values: fc.array(fc.double(), { minLength: count, maxLength: count }),
      })
    })
    fc.assert(
      fc.property(array, (written) => {
        expect(readNpy(writeNpy(written))).toEqual(written)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  test('is written with its data at a multiple of 64 bytes, as NumPy wants it, in version 1', () => {
    const bytes = writeNpy({ shape: [2, 3], values: [1, 2, 3, 4, 5, 6] })
    const header = new TextDecoder('latin1').decode(bytes.subarray(0, bytes.length - 48))
    expect(header.length % 64).toBe(0)
    expect([...bytes.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0])
    expect(header.slice(10)).toMatch(/^\{'descr': '<f8', 'fortran_order': False, 'shape': \(2, 3\), \} *\n$/)
    expect(new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true)).toBe(header.length - 10)
    expect(new TextDecoder('latin1').decode(writeNpy({ shape: [1], values: [1] }))).toContain("'shape': (1,)")
  })
})

describe('a file is refused', () => {
  const four = doubles(1, 2, 3, 4)

  test.each([
    ['objects, which are a pickle', npy(dict('|O', '(4,)'), four), '|O'],
    ['booleans', npy(dict('|b1', '(4,)'), Uint8Array.from([1, 0, 1, 0])), '|b1'],
    ['texts', npy(dict('<U8', '(1,)'), four), '<U8'],
    ['bytes', npy(dict('|S32', '(1,)'), four), '|S32'],
    ['float16', npy(dict('<f2', '(16,)'), four), '<f2'],
    ['complex numbers', npy(dict('<c16', '(2,)'), four), '<c16'],
    ['dates', npy(dict('<M8[ns]', '(4,)'), four), '<M8'],
    ['structures', npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (4,), }", four), "[('a'"],
    ['a type of no name', npy(dict('<toString', '(4,)'), four), 'toString'],
    ['no type', npy("{'fortran_order': False, 'shape': (4,), }", four), 'unknown'],
    ['Fortran order', npy(dict('<f8', '(2, 2)', 'True'), four), 'C order'],
    ['no order', npy("{'descr': '<f8', 'shape': (4,), }", four), 'C order'],
    ['no shape', npy("{'descr': '<f8', 'fortran_order': False, }", four), 'shape'],
    ['a negative shape', npy(dict('<f8', '(-4,)'), four), 'shape'],
    ['a zero in its shape', npy(dict('<f8', '(0, 4)'), new Uint8Array()), 'holds nothing'],
    ['a zero in its shape, and data', npy(dict('<f8', '(4, 0)'), four), 'holds nothing'],
    ['too little data', npy(dict('<f8', '(5,)'), four), 'needs 40 bytes, and 32 follow'],
    ['too much data', npy(dict('<f8', '(3,)'), four), 'needs 24 bytes, and 32 follow'],
    [
      'a shape of more than there is in the world',
      npy(dict('<f8', '(99999999999, 99999999999)'), four),
      'follow',
    ],
    ['a shape of no numbers', npy(dict('<f8', '(2 2)'), four), "'2 2', which is no number"],
    ['33 dimensions', npy(dict('<f8', `(${'1,'.repeat(33)})`), four), '33 dimensions, and at most 32'],
    ['a header as long as a book', npy(dict('<f8', `(${'1,'.repeat(6000)})`), four), 'at most 10000'],
    ['version 4', npy(dict('<f8', '(4,)'), four, 4), 'header'],
    ['version 0', npy(dict('<f8', '(4,)'), four, 0), 'header'],
    ['a header cut short', npy(dict('<f8', '(4,)'), four).subarray(0, 40), 'cut short'],
    ['one letter of its magic wrong', npy(dict('<f8', '(4,)'), four).with(5, 0x5a), 'begin'],
    ['nothing', new Uint8Array(), 'begin'],
    ['only its magic', npy('', new Uint8Array()).subarray(0, 8), 'begin'],
    ['a pickle', Uint8Array.from([0x80, 4, 0x95, 0x1a, 0, 0, 0, 0, 0, 0, 0, 0x8c, 5]), 'begin'],
    ['an .npz', Uint8Array.from([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0, 0, 0, 0]), 'begin'],
  ])('with %s', (_, bytes, told) => {
    const problem = refusal(() => readNpy(bytes))
    expect(problem.code).toBe('body-malformed')
    expect(problem.message).toContain(told)
  })

  test('or read, wherever it is cut and whatever byte of it is changed', () => {
    const file = npy(dict('<f8', '(2, 2)'), four)
    for (let end = 0; end < file.length; end += 1) refusal(() => readNpy(file.subarray(0, end)))
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), (at, byte) => {
        const answer = answerOrRefusal(() => readNpy(file.with(at, byte)))
        if (!isProblem(answer))
          expect(answer.shape.reduce((product, size) => product * size, 1)).toBe(answer.values.length)
      }),
      { seed: 1, numRuns: 1000 },
    )
  })
})
