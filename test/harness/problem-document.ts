import { expect } from '@jest/globals'
import type { Finding, ProblemCode } from '../../lib/rules/problem.ts'
import { problemPages } from '../../lib/rules/problem-pages.ts'

/** A problem as a caller sees it. */
export interface SeenProblem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly instance: string
  readonly code: ProblemCode
  readonly requestId: string
  readonly errors: readonly Finding[]
  readonly error: string
}

/** What no caller may see: a stack, a path of ours, an ARN, a source file. */
const ours = /\n\s+at |arn:aws|\/secret\/|\/(?:home|root|tmp|work|Users|var)\/|\.[cm]?[jt]s\b|node_modules/

/** Hold an answer to all that DESIGN §4.3 says of a problem document. @returns the document */
export async function problemIn(response: Response, code: ProblemCode): Promise<SeenProblem> {
  const text = await response.text()
  expect(`${response.status} ${response.headers.get('content-type')} ${text}`).toMatch(
    new RegExp(`^\\d{3} application/problem\\+json .*"code":"${code}"`),
  )
  const document = JSON.parse(text) as SeenProblem
  const { title, status } = problemPages[code]
  expect(response.status).toBe(status)
  expect(document).toEqual({
    type: `urn:sluice:problem:${code}`,
    title,
    status,
    detail: expect.stringMatching(/\w{3}/),
    instance: expect.stringMatching(/^\//),
    code,
    requestId: expect.stringMatching(/^[\w.-]+$/),
    errors: expect.any(Array),
    error: document.detail,
  })
  expect(response.headers.get('x-request-id')).toBe(document.requestId)
  expect(text).not.toMatch(ours)
  for (const finding of document.errors)
    expect(finding).toMatchObject({
      pointer: expect.any(String),
      found: expect.stringMatching(/./),
      allowed: expect.stringMatching(/./),
    })
  return document
}
