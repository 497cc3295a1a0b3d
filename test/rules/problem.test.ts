import { runInNewContext } from 'node:vm'
import { describe, expect, test } from '@jest/globals'
import { isProblem, oneOf, Problem, problemDocument, problemType, shown } from '../../lib/rules/problem.ts'
import { problemPages } from '../../lib/rules/problem-pages.ts'

const findings = [
  { pointer: '/tenure', found: "'x'", allowed: 'float32' },
  { pointer: '/model', found: '5', allowed: 'a string', line: 3, column: 8 },
]
const problem = new Problem('request-invalid', 'the record is wrong', findings)

describe('a problem document', () => {
  const document = problemDocument(problem, 'req-1', '/models/churn/invocations')

  test('has the members of RFC 9457, ours, and an error string', () => {
    expect(document).toEqual({
      type: 'urn:sluice:problem:request-invalid',
      title: problemPages['request-invalid'].title,
      status: 422,
      detail: 'the record is wrong',
      instance: '/models/churn/invocations',
      code: 'request-invalid',
      requestId: 'req-1',
      errors: findings,
      error: 'the record is wrong',
    })
  })

  test('shows no stack, no path and nothing else of the error', () => {
    const hidden = Object.assign(new Problem('platform-fault', 'it failed'), { arn: 'arn:aws:secret' })
    const text = JSON.stringify(problemDocument(hidden, 'r', '/'))
    expect(hidden.stack).toContain('problem.test.ts')
    expect(text).not.toMatch(/stack|\.ts|arn:/)
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(document))
  })

  test('leaves line and column out of findings that have none', () => {
    expect(Object.keys(document.errors[0] ?? {})).toEqual(['pointer', 'found', 'allowed'])
  })
})

describe('a problem', () => {
  test('survives a journey as plain facts', () => {
    const again = Problem.of(JSON.parse(JSON.stringify(problem.facts)))
    expect(again).toMatchObject({ code: 'request-invalid', message: 'the record is wrong', errors: findings })
    expect(again.status).toBe(422)
  })

  test('is known in any realm, and other errors are not taken for it', () => {
    expect(isProblem(problem)).toBe(true)
    expect(
      isProblem(runInNewContext("Object.assign(new Error('x'), { name: 'Problem', code: 'usage' })")),
    ).toBe(true)
    expect(isProblem(new Error('x'))).toBe(false)
    expect(isProblem(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe(false)
    expect(isProblem({ name: 'Problem', code: 'usage' })).toBe(false)
    expect(isProblem(undefined)).toBe(false)
  })

  test('has a type that names its page', () => {
    expect(problemType('usage')).toBe('urn:sluice:problem:usage')
  })
})

describe('what was found is shown', () => {
  test.each([
    ['text', "'text'"],
    [5, '5'],
    [null, 'null'],
    [true, 'true'],
    [undefined, 'undefined'],
    [[1, 2], '[1,2]'],
    [{ a: 1 }, '{"a":1}'],
    [{ plan: ['gold', { b: null }] }, '{"plan":["gold",{"b":null}]}'],
    ['two\nlines\t\u0007\u0085', "'two lines   '"],
  ])('%j as %s', (value, expected) => {
    expect(shown(value)).toBe(expected)
  })

  test('cut to 60 characters', () => {
    expect(shown('x'.repeat(58))).toBe(`'${'x'.repeat(58)}'`)
    expect(shown('x'.repeat(59))).toBe(`'${'x'.repeat(56)}...`)
  })

  test('and told to be cut, where only its beginning is shown', () => {
    const many = shown(Array.from({ length: 1000 }, () => 1))
    expect(many).toMatch(/^\[1,1,1,.*\.\.\./)
    expect(many.length).toBeLessThanOrEqual(60)
    const wide = shown(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i])))
    expect(wide).toMatch(/^\{"k0":0,.*\.\.\./)
    expect(wide.length).toBeLessThanOrEqual(60)
  })

  test.each([
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [Number.NaN, 'NaN'],
  ])('%d as itself and not as null', (value, expected) => {
    expect(shown(value)).toBe(expected)
  })

  test('even where it goes round in a circle or is 50,000 levels deep', () => {
    const circle: unknown[] = []
    circle.push(circle)
    let deep: unknown = 1
    for (let i = 0; i < 50_000; i += 1) deep = { a: deep }
    expect(shown(circle).length).toBeLessThanOrEqual(60)
    expect(shown(deep).length).toBeLessThanOrEqual(60)
  })
})

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a or b'],
  [['a', 'b', 'c'], 'a, b or c'],
])('%j reads as %j', (values, expected) => {
  expect(oneOf(values)).toBe(expected)
})
