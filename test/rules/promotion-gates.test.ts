import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { contractDiff, forbiddenBy, stepBetween } from '../../lib/rules/contract-diff.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { approvalGate, effectOf, gatesPassed, judgeContract } from '../../lib/rules/promotion-gates.ts'
import { elementTypes, type Field, type Signature } from '../../lib/rules/signature.ts'
import { readyRecord } from '../harness/records.ts'

const field = (name: string, more: Partial<Field> = {}): Field => ({
  name,
  type: 'float32',
  shape: [],
  ...more,
})
const one: Signature = { inputs: [field('a')], outputs: [field('y'), field('z')] }
const more: Signature = { ...one, inputs: [field('a'), field('b')] }
const wider: Signature = { ...one, inputs: [field('a', { type: 'float64' })] }
const mode = (compatibility: string) => `release: {compatibility: ${compatibility}}`
const record = (version: string, signature: Signature | undefined, manifest = '') =>
  readyRecord('churn', version, signature, manifest)

const refusal = (pass: () => unknown) => {
  try {
    pass()
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the compatibility gate', () => {
  test.each([
    ['backward', '1.1.0', more, true],
    ['backward', '1.0.1', more, true],
    ['backward', '2.0.0', more, false],
    ['backward', '1.1.0', wider, false],
    ['backward', '1.0.1', wider, false],
    ['full', '1.1.0', wider, true],
    ['full', '1.1.0', more, true],
    ['full', '2.0.0', wider, false],
    ['full', '2.0.0', more, false],
    ['full', '1.1.0', one, false],
    ['none', '1.0.1', more, false],
    ['none', '1.0.1', wider, false],
  ] as const)('of %s, from 1.0.0 to %s (%#)', (promise, version, signature, refused) => {
    const pass = () => gatesPassed(record(version, signature, mode(promise)), record('1.0.0', one))
    if (refused) expect(refusal(pass).code).toBe('contract-broken')
    else expect(pass().map(({ gate }) => gate)).toEqual(['compatibility'])
  })

  test('is backward where the manifest does not say', () => {
    expect(refusal(() => gatesPassed(record('1.1.0', more), record('1.0.0', one))).facts).toEqual({
      code: 'contract-broken',
      detail:
        "churn 1.1.0 breaks callers of 1.0.0 by 1 change, and promises compatibility 'backward': give it a new major version, or take the changes back",
      errors: [
        {
          pointer: '/signature/inputs/b',
          found: 'b: float32',
          allowed: 'nothing',
          change: { callers: 'breaks', what: 'input added', why: 'every request has to hold it' },
        },
      ],
    })
  })

  test('tells under full what leaves callers no way back', () => {
    const { message, errors } = refusal(() =>
      gatesPassed(record('1.1.0', wider, mode('full')), record('1.0.0', one)),
    )
    expect(message).toMatch(/leaves callers no way back to 1\.0\.0 by 1 change/)
    expect(errors.map(({ change }) => change?.callers)).toEqual(['no way back'])
  })

  test('tells of a bounded number of changes, each in few words', () => {
    const names = Array.from({ length: 500 }, (_, i) => field(`f${i}`))
    const long = field('s', { type: 'string', values: Array.from({ length: 500 }, (_, i) => `v${i}`) })
    const { errors, message } = refusal(() =>
      gatesPassed(record('1.1.0', { ...one, inputs: [long, ...names] }), record('1.0.0', one)),
    )
    expect(message).toContain('by 502 changes')
    expect(errors).toHaveLength(100)
    expect(Math.max(...errors.map(({ found }) => found.length))).toBe(200)
  })

  test('holds a promotion to an older version to the callers of the newer one', () => {
    const down = (before: string) => () => gatesPassed(record('1.0.0', one), record(before, more))
    expect(refusal(down('1.1.0')).errors.map(({ change }) => change?.what)).toEqual(['input removed'])
    expect(down('2.0.0')()[0]?.found).toMatch(/1 of them breaking, as the major step says/)
  })

  test('holds the first version of an alias to nothing', () => {
    expect(gatesPassed(record('1.0.0', one), undefined)).toEqual([
      { gate: 'compatibility', found: 'backward: the first version here, it breaks nobody' },
    ])
  })

  test.each([
    ['1.1.0', one, '', 'backward: 1.0.0 to 1.1.0 changes nothing for callers'],
    ['1.1.0', wider, '', 'backward: 1.0.0 to 1.1.0 has 1 change, and no caller breaks'],
    ['2.0.0', more, '', 'backward: 1.0.0 to 2.0.0 has 1 change, 1 of them breaking, as the major step says'],
    ['1.1.0', more, mode('none'), 'none: not looked at, as its manifest says'],
  ])('tells what it found: %s (%#)', (version, signature, manifest, found) => {
    expect(gatesPassed(record(version, signature, manifest), record('1.0.0', one))).toEqual([
      { gate: 'compatibility', found },
    ])
  })
})

describe('for any two versions', () => {
  const shape = fc.array(fc.constantFrom(1, 2, null), { maxLength: 2 })
  const aField = fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...elementTypes), shape)
    .map(([name, type, shape]) => field(name, { type, shape }))
  const fields = fc.uniqueArray(aField, { minLength: 1, maxLength: 3, selector: ({ name }) => name })
  const signature = fc.record({ inputs: fields, outputs: fields })
  const number = fc.integer({ min: 0, max: 3 })
  const version = fc.tuple(number, number, number).map((parts) => parts.join('.'))
  const signed = fc.record({ version, signature })
  const anyMode = fc.constantFrom('backward', 'full', 'none')

  test('what breaks callers is refused, unless the step is major or nothing was promised', () => {
    let seen = 0
    fc.assert(
      fc.property(anyMode, signed, signed, (promise, before, after) => {
        const breaks = contractDiff(before.signature, after.signature).changes.some(
          ({ breaksBackward }) => breaksBackward,
        )
        if (!breaks) return
        seen += 1
        const major = stepBetween(before.version, after.version) === 'major'
        expect(judgeContract(promise, before, after).refused).toBe(!major && promise !== 'none')
      }),
      { numRuns: 500 },
    )
    expect(seen).toBeGreaterThan(100)
  })

  test('the same contract passes under any promise and number', () => {
    fc.assert(
      fc.property(anyMode, signature, version, version, (promise, signature, before, after) => {
        const judged = judgeContract(promise, { version: before, signature }, { version: after, signature })
        expect([judged.refused, judged.diff.changes]).toEqual([false, []])
      }),
    )
  })

  test('under full a way that is let through is let through back', () => {
    fc.assert(
      fc.property(signed, signed, (before, after) => {
        expect(judgeContract('full', before, after).refused).toBe(
          judgeContract('full', after, before).refused,
        )
      }),
      { numRuns: 500 },
    )
  })

  test('a wider promise refuses no less', () => {
    fc.assert(
      fc.property(signed, signed, (before, after) => {
        const [none, backward, full] = (['none', 'backward', 'full'] as const).map(
          (promise) => judgeContract(promise, before, after).refused,
        )
        expect(none).toBe(false)
        if (backward) expect(full).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('what is forbidden is what is told to break, or to leave no way back', () => {
    fc.assert(
      fc.property(fc.constantFrom('backward', 'full'), signature, signature, (promise, before, after) => {
        const diff = contractDiff(before, after)
        expect(diff.changes.filter((change) => effectOf(change, promise) !== 'fits')).toEqual(
          forbiddenBy(promise, diff),
        )
      }),
    )
  })
})

describe('the golden gate', () => {
  test.each([
    [{ expected: 3, answered: 0 }, '3 examples answered as expected'],
    [
      { expected: 1, answered: 2 },
      '1 example answered as expected, 2 examples answered, with nothing expected of the answer',
    ],
    [{ expected: 0, answered: 0 }, 'it has no examples to answer'],
  ])('tells what the release found: %j', (proof, found) => {
    expect(gatesPassed({ ...record('1.0.0', one), proof }, undefined)[0]).toEqual({ gate: 'golden', found })
  })
})

describe('the metric gate', () => {
  const held = (held: string, metrics: string) =>
    record('1.1.0', one, `release: {metrics: ${held}}\nsource: {metrics: ${metrics}}\n`)
  const served = (metrics: string) => record('1.0.0', one, `source: {metrics: ${metrics}}\n`)
  const auc = '{auc: {better: higher, margin: 0.01}}'
  const rmse = '{rmse: {better: lower, margin: 0.5}}'

  test.each([
    [auc, '{auc: 0.92}', '{auc: 0.91}', 'auc 0.92, at least 0.9'],
    [auc, '{auc: 0.9}', '{auc: 0.91}', 'auc 0.9, at least 0.9'],
    [rmse, '{rmse: 3.5}', '{rmse: 3}', 'rmse 3.5, at most 3.5'],
    // 0.8 - 0.1 is a little more than 0.7 in binary.
    ['{auc: {better: higher, margin: 0.1}}', '{auc: 0.7}', '{auc: 0.8}', 'auc 0.7, at least 0.7'],
    ['{auc: {better: higher}}', '{auc: 0.8}', '{auc: 0.8}', 'auc 0.8, at least 0.8'],
    ['{bias: {better: higher}}', '{bias: 0}', '{bias: -1}', 'bias 0, at least -1'],
    [auc, '{auc: 0.1}', '{rmse: 1}', 'auc 0.1, held to nothing: 1.0.0 has none'],
  ])('lets %s with %s over %s through', (what, metrics, before, found) => {
    expect(gatesPassed(held(what, metrics), served(before))).toContainEqual({ gate: 'metrics', found })
  })

  test.each([
    [auc, '{auc: 0.899}', '{auc: 0.91}', 'auc 0.899', 'auc at least 0.9 (1.0.0 has 0.91, margin 0.01)'],
    [rmse, '{rmse: 3.51}', '{rmse: 3}', 'rmse 3.51', 'rmse at most 3.5 (1.0.0 has 3, margin 0.5)'],
    [auc, '{rmse: 1}', '{auc: 0.91}', 'no auc', 'auc at least 0.9 (1.0.0 has 0.91, margin 0.01)'],
    [auc, '{rmse: 1}', '{rmse: 1}', 'no auc', 'any number: 1.0.0 has no auc'],
    [
      '{constructor: {better: higher}}',
      '{auc: 1}',
      '{auc: 1}',
      'no constructor',
      'any number: 1.0.0 has no constructor',
    ],
  ])('refuses %s with %s over %s', (what, metrics, before, found, allowed) => {
    const { code, errors } = refusal(() => gatesPassed(held(what, metrics), served(before)))
    expect([code, errors.map((one) => [one.found, one.allowed])]).toEqual([
      'metrics-worse',
      [[found, allowed]],
    ])
  })

  test('tells of every metric that is worse, and where it stands', () => {
    const both = '{auc: {better: higher}, rmse: {better: lower}, f1: {better: higher}}'
    const { errors } = refusal(() =>
      gatesPassed(held(both, '{auc: 0.1, rmse: 9, f1: 1}'), served('{auc: 0.9, rmse: 1, f1: 0.5}')),
    )
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/source/metrics/auc', '/source/metrics/rmse'])
  })

  test('holds the first version to nothing but that it was measured', () => {
    expect(gatesPassed(held(auc, '{auc: 0.1}'), undefined)).toContainEqual({
      gate: 'metrics',
      found: 'auc 0.1, held to nothing: nothing is served yet',
    })
    expect(refusal(() => gatesPassed(held(auc, '{rmse: 1}'), undefined)).code).toBe('metrics-worse')
  })

  test('of any numbers lets through what is no worse, and what is within the margin', () => {
    const value = fc.integer({ min: -1000, max: 1000 }).map((n) => n / 100)
    const size = fc.integer({ min: 0, max: 100 }).map((n) => n / 100)
    fc.assert(
      fc.property(value, value, size, fc.constantFrom('higher', 'lower'), (was, is, margin, better) => {
        const pass = () =>
          gatesPassed(
            held(`{m: {better: ${better}, margin: ${margin}}}`, `{m: ${is}}`),
            served(`{m: ${was}}`),
          )
        const worse = Math.round((better === 'higher' ? was - is : is - was) * 100)
        if (worse <= Math.round(margin * 100)) expect(pass()).toHaveLength(2)
        else expect(refusal(pass).code).toBe('metrics-worse')
      }),
    )
  })
})

describe('an approval', () => {
  const decision = { by: 'grace', reason: 'looks well', at: '2026-03-01T10:00:00Z' }
  test.each([
    [undefined, undefined],
    [{ needs: 'required', expiresAt: 1 }, undefined],
    [{ needs: 'required', expiresAt: 1, decision: { ...decision, decision: 'reject' } }, undefined],
    [
      { needs: 'four-eyes', expiresAt: 1, decision: { ...decision, decision: 'approve' } },
      { gate: 'approval', found: 'approved by grace: looks well' },
    ],
  ] as const)('is a gate once somebody agreed (%#)', (approval, gate) => {
    expect(approvalGate(approval)).toEqual(gate)
  })
})

describe('a version without a signature', () => {
  test('over another one passes, and the gate says that nothing is known', () => {
    expect(gatesPassed(record('1.0.1', undefined), record('1.0.0', undefined))).toEqual([
      { gate: 'compatibility', found: 'backward: neither 1.0.0 nor 1.0.1 says what it takes: not known' },
    ])
  })

  test.each([
    [undefined, one],
    [one, undefined],
  ])('and one with a signature need a major step (%#)', (before, after) => {
    const { code, errors } = refusal(() => gatesPassed(record('1.1.0', after), record('1.0.0', before)))
    expect(code).toBe('contract-broken')
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/signature/inputs', '/signature/outputs'])
    expect(() => gatesPassed(record('2.0.0', after), record('1.0.0', before))).not.toThrow()
    expect(() => gatesPassed(record('1.1.0', after, mode('none')), record('1.0.0', before))).not.toThrow()
  })

  test('of another runtime than container is none that callers could rely on', () => {
    const broken = record('1.1.0', undefined, 'runtime: onnx')
    expect(refusal(() => gatesPassed(broken, record('1.0.0', one))).code).toBe('signature-unknown')
  })
})
