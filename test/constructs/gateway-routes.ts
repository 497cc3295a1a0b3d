import type { Template } from 'aws-cdk-lib/assertions'
import { onlyOne, resourcesOf, routesOf, spelt } from './synthesized.ts'

/** A route of either kind of API, as far as both have the same. */
export interface Opening {
  /** `POST /models/{model}/invocations`. */
  readonly route: string
  readonly authorization: 'AWS_IAM' | 'CUSTOM' | 'NONE'
  /** The logical id of the function that answers. */
  readonly answers: string
  /** The logical id of the function that is asked about the caller. */
  readonly asks?: string
}

interface Method {
  readonly HttpMethod: string
  readonly ResourceId: { readonly Ref?: string }
  readonly AuthorizationType?: string
  readonly AuthorizerId?: { readonly Ref: string }
  readonly Integration: { readonly Type: string; readonly Uri: unknown }
}

interface Route {
  readonly RouteKey: string
  readonly AuthorizationType?: string
  readonly AuthorizerId?: { readonly Ref: string }
  readonly Target: unknown
}

/** Every way in that a template opens. */
export function openingsOf(template: Template): Opening[] {
  return [...ofHttpApi(template), ...ofRestApi(template)].toSorted((a, b) => a.route.localeCompare(b.route))
}

function ofHttpApi(template: Template): Opening[] {
  const integrations = Object.fromEntries(
    resourcesOf<{ IntegrationUri: unknown }>(template, 'AWS::ApiGatewayV2::Integration'),
  )
  return (routesOf(template) as Route[]).map((route) => {
    const integration = /^integrations\/<(\w+)>$/.exec(spelt(route.Target))?.[1] ?? ''
    return {
      route: route.RouteKey,
      authorization: authorizationOf(route),
      answers: functionIn(integrations[integration]?.Properties.IntegrationUri),
      ...askedBy(template, 'AWS::ApiGatewayV2::Authorizer', route),
    }
  })
}

function ofRestApi(template: Template): Opening[] {
  return resourcesOf<Method>(template, 'AWS::ApiGateway::Method').map(([, { Properties: method }]) => ({
    route: `${method.HttpMethod} ${pathOf(template, method.ResourceId.Ref)}`,
    authorization: authorizationOf(method),
    answers: functionIn(method.Integration.Uri),
    ...askedBy(template, 'AWS::ApiGateway::Authorizer', method),
  }))
}

/** What is not said is open. */
function authorizationOf({ AuthorizationType = 'NONE' }: { AuthorizationType?: string }) {
  return AuthorizationType as Opening['authorization']
}

function askedBy(template: Template, type: string, { AuthorizerId }: Pick<Method, 'AuthorizerId'>) {
  if (AuthorizerId === undefined) return {}
  const authorizer = onlyOne<{ AuthorizerUri: unknown }>(template, type)
  if (authorizer.id !== AuthorizerId.Ref) throw new Error(`there is no authorizer ${AuthorizerId.Ref}`)
  return { asks: functionIn(authorizer.Properties.AuthorizerUri) }
}

/** API Gateway names a function by its ARN inside one of its own, which a REST API takes to pieces. */
function functionIn(uri: unknown): string {
  const [, id = 'no function'] = /"Fn::GetAtt":\["(\w+)","Arn"\]/.exec(JSON.stringify(uri)) ?? []
  return id
}

function pathOf(template: Template, resource: string | undefined): string {
  const resources = Object.fromEntries(
    resourcesOf<{ PathPart: string; ParentId: { Ref?: string } }>(template, 'AWS::ApiGateway::Resource'),
  )
  const found = resources[resource ?? '']
  if (found === undefined) return ''
  return `${pathOf(template, found.Properties.ParentId.Ref)}/${found.Properties.PathPart}`
}
