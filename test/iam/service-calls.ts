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
}

/** Every call that a service makes because of this template: rules, routes, and the pulling of images. */
export function serviceCalls(deployment: Deployment): ServiceCall[] {
  return [...ofRules(deployment), ...ofRoutes(deployment), ...ofImages(deployment)]
}

function invoking(principal: string, resource: string, source: string): ServiceCall {
  const context = { 'aws:SourceArn': source, 'aws:SourceAccount': account }
  return { principal, action: 'lambda:InvokeFunction', resource, source, context }
}

function ofRules(deployment: Deployment): ServiceCall[] {
  return deployment.ofType('AWS::Events::Rule').flatMap(([id, { Targets }]) =>
    (Targets as { Arn: unknown }[])
      .map(({ Arn }) => deployment.text(Arn))
      .filter((target) => target.startsWith('arn:aws:lambda:'))
      .map((target) => invoking('events.amazonaws.com', target, deployment.arn(id))),
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
    const source = `arn:aws:execute-api:${region}:${account}:${deployment.text(ApiId)}/$default/${method}${path}`
    return invoking('apigateway.amazonaws.com', called, source)
  })
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
