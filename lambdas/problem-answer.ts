import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Grant } from '../lib/rules/access.ts'
import { successorLink } from '../lib/rules/deprecation.ts'
import { isProblem, Problem, problemDocument } from '../lib/rules/problem.ts'
import { timedRequestId } from '../lib/rules/request-id.ts'

/** What the gateway of a world hands to an app with each request. */
export interface Door {
  Bindings: {
    /** The path as text, decoded once and checked by `rules/request-path`. */
    readonly path: string
    /** Who calls. */
    readonly actor: string
    /** What the caller may do; undefined where others decided who may come in: IAM, or a laptop open to its user. */
    readonly grants?: readonly Grant[] | undefined
  }
  Variables: { requestId: string }
}

const shapeOfRequestId = /^[A-Za-z0-9._-]{1,64}$/

/** An answer of ours, before a world's gateway has made it its own. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** The caller's own request id where it sent a plain one, else a new one. */
export function requestIdFrom(sent: string | undefined): string {
  return sent !== undefined && shapeOfRequestId.test(sent)
    ? sent
    : timedRequestId(Date.now(), crypto.randomUUID())
}

/** The request's id; the same for the whole request. */
export function requestIdOf(context: Context<Door>): string {
  const known = context.get('requestId')
  if (known !== undefined) return known
  const id = requestIdFrom(context.req.header('x-request-id'))
  context.set('requestId', id)
  return id
}

/** Any error as an RFC 9457 document. What is no Problem is a fault of ours: it is logged, and not shown. */
export function problemReply(error: unknown, requestId: string, path: string): Reply {
  if (!isProblem(error)) console.error(requestId, error)
  const problem = asProblem(error)
  const mayRetry = problem.status === 503 || problem.status === 429
  return {
    status: problem.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'X-Request-Id': requestId,
      ...(problem.status === 401 && { 'WWW-Authenticate': 'Bearer realm="sluice"' }),
      ...(problem.successor !== undefined && { Link: successorLink(problem.successor, path) }),
      ...(mayRetry && { 'Retry-After': String(problem.retryAfterSeconds ?? 1) }),
    },
    body: JSON.stringify(problemDocument(problem, requestId, path)),
  }
}

/** A Problem as it is; whatever else was thrown is the platform's fault. */
export function asProblem(error: unknown): Problem {
  return isProblem(error) ? error : new Problem('platform-fault', 'the platform failed on this request')
}

/** `problemReply`, as an app answers it. */
export function problemAnswer(error: unknown, context: Context<Door>): Response {
  return replied(problemReply(error, requestIdOf(context), context.env.path), context)
}

/** A reply, as an app answers it. */
export function replied({ status, headers, body }: Reply, context: Context<Door>): Response {
  return context.body(body as string | Uint8Array<ArrayBuffer>, status as ContentfulStatusCode, headers)
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
