import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  artifactDigest,
  checkDeclared,
  checkExtent,
  completeness,
  type ListedFile,
  quietSeconds,
  uploadRef,
} from '../../lib/rules/artifact.ts'
import { refusal } from './refusal.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const [a, b, c] = ['a', 'b', 'c'].map(sha256) as [string, string, string]

describe('the digest of an artifact', () => {
  test('is that of its one file, the manifest not counted', () => {
    expect(artifactDigest([{ path: 'model.onnx', sha256: a }])).toBe(`sha256:${a}`)
    expect(
      artifactDigest([
        { path: 'model.yaml', sha256: b },
        { path: 'model.onnx', sha256: a },
      ]),
    ).toBe(`sha256:${a}`)
  })

  test('is that of the manifest where there is nothing else', () => {
    expect(artifactDigest([{ path: 'model.yaml', sha256: b }])).toBe(`sha256:${b}`)
  })

  test('of several is that of what sha256sum prints for them, sorted by path', () => {
    const files = [
      { path: 'model.onnx', sha256: a },
      { path: 'B.txt', sha256: b },
      { path: 'examples/model.yaml', sha256: c },
      { path: 'model.yaml', sha256: sha256('manifest') },
    ]
    const expected = `sha256:${sha256(`${b}  B.txt\n${c}  examples/model.yaml\n${a}  model.onnx\n`)}`
    expect(artifactDigest(files)).toBe(expected)
    expect(artifactDigest(files.toReversed())).toBe(expected)
  })
})

const file = (path: string, writtenAt: number, size = 1, ref = `${path}@1`): ListedFile => ({
  path,
  size,
  writtenAt,
  ref,
})

describe('an upload in one word', () => {
  test('is the same however it is listed', () => {
    const listing = ['model.onnx', 'model.yaml', 'examples/one.json'].map((path) => file(path, 0))
    fc.assert(
      fc.property(fc.shuffledSubarray(listing, { minLength: 3 }), (shuffled) => {
        expect(uploadRef(shuffled.map((one) => ({ ...one, writtenAt: 5 })))).toBe(uploadRef(listing))
      }),
    )
  })

  test('is 16 hex digits', () => {
    expect(uploadRef([])).toMatch(/^[0-9a-f]{16}$/)
  })

  test('is another where a name holds a line break, and so is the digest', () => {
    const joined = [file('a 1\nb', 0, 1, '2')]
    const apart = [file('a', 0, 1, '1'), file('b', 0, 1, '2')]
    expect(uploadRef(joined)).not.toBe(uploadRef(apart))
    const others = [{ path: 'c', sha256: c }]
    const one = artifactDigest([{ path: `a\n${b}  b`, sha256: a }, ...others])
    expect(one).not.toBe(artifactDigest([{ path: 'a', sha256: a }, { path: 'b', sha256: b }, ...others]))
  })

  test.each([
    ['other bytes under one name', [file('a', 0, 1, 'v2'), file('b', 0, 1, 'v1')]],
    ['a file more', [file('a', 0, 1, 'v1'), file('b', 0, 1, 'v1'), file('c', 0, 1, 'v1')]],
    ['a file less', [file('a', 0, 1, 'v1')]],
    ['another name', [file('a', 0, 1, 'v1'), file('d', 0, 1, 'v1')]],
    ['nothing', []],
  ])('is another for %s', (_, listing) => {
    expect(uploadRef(listing)).not.toBe(uploadRef([file('a', 0, 1, 'v1'), file('b', 0, 1, 'v1')]))
  })
})

describe('an upload with a list of its files', () => {
  const declared = [
    { path: 'model.onnx', size: 10, sha256: a },
    { path: 'empty.txt', size: 0, sha256: b },
  ]
  const whole = [file('model.yaml', 0), file('model.onnx', 0, 10), file('empty.txt', 0, 0)]

  test('is complete as soon as all of them are there in their size', () => {
    expect(completeness(whole, declared, 0, 0)).toEqual({ complete: true })
    expect(completeness([...whole, file('extra', 0)], declared, 0, 0)).toEqual({ complete: true })
  })

  test.each([
    ['nothing is there', [], '2 of 2 files'],
    ['only the manifest is there', whole.slice(0, 1), '2 of 2 files'],
    ['one is missing', whole.slice(0, 2), '1 of 2 files'],
    ['one is half there', [whole[2], file('model.onnx', 0, 5)] as ListedFile[], '1 of 2 files'],
    ['an empty one is not empty', [whole[1], file('empty.txt', 0, 1)] as ListedFile[], '1 of 2 files'],
  ])('waits while %s, however long nothing was written', (_, listing, waitsFor) => {
    expect(completeness(listing, declared, 86_400_000, 0)).toMatchObject({ complete: false, waitsFor })
  })
})

describe('an upload with a list of one file', () => {
  const declared = [{ path: 'model.onnx', size: 10, sha256: a }]

  test('waits for it, however long nothing was written', () => {
    const judged = completeness([file('model.yaml', 0)], declared, 86_400_000, 0)
    expect(judged).toMatchObject({ complete: false, waitsFor: '1 of 1 files' })
  })

  test('is looked at again after a tenth of the time it waited, and at least a second', () => {
    expect(completeness([], declared, 105_000, 5000)).toMatchObject({ lookAgainAt: 115_000 })
    expect(completeness([], declared, 5000, 5000)).toMatchObject({ lookAgainAt: 6000 })
  })

  test('is refused where the file is another', () => {
    const frozen = [{ path: 'model.onnx', size: 10, sha256: b, ref: 'r' }]
    expect(refusal(() => checkDeclared(frozen, declared)).errors).toHaveLength(1)
  })
})

describe('an upload without one', () => {
  test.each([
    [0, false],
    [29_999, false],
    [30_000, true],
    [30_001, true],
  ])('%i ms after its last file is complete: %p', (quiet, complete) => {
    const listing = [file('model.yaml', 0), file('model.onnx', 100_000), file('a', 50_000)]
    expect(completeness(listing, [], 100_000 + quiet, 0).complete).toBe(complete)
  })

  test('waits until it will have been quiet', () => {
    expect(completeness([file('model.onnx', 100_000)], [], 110_000, 100_000)).toEqual({
      complete: false,
      waitsFor: '30 s without a new file',
      lookAgainAt: 111_000,
    })
    expect(quietSeconds).toBe(30)
  })

  test('waits for a first file', () => {
    expect(completeness([], [], 1000, 0)).toMatchObject({ complete: false, waitsFor: 'a first file' })
  })

  test('may have 200,000 files', () => {
    const listing = Array.from({ length: 200_000 }, (_, i) => file(`${i}`, i))
    expect(completeness(listing, [], 1e9, 0)).toEqual({ complete: true })
  })
})

describe('a day of waiting', () => {
  const day = 86_400_000
  const declared = [{ path: 'never', size: 1, sha256: a }]

  test.each([
    ['for files that are declared', () => [], declared],
    ['for a first file', () => [], []],
    ['while a file is written every 20 s', (now: number) => [file('a', now - (now % 20_000))], []],
  ])('takes fewer than 150 looks: %s', (_, listingAt, files) => {
    let looks = 0
    for (let now = 0; now < day && looks < 20_000; looks += 1) {
      const judged = completeness(listingAt(now), files, now, 0)
      if (judged.complete) throw new Error('this never becomes complete')
      expect(judged.lookAgainAt).toBeGreaterThanOrEqual(now + 1000)
      now = judged.lookAgainAt
    }
    expect(looks).toBeLessThan(150)
  })
})

describe('frozen files', () => {
  const frozen = (path: string, size: number, digest: string) => ({ path, size, sha256: digest, ref: 'r' })
  const declared = [
    { path: 'model.onnx', size: 10, sha256: a },
    { path: 'b.txt', size: 0, sha256: b },
  ]

  test('may be any where none are declared, and more than are declared', () => {
    expect(() => checkDeclared([frozen('x', 1, c)], [])).not.toThrow()
    expect(() =>
      checkDeclared([frozen('x', 1, c), frozen('model.onnx', 10, a), frozen('b.txt', 0, b)], declared),
    ).not.toThrow()
  })

  test('that are not those declared are refused, every one named', () => {
    const problem = refusal(() => checkDeclared([frozen('model.onnx', 10, c)], declared))
    expect(problem.code).toBe('artifact-differs')
    expect(problem.errors).toEqual([
      { pointer: '/files/0', found: `10 bytes, sha256 ${c}`, allowed: `10 bytes, sha256 ${a}` },
      { pointer: '/files/1', found: 'nothing', allowed: `0 bytes, sha256 ${b}` },
    ])
    const resized = refusal(() =>
      checkDeclared([frozen('model.onnx', 11, a), frozen('b.txt', 0, b)], declared),
    )
    expect(resized.errors).toHaveLength(1)
  })
})

describe('the extent of an upload', () => {
  const files = (count: number, size: number) => Array.from({ length: count }, () => ({ size }))

  test('may be 500 files, and 9.5 GB', () => {
    expect(() => checkExtent(files(500, 0))).not.toThrow()
    expect(() => checkExtent(files(1, 9.5e9))).not.toThrow()
    expect(() => checkExtent([])).not.toThrow()
  })

  test.each([
    ['one file more', files(501, 0)],
    ['one byte more', files(1, 9.5e9 + 1)],
    ['one byte more, of all together', [...files(1, 9.5e9), { size: 1 }]],
  ])('is refused with %s, with what was found and what is allowed', (_, listing) => {
    const { code, message } = refusal(() => checkExtent(listing))
    expect(code).toBe('artifact-too-large')
    expect(message).toMatch(/has \d+ files with \d+ bytes; allowed are 500 files with 9500000000 bytes/)
  })
})
