import { globSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import * as library from '../../lib/index.ts'
import { emptyApp, onlyOne, resourcesOf } from './synthesized.ts'

/** Every part in a stack of its own, each told only what it cannot do without. */
class Parts {
  readonly app = emptyApp()
  readonly store = new library.ModelStore(this.stack('Store'), 'It')
  readonly registry = new library.ModelRegistry(this.stack('Registry'), 'It')
  readonly repositories = new library.RuntimeRepositories(this.stack('Runtimes'), 'It')
  readonly roles = new library.ServingRoles(this.stack('Roles'), 'It', { repositories: this.repositories })
  readonly images = new library.ImageFactory(this.stack('Images'), 'It', {
    repositories: this.repositories,
    store: this.store,
  })
  readonly workflows = new library.ReleaseWorkflows(this.stack('Workflows'), 'It', {
    store: this.store,
    registry: this.registry,
    repositories: this.repositories,
    images: this.images,
    roles: this.roles,
  })
  readonly intake = new library.UploadIntake(this.stack('Intake'), 'It', {
    store: this.store,
    workflows: this.workflows,
  })
  readonly sweeper = new library.Sweeper(this.stack('Sweeper'), 'It', { workflows: this.workflows })
  readonly captures = new library.CaptureDelivery(this.stack('Captures'), 'It', {
    platformName: this.workflows.platformName,
    store: this.store,
    logGroup: this.workflows.logGroup,
  })
  readonly monitoring = new library.Monitoring(this.stack('Monitoring'), 'It', { workflows: this.workflows })
  readonly upkeep = new library.Upkeep(this.stack('Upkeep'), 'It', { workflows: this.workflows })
  readonly api = new library.ModelApi(this.stack('Api'), 'It', { workflows: this.workflows })
  readonly operations = new library.Operations(this.stack('Operations'), 'It', {
    workflows: this.workflows,
    api: this.api,
  })

  template(id: string): Template {
    return Template.fromStack(this.app.node.findChild(id) as Stack)
  }

  private stack(id: string): Stack {
    return new Stack(this.app, id)
  }
}

const templates = join(import.meta.dirname, '..', '..', 'model-templates')
const built = globSync('*/Dockerfile', { cwd: templates }).map((path) => path.split('/')[0])

let parts: Parts
beforeAll(() => {
  parts = new Parts()
})

describe('a part in a stack of its own', () => {
  test.each<[string, Record<string, number>]>([
    ['Store', { 'AWS::S3::Bucket': 1, 'AWS::S3::BucketPolicy': 1 }],
    ['Registry', { 'AWS::DynamoDB::GlobalTable': 1 }],
    ['Roles', { 'AWS::IAM::Role': 2, 'AWS::Logs::LogGroup': 1 }],
    ['Runtimes', { 'AWS::ECR::Repository': built.length }],
    ['Images', { 'AWS::CodeBuild::Project': 2, 'AWS::IAM::Role': 2 }],
    ['Workflows', { 'AWS::StepFunctions::StateMachine': 4, 'AWS::Lambda::Function': 25 }],
    ['Intake', { 'AWS::Lambda::Function': 2, 'AWS::Events::Rule': 2, 'AWS::SQS::Queue': 1 }],
    ['Sweeper', { 'AWS::Lambda::Function': 1, 'AWS::Events::Rule': 1 }],
    ['Captures', { 'AWS::KinesisFirehose::DeliveryStream': 1, 'AWS::IAM::Role': 2 }],
    ['Monitoring', { 'AWS::Lambda::Function': 1, 'AWS::Events::Rule': 1 }],
    ['Upkeep', { 'AWS::Lambda::Function': 1, 'AWS::Events::Rule': 1 }],
    ['Api', { 'AWS::Lambda::Function': 3, 'AWS::ApiGatewayV2::Api': 1 }],
    ['Operations', { 'AWS::CloudWatch::Alarm': 8, 'AWS::CloudWatch::Dashboard': 1 }],
  ])('%s synthesizes, and is what it says', (id, counts) => {
    const template = parts.template(id)
    for (const [type, count] of Object.entries(counts))
      expect([type, resourcesOf(template, type).length]).toEqual([type, count])
  })

  test('depends only on those that it was told of', () => {
    const dependencies = Object.fromEntries(
      parts.app.node.children
        .filter(Stack.isStack)
        .map((stack) => [stack.node.id, stack.dependencies.map(({ node }) => node.id).toSorted()]),
    )
    // A part that needs none could be deployed first, and none needs one that needs it.
    for (const id of ['Store', 'Registry', 'Runtimes']) expect([id, dependencies[id]]).toEqual([id, []])
    expect(dependencies['Images']).toEqual(['Runtimes', 'Store'])
    expect(dependencies['Roles']).toEqual(['Runtimes'])
    expect(dependencies['Intake']).not.toContain('Api')
  })

  test('has the names of the default platform, and the runtimes that there are', () => {
    const repositories = resourcesOf<{ RepositoryName: string }>(
      parts.template('Runtimes'),
      'AWS::ECR::Repository',
    ).map(([, { Properties }]) => Properties.RepositoryName)
    expect(built).toEqual(expect.arrayContaining(['onnx', 'python']))
    expect(repositories.toSorted()).toEqual(built.map((runtime) => `sluice/${runtime}`).toSorted())
    const machines = resourcesOf<{ StateMachineName: string }>(
      parts.template('Workflows'),
      'AWS::StepFunctions::StateMachine',
    )
    for (const [, { Properties }] of machines) expect(Properties.StateMachineName).toMatch(/^sluice-/)
  })

  test('holds on to what it holds', () => {
    for (const [id, type] of [
      ['Store', 'AWS::S3::Bucket'],
      ['Registry', 'AWS::DynamoDB::GlobalTable'],
      ['Roles', 'AWS::Logs::LogGroup'],
      ['Intake', 'AWS::SQS::Queue'],
    ] as const)
      expect(onlyOne(parts.template(id), type)).toMatchObject({ DeletionPolicy: 'Retain' })
    for (const [, repository] of resourcesOf(parts.template('Runtimes'), 'AWS::ECR::Repository'))
      expect(repository).toMatchObject({ DeletionPolicy: 'Retain' })
  })

  test('takes the name of another platform from its repositories, and refuses what cannot be one', () => {
    const stack = new Stack(emptyApp(), 'Other')
    const repositories = new library.RuntimeRepositories(stack, 'Runtimes', { platformName: 'own' })
    const store = new library.ModelStore(stack, 'Store')
    const workflows = new library.ReleaseWorkflows(stack, 'Workflows', {
      repositories,
      store,
      registry: new library.ModelRegistry(stack, 'Registry'),
      images: new library.ImageFactory(stack, 'Images', { repositories, store }),
      roles: new library.ServingRoles(stack, 'Roles', { repositories }),
    })
    expect([repositories.prefix, workflows.platformName]).toEqual(['own/', 'own'])
    expect(() => new library.RuntimeRepositories(stack, 'Bad', { platformName: 'a-b' })).toThrow(
      "platformName must be 2 to 12 of a-z and 0-9, a letter first, got: 'a-b'",
    )
  })
})

test('parts that were put together by hand are the whole platform', () => {
  const types = (template: Template) =>
    Object.values(template.toJSON()['Resources'] as Record<string, { Type: string }>).map(({ Type }) => Type)
  const stack = new Stack(emptyApp(), 'Whole')
  new library.ModelPlatform(stack, 'Models')
  const whole = new Set(types(Template.fromStack(stack)))
  const ids = parts.app.node.children.filter(Stack.isStack).map(({ node }) => node.id)
  const together = new Set(ids.flatMap((id) => types(parts.template(id))))
  // Which platform of an account this is, the whole one alone writes down.
  whole.delete('AWS::SSM::Parameter')
  expect([...together].toSorted()).toEqual([...whole].toSorted())
})
