import type { AskedEvent } from '../../lambdas/aws/asked-path.ts'
import { otherRoute, predictionRoutes } from '../../lib/wiring/gateway-routes.ts'
import { iamOnlyPaths } from '../../lib/wiring/iam-only-paths.ts'

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string
  /** The request target: path and query, as they were written. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What one gateway makes of a request: an event, and which function gets it. */
export interface Handed<Event> {
  readonly event: Event & AskedEvent
  readonly to: 'router' | 'control'
}

const routes = [
  ...Object.values(predictionRoutes).map((path) => ({ method: 'POST', path })),
  ...iamOnlyPaths.map((path) => ({ method: 'ANY', path })),
]

/**
 * The event of format 2.0 that an HTTP API makes. It matches routes and hands the path over decoded once, but for `%25`,
 * and cut off at a `?` that was encoded (measured by others: middleapi/standard-server#93, hotsock/voker#8, ministack).
 */
export function httpApiEvent({ method, target, headers, body }: WireRequest): Handed<object> {
  const [path = '', query = ''] = cut(target)
  const [rawPath = ''] = cut(decoded(path))
  const route = matched(method, rawPath.replace(/^\/+/, '/').split('/'), false)
  const event = {
    version: '2.0',
    routeKey: `${route.method} ${route.path}`,
    rawPath,
    rawQueryString: query,
    headers: { host: 'api.example', ...headers },
    requestContext: { domainName: 'api.example', http: { method, path: rawPath }, stage: '$default' },
    isBase64Encoded: false,
    ...(body !== '' && { body }),
  }
  return { event, to: functionOf(route.path) }
}

/**
 * The event of format 1.0 that a REST API makes: the path as it was sent, without the stage. A slash at the end is not
 * looked at where a resource is matched.
 */
export function restApiEvent({ method, target, headers, body }: WireRequest): Handed<object> {
  const [path = '', query = ''] = cut(target)
  const { path: resource } = matched(method, path.split('/'), true)
  const parameters = Object.fromEntries(new URLSearchParams(query))
  const event = {
    resource,
    path,
    httpMethod: method,
    headers: { Host: 'api.example', ...headers },
    multiValueHeaders: Object.fromEntries(
      Object.entries({ Host: 'api.example', ...headers }).map(([name, value]) => [name, [value]]),
    ),
    queryStringParameters: parameters,
    multiValueQueryStringParameters: Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, [value]]),
    ),
    requestContext: {
      domainName: 'api.example',
      stage: 'prod',
      path: `/prod${path}`,
      resourcePath: resource,
      httpMethod: method,
    },
    body: body === '' ? null : Buffer.from(body).toString('base64'),
    isBase64Encoded: body !== '',
  }
  return { event, to: functionOf(resource) }
}

function functionOf(route: string): 'router' | 'control' {
  return route.endsWith('/invocations') ? 'router' : 'control'
}

/** The most literal route that fits, as both gateways choose it. */
function matched(method: string, parts: readonly string[], slashAtEnd: boolean) {
  const asked = slashAtEnd && parts.length > 2 && parts.at(-1) === '' ? parts.slice(0, -1) : parts
  const found = routes.find(
    (route) =>
      (route.method === 'ANY' || route.method === method) &&
      route.path.split('/').length === asked.length &&
      route.path.split('/').every((part, i) => part === asked[i] || (part[0] === '{' && asked[i] !== '')),
  )
  return found ?? { method: 'ANY', path: otherRoute }
}

function cut(target: string): readonly [string, string] {
  const at = target.indexOf('?')
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
}

/** What is no UTF-8 becomes U+FFFD; a `%` that encodes nothing stays. */
function decoded(path: string): string {
  return path.replaceAll(/(?:%(?!25)[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  )
}
