import { expect, test } from '@jest/globals'
import { countsAsFailed } from '../../lib/rules/outcome.ts'
import type { ProblemCode } from '../../lib/rules/problem.ts'
import { problemPages } from '../../lib/rules/problem-pages.ts'

/** What may be the doing of the version that was asked. */
const versionsOwn = [
  'model-failed',
  'graph-failed',
  'model-timeout',
  'endpoint-unavailable',
  'request-invalid',
]

test('an answer without a problem did not fail', () => {
  expect(countsAsFailed(undefined)).toBe(false)
})

test.each(Object.keys(problemPages) as ProblemCode[])(
  '%s counts against a canary only if it may be its doing',
  (code) => {
    expect(countsAsFailed(code)).toBe(versionsOwn.includes(code))
  },
)
