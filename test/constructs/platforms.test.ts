import { describe, expect, test } from '@jest/globals'
import { type App, CfnResource, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' }
import { builtRuntimes } from '../../lib/constructs/runtime-templates.ts'
import * as library from '../../lib/index.ts'
import { platformApp } from '../../lib/platform-app.ts'
import { resourceName } from '../../lib/rules/names.ts'
import { environment } from '../../lib/wiring/environment.ts'
import { matchesArn, policiesOf } from './policies.ts'
import {
  allResources,
  emptyApp,
  type FunctionProperties,
  platformStack,
  platformTemplate,
  resourcesOf,
} from './synthesized.ts'

describe('the name of a platform', () => {
  test.each(['ab', 'a1', 'twelveletter'])('may be %j', (platformName) => {
    expect(() => platformTemplate({ platformName })).not.toThrow()
  })

  test.each([
    '',
    'a',
    'A',
    'Sluice',
    '1a',
    '-ab',
    'ab-',
    'a_b',
    'a.b',
    'a b',
    'ab\n',
    'äb',
    'thirteenchars',
    'a--b',
    'a-b',
  ])('cannot be %j, and the error says what it was and what it may be', (platformName) => {
    const error = thrownBy(() => platformTemplate({ platformName }))
    expect(error).toContain('platformName')
    expect(error).toContain(`'${platformName}'`)
    expect(error).toMatch(/2 to 12 .*a-z.*0-9.*a letter first/)
  })

  test('is told to every handler, and begins the names of machines and repositories', () => {
    const template = platformTemplate({ platformName: 'other' })
    for (const [id, { Properties }] of resourcesOf<FunctionProperties>(template, 'AWS::Lambda::Function'))
      expect([id, Properties.Environment.Variables[environment.platform]]).toEqual([id, 'other'])
    const machines = resourcesOf<{ StateMachineName: string }>(template, 'AWS::StepFunctions::StateMachine')
    expect(machines.map(([, { Properties }]) => Properties.StateMachineName).toSorted()).toEqual([
      'other-promotion',
      'other-release',
      'other-retirement',
      'other-rollback',
    ])
    const repositories = resourcesOf<{ RepositoryName: string }>(template, 'AWS::ECR::Repository')
    expect(repositories.map(([, { Properties }]) => Properties.RepositoryName)).toEqual(
      builtRuntimes().map((runtime) => `other/${runtime}`),
    )
    expect(JSON.stringify(template.toJSON())).not.toMatch(/(?<!\/opt\/)sluice[-/](?!infra|other\/)/)
  })
})

describe('two platforms in one account', () => {
  /** Four machines, four parameters, and a repository for each runtime. */
  const ownNames = 8 + builtRuntimes().length

  /** Names that an account has once. What AWS names itself, from the stack's name, cannot collide. */
  function namesIn(template: Template): string[] {
    return allResources(template).flatMap(([, { Type, Properties = {} }]) => {
      // Any number of APIs may bear one name: an id tells them apart.
      if (Type.startsWith('AWS::ApiGatewayV2::')) return []
      const service = Type.split('::')[2] ?? ''
      const keys = [
        'Name',
        `${service}Name`,
        'FunctionName',
        'RoleName',
        'AlarmName',
        'DashboardName',
        'PolicyName',
      ]
      return Object.entries(Properties)
        .filter(([key, value]) => keys.includes(key) && typeof value === 'string')
        .filter(([key]) => !(Type === 'AWS::IAM::Policy' && key === 'PolicyName'))
        .map(([key, value]) => `${Type} ${key} ${value}`)
    })
  }

  test('share no name', () => {
    const app = emptyApp()
    const stacks = [
      platformStack({}, app, 'First'),
      platformStack({ platformName: 'second' }, app, 'Second'),
    ] as const
    const [first, second] = [Template.fromStack(stacks[0]), Template.fromStack(stacks[1])]
    expect(namesIn(first)).toHaveLength(ownNames)
    expect(namesIn(second)).toHaveLength(ownNames)
    expect(namesIn(first).filter((name) => namesIn(second).includes(name))).toEqual([])
  })

  test('can stand in one stack', () => {
    const stack = new Stack(emptyApp(), 'Both')
    new library.ModelPlatform(stack, 'First')
    new library.ModelPlatform(stack, 'Second', { platformName: 'second' })
    const template = Template.fromStack(stack)
    const names = namesIn(template)
    expect(names).toHaveLength(2 * ownNames)
    expect(new Set(names).size).toBe(2 * ownNames)
    expect(resourcesOf(template, 'AWS::S3::Bucket')).toHaveLength(2)
    // Exports are names too, of an account and Region.
    expect(template.findOutputs('*')).toEqual({})
  })

  test("have no right on what is the other one's", () => {
    const stack = new Stack(emptyApp(), 'Both')
    const platforms = [
      new library.ModelPlatform(stack, 'First', { platformName: 'ab' }),
      new library.ModelPlatform(stack, 'Second', { platformName: 'abc' }),
    ]
    const template = Template.fromStack(stack)
    const made = (name: string) => [
      `arn:aws:lambda:eu-central-1:111122223333:function:${resourceName(name, 'churn', '1.0.0')}`,
      `arn:aws:states:eu-central-1:111122223333:stateMachine:${name}-release`,
      `arn:aws:ecr:eu-central-1:111122223333:repository/${name}/onnx`,
    ]
    const idsOf = (platform: library.ModelPlatform) =>
      platform.node
        .findAll()
        .filter(CfnResource.isCfnResource)
        .map((one) => String(stack.resolve(one.logicalId)))
    const [first, second] = platforms.map(idsOf) as [string[], string[]]
    expect(first.length).toBe(second.length)
    for (const [own, others, othersName] of [
      [first, second, 'abc'],
      [second, first, 'ab'],
    ] as const) {
      const granted = policiesOf(template, own).filter((resource) => resource !== '*')
      expect(granted.length).toBeGreaterThan(100)
      for (const resource of granted) {
        const reached = [
          ...others.filter((id) => new RegExp(`<${id}[.>]`).test(resource)),
          ...made(othersName).filter((arn) => matchesArn(resource, arn)),
        ]
        expect([resource, reached]).toEqual([resource, []])
      }
    }
  })

  test('cannot bear one name in one stack', () => {
    const stack = new Stack(emptyApp(), 'Both')
    new library.ModelPlatform(stack, 'First')
    expect(() => new library.ModelPlatform(stack, 'Second')).toThrow(
      "platformName 'sluice' is that of Both/First already; each platform of an account and Region needs its own",
    )
  })
})

describe('the stack', () => {
  const terminationProtectionOf = (app: App) =>
    app.synth().stacks.map(({ terminationProtection }) => terminationProtection)

  test('of bin/app.ts cannot be deleted by mistake', () => {
    const app = platformApp({
      builtinCloudFormationValidation: false,
      context: { 'aws:cdk:bundling-stacks': [] },
    })
    expect(app.node.children.filter((child) => Stack.isStack(child)).map(({ node }) => node.id)).toEqual([
      'Sluice',
    ])
    expect(terminationProtectionOf(app)).toEqual([true])
  })

  test('of bin/app.ts has every feature flag that the library recommends', () => {
    const app = platformApp({ builtinCloudFormationValidation: false })
    expect(Object.keys(flags).length).toBeGreaterThan(50)
    for (const [flag, value] of Object.entries(flags))
      expect([flag, app.node.tryGetContext(flag)]).toEqual([flag, value])
  })

  test('cannot be deleted by mistake unless that was asked for', () => {
    const app = emptyApp()
    platformStack({}, app, 'Kept')
    platformStack({ platformName: 'passing', terminationProtection: false }, app, 'Passing')
    expect(terminationProtectionOf(app)).toEqual([true, false])
  })

  test('is the same whenever it is made', () => {
    expect(platformTemplate().toJSON()).toEqual(platformTemplate().toJSON())
  })

  test('is deployable in any account and Region: it names none', () => {
    const text = JSON.stringify(platformTemplate().toJSON())
    expect(text).not.toMatch(/(?:us|eu|ap|ca|sa)-(?:east|west|north|south|central)\w*-\d/)
    expect(text).not.toMatch(/(?<![0-9a-f])\d{12}(?![0-9a-f])/)
    expect(text).not.toContain('arn:aws:')
  })
})

describe('the parts of a platform', () => {
  test('are what the package offers', () => {
    expect(Object.keys(library).toSorted()).toEqual([
      'Approval',
      'Callers',
      'CaptureDelivery',
      'Gateway',
      'GitHubRef',
      'GitHubReleaseRoles',
      'GitHubRole',
      'ImageFactory',
      'ModelApi',
      'ModelNetwork',
      'ModelPlatform',
      'ModelRegistry',
      'ModelStore',
      'Monitoring',
      'Operations',
      'PlatformStack',
      'PlatformSurface',
      'ReleaseWorkflows',
      'RuntimeRepositories',
      'ServingRoles',
      'Sweeper',
      'Upkeep',
      'UploadIntake',
    ])
  })
})

function thrownBy(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    return Error.isError(error) ? error.message : String(error)
  }
  return 'nothing was thrown'
}
