import { type Access, grantsText } from '../../lib/rules/access.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import { isIamOnly } from '../../lib/wiring/iam-only-paths.ts'
import type { KnockingRequest } from '../access/admission.ts'
import { asProblem } from '../problem-answer.ts'
import { askedPath } from './asked-path.ts'
import type { AuthorizerContext } from './caller.ts'

/** What an HTTP API asks its authorizer, in the format 2.0. */
export interface HttpAuthorizerEvent {
  readonly version: '2.0'
  readonly rawPath: string
  readonly headers?: Headers
  readonly requestContext: { readonly http: { readonly method: string } }
}

/** What a REST API asks its authorizer of the kind REQUEST. */
export interface RestAuthorizerEvent {
  readonly type: 'REQUEST'
  readonly methodArn: string
  readonly path: string
  readonly httpMethod: string
  readonly headers?: Headers | null
}

type Headers = Readonly<Record<string, string | undefined>>

/** The simple answer of the format 2.0. */
export interface SimpleAnswer {
  readonly isAuthorized: boolean
  readonly context?: AuthorizerContext
}

export interface PolicyAnswer {
  readonly principalId: string
  readonly policyDocument: {
    readonly Version: '2012-10-17'
    readonly Statement: readonly [
      { readonly Action: 'execute-api:Invoke'; readonly Effect: 'Allow' | 'Deny'; readonly Resource: string },
    ]
  }
  readonly context: AuthorizerContext | { readonly reason: string }
}

type Answer<Event> = Event extends HttpAuthorizerEvent ? SimpleAnswer : PolicyAnswer

/**
 * The authorizer of either gateway. Whatever goes wrong, nobody is let in. A gateway must not cache its answers: they
 * hold for one request, and what is known of keys is kept here, for as long as a revocation may take.
 */
export function authorizerOver(admits: (request: KnockingRequest) => Promise<Access>) {
  return async <Event extends HttpAuthorizerEvent | RestAuthorizerEvent>(
    event: Event,
  ): Promise<Answer<Event>> => {
    const answer = 'methodArn' in event ? policy(event, admits) : simple(event, admits)
    return (await answer) as Answer<Event>
  }
}

type Admits = Parameters<typeof authorizerOver>[0]

async function simple(event: HttpAuthorizerEvent, admits: Admits): Promise<SimpleAnswer> {
  try {
    const { method } = event.requestContext.http
    return { isAuthorized: true, context: contextOf(await judged(event, method, admits)) }
  } catch (error) {
    refusalOf(error)
    return { isAuthorized: false }
  }
}

async function policy(event: RestAuthorizerEvent, admits: Admits): Promise<PolicyAnswer> {
  const { methodArn } = event
  try {
    if (/[*?$]/.test(methodArn)) throw new Problem('path-malformed', 'the path is a pattern')
    const access = await judged(event, event.httpMethod, admits)
    return answered('Allow', methodArn, access.actor, contextOf(access))
  } catch (error) {
    const { code, message } = refusalOf(error)
    // The one word by which a REST API answers 401 instead of 403.
    if (code === 'not-signed-in') throw new Error('Unauthorized')
    return answered('Deny', '*', 'nobody', { reason: `${code}: ${message}` })
  }
}

async function judged(
  event: HttpAuthorizerEvent | RestAuthorizerEvent,
  method: string,
  admits: Admits,
): Promise<Access> {
  const path = askedPath(event)
  if (isIamOnly(path))
    throw new Problem('scope-missing', 'keys are made and revoked by those whom AWS IAM knows and allows')
  return admits({
    method,
    path,
    authorization: header(event.headers, 'authorization'),
    apiKey: header(event.headers, 'x-api-key'),
  })
}

/** An HTTP API writes the names of headers small, a REST API as they were sent. */
function header(headers: Headers | null | undefined, wanted: string): string | undefined {
  return Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1]
}

function contextOf({ actor, grants }: Access): AuthorizerContext {
  return { actor, grants: grantsText(grants) }
}

/** The exact method and path that were asked for, never a pattern: what is allowed here is allowed nowhere else. */
function answered(
  Effect: 'Allow' | 'Deny',
  Resource: string,
  principalId: string,
  context: PolicyAnswer['context'],
): PolicyAnswer {
  const statement = { Action: 'execute-api:Invoke', Effect, Resource } as const
  return { principalId, policyDocument: { Version: '2012-10-17', Statement: [statement] }, context }
}

/**
 * Why somebody was not let in: in the log, since a gateway does not say it.
 * @throws Error where it was no fault of the caller's: a gateway lets nobody in then either, and answers 500, so that
 * nobody throws a good key away
 */
function refusalOf(error: unknown): Problem {
  if (!isProblem(error)) console.error(error)
  const problem = asProblem(error)
  console.info(JSON.stringify({ refused: problem.code, reason: problem.message }))
  if (problem.status >= 500) throw new Error('it cannot be told now who calls')
  return problem
}
