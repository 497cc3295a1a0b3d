/** Events as API Gateway documents them, cut to what is read and a little more: the shapes, not the values, are theirs. */

const account = '123456789012'

/** What an HTTP API asks its authorizer, in the format 2.0. */
export function httpAuthorizerEvent(method: string, rawPath: string, headers: Record<string, string> = {}) {
  return {
    version: '2.0',
    type: 'REQUEST',
    routeArn: `arn:aws:execute-api:eu-central-1:${account}:abcdef123/$default/${method}${rawPath}`,
    identitySource: null,
    routeKey: 'ANY /{proxy+}',
    rawPath,
    rawQueryString: '',
    headers: {
      host: 'abcdef123.execute-api.eu-central-1.amazonaws.com',
      'x-forwarded-proto': 'https',
      ...headers,
    },
    requestContext: {
      accountId: account,
      apiId: 'abcdef123',
      domainName: 'abcdef123.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'abcdef123',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '203.0.113.1', userAgent: 'agent' },
      requestId: 'id',
      routeKey: 'ANY /{proxy+}',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: 1_773_342_238_000,
    },
    pathParameters: { proxy: rawPath.slice(1) },
  } as const
}

/** What a REST API asks its authorizer of the kind REQUEST. The path is as it was sent. */
export function restAuthorizerEvent(
  method: string,
  path: string,
  headers: Record<string, string> | null = {},
) {
  return {
    type: 'REQUEST',
    methodArn: `arn:aws:execute-api:eu-central-1:${account}:abcdef123/prod/${method}${path}`,
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: headers && { Host: 'abcdef123.execute-api.eu-central-1.amazonaws.com', ...headers },
    multiValueHeaders: {},
    queryStringParameters: {},
    pathParameters: { proxy: path.slice(1) },
    stageVariables: {},
    requestContext: {
      path: `/prod${path}`,
      accountId: account,
      resourceId: '05c7jb',
      stage: 'prod',
      requestId: 'id',
      identity: { apiKey: null, apiKeyId: null, sourceIp: '203.0.113.1', userArn: null },
      resourcePath: '/{proxy+}',
      httpMethod: method,
      apiId: 'abcdef123',
    },
  } as const
}
