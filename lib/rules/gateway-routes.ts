import { parseInvocationPath } from './request-path.ts'

/** Where predictions are asked for, as a gateway writes its routes. */
export const predictionRoutes = {
  live: '/models/{model}/invocations',
  aliases: '/models/{model}/aliases/{alias}/invocations',
  versions: '/models/{model}/versions/{version}/invocations',
} as const

/** Where keys are made and taken away: by people whom IAM knows, whoever else may call. */
export const keyRoutes = { all: '/keys', one: '/keys/{id}' } as const

/** Everything else. */
export const otherRoute = '/{proxy+}'

/**
 * The route that a checked path names. A gateway matches routes by a rule of its own: where it came to another one, it
 * asked for other rights than the path needs.
 */
export function routeOf(method: string, path: string): string {
  if (path === keyRoutes.all) return keyRoutes.all
  if (/^\/keys\/[^/]+$/.test(path)) return keyRoutes.one
  const asked = method === 'POST' ? parseInvocationPath(path) : undefined
  return asked === undefined ? otherRoute : predictionRoutes[asked.of?.kind ?? 'live']
}
