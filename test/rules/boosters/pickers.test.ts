import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { pickFromJson } from '../../../lib/rules/boosters/json-picker.ts'
import { pickFromUbjson } from '../../../lib/rules/boosters/ubjson-picker.ts'
import type { Wanted } from '../../../lib/rules/boosters/wanted.ts'
import { isProblem } from '../../../lib/rules/problem.ts'
import { answerOrRefusal, refusal } from '../refusal.ts'
import { ubjsonOf, ubjsonParts } from './ubjson.ts'

const wanted: Wanted = { head: 'all', part: { inner: 'all' } }
const jsonOf = (value: unknown, space?: number) =>
  new TextEncoder().encode(JSON.stringify(value, null, space))
const forms = [
  ['JSON', pickFromJson, jsonOf],
  ['JSON with spaces', pickFromJson, (value: unknown) => jsonOf(value, 2)],
  ['UBJSON', pickFromUbjson, ubjsonOf],
] as const

const anything = fc.jsonValue({ maxDepth: 3, noUnicodeString: false })
const document = fc.record({
  before: anything,
  head: anything,
  part: fc.record({ aside: anything, inner: anything }),
  tail: anything,
})

describe.each(forms)('out of %s', (_, pick, write) => {
  test('the wanted members are read as they were written, whatever stands around them', () => {
    fc.assert(
      fc.property(document, (value) => {
        const found = pick(write(value), wanted)
        expect(JSON.parse(JSON.stringify(found))).toEqual(
          JSON.parse(JSON.stringify({ head: value.head, part: { inner: value.part.inner } })),
        )
      }),
    )
  })

  test('a file cut anywhere is refused, and nothing else happens', () => {
    const whole = write({ head: ['a', 'b\\"'], part: { aside: [1, 2.5], inner: { x: null } }, tail: 'é' })
    for (let length = 0; length < whole.length - 1; length += 1)
      expect(refusal(() => pick(whole.subarray(0, length), wanted)).code).toBe('artifact-corrupt')
  })

  test('any bytes give an answer or a refusal', () => {
    const start = write({ head: 1 }).subarray(0, 6)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, begun) => {
        const given = begun ? Uint8Array.from([...start, ...bytes]) : bytes
        const said = answerOrRefusal(() => pick(given, wanted))
        expect(isProblem(said) ? said.code : 'answered').toMatch(/^(artifact-corrupt|answered)$/)
      }),
      { numRuns: 2_000 },
    )
  })

  test('a member named like a part of every object is only a member', () => {
    const found = pick(write(JSON.parse('{"__proto__": {"inner": 1}, "constructor": 2, "head": 3}')), wanted)
    expect(Object.keys(found)).toEqual(['head'])
  })
})

/** Neither time nor memory may grow with what a file only says that it holds. */
function withinSeconds(action: () => unknown): void {
  const before = process.memoryUsage().heapUsed
  const started = performance.now()
  expect(refusal(action).code).toBe('artifact-corrupt')
  expect(performance.now() - started).toBeLessThan(10_000)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(300 * 2 ** 20)
}

describe('a hostile file', () => {
  const name = ubjsonParts(4, 'head')
  const aside = ubjsonParts(4, 'away')

  test.each<[string, Uint8Array]>([
    ['more numbers than it has', ubjsonParts('{', name, '[$D#', 2 ** 40)],
    ['more numbers than it has, aside', ubjsonParts('{', aside, '[$D#', 2 ** 52)],
    ['a million millions of nothing', ubjsonParts('{', name, '[$Z#', 2 ** 40)],
    ['a million millions of nothing, aside, one by one', ubjsonParts('{', aside, '{$Z#', 2 ** 40)],
    ['more values than it has', ubjsonParts('{', name, '[#', 2 ** 31, 'Z')],
    ['fewer than no values', ubjsonParts('{', name, '[#', -1)],
    ['a text longer than it', ubjsonParts('{', name, 'S', 2 ** 50)],
    ['a name longer than it', ubjsonParts('{', 2 ** 50)],
    ['a length that is a text', ubjsonParts('{', name, 'SS')],
    ['a type without a count', ubjsonParts('{', name, '[$D')],
    ['a type that is none', ubjsonParts('{', name, '?')],
    ['arrays in arrays', ubjsonParts('{', name, '['.repeat(1_000_000))],
    ['arrays in arrays, aside', ubjsonParts('{', aside, '['.repeat(1_000_000))],
    ['millions of small values', ubjsonParts('{', name, '[', 'Z'.repeat(500_000), ']}')],
  ])('of UBJSON with %s is refused in no time', (_, bytes) => {
    withinSeconds(() => pickFromUbjson(bytes, wanted))
  })

  test.each<[string, string]>([
    ['brackets in brackets', `{"head":${'['.repeat(3_000_000)}`],
    ['brackets in brackets, aside', `{"away":${'[{"a":'.repeat(1_000_000)}`],
    ['brackets in brackets that close', `{"head":${'['.repeat(3_000_000)}${']'.repeat(3_000_000)},`],
    ['brackets that close and never opened', '{"head":]}'],
    ['a text without an end', `{"head":"${'\\"'.repeat(1_000_000)}`],
    ['a value too large to be wanted', `{"head":"${'a'.repeat(17 * 2 ** 20)}"}`],
    ['members without names', '{1:2}'],
    ['no values', '{"head":}'],
    ['NaN where it counts', '{"head":NaN}'],
  ])('of JSON with %s is refused in no time', (_, text) => {
    const bytes = new TextEncoder().encode(text)
    withinSeconds(() => pickFromJson(bytes, wanted))
  })

  test('may be large and whole: it is passed over', () => {
    const trees = new Uint8Array(64 * 2 ** 20)
    const ubjson = ubjsonParts('{', aside, '[$d#', trees.length / 4)
    const large = new Uint8Array(ubjson.length + trees.length + 100)
    large.set(ubjson)
    large.set(ubjsonParts(name, 'i', Uint8Array.of(7), '}'), ubjson.length + trees.length)
    const started = performance.now()
    expect({ ...pickFromUbjson(large, wanted) }).toEqual({ head: 7 })
    expect(performance.now() - started).toBeLessThan(500)
  })
})
