import { describe, expect, test } from '@jest/globals'
import type { Template } from 'aws-cdk-lib/assertions'
import * as library from '../../lib/index.ts'
import type { PlatformStackProps } from '../../lib/platform-stack.ts'
import { type Opening, openingsOf } from './gateway-routes.ts'
import { onlyOne, platformStack, platformTemplate, resourcesOf, spelt } from './synthesized.ts'

const { Callers, Gateway } = library

const predictions = [
  'POST /models/{model}/invocations',
  'POST /models/{model}/aliases/{alias}/invocations',
  'POST /models/{model}/versions/{version}/invocations',
]
const keys = ['ANY /keys', 'ANY /keys/{id}']
const others = 'ANY /{proxy+}'
/** A page signs nothing, so that there is none where IAM is asked. */
const pages = (who: string) =>
  who === 'iam' ? [] : ['/console', '/console/{proxy+}'].flatMap((path) => [`GET ${path}`, `HEAD ${path}`])

const gateways = { HTTP: Gateway.HTTP, REST: Gateway.REST }
const callers = {
  iam: Callers.iam(),
  keys: Callers.apiKeys(),
  jwt: Callers.jwt({ issuer: 'https://login.example.com/', audience: 'models' }),
}

const templates = new Map<string, Template>()
function template(props: PlatformStackProps = {}): Template {
  const key = JSON.stringify(props)
  const made = templates.get(key) ?? platformTemplate(props)
  templates.set(key, made)
  return made
}

const combinations = Object.entries(gateways).flatMap(([kind, gateway]) =>
  Object.entries(callers).flatMap(([who, caller]) =>
    [false, true].map(
      (open) => [kind, who, open, { gateway, callers: caller, allowAnonymousInvoke: open }] as const,
    ),
  ),
)

describe.each(combinations)(
  'the %s gateway, callers %s, anonymous predictions %p',
  (kind, who, open, props) => {
    const found = (): Record<string, Opening> =>
      Object.fromEntries(openingsOf(template(props)).map((opening) => [opening.route, opening]))

    test('has these routes and no other', () => {
      expect(Object.keys(found()).toSorted()).toEqual(
        [...predictions, ...keys, others, ...pages(who)].toSorted(),
      )
    })

    test('asks who calls on every route but the page’s and, where it is said, those of predictions', () => {
      const asked = who === 'iam' ? 'AWS_IAM' : 'CUSTOM'
      const expected = [
        ...predictions.map((route) => [route, open ? 'NONE' : asked]),
        ...keys.map((route) => [route, 'AWS_IAM']),
        [others, asked],
        ...pages(who).map((route) => [route, 'NONE']),
      ]
      const authorizations = Object.values(found()).map(({ route, authorization }) => [route, authorization])
      expect(Object.fromEntries(authorizations)).toEqual(Object.fromEntries(expected))
    })

    test('hands predictions to the router, the page to what shows it, everything else to control, and callers to the authorizer', () => {
      for (const { route, authorization, answers, asks } of Object.values(found())) {
        expect([route, answers]).toEqual([
          route,
          expect.stringMatching(
            predictions.includes(route)
              ? /ApiRouter/
              : pages(who).includes(route)
                ? /ApiConsole/
                : /ApiControl/,
          ),
        ])
        if (authorization === 'CUSTOM')
          expect([route, asks]).toEqual([route, expect.stringMatching(/Authorizer/)])
        else expect([route, asks]).toEqual([route, undefined])
      }
    })

    test('has a function of its own to ask about callers only where one is asked', () => {
      const made = resourcesOf(template(props), 'AWS::Lambda::Function').filter(([id]) =>
        /Authorizer/.test(id),
      )
      expect(made).toHaveLength(who === 'iam' ? 0 : 1)
    })

    test('may call its functions on its own routes only', () => {
      const type = kind === 'HTTP' ? 'AWS::ApiGatewayV2::Api' : 'AWS::ApiGateway::RestApi'
      const api = `arn:aws:execute-api:eu-central-1:111122223333:<${onlyOne(template(props), type).id}>/`
      const granted = resourcesOf<{ Principal: string; SourceArn: unknown; FunctionName: unknown }>(
        template(props),
        'AWS::Lambda::Permission',
      ).filter(([, { Properties }]) => Properties.Principal === 'apigateway.amazonaws.com')
      const stage = kind === 'HTTP' ? '*' : `<${restStage(template(props))}>`
      const expected = Object.values(found()).map(({ route, answers }) => {
        const [method, path = ''] = route.split(' ')
        const named = kind === 'HTTP' ? path : path.replaceAll(/\{[^}]+\}/g, '*')
        return `${answers} ${api}${stage}/${kind === 'HTTP' || method === 'ANY' ? '*' : method}${named}`
      })
      const asked = Object.values(found()).find(({ asks }) => asks !== undefined)?.asks
      const lines = granted.map(
        ([, { Properties }]) =>
          `${spelt(Properties.FunctionName).slice(1, -5)} ${spelt(Properties.SourceArn)}`,
      )
      const ours = lines.filter((line) => !line.startsWith(`${asked} `))
      expect(ours.toSorted()).toEqual(expected.toSorted())
      for (const line of lines.filter((one) => !ours.includes(one)))
        expect(line.startsWith(`${asked} ${api}authorizers/`)).toBe(true)
      expect(lines.length - ours.length).toBe(asked === undefined ? 0 : 1)
    })
  },
)

const restStage = (from: Template) => onlyOne(from, 'AWS::ApiGateway::Stage').id

describe('the console', () => {
  test('may do nothing but write its log, and knows nothing but how callers say who they are', () => {
    const made = template({ callers: callers.keys })
    const variables = resourcesOf<{ Environment?: { Variables: object } }>(made, 'AWS::Lambda::Function')
      .filter(([id]) => /ApiConsole/.test(id))
      .flatMap(([, { Properties }]) => Object.keys(Properties.Environment?.Variables ?? {}))
    expect(variables.toSorted()).toEqual(['NODE_OPTIONS', 'SLUICE_CALLERS', 'SLUICE_TOKEN_ISSUER'])
    const actions = resourcesOf<{
      PolicyDocument: { Statement: readonly { Action: string | readonly string[] }[] }
    }>(made, 'AWS::IAM::Policy')
      .filter(([id]) => /ApiConsole/.test(id))
      .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement.flatMap(({ Action }) => Action))
    expect(actions.toSorted()).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents'])
  })

  test('is left out where it is not wanted, and cannot be asked for where no page could sign in', () => {
    const opened = (props: PlatformStackProps) => openingsOf(template(props)).map(({ route }) => route)
    expect(
      opened({ callers: callers.keys, console: false }).filter((route) => /console/.test(route)),
    ).toEqual([])
    expect(() => platformStack({ console: true })).toThrow(/sluice console --platform URL/)
  })
})

describe.each(Object.entries(gateways))('a gateway of kind %s', (kind, gateway) => {
  const closed = { gateway, callers: callers.keys }

  test('keeps no answer of the authorizer: a yes is for one model', () => {
    const type = kind === 'HTTP' ? 'AWS::ApiGatewayV2::Authorizer' : 'AWS::ApiGateway::Authorizer'
    expect(onlyOne(template(closed), type).Properties).toMatchObject({
      [kind === 'HTTP' ? 'AuthorizerType' : 'Type']: 'REQUEST',
      AuthorizerResultTtlInSeconds: 0,
    })
  })

  test.each([
    [undefined, { rate: 500, burst: 500 }],
    [{ rateLimit: 20 }, { rate: 20, burst: 500 }],
    [
      { rateLimit: 0, burstLimit: 0 },
      { rate: 0, burst: 0 },
    ],
  ])('takes as many requests as it is told: %j', (throttle, { rate, burst }) => {
    const made = template({ gateway, ...(throttle !== undefined && { throttle }) })
    const stage = onlyOne<Record<string, unknown>>(made, stageType(kind)).Properties
    const settings =
      kind === 'HTTP' ? stage['DefaultRouteSettings'] : (stage['MethodSettings'] as readonly unknown[])[0]
    expect(settings).toMatchObject({ ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst })
  })

  test('writes a line a request to the shared log group', () => {
    const made = template(closed)
    const stage = onlyOne<Record<string, { DestinationArn: unknown; Format: string }>>(made, stageType(kind))
    const settings = stage.Properties[kind === 'HTTP' ? 'AccessLogSettings' : 'AccessLogSetting']
    const [router] = resourcesOf<{ LoggingConfig: { LogGroup: unknown } }>(made, 'AWS::Lambda::Function')
    expect(spelt(settings?.DestinationArn)).toContain(
      spelt(router?.[1].Properties.LoggingConfig.LogGroup).replaceAll(/[<>]/g, ''),
    )
    const line = JSON.parse(settings?.Format ?? '')
    expect(Object.keys(line)).toEqual(
      expect.arrayContaining(['requestId', 'route', 'status', 'latencyMs', 'integrationLatencyMs', 'actor']),
    )
    for (const value of Object.values(line)) expect(value).toMatch(/^\$context\./)
    expect(settings?.Format).not.toMatch(/sourceIp|userAgent/)
  })

  test('offers an address, ARNs and metrics', () => {
    const stack = platformStack({ gateway })
    const { api } = stack.platform
    const address = spelt(stack.resolve(api.url))
    expect(address).toMatch(
      kind === 'HTTP'
        ? /^<\w+\.ApiEndpoint>$/
        : /^https:\/\/<\w+>\.execute-api\.eu-central-1\.<AWS::URLSuffix>\/<\w+>$/,
    )
    const stage = kind === 'HTTP' ? '$default' : 'prod'
    for (const [method, path, end] of [
      ['POST', '/models/churn/invocations', 'POST/models/churn/invocations'],
      ['POST', '/models/{model}/versions/{version}/invocations', 'POST/models/*/versions/*/invocations'],
      ['*', '/*', '*/*'],
    ] as const)
      expect(spelt(stack.resolve(api.arnFor(method, path))).split(/<\w+>/)).toEqual([
        'arn:aws:execute-api:eu-central-1:111122223333:',
        `/${stage}/${end}`,
      ])
    const metrics = [api.metricCount(), api.metricServerError({ statistic: 'sum' }), api.metricLatency()]
    expect(metrics.map(({ metricName }) => metricName)).toEqual(
      kind === 'HTTP' ? ['Count', '5xx', 'Latency'] : ['Count', '5XXError', 'Latency'],
    )
    for (const { namespace, dimensions } of metrics) {
      expect(namespace).toBe('AWS/ApiGateway')
      expect(Object.keys(dimensions ?? {})).not.toHaveLength(0)
    }
  })

  test('puts its address out', () => {
    const { Value } = Object.values(template({ gateway }).findOutputs('ApiUrl'))[0] as { Value: unknown }
    expect(spelt(Value)).toMatch(kind === 'HTTP' ? /ApiEndpoint/ : /^https:.*[^/]$/)
  })

  test('has the name of its platform, so that two in one account have metrics of their own', () => {
    const type = kind === 'HTTP' ? 'AWS::ApiGatewayV2::Api' : 'AWS::ApiGateway::RestApi'
    const made = onlyOne(template({ gateway, platformName: 'second' }), type)
    expect(made.Properties).toMatchObject({ Name: 'second' })
  })
})

const stageType = (kind: string) => (kind === 'HTTP' ? 'AWS::ApiGatewayV2::Stage' : 'AWS::ApiGateway::Stage')

describe('a REST API', () => {
  const rest = () => template({ gateway: Gateway.REST })

  test('is Regional, takes TLS 1.2 and later, and hands bodies through as they are', () => {
    expect(onlyOne(rest(), 'AWS::ApiGateway::RestApi').Properties).toMatchObject({
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PQ_2025_09',
      EndpointAccessMode: 'STRICT',
      BinaryMediaTypes: ['*/*'],
    })
  })

  test('has no OPTIONS, which `*/*` would break', () => {
    expect(openingsOf(rest()).filter(({ route }) => route.startsWith('OPTIONS'))).toEqual([])
  })

  test('writes its log by a role of the account that stays when it goes', () => {
    for (const type of ['AWS::ApiGateway::Account', 'AWS::IAM::Role']) {
      const kept = resourcesOf(rest(), type).filter(([id]) => /CloudWatchRole|Account/.test(id))
      expect(kept.map(([, { DeletionPolicy }]) => DeletionPolicy)).toEqual(['Retain'])
    }
    expect(resourcesOf(template(), 'AWS::ApiGateway::Account')).toEqual([])
  })

  test('refuses with problem documents', () => {
    interface Answer {
      readonly ResponseType: string
      readonly StatusCode: string
      readonly ResponseParameters: Readonly<Record<string, string>>
      readonly ResponseTemplates: Readonly<Record<string, string>>
    }
    const answers = resourcesOf<Answer>(rest(), 'AWS::ApiGateway::GatewayResponse')
    const types = answers.map(([, { Properties }]) => Properties.ResponseType)
    expect(types).toEqual(
      expect.arrayContaining([
        'UNAUTHORIZED',
        'ACCESS_DENIED',
        'MISSING_AUTHENTICATION_TOKEN',
        'RESOURCE_NOT_FOUND',
        'REQUEST_TOO_LARGE',
        'THROTTLED',
        'INTEGRATION_TIMEOUT',
        'DEFAULT_4XX',
        'DEFAULT_5XX',
      ]),
    )
    const statuses = new Map(
      answers.map(([, { Properties }]) => [Properties.ResponseType, Properties.StatusCode]),
    )
    for (const [type, status] of [
      ['UNAUTHORIZED', '401'],
      ['ACCESS_DENIED', '403'],
      ['RESOURCE_NOT_FOUND', '404'],
      ['REQUEST_TOO_LARGE', '413'],
      ['THROTTLED', '429'],
      ['INTEGRATION_TIMEOUT', '504'],
      ['DEFAULT_5XX', '500'],
    ] as const)
      expect([type, statuses.get(type)]).toEqual([type, status])
    for (const [, { Properties }] of answers) {
      expect(Properties.ResponseParameters).toMatchObject({
        'gatewayresponse.header.Content-Type': "'application/problem+json'",
        'gatewayresponse.header.X-Request-Id': 'context.requestId',
      })
      const written = (Properties.ResponseTemplates['application/json'] ?? '')
        .replace('$context.error.messageString', '"why"')
        .replaceAll('$context.requestId', 'r1')
      const document = JSON.parse(written)
      expect(document).toMatchObject({
        type: `urn:sluice:problem:${document.code}`,
        title: expect.any(String),
        status: Number(Properties.StatusCode),
        detail: expect.any(String),
        instance: '$context.path',
        requestId: 'r1',
        errors: [],
        error: document.detail,
        message: 'why',
      })
    }
  })

  test('is deployed anew when what it answers by itself changes', () => {
    const dependencies = onlyOne(rest(), 'AWS::ApiGateway::Deployment') as unknown as { DependsOn: string[] }
    for (const type of ['AWS::ApiGateway::GatewayResponse', 'AWS::ApiGateway::Method'])
      expect(dependencies.DependsOn).toEqual(
        expect.arrayContaining(resourcesOf(rest(), type).map(([id]) => id)),
      )
  })
})

describe('callers by token', () => {
  test.each([
    ['http://login.example.com', 'models', /issuer must be an https URL/],
    ['login.example.com', 'models', /got: 'login\.example\.com'/],
    ['https://login.example.com/?a=1', 'models', /without \? and #/],
    ['https://login.example.com', ' ', /audience must not be empty/],
  ])('of the issuer %s for %j are refused when the platform is put together', (issuer, audience, told) => {
    expect(() => Callers.jwt({ issuer, audience })).toThrow(told)
  })
})

describe.each(Object.entries(gateways))('the %s gateway with links to approve by', (_, gateway) => {
  const openings = (approvalLinks: boolean) =>
    openingsOf(template({ gateway, callers: callers.keys, approvalLinks, console: false }))

  test('asks nobody who calls at their path, has control answer there, and asks at every other', () => {
    const links = ['GET', 'HEAD', 'POST'].map((method) => `${method} /approvals/{operation}`)
    const open = openings(true).filter(({ authorization }) => authorization === 'NONE')
    expect(open.map(({ route }) => route).toSorted()).toEqual(links)
    for (const { answers } of open) expect(answers).toMatch(/ApiControl/)
    expect(openings(false).filter(({ authorization }) => authorization === 'NONE')).toEqual([])
  })
})
