import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'

/**
 * One line of JSON a request, with what answers "who was refused, and what was slow"; `path` names
 * the model. No address and no user agent: they are about people, and nothing here needs them.
 * @param route how this kind of API calls the route that it matched
 */
export function accessLogFormat(route: 'routeKey' | 'resourcePath'): AccessLogFormat {
  return AccessLogFormat.custom(
    JSON.stringify({
      requestId: '$context.requestId',
      method: '$context.httpMethod',
      route: `$context.${route}`,
      path: '$context.path',
      status: '$context.status',
      latencyMs: '$context.responseLatency',
      integrationLatencyMs: '$context.integrationLatency',
      bytes: '$context.responseLength',
      iamCaller: '$context.identity.userArn',
      actor: '$context.authorizer.actor',
      refused: '$context.error.responseType',
    }),
  )
}
