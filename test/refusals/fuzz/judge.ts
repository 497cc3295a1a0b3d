import { type Problem, problemDocument } from '../../../lib/rules/problem.ts'
import { problemPages } from '../../../lib/rules/problem-pages.ts'

/** What was wrong with an answer; the four sums of the last line. */
export type Fault = 'crash' | '5xx' | 'invalid problem document' | 'leak'

/** What no caller may see: a stack, a path of ours, an ARN, a source file. */
const ours =
  /\bat (?:Object|async|new|Module|file:)|\n\s+at |\barn:|\/(?:home|root|tmp|work|Users|var|private)\/|\.[cm]?ts:|node_modules|node:internal/

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** Hold an answer to what every answer must be. @returns its code, or its status where it is no refusal */
export function judged({ status, headers, body }: WireAnswer): { code: string; faults: Fault[] } {
  if (status < 400) return { code: `${status}`, faults: [] }
  const faults: Fault[] = status >= 500 ? ['5xx'] : []
  if (ours.test(body)) faults.push('leak')
  const code = codeOf(body)
  const whole =
    headers.get('content-type') === 'application/problem+json' &&
    isWhole(body, status) &&
    headers.get('x-request-id') === (JSON.parse(body) as { requestId: string }).requestId
  if (!whole) faults.push('invalid problem document')
  return { code: code ?? `${status} without a code`, faults }
}

/** The same for a Problem that no request has caused. */
export function judgedProblem(problem: Problem): { code: string; faults: Fault[] } {
  const body = JSON.stringify(problemDocument(problem, 'fuzz', '/'))
  const faults: Fault[] = ours.test(body) ? ['leak'] : []
  if (!isWhole(body, problem.status)) faults.push('invalid problem document')
  if (problem.status >= 500) faults.push('5xx')
  return { code: problem.code, faults }
}

function codeOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { code?: string }).code
  } catch {
    return undefined
  }
}

/** Every member of RFC 9457 and ours, each of its type, and all of them those of the code's page. */
function isWhole(body: string, status: number): boolean {
  const document = JSON.parse(body) as Record<string, unknown>
  const code = String(document['code'])
  if (!Object.hasOwn(problemPages, code)) return false
  const page = problemPages[code as keyof typeof problemPages]
  const { detail, errors } = document
  return (
    Object.keys(document).toSorted().join() === members &&
    document['type'] === `urn:sluice:problem:${code}` &&
    document['title'] === page.title &&
    document['status'] === page.status &&
    page.status === status &&
    typeof detail === 'string' &&
    detail.length > 5 &&
    detail.length < 2000 &&
    detail.isWellFormed() &&
    document['error'] === detail &&
    String(document['instance']).startsWith('/') &&
    /^[\w.-]+$/.test(String(document['requestId'])) &&
    Array.isArray(errors) &&
    errors.every(isFinding)
  )
}

const members = 'code,detail,error,errors,instance,requestId,status,title,type'

function isFinding(finding: unknown): boolean {
  const { pointer, found, allowed } = finding as Record<string, unknown>
  return (
    typeof pointer === 'string' && [found, allowed].every((text) => typeof text === 'string' && text !== '')
  )
}
