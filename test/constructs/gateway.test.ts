import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Template } from 'aws-cdk-lib/assertions'
import {
  defaultTemplate,
  functionBehind,
  onlyOne,
  platformTemplate,
  type Resource,
  resourcesOf,
  routesOf,
} from './synthesized.ts'

const invocations = [
  'POST /models/{model}/invocations',
  'POST /models/{model}/aliases/{alias}/invocations',
  'POST /models/{model}/versions/{version}/invocations',
]
const control = 'ANY /{proxy+}'
const keys = ['ANY /keys', 'ANY /keys/{id}']

let closed: Template
let open: Template

beforeAll(() => {
  closed = defaultTemplate()
  open = platformTemplate({ allowAnonymousInvoke: true })
})

const authorizations = (template: Template) =>
  Object.fromEntries(
    routesOf(template).map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType]),
  )

describe('the gateway', () => {
  test('has a route for each way to ask for a prediction, and one for everything else', () => {
    expect(
      routesOf(closed)
        .map(({ RouteKey }) => RouteKey)
        .toSorted(),
    ).toEqual([...invocations, ...keys, control].toSorted())
  })

  test('asks who calls on every route', () => {
    const expected = [...invocations, ...keys, control].map((route) => [route, 'AWS_IAM'])
    expect(authorizations(closed)).toEqual(Object.fromEntries(expected))
  })

  test('asks nobody on the three invocation routes, and on no other, where anybody may ask for predictions', () => {
    const expected = [
      ...invocations.map((route) => [route, 'NONE']),
      ...[...keys, control].map((route) => [route, 'AWS_IAM']),
    ]
    expect(authorizations(open)).toEqual(Object.fromEntries(expected))
  })

  test('asks who calls where it was said that not anybody may', () => {
    expect(authorizations(platformTemplate({ allowAnonymousInvoke: false }))).toEqual(authorizations(closed))
  })

  test('hands predictions to one function and everything else to another', () => {
    const router = new Set(invocations.map((route) => functionBehind(closed, route)))
    expect(router.size).toBe(1)
    expect(router).not.toContain(functionBehind(closed, control))
    const entries = resourcesOf<{ Handler: string }>(closed, 'AWS::Lambda::Function').filter(
      ([id, { Properties }]) =>
        Properties.Handler === 'index.handler' && !/Upkeep|Sweeper|Monitoring|Shadow/.test(id),
    )
    expect(entries.map(([id]) => id).toSorted()).toEqual(
      [...router, functionBehind(closed, control)].toSorted(),
    )
  })

  test('may call the function behind each of its routes', () => {
    const permissions = resourcesOf<{ FunctionName: unknown; SourceArn: unknown; Principal: string }>(
      closed,
      'AWS::Lambda::Permission',
    )
    for (const route of [...invocations, ...keys, control]) {
      const path = route.split(' ')[1] ?? ''
      const granted = permissions.filter(
        ([, { Properties }]) =>
          Properties.Principal === 'apigateway.amazonaws.com' &&
          JSON.stringify(Properties.SourceArn).includes(`/*${path}"`),
      )
      expect(granted.map(([, { Properties }]) => Properties.FunctionName)).toEqual([
        { 'Fn::GetAtt': [functionBehind(closed, route), 'Arn'] },
      ])
    }
  })

  test('is an HTTP API that speaks format 2.0, and lets no browser in from elsewhere', () => {
    const api: Resource<{ ProtocolType?: string; CorsConfiguration?: unknown }> = onlyOne(
      closed,
      'AWS::ApiGatewayV2::Api',
    )
    expect(api.Properties.ProtocolType).toBe('HTTP')
    expect(api.Properties).not.toHaveProperty('CorsConfiguration')
    const integrations = resourcesOf<{ PayloadFormatVersion: string; IntegrationType: string }>(
      closed,
      'AWS::ApiGatewayV2::Integration',
    )
    expect(integrations.length).toBeGreaterThan(1)
    for (const [, { Properties }] of integrations)
      expect(Properties).toMatchObject({ PayloadFormatVersion: '2.0', IntegrationType: 'AWS_PROXY' })
  })

  test('deploys what it is by itself, at the root of its address', () => {
    expect(onlyOne(closed, 'AWS::ApiGatewayV2::Stage').Properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
    })
  })

  test('is the only way to a function from outside', () => {
    const types = new Set(
      Object.values(closed.toJSON()['Resources'] as Record<string, Resource>).map(({ Type }) => Type),
    )
    for (const type of [
      'AWS::Lambda::Url',
      'AWS::ApiGateway::RestApi',
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
    ])
      expect(types).not.toContain(type)
  })
})
