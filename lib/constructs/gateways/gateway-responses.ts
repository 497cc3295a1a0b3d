import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway'
import { Problem, type ProblemCode, problemDocument } from '../../rules/problem.ts'

/** What a REST API answers by itself, as the problem that it is. The last two are for whatever has no line here. */
const answers: readonly (readonly [type: ResponseType, code: ProblemCode, detail: string])[] = [
  [ResponseType.UNAUTHORIZED, 'not-signed-in', 'the request carries no key or token that is good'],
  [ResponseType.ACCESS_DENIED, 'scope-missing', 'the caller may not do this'],
  [
    ResponseType.MISSING_AUTHENTICATION_TOKEN,
    'access-refused',
    'the request is not signed, or there is no such path',
  ],
  [ResponseType.INVALID_SIGNATURE, 'access-refused', 'the signature is wrong, or too old'],
  [ResponseType.EXPIRED_TOKEN, 'access-refused', 'the session of the caller is over'],
  [ResponseType.INVALID_API_KEY, 'access-refused', 'the caller may not do this'],
  [ResponseType.WAF_FILTERED, 'access-refused', 'a firewall in front of the platform refuses the request'],
  [ResponseType.RESOURCE_NOT_FOUND, 'path-unknown', 'there is no such path'],
  [ResponseType.REQUEST_TOO_LARGE, 'body-too-large', 'the gateway takes no more than 10 MB a request'],
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, 'content-type-unknown', 'the gateway takes no body of this type'],
  [ResponseType.BAD_REQUEST_PARAMETERS, 'request-malformed', 'the gateway cannot read the parameters'],
  [ResponseType.BAD_REQUEST_BODY, 'request-malformed', 'the gateway cannot read the body'],
  [ResponseType.THROTTLED, 'gateway-busy', 'more requests a second than the platform takes'],
  [ResponseType.QUOTA_EXCEEDED, 'gateway-busy', 'more requests than the platform takes'],
  [ResponseType.INTEGRATION_TIMEOUT, 'model-timeout', 'no answer came within 29 s'],
  [ResponseType.DEFAULT_4XX, 'access-refused', 'the gateway refuses the request'],
  [ResponseType.DEFAULT_5XX, 'platform-fault', 'the gateway could not have the request answered'],
]

/**
 * Let a REST API refuse as the platform does. Its templates put in variables and no more, so that `status` stands with
 * the answer's own. What the gateway itself says of it stands in `message`, as in the answers of an HTTP API.
 */
export function addGatewayResponses(api: RestApi): void {
  for (const [type, code, detail] of answers) {
    const problem = new Problem(code, detail)
    const document = JSON.stringify(problemDocument(problem, '$context.requestId', '$context.path'))
    api.addGatewayResponse(type.responseType, {
      type,
      statusCode: String(problem.status),
      responseHeaders: {
        'Content-Type': "'application/problem+json'",
        'X-Request-Id': 'context.requestId',
        ...(problem.status === 429 && { 'Retry-After': "'1'" }),
      },
      templates: {
        'application/json': document.replace(/}$/, ',"message":$context.error.messageString}'),
      },
    })
  }
}
