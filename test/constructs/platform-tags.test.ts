import { describe, expect, test } from '@jest/globals'
import { type App, CfnResource, Stack, TagManager, Tags } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { ModelPlatform } from '../../lib/index.ts'
import { platformApp } from '../../lib/platform-app.ts'
import { environment } from '../../lib/wiring/environment.ts'
import { allResources, emptyApp, type FunctionProperties, resourcesOf, spelt } from './synthesized.ts'

function appWithTags(tags: Record<string, string>): { app: App; stack: Stack } {
  const app = platformApp({
    builtinCloudFormationValidation: false,
    context: { 'aws:cdk:bundling-stacks': [] },
  })
  for (const [name, value] of Object.entries(tags)) Tags.of(app).add(name, value)
  return { app, stack: app.node.findChild('Sluice') as Stack }
}

/** What no tag can be put on, by CloudFormation's own account. */
const untaggable = [
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::IAM::Policy',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogStream',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::SubscriptionFilter',
  'AWS::S3::BucketPolicy',
  'AWS::SQS::QueuePolicy',
]

describe("a person's own tags", () => {
  test('reach every resource of the template that can bear one', () => {
    const { stack } = appWithTags({ team: 'fraud', 'cost-center': '4711' })
    const template = Template.fromStack(stack)
    const without = allResources(template).filter(([, one]) => !tagged(one.Properties))
    expect([...new Set(without.map(([, { Type }]) => Type))].toSorted()).toEqual(untaggable)
  })

  test('are missing only where the type knows none', () => {
    const { stack } = appWithTags({})
    const bearing = stack.node
      .findAll()
      .filter(CfnResource.isCfnResource)
      .filter((one) => TagManager.isTaggable(one) || TagManager.isTaggableV2(one))
      .map(({ cfnResourceType }) => cfnResourceType)
    expect(untaggable.filter((type) => bearing.includes(type))).toEqual([])
  })

  function tagged(properties: Readonly<Record<string, unknown>> | undefined): boolean {
    const text = JSON.stringify(properties ?? {})
    return ['team', 'cost-center'].every(
      (name) =>
        text.includes(`{"Key":"${name}","Value":"`) || new RegExp(`"Tags":\\{[^}]*"${name}":`).test(text),
    )
  }

  test('are told to every function, for what releases make', () => {
    const { stack } = appWithTags({ team: 'fraud', 'cost-center': '4711' })
    const functions = resourcesOf<FunctionProperties>(Template.fromStack(stack), 'AWS::Lambda::Function')
    for (const [id, { Properties }] of functions)
      expect([id, told(Properties)]).toEqual([id, { 'cost-center': '4711', team: 'fraud' }])
  })

  const told = ({ Environment }: FunctionProperties) =>
    JSON.parse(spelt(Environment.Variables[environment.tags])) as Record<string, string>

  function toldBy(stack: Stack): Record<string, string> {
    const [, one] =
      resourcesOf<FunctionProperties>(Template.fromStack(stack), 'AWS::Lambda::Function')[0] ?? []
    return one === undefined ? {} : told(one.Properties)
  }

  test('are none where there are none', () => {
    expect(toldBy(appWithTags({}).stack)).toEqual({})
  })

  test('may be given to the platform alone, later than it was made, and taken away again nearer by', () => {
    const stack = new Stack(emptyApp(), 'Own')
    const platform = new ModelPlatform(stack, 'Models')
    Tags.of(stack).add('team', 'all')
    Tags.of(stack).add('kept', 'yes')
    Tags.of(platform).add('team', 'models')
    Tags.of(platform.workflows).remove('kept')
    expect(toldBy(stack)).toEqual({ team: 'models' })
  })

  test("that begin like Sluice's own are refused", () => {
    expect(() => Template.fromStack(appWithTags({ 'sluice:model': 'churn' }).stack)).toThrow(
      "tags that begin with sluice: are Sluice's own, got: sluice:model",
    )
  })

  test('are as many as AWS lets a resource have beside ours, and no more', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, 'v']))
    expect(Object.keys(toldBy(appWithTags(many(47)).stack))).toHaveLength(47)
    expect(() => Template.fromStack(appWithTags(many(48)).stack)).toThrow(/at most 47 tags .* got: 48/)
  })
})
