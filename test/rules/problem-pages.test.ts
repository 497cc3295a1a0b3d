import { STATUS_CODES } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { problemPages } from '../../lib/rules/problem-pages.ts'

describe.each(Object.entries(problemPages))('the page of %s', (code, { status, title, cause, mend }) => {
  test('has a code of small letters, as part of an address', () => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
  })

  test('has an HTTP error status that exists', () => {
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect(STATUS_CODES).toHaveProperty(String(status))
  })

  test('says in sentences how one comes to see it and what to do', () => {
    expect(title).toMatch(/^[A-Z].*[^.]$/)
    for (const sentence of [cause, mend]) expect(sentence).toMatch(/^\S.{10,}\.$/s)
  })
})

test.each([
  ['body-too-large', 413],
  ['content-type-unknown', 415],
  ['not-acceptable', 406],
  ['version-retired', 410],
  ['endpoint-unavailable', 503],
  ['model-timeout', 504],
  ['path-malformed', 400],
  ['alias-unknown', 404],
  ['moved-meanwhile', 409],
] as const)('%s answers %d, as the HTTP interface promises', (code, status) => {
  expect(problemPages[code].status).toBe(status)
})
