import { App, type AppProps, type Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' }
import { platformApp } from '../../lib/platform-app.ts'
import { PlatformStack, type PlatformStackProps } from '../../lib/platform-stack.ts'

/** A resource as it stands in a template; its properties as far as a test reads them. */
export interface Resource<Properties = Readonly<Record<string, unknown>>> {
  readonly Type: string
  readonly Properties: Properties
  readonly Metadata?: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}

export interface FunctionProperties {
  readonly Runtime?: string
  readonly Architectures?: readonly string[]
  readonly PackageType?: string
  readonly Handler: string
  readonly Timeout: number
  readonly Role: { readonly 'Fn::GetAtt': readonly [string, 'Arn'] }
  readonly ReservedConcurrentExecutions?: number
  readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> }
  readonly LoggingConfig?: { readonly LogGroup: unknown; readonly LogFormat?: string }
  readonly Code: { readonly S3Key?: string }
}

/** Nothing is bundled and nothing is validated: the template is the same, and a second sooner there. */
const unbundled = {
  analyticsReporting: false,
  builtinCloudFormationValidation: false,
  context: { 'aws:cdk:bundling-stacks': [] },
} satisfies AppProps

/** The template as `bin/app.ts` makes it. */
export function defaultTemplate(): Template {
  return Template.fromStack(platformApp(unbundled).node.findChild('Sluice') as Stack)
}

/** An app without a stack, as `platformApp` makes it. */
export function emptyApp(props: AppProps = unbundled): App {
  return new App({ ...props, context: { ...flags, ...unbundled.context } })
}

export function platformStack(
  props: PlatformStackProps = {},
  app = emptyApp(),
  id = 'Sluice',
): PlatformStack {
  return new PlatformStack(app, id, props)
}

export function platformTemplate(props: PlatformStackProps = {}): Template {
  return Template.fromStack(platformStack(props))
}

export function allResources(template: Template): [string, Resource][] {
  return Object.entries(template.toJSON()['Resources'] as Record<string, Resource>)
}

export function resourcesOf<Properties = Resource['Properties']>(
  template: Template,
  type: string,
): [string, Resource<Properties>][] {
  return Object.entries(template.findResources(type) as Record<string, Resource<Properties>>)
}

/** The one resource of a type. */
export function onlyOne<Properties = Resource['Properties']>(
  template: Template,
  type: string,
): Resource<Properties> & { id: string } {
  const [found, ...more] = resourcesOf<Properties>(template, type)
  if (found === undefined || more.length > 0) throw new Error(`there is not one ${type}`)
  return { id: found[0], ...found[1] }
}

/** A value of a template as text, with a made-up account: a reference is `<Id>`, an attribute `<Id.Attribute>`. */
export function spelt(value: unknown): string {
  if (typeof value === 'string') return value
  const token = value as {
    Ref?: string
    'Fn::GetAtt'?: [string, string]
    'Fn::Join'?: [string, unknown[]]
    'Fn::Sub'?: string
  }
  if (token['Fn::Join'] !== undefined) return token['Fn::Join'][1].map(spelt).join(token['Fn::Join'][0])
  if (token['Fn::GetAtt'] !== undefined) return `<${token['Fn::GetAtt'].join('.')}>`
  if (token['Fn::Sub'] !== undefined) return token['Fn::Sub']
  const pseudo: Record<string, string> = {
    'AWS::Partition': 'aws',
    'AWS::Region': 'eu-central-1',
    'AWS::AccountId': '111122223333',
  }
  if (token.Ref !== undefined) return pseudo[token.Ref] ?? `<${token.Ref}>`
  throw new Error(`a template's value that is no text: ${JSON.stringify(value)}`)
}

interface RouteProperties {
  readonly RouteKey: string
  readonly AuthorizationType: string
  readonly Target: unknown
}

export function routesOf(template: Template): RouteProperties[] {
  return resourcesOf<RouteProperties>(template, 'AWS::ApiGatewayV2::Route').map(
    ([, { Properties }]) => Properties,
  )
}

/** The logical id of the function that answers a route. */
export function functionBehind(template: Template, routeKey: string): string {
  const route = routesOf(template).find(({ RouteKey }) => RouteKey === routeKey)
  if (route === undefined) throw new Error(`there is no route ${routeKey}`)
  const target = spelt(route.Target).match(/^integrations\/<(\w+)>$/)?.[1]
  const integrations = resourcesOf<{ IntegrationUri: unknown }>(template, 'AWS::ApiGatewayV2::Integration')
  const uri = spelt(integrations.find(([id]) => id === target)?.[1].Properties.IntegrationUri)
  return uri.match(/^<(\w+)\.Arn>$/)?.[1] ?? `not a function: ${uri}`
}
