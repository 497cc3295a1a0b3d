import { resourceName } from '../../lib/rules/names.ts'
import { environment } from '../../lib/wiring/environment.ts'
import type { Needed } from './command-rights.ts'
import { account, type Deployment, region } from './deployment.ts'
import { variablesOf } from './holder.ts'

/** A call that a service makes by itself, allowed by the policy of what it calls. */
export interface ServiceCall extends Needed {
  /** `events.amazonaws.com` */
  readonly principal: string
  /** On whose behalf. */
  readonly source: string
  /** Called for whatever else begins so: a path that takes what no other path has. */
  readonly under?: string
}

/** Every call that a service makes because of this template: rules, gateways, and the pulling of images. */
export function serviceCalls(deployment: Deployment): ServiceCall[] {
  return [
    ...ofRules(deployment),
    ...ofRoutes(deployment),
    ...ofMethods(deployment),
    ...ofAuthorizers(deployment),
    ...ofImages(deployment),
  ]
}

function invoking(principal: string, resource: string, source: string): ServiceCall {
  const context = { 'aws:SourceArn': source, 'aws:SourceAccount': account }
  return { principal, action: 'lambda:InvokeFunction', resource, source, context }
}

function ofRules(deployment: Deployment): ServiceCall[] {
  return deployment.ofType('AWS::Events::Rule').flatMap(([id, { Targets }]) =>
    (Targets as { Arn: unknown; DeadLetterConfig?: { Arn: unknown } }[]).flatMap(
      ({ Arn, DeadLetterConfig }) => {
        const called = invoking('events.amazonaws.com', deployment.text(Arn), deployment.arn(id))
        if (DeadLetterConfig === undefined) return [called]
        const queue = deployment.text(DeadLetterConfig.Arn)
        return [called, { ...called, action: 'sqs:SendMessage', resource: queue }]
      },
    ),
  )
}

function ofRoutes(deployment: Deployment): ServiceCall[] {
  const functions = new Map(
    deployment
      .ofType('AWS::ApiGatewayV2::Integration')
      .map(([id, { IntegrationUri }]) => [deployment.name(id), deployment.text(IntegrationUri)]),
  )
  return deployment.ofType('AWS::ApiGatewayV2::Route').map(([id, { ApiId, RouteKey, Target }]) => {
    const called = functions.get(deployment.text(Target).replace('integrations/', ''))
    if (called === undefined)
      throw new Error(`the route ${id} leads to no integration: tell test/iam/service-calls.ts where`)
    const [method, path] = String(RouteKey).split(' ')
    const stage = executed(deployment.text(ApiId), '$default/')
    return {
      ...invoking('apigateway.amazonaws.com', called, `${stage}${method}${path}`),
      // What lets this route in lets in, by its wildcard, whichever of the same gateway ends alike.
      ...(path === '/{proxy+}' && { under: stage }),
    }
  })
}

const executed = (api: string, rest: string) => `arn:aws:execute-api:${region}:${account}:${api}/${rest}`

/** The function in an address of the API Gateway's own: `…:lambda:path/2015-03-31/functions/ARN/invocations`. */
const functionIn = (uri: string) => uri.replace(/^.*\/functions\//, '').replace(/\/invocations$/, '')

/** The methods of a REST API. One that takes every path which no other has is called for whatever path there is. */
function ofMethods(deployment: Deployment): ServiceCall[] {
  return deployment
    .ofType('AWS::ApiGateway::Method')
    .map(([, { RestApiId, ResourceId, HttpMethod, Integration }]) => {
      const path = pathOf(deployment, deployment.text(ResourceId))
      const method = HttpMethod === 'ANY' ? 'PUT' : String(HttpMethod)
      const stage = executed(deployment.text(RestApiId), `${stageOf(deployment)}/`)
      const called = functionIn(deployment.text((Integration as { Uri: unknown }).Uri))
      return {
        ...invoking('apigateway.amazonaws.com', called, `${stage}${method}${path}`),
        ...(path.endsWith('+}') && { under: stage }),
      }
    })
}

function stageOf(deployment: Deployment): string {
  const [stage, ...more] = deployment.ofType('AWS::ApiGateway::Stage')
  if (stage === undefined || more.length > 0) throw new Error('a REST API has one stage here')
  return deployment.name(stage[0])
}

function pathOf(deployment: Deployment, name: string): string {
  const [found] = deployment
    .ofType('AWS::ApiGateway::Resource')
    .filter(([id]) => deployment.name(id) === name)
  if (found === undefined) return ''
  const { ParentId, PathPart } = found[1]
  return `${pathOf(deployment, deployment.text(ParentId))}/${PathPart}`
}

/** Who is asked about every caller, by either kind of gateway. */
function ofAuthorizers(deployment: Deployment): ServiceCall[] {
  const asked = (api: unknown, id: string, uri: unknown) =>
    invoking(
      'apigateway.amazonaws.com',
      functionIn(deployment.text(uri)),
      executed(deployment.text(api), `authorizers/${deployment.name(id)}`),
    )
  return [
    ...deployment
      .ofType('AWS::ApiGatewayV2::Authorizer')
      .map(([id, { ApiId, AuthorizerUri }]) => asked(ApiId, id, AuthorizerUri)),
    ...deployment
      .ofType('AWS::ApiGateway::Authorizer')
      .map(([id, { RestApiId, AuthorizerUri }]) => asked(RestApiId, id, AuthorizerUri)),
  ]
}

/** Lambda fetches the image of a function that a release made. */
function ofImages(deployment: Deployment): ServiceCall[] {
  const [first] = deployment.ofType('AWS::Lambda::Function')
  const platform = first === undefined ? '' : (variablesOf(deployment, first[1])[environment.platform] ?? '')
  const endpoint = resourceName(platform, 'churn', '1.0.0')
  const source = `arn:aws:lambda:${region}:${account}:function:${endpoint}`
  return deployment.ofType('AWS::ECR::Repository').flatMap(([id]) =>
    ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'].map((action) => ({
      principal: 'lambda.amazonaws.com',
      action,
      resource: deployment.arn(id),
      source,
      context: { 'aws:SourceArn': source, 'aws:SourceAccount': account },
    })),
  )
}
