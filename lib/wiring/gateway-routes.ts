import { parseInvocationPath } from '../rules/request-path.ts'
import { approvalLinkRoute, isApprovalLink } from './approval-links.ts'
import { consoleRouteOf } from './console-routes.ts'
import { iamOnlyPaths } from './iam-only-paths.ts'

/** Where predictions are asked for, as a gateway writes its routes. */
export const predictionRoutes = {
  live: '/models/{model}/invocations',
  aliases: '/models/{model}/aliases/{alias}/invocations',
  versions: '/models/{model}/versions/{version}/invocations',
} as const

/** Everything else but what answers to IAM alone. */
export const otherRoute = '/{proxy+}'

/**
 * The route that a checked path names. A gateway matches routes by a rule of its own: where it came to another one, it
 * has asked for other rights than the path needs.
 */
export function routeOf(method: string, path: string): string {
  const iamOnly = iamOnlyPaths.find((route) => fits(route, path))
  if (iamOnly !== undefined) return iamOnly
  if (isApprovalLink(method, path)) return approvalLinkRoute
  const ofConsole = consoleRouteOf(method, path)
  if (ofConsole !== undefined) return ofConsole
  const asked = method === 'POST' ? parseInvocationPath(path) : undefined
  return asked === undefined ? otherRoute : predictionRoutes[asked.of?.kind ?? 'live']
}

function fits(route: string, path: string): boolean {
  const parts = path.split('/')
  const wanted = route.split('/')
  return (
    wanted.length === parts.length &&
    wanted.every((one, i) => one === parts[i] || (one[0] === '{' && parts[i]))
  )
}
