import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isProblem } from '../../../lib/rules/problem.ts'
import { readRdsFile } from '../../../lib/rules/r/rds-file.ts'
import { classesOf, named, namesOf, type RValue, stringsOf } from '../../../lib/rules/r/rds-value.ts'
import { call, int, list, nothing, promise, rds, string, strings, symbol } from './rds-writer.ts'

const fixture = (name: string) =>
  new Uint8Array(readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'r', `${name}.rds`)))

function read(bytes: Uint8Array) {
  const found = readRdsFile(bytes)
  if ('unread' in found) throw new Error(found.unread)
  return found
}

/** @returns how a problem with these bytes reads, or why they cannot be looked through */
function refusal(bytes: Uint8Array): string {
  try {
    const found = readRdsFile(bytes)
    return 'unread' in found ? `unread: ${found.unread}` : 'read'
  } catch (error) {
    if (isProblem(error)) return `${error.code}: ${error.message}`
    throw error
  }
}

describe('a file of saveRDS', () => {
  test.each(['values-2', 'values-3'])('of R itself is read to its end, whatever it holds: %s', (name) => {
    const { value, facts } = read(fixture(name))
    const kinds = Object.fromEntries(
      namesOf(value).map((key, i) => [key, [value.items?.[i]?.type, value.items?.[i]?.length]]),
    )
    expect(kinds).toMatchObject({
      raw: ['raw', 3],
      none: ['null', 0],
      complex: ['complex', 1],
      compiled: ['function', 1],
      builtin: ['function', 0],
      environment: ['environment', 0],
      namespace: ['environment', 0],
      formula: ['other', 3],
      many: ['character', 20_000],
      ecdf: ['function', 1],
      symbol: ['symbol', 0],
    })
    expect([...facts.lurking]).toEqual([])
    expect([...facts.packages]).toEqual(['stats'])
    expect(facts.functions).toBeGreaterThanOrEqual(2)
    expect(stringsOf(named(value, 'latin1'))).toEqual(['käse'])
    expect(named(value, 'missing')?.strings).toEqual([null])
    expect(named(value, 'many')?.strings).toBeUndefined()
  })

  test('tells the names, classes and levels of a model and its prototype', () => {
    const { value } = read(fixture('lm'))
    const prototype = named(value, 'prototype') as RValue
    expect(classesOf(named(value, 'model'))).toEqual(['lm'])
    expect(namesOf(prototype)).toEqual(['wt', 'gear', 'vs', 'cyl'])
    expect(prototype.items?.map(({ type }) => type)).toEqual(['double', 'integer', 'logical', 'integer'])
    expect(stringsOf(named(prototype, 'gear')?.attributes.get('levels'))).toEqual(['3', '4', '5'])
  })

  test('is read uncompressed too', () => {
    expect(namesOf(read(fixture('plain')).value)).toEqual(['sequence', 'texts'])
  })

  test.each<[string, Uint8Array, string]>([
    ['by bzip2', fixture('bzip2'), 'unread: it is compressed by bzip2'],
    ['as text', fixture('ascii'), 'it is not in the form that saveRDS writes'],
    ['of another version', rds().with(5, 4), 'it is of version 4'],
    ['with nothing in it', new Uint8Array(), 'it ends too early'],
    ['that is gzip and broken', fixture('lm').subarray(0, 200), 'artifact-corrupt'],
    ['with more behind it', rds(...nothing, ...nothing), 'something follows the value'],
    ['with a type of no R', rds(...int(26)), 'it holds a value of the type 26'],
    ['with a reference to nothing', rds(...int(0x1ff)), 'it refers to a value that is not there'],
    ['with a list that is longer than it', rds(...int(19), ...int(1000)), 'it ends too early'],
    ['with a list longer than any', rds(...int(19), ...int(0x7fffffff)), 'unread: it holds too many values'],
    [
      'with numbers beyond its end',
      rds(...int(14), ...int(-1), ...int(0x7fffffff), ...int(0)),
      'it ends too early',
    ],
    [
      'with lists deep in each other',
      rds(...Array.from({ length: 3000 }, () => [...int(19), ...int(1)]).flat(), ...nothing),
      'values too deep in each other',
    ],
    ['that is a bomb', gzipSync(new Uint8Array(300 * 2 ** 20)), 'unread: it unpacks to more than 256 MiB'],
  ])('written %s is refused in a sentence', (_, bytes, why) => {
    expect(refusal(bytes)).toContain(why)
  })

  test('whose bytes are changed is read or refused, and nothing else happens', () => {
    const honest = read(fixture('plain')) && fixture('plain')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(honest.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const bytes = changes.reduce((changed, [at, byte]) => changed.with(at, byte), honest)
          expect(refusal(bytes)).toMatch(/^(?:read|unread: .+|artifact-corrupt: .+)$/)
        },
      ),
    )
  })
})

describe('what would run as it is looked at', () => {
  const lurking = (...value: number[]) => [...read(rds(...value)).facts.lurking]
  const aPromise = promise(call('file.create', '/tmp/canary'))
  const keeps = ['a promise, which R keeps as soon as it looks at it']
  /** An environment with one name bound. */
  const environment = (value: readonly number[]) => [
    ...int(4),
    ...int(0),
    ...int(253),
    ...[...int(0x402), ...symbol('x'), ...value, ...nothing],
    ...nothing,
    ...nothing,
  ]

  test.each<[string, number[], readonly string[]]>([
    ['a promise', aPromise, keeps],
    ['a promise in a list', list({ model: aPromise }), keeps],
    [
      'a promise among attributes',
      [...int(13 | 0x200), ...int(0), ...int(0x402), ...symbol('a'), ...aPromise, ...nothing],
      keeps,
    ],
    ['a promise in a call', [...int(6), ...symbol('f'), ...int(2), ...aPromise, ...nothing], keeps],
    ['a promise behind pairs', [...int(2), ...nothing, ...aPromise], keeps],
    ['a promise in a list in an environment', environment(list({ model: aPromise })), keeps],
    ['an argument that is still to be computed', environment(aPromise), []],
    [
      'a reference that only its writer knows',
      [...int(247), ...int(0), ...int(1), ...string('x')],
      ['a reference to what only its writer knows'],
    ],
    [
      'a vector that a package reads',
      [
        ...int(238),
        ...int(2),
        ...symbol('mmap_real'),
        ...int(2),
        ...symbol('simplemmap'),
        ...nothing,
        ...nothing,
        ...nothing,
      ],
      ['a vector in a form that a package of its own reads'],
    ],
  ])('is told: %s', (_, value, told) => {
    expect(lurking(...value)).toEqual(told)
  })

  test('an argument that is still to be computed counts as a function', () => {
    expect(read(rds(...environment(aPromise))).facts.functions).toBe(1)
  })

  test('a list of texts holds nothing of the kind', () => {
    const { facts } = read(rds(...list({ a: strings('x') })))
    expect(facts).toEqual({ functions: 0, lurking: new Set(), packages: new Set() })
  })
})
