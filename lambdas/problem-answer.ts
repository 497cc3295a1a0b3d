import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isProblem, Problem, problemDocument } from '../lib/rules/problem.ts'

/** What the gateway of a world hands to an app with each request. */
export interface Door {
  Bindings: {
    /** The path as text, decoded once and checked by `rules/request-path`. */
    readonly path: string
    /** Who calls. */
    readonly actor: string
  }
  Variables: { requestId: string }
}

const shapeOfRequestId = /^[A-Za-z0-9._-]{1,64}$/

/** The caller's own request id where it sent a plain one, else a new one; the same for the whole request. */
export function requestIdOf(context: Context<Door>): string {
  const known = context.get('requestId')
  if (known !== undefined) return known
  const sent = context.req.header('x-request-id')
  const id = sent !== undefined && shapeOfRequestId.test(sent) ? sent : crypto.randomUUID()
  context.set('requestId', id)
  return id
}

/** Any error as an RFC 9457 document. What is no Problem is a fault of ours: it is logged, and not shown. */
export function problemAnswer(error: unknown, context: Context<Door>): Response {
  const requestId = requestIdOf(context)
  const problem = isProblem(error)
    ? error
    : new Problem('platform-fault', 'the platform failed on this request')
  if (!isProblem(error)) console.error(requestId, error)
  context.header('Content-Type', 'application/problem+json')
  context.header('X-Request-Id', requestId)
  if (problem.status === 503 || problem.status === 429) context.header('Retry-After', '1')
  return context.body(
    JSON.stringify(problemDocument(problem, requestId, context.env.path)),
    problem.status as ContentfulStatusCode,
  )
}

/** No route of an app has this path and method. */
export function pathUnknown(method: string, path: string): Problem {
  const place = `${method} ${path.length > 80 ? `${path.slice(0, 77)}...` : path}`
  const misspelt = path.endsWith('/invocations') && method !== 'POST'
  return new Problem(
    'path-unknown',
    misspelt ? `there is no ${place}; predictions are asked for with POST` : `there is no ${place}`,
  )
}
