import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkedPath, decodedOnce } from '../../lib/rules/request-path.ts'
import { answerOrRefusal, refusal } from './refusal.ts'

/** What the router does with the raw path of an HTTP API. */
const throughTheDoor = (raw: string) => checkedPath(decodedOnce(raw))

describe('a path', () => {
  test.each([
    '/',
    '/health',
    '/models',
    '/models/',
    '/models/churn/invocations',
    '/models/churn/invocations/',
    '/models/churn/versions/^1.2/invocations',
    '/models/churn/versions/~1.2.3/invocations',
    '/models/churn/versions/1.4.0-rc.1/openapi.json',
    '/models/churn/versions/1.x/invocations',
    '/a/..b/c..',
    '/.../x',
  ])('%j passes unchanged', (path) => {
    expect(throughTheDoor(path)).toBe(path)
  })

  test.each([
    ['/models/churn/versions/%5E1.2/invocations', '/models/churn/versions/^1.2/invocations'],
    ['/models/churn/versions/%7e1/invocations', '/models/churn/versions/~1/invocations'],
    ['/models%2Fchurn', '/models/churn'],
  ])('%j is decoded once, to %j', (raw, decoded) => {
    expect(throughTheDoor(raw)).toBe(decoded)
  })

  test.each([
    ['a dot segment', '/models/churn/../iris/invocations'],
    ['a dot segment at the end', '/models/churn/..'],
    ['a dot segment before a slash at the end', '/models/churn/../'],
    ['a single dot segment', '/models/./churn'],
    ['an encoded dot segment', '/models/churn/%2e%2e/iris'],
    ['a half encoded dot segment', '/models/churn/.%2E/iris'],
    ['a dot segment behind encoded slashes', '/models/churn%2F..%2Firis'],
    ['a doubly encoded dot segment', '/models/churn/%252e%252e/iris'],
    ['a doubly encoded slash', '/models/churn%252f..%252firis'],
    ['a triply encoded dot', '/models/churn/%25252e%25252e/iris'],
    ['a doubly encoded letter', '/models/%2563hurn'],
    ['a backslash', '/models\\churn'],
    ['an encoded backslash', '/models/churn/..%5Ciris'],
    ['a NUL', '/models/churn\0'],
    ['an encoded NUL', '/models/churn%00/invocations'],
    ['a space', '/models/ch urn'],
    ['an encoded space', '/models/churn%20'],
    ['a plus', '/models/ch+urn'],
    ['a line break', '/models/churn%0d%0aX: 1'],
    ['a question mark', '/models/churn%3Fat=1'],
    ['a hash', '/models/churn%23'],
    ['a semicolon', '/models/churn;v=1'],
    ['a colon', '/models/churn:predict'],
    ['another alphabet', '/models/%D1%81hurn'],
    ['a full-width dot', '/models/churn/\uff0e\uff0e/iris'],
    ['two slashes', '/models//churn'],
    ['two slashes at the start', '//models/churn'],
    ['two slashes at the end', '/models/churn//'],
    ['nothing but slashes', '//'],
    ['no slash at the start', 'models/churn'],
    ['a whole URL', 'http://evil/models/churn'],
    ['a % that encodes nothing', '/models/churn/%'],
    ['a % with half a code', '/models/churn/%4'],
    ['a % with a wrong code', '/models/churn/%zz'],
    ['half a UTF-8 character', '/models/churn/%c3'],
    ['an overlong dot', '/models/churn/%c0%ae%c0%ae/iris'],
  ])('with %s is refused: %j', (_, raw) => {
    expect(refusal(() => throughTheDoor(raw)).code).toBe('path-malformed')
  })

  test('that passes means the same to a URL parser, whatever was sent', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2f',
      '%25',
      '\\',
      'a',
      'models',
      '^1',
      '~',
      ' ',
      '?',
      '\0',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const raw = `/${pieces.join('')}`
        const path = answerOrRefusal(() => throughTheDoor(raw))
        if (typeof path === 'string')
          expect(decodeURIComponent(new URL(path, 'http://h').pathname)).toBe(path)
      }),
      { seed: 1, numRuns: 3000 },
    )
  })
})
