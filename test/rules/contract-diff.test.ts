import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type ContractDiff,
  contractDiff,
  forbiddenBy,
  saysSo,
  stepBetween,
  versionSteps,
} from '../../lib/rules/contract-diff.ts'
import { requestValidator } from '../../lib/rules/request-validation.ts'
import { type ElementType, elementTypes, type Field, type Signature } from '../../lib/rules/signature.ts'

const field = (name: string, type: ElementType = 'float32', more: Partial<Field> = {}): Field => ({
  name,
  type,
  shape: [],
  ...more,
})
const of = (inputs: readonly Field[], outputs: readonly Field[] = [field('y'), field('z')]): Signature => ({
  inputs,
  outputs,
})
const a = field('a')

type Told = readonly [side: string, change: string, backward: boolean, forward: boolean]
const told = ({ changes }: ContractDiff): Told[] =>
  changes.map((one) => [one.side, one.change, one.breaksBackward, one.breaksForward])

describe('the difference of two contracts', () => {
  test.each<[string, Signature, Signature, ContractDiff['needs'], readonly Told[]]>([
    ['nothing', of([a]), of([a]), 'patch', []],
    ['the order of fields', of([a, field('b')]), of([field('b'), a]), 'patch', []],
    [
      'a new input, which every request needs',
      of([a]),
      of([a, field('b')]),
      'major',
      [['inputs', 'added', true, true]],
    ],
    ['an input that goes', of([a, field('b')]), of([a]), 'major', [['inputs', 'removed', true, true]]],
    [
      'an input that takes more numbers',
      of([field('a', 'int8')]),
      of([field('a', 'int16')]),
      'minor',
      [['inputs', 'widened', false, true]],
    ],
    [
      'an input that takes whole numbers only',
      of([field('a', 'float32')]),
      of([field('a', 'int64')]),
      'major',
      [['inputs', 'narrowed', true, false]],
    ],
    [
      'an input that takes a smaller range',
      of([field('a', 'float64')]),
      of([field('a', 'float32')]),
      'major',
      [['inputs', 'narrowed', true, false]],
    ],
    [
      'an input that takes no negative numbers any more',
      of([field('a', 'int32')]),
      of([field('a', 'uint32')]),
      'major',
      [['inputs', 'changed', true, true]],
    ],
    [
      'an input that is a text now',
      of([field('a', 'float32')]),
      of([field('a', 'string')]),
      'major',
      [['inputs', 'changed', true, true]],
    ],
    [
      'an input with one more value',
      of([field('a', 'string', { values: ['x'] })]),
      of([field('a', 'string', { values: ['y', 'x'] })]),
      'minor',
      [['inputs', 'widened', false, true]],
    ],
    [
      'an input with one value less',
      of([field('a', 'string', { values: ['x', 'y'] })]),
      of([field('a', 'string', { values: ['y'] })]),
      'major',
      [['inputs', 'narrowed', true, false]],
    ],
    [
      'an input that any text was allowed for',
      of([field('a', 'string')]),
      of([field('a', 'string', { values: ['x'] })]),
      'major',
      [['inputs', 'narrowed', true, false]],
    ],
    [
      'an input whose length is free now',
      of([field('a', 'float32', { shape: [3] })]),
      of([field('a', 'float32', { shape: [null] })]),
      'minor',
      [['inputs', 'widened', false, true]],
    ],
    [
      'an input of another length',
      of([field('a', 'float32', { shape: [3] })]),
      of([field('a', 'float32', { shape: [4] })]),
      'major',
      [['inputs', 'changed', true, true]],
    ],
    [
      'an input of another rank',
      of([field('a', 'float32', { shape: [3] })]),
      of([field('a', 'float32', { shape: [3, 1] })]),
      'major',
      [['inputs', 'changed', true, true]],
    ],
    [
      'a third output',
      of([a], [field('y'), field('z')]),
      of([a], [field('y'), field('z'), field('w')]),
      'minor',
      [['outputs', 'added', false, true]],
    ],
    [
      'a second output, which makes an object of a bare value',
      of([a], [field('y')]),
      of([a], [field('y'), field('z')]),
      'major',
      [['outputs', 'added', true, true]],
    ],
    [
      'an output of three that goes',
      of([a], [field('y'), field('z'), field('w')]),
      of([a], [field('y'), field('z')]),
      'major',
      [['outputs', 'removed', true, false]],
    ],
    [
      'an output of two that goes, which makes a bare value of an object',
      of([a], [field('y'), field('z')]),
      of([a], [field('y')]),
      'major',
      [['outputs', 'removed', true, true]],
    ],
    [
      'an output with more values',
      of([a], [field('y', 'string', { values: ['x'] })]),
      of([a], [field('y', 'string', { values: ['x', 'w'] })]),
      'major',
      [['outputs', 'widened', true, false]],
    ],
    [
      'an output with fewer values',
      of([a], [field('y', 'string', { values: ['x', 'w'] })]),
      of([a], [field('y', 'string', { values: ['x'] })]),
      'minor',
      [['outputs', 'narrowed', false, true]],
    ],
    [
      'an output of another type',
      of([a], [field('y', 'string')]),
      of([a], [field('y', 'int8')]),
      'major',
      [['outputs', 'changed', true, true]],
    ],
  ])('%s', (_, before, after, needs, changes) => {
    const diff = contractDiff(before, after)
    expect(told(diff)).toEqual(changes)
    expect(diff.needs).toBe(needs)
  })

  test('shows a field as it was and as it is', () => {
    const [change] = contractDiff(
      of([field('a', 'string', { values: ['x'] })]),
      of([field('a', 'string', { values: ['x', 'y'] })]),
    ).changes
    expect(change).toMatchObject({
      field: 'a',
      before: 'a: string of x',
      after: 'a: string of x, y',
      reason: 'what was taken is still taken',
    })
  })
})

describe('for any signatures', () => {
  const shape = fc.array(fc.constantFrom(1, 2, null), { maxLength: 2 })
  const values = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { minLength: 1 })
  const aField = fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...elementTypes), shape, fc.option(values))
    .map(([name, type, shape, values]) =>
      field(name, type, { shape, ...(type === 'string' && values !== null && { values }) }),
    )
  const fields = fc.uniqueArray(aField, { minLength: 1, maxLength: 3, selector: ({ name }) => name })
  const signature = fc.record({ inputs: fields, outputs: fields })
  const breaks = (one: Signature, other: Signature) =>
    contractDiff(one, other).changes.some(({ breaksBackward }) => breaksBackward)
  const breaksForward = (one: Signature, other: Signature) =>
    contractDiff(one, other).changes.some((change) => change.breaksForward)

  test('one does not differ from itself', () => {
    fc.assert(fc.property(signature, (one) => contractDiff(one, one).changes.length === 0))
  })

  test('what breaks those who go on is what breaks those who go back the other way', () => {
    fc.assert(
      fc.property(signature, signature, (one, other) => {
        expect(breaks(one, other)).toBe(breaksForward(other, one))
      }),
    )
  })

  test('two steps that break nobody break nobody together', () => {
    fc.assert(
      fc.property(signature, signature, signature, (one, two, three) => {
        if (breaks(one, three)) expect(breaks(one, two) || breaks(two, three)).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  // The judge is what really holds requests.
  test('a request that the one takes is taken by the other, unless the difference says that it breaks', () => {
    const element = fc.oneof(
      fc.integer({ min: -300, max: 300 }),
      fc.constantFrom(2 ** 31, 2 ** 40, 0.5, 1e300, -1, 'x', 'y', 'w', true),
    )
    // A list of nothing does not tell how long the lists in it are: it is refused where two lengths are free.
    const value = fc.oneof(element, fc.array(element, { minLength: 1, maxLength: 2 }))
    const narrow = aField.map((one) => of([{ ...one, name: 'a' }]))
    let taken = 0
    const takes = (one: Signature, sent: object) => {
      try {
        requestValidator(one)({ records: [sent], pointer: () => '' })
        return true
      } catch {
        return false
      }
    }
    fc.assert(
      fc.property(narrow, narrow, value, (one, other, a) => {
        fc.pre(!breaks(one, other))
        if (!takes(one, { a })) return
        taken += 1
        expect(takes(other, { a })).toBe(true)
      }),
      { numRuns: 400, maxSkipsPerRun: 1000 },
    )
    expect(taken).toBeGreaterThan(20)
  })
})

describe('a promise', () => {
  const widened = contractDiff(of([field('a', 'int8')]), of([field('a', 'int16')]))
  const broken = contractDiff(of([a]), of([a, field('b')]))
  test.each([
    ['none', widened, 0],
    ['none', broken, 0],
    ['backward', widened, 0],
    ['backward', broken, 1],
    ['full', widened, 1],
    ['full', broken, 1],
  ] as const)('%s forbids what breaks it (%#)', (promise, diff, count) => {
    expect(forbiddenBy(promise, diff)).toHaveLength(count)
  })
})

describe('a version number', () => {
  test.each([
    ['1.0.0', '2.0.0', 'major'],
    ['2.0.0', '1.9.0', 'major'],
    ['1.0.0', '1.1.0', 'minor'],
    ['1.1.0', '1.0.3', 'minor'],
    ['1.0.0', '1.0.1', 'patch'],
    ['1.0.0', '1.0.0', 'patch'],
    ['0.1.0', '0.2.0', 'major'],
    ['0.1.0', '0.1.1', 'minor'],
    ['0.0.1', '0.0.2', 'major'],
    ['0.9.0', '1.0.0', 'major'],
    ['1.0.0-rc.1', '1.0.0-rc.2', 'major'],
    ['1.0.0-rc.1', '1.0.0', 'major'],
    ['1.0.0', '1.1.0-rc.1', 'minor'],
  ] as const)('from %s to %s moves by a %s step', (before, after, step) => {
    expect(stepBetween(before, after)).toBe(step)
  })

  test('says so where it moves far enough', () => {
    const numbers = { patch: '1.0.1', minor: '1.1.0', major: '2.0.0' }
    for (const [i, needs] of versionSteps.entries())
      for (const [j, says] of versionSteps.entries())
        expect([needs, says, saysSo({ changes: [], needs }, '1.0.0', numbers[says])]).toEqual([
          needs,
          says,
          j >= i,
        ])
  })
})

describe('a version without a signature', () => {
  test('beside another one is not known to change anything', () => {
    expect(contractDiff(undefined, undefined)).toEqual({ changes: [], needs: 'patch', unknown: true })
  })

  test.each([
    ['after one with', of([a]), undefined, /gets requests as they come/],
    ['before one with', undefined, of([a]), /are held to a signature now/],
  ])('%s breaks both ways', (_, before, after, reason) => {
    const diff = contractDiff(before, after)
    expect(diff.needs).toBe('major')
    expect(told(diff)).toEqual([
      ['inputs', 'changed', true, true],
      ['outputs', 'changed', true, true],
    ])
    expect(diff.changes[0]).toMatchObject({ field: '', reason: expect.stringMatching(reason) })
    expect([diff.changes[0]?.before, diff.changes[0]?.after].toSorted()).toEqual([
      'a: float32',
      'whatever its server does',
    ])
  })
})
