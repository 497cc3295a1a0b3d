import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Template } from 'aws-cdk-lib/assertions'
import { build } from 'esbuild'
import { resourceName } from '../../lib/rules/names.ts'
import type { Machine } from '../../lib/rules/operation.ts'
import { stepMetadata, stepNames } from '../../lib/wiring/handler-names.ts'
import {
  defaultTemplate,
  type FunctionProperties,
  functionBehind,
  onlyOne,
  platformTemplate,
  type Resource,
  resourcesOf,
  spelt,
} from './synthesized.ts'

interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource?: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly Principal?: { readonly Service?: string; readonly AWS?: unknown }
}

interface Policy {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] }
  readonly Roles: readonly { readonly Ref: string }[]
}

interface RoleProperties {
  readonly AssumeRolePolicyDocument: { readonly Statement: readonly Statement[] }
  readonly ManagedPolicyArns?: readonly unknown[]
  readonly Policies?: readonly unknown[]
  readonly Description?: string
}

/** One action on one resource that a role is allowed. */
interface Grant {
  readonly role: string
  readonly action: string
  readonly resource: string
  readonly condition: Statement['Condition']
}

const many = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T])

function grantsIn(template: Template): Grant[] {
  return resourcesOf<Policy>(template, 'AWS::IAM::Policy').flatMap(([, { Properties }]) =>
    Properties.Roles.flatMap(({ Ref: role }) =>
      Properties.PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(
        ({ Action, Resource: resources, Condition: condition }) =>
          many(Action).flatMap((action) =>
            many(resources).map((resource) => ({ role, action, resource: spelt(resource), condition })),
          ),
      ),
    ),
  )
}

let template: Template
let grants: Grant[]
/** The role of each function, by the handler it runs: the name of a step, `created`, `listed`, `router`, `control`, `upkeep`. */
let roles: ReadonlyMap<string, string>

beforeAll(() => {
  template = defaultTemplate()
  grants = grantsIn(template)
  roles = rolesOf(template)
})

function rolesOf(from: Template): Map<string, string> {
  const router = functionBehind(from, 'POST /models/{model}/invocations')
  const nameOf = (id: string, { Properties, Metadata }: Resource<FunctionProperties>) => {
    const step = Metadata?.[stepMetadata]
    if (step !== undefined) return String(step)
    if (/Upkeep/.test(id)) return 'upkeep'
    if (Properties.Handler === 'index.handler') return id === router ? 'router' : 'control'
    return Properties.Handler.replace('index.', '')
  }
  return new Map(
    resourcesOf<FunctionProperties>(from, 'AWS::Lambda::Function').map(([id, one]) => [
      nameOf(id, one),
      one.Properties.Role['Fn::GetAtt'][0],
    ]),
  )
}

function holdersOf(action: string, resource: RegExp = /./): string[] {
  const names = new Map([...roles].map(([name, role]) => [role, name]))
  const holders = grants.filter((one) => one.action === action && resource.test(one.resource))
  return [...new Set(holders.map(({ role }) => names.get(role) ?? role))].toSorted()
}

const may = (name: string, action: string, resource: RegExp) =>
  grants.some((one) => one.role === roles.get(name) && one.action === action && resource.test(one.resource))

const serving = (description = 'Model functions') => {
  const found = resourcesOf<RoleProperties>(template, 'AWS::IAM::Role').filter(([, { Properties }]) =>
    Properties.Description?.startsWith(description),
  )
  if (found.length !== 1) throw new Error('there is not one serving role')
  return found[0]?.[0] ?? ''
}

describe('nobody', () => {
  test('is allowed every action of a service, or every service', () => {
    expect(grants.filter(({ action }) => /^(?:\*|[^:]*\*[^:]*:.*|[^:]+:\*)$/.test(action))).toEqual([])
  })

  test('may make, change or take a role, a user or a policy', () => {
    const iam = grants.filter(({ action }) => /^(?:iam|sts|organizations):/.test(action))
    expect([...new Set(iam.map(({ action }) => action))]).toEqual(['iam:PassRole'])
  })

  test('is allowed anything on every resource but what knows none', () => {
    const resourceless =
      /^(?:ecr:GetAuthorizationToken|lambda:GetAccountSettings|servicequotas:ListServiceQuotas|sagemaker:ListEndpoints|cloudwatch:PutMetricData|logs:\w*LogDeliver\w*|logs:\w+Polic\w+|logs:DescribeLogGroups)$/
    const everywhere = grants.filter(({ resource }) => resource === '*')
    expect(everywhere.filter(({ action }) => !resourceless.test(action))).toEqual([])
  })

  test('may delete what was uploaded or recorded, or shorten its lock', () => {
    const harmful = /^s3:(?:Delete|BypassGovernance|PutBucket|PutObjectLockConfiguration|PutLifecycle|\*)/
    expect(grants.filter(({ action }) => harmful.test(action))).toEqual([])
  })

  test('may delete or change the registry itself, an image, or the machines', () => {
    const harmful =
      /^(?:dynamodb:(?:Delete|Update|Restore)\w*(?:Table|Backup)|dynamodb:UpdateContinuousBackups|ecr:(?:BatchDelete|Delete|SetRepository|PutLifecycle)\w*|states:(?:Create|Update|Delete|Stop)\w*)/
    expect(grants.filter(({ action }) => harmful.test(action))).toEqual([])
  })

  test('is trusted with a role but a service of AWS', () => {
    for (const [id, { Properties }] of resourcesOf<RoleProperties>(template, 'AWS::IAM::Role')) {
      const trusted = Properties.AssumeRolePolicyDocument.Statement
      expect([id, trusted]).toEqual([
        id,
        [
          expect.objectContaining({
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: {
              Service: expect.stringMatching(/^(?:lambda|states|codebuild|sagemaker)\.amazonaws\.com$/),
            },
          }),
        ],
      ])
      expect([id, Properties.Policies]).toEqual([id, undefined])
    }
  })

  test('may call a function from outside but a rule and the gateway of this platform', () => {
    const permissions = resourcesOf<{ Principal: string; Action: string; SourceArn?: unknown }>(
      template,
      'AWS::Lambda::Permission',
    )
    const api = onlyOne(template, 'AWS::ApiGatewayV2::Api').id
    const rules = resourcesOf(template, 'AWS::Events::Rule').map(([id]) => `<${id}.Arn>`)
    expect(permissions.length).toBeGreaterThan(0)
    for (const [id, { Properties }] of permissions) {
      const source = spelt(Properties.SourceArn ?? 'anywhere')
      const ours =
        Properties.Principal === 'events.amazonaws.com'
          ? rules.includes(source)
          : Properties.Principal === 'apigateway.amazonaws.com' && source.includes(`:<${api}>/`)
      expect([id, Properties.Action, source, ours]).toEqual([id, 'lambda:InvokeFunction', source, true])
    }
  })
})

describe('models', () => {
  test('run as a role that may write their own log and nothing else', () => {
    const role = serving()
    const [, { Properties }] = resourcesOf<RoleProperties>(template, 'AWS::IAM::Role').find(
      ([id]) => id === role,
    ) ?? ['', { Properties: undefined }]
    expect(Properties?.ManagedPolicyArns).toBeUndefined()
    const own = grants.filter((one) => one.role === role)
    expect(own.map(({ action }) => action).toSorted()).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents'])
    const groups = resourcesOf(template, 'AWS::Logs::LogGroup').map(([id]) => `<${id}.Arn>`)
    for (const { resource } of own) expect(groups).toContain(resource)
    // Not the platform's: a model cannot write what looks like the platform's words.
    const [platforms] = resourcesOf<FunctionProperties>(template, 'AWS::Lambda::Function')
    const shared = spelt(platforms?.[1].Properties.LoggingConfig?.LogGroup)
    for (const { resource } of own) expect(resource).not.toBe(shared.replace('>', '.Arn>'))
  })

  test('on SageMaker run as a role that may be pulled and write logs and metrics, and nothing else', () => {
    const role = serving('Models on SageMaker')
    const own = grants.filter((one) => one.role === role)
    expect([...new Set(own.map(({ action }) => action))].toSorted()).toEqual([
      'cloudwatch:PutMetricData',
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:DescribeLogStreams',
      'logs:PutLogEvents',
    ])
    const logs = own.filter(({ action }) => action.startsWith('logs:'))
    for (const { resource } of logs)
      expect(resource).toMatch(/:log-group:\/aws\/sagemaker\/Endpoints\/sluice-\*(?::\*)?$/)
    const [, { Properties }] = resourcesOf<RoleProperties>(template, 'AWS::IAM::Role').find(
      ([id]) => id === role,
    ) ?? ['', { Properties: undefined }]
    expect(Properties?.AssumeRolePolicyDocument.Statement[0]).toMatchObject({
      Principal: { Service: 'sagemaker.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    })
  })

  test('are given their role by the step that creates endpoints, and it can give no other', () => {
    const passes = grants.filter(({ action }) => action === 'iam:PassRole')
    const toService = (service: string) => ({ StringEquals: { 'iam:PassedToService': service } })
    const role = roles.get('createEndpoint')
    expect(passes).toEqual([
      expect.objectContaining({
        role,
        resource: `<${serving()}.Arn>`,
        condition: toService('lambda.amazonaws.com'),
      }),
      expect.objectContaining({
        role,
        resource: `<${serving('Models on SageMaker')}.Arn>`,
        condition: toService('sagemaker.amazonaws.com'),
      }),
    ])
  })
})

describe('only', () => {
  test.each<[string, readonly string[]]>([
    ['lambda:CreateFunction', ['createEndpoint']],
    ['lambda:DeleteFunction', ['createEndpoint', 'failRelease', 'removeEndpoint']],
    ['sagemaker:CreateModel', ['createEndpoint']],
    ['sagemaker:CreateEndpointConfig', ['createEndpoint']],
    // The router wakes what was parked.
    ['sagemaker:CreateEndpoint', ['createEndpoint', 'openPromotion', 'probeTarget', 'router', 'upkeep']],
    [
      'sagemaker:DeleteEndpoint',
      ['createEndpoint', 'failRelease', 'openPromotion', 'probeTarget', 'removeEndpoint', 'upkeep'],
    ],
    ['sagemaker:InvokeEndpoint', ['proveVersion', 'router']],
    ['codebuild:StartBuild', ['packImage']],
    ['iam:PassRole', ['createEndpoint']],
    ['lambda:GetAccountSettings', ['createEndpoint']],
    ['lambda:GetFunctionConcurrency', ['createEndpoint']],
    ['sagemaker:ListEndpoints', ['createEndpoint']],
    ['servicequotas:ListServiceQuotas', ['createEndpoint', 'packImage']],
    ['ecr:ListImages', ['packImage']],
  ])('the steps that must are allowed %s', (action, holders) => {
    expect(holdersOf(action)).toEqual(holders)
  })

  test('the router, the proof, the upkeep and whoever looks whether an endpoint answers call endpoints', () => {
    expect(holdersOf('lambda:InvokeFunction', /function:/)).toEqual([
      'checkEndpoint',
      'closePromotion',
      'openPromotion',
      'probeTarget',
      'proveVersion',
      'router',
      'upkeep',
    ])
  })

  test('each machine calls its own steps', () => {
    const machineRoles = resourcesOf<{ RoleArn: { 'Fn::GetAtt': [string, string] } }>(
      template,
      'AWS::StepFunctions::StateMachine',
    )
    const functions = resourcesOf<FunctionProperties>(template, 'AWS::Lambda::Function')
    for (const [, { Metadata, Properties }] of machineRoles) {
      const kind = Metadata?.['sluice:machine'] as Machine
      const called = grants.filter(
        ({ role, action }) =>
          role === Properties.RoleArn['Fn::GetAtt'][0] && action === 'lambda:InvokeFunction',
      )
      const steps = called.map(({ resource }) => {
        const [, one] = functions.find(([id]) => resource.startsWith(`<${id}.Arn>`)) ?? []
        return one?.Metadata?.[stepMetadata] ?? resource
      })
      expect([kind, [...new Set(steps)].toSorted()]).toEqual([kind, [...stepNames[kind]].toSorted()])
    }
  })

  test('those who begin operations start machines, and the listing whatever was never started', () => {
    const started = (machine: Machine) =>
      holdersOf('states:StartExecution', new RegExp(`:stateMachine:sluice-${machine}$`))
    expect({
      release: started('release'),
      promotion: started('promotion'),
      rollback: started('rollback'),
      retirement: started('retirement'),
    }).toEqual({
      release: ['created', 'listed'],
      promotion: ['continuePromotion', 'control', 'listed', 'startPromotion'],
      rollback: ['control', 'listed'],
      retirement: ['control', 'listed'],
    })
    const all = grants.filter(({ action }) => action === 'states:StartExecution')
    expect(all).toHaveLength(10)
  })
})

describe('what a handler is allowed is what its code calls:', () => {
  const lambdas = join(import.meta.dirname, '..', '..', 'lambdas')
  const store = /^<\w*Bucket\w*\.Arn>\/models\/\*$/
  const records = /^<\w*Bucket\w*\.Arn>\/records\/\*$/
  const endpoints = /:function:sluice-\*$/

  const onSageMaker = (what: string) => new RegExp(`:${what}/sluice-\\*$`)

  /** By the port's method, what it takes to call it. */
  const rights: Readonly<Record<string, readonly (readonly [string, RegExp])[]>> = {
    'events.publish': [['events:PutEvents', /:event-bus\/default$/]],
    'workflows.start': [['states:StartExecution', /:stateMachine:sluice-/]],
    'store.listing': [['s3:List*', /^<\w*Bucket\w*\.Arn>$/]],
    'store.peek': [['s3:GetObject*', store]],
    'store.freeze': [['s3:GetObject*', store]],
    'store.read': [['s3:GetObject*', store]],
    'store.keys': [['s3:List*', /^<\w*Bucket\w*\.Arn>$/]],
    'store.writeRecord': [
      ['s3:PutObject', records],
      ['s3:PutObjectRetention', records],
    ],
    'store.record': [['s3:GetObject*', records]],
    'store.recordedRev': [['s3:List*', /^<\w*Bucket\w*\.Arn>$/]],
    'store.recordedModels': [['s3:List*', /^<\w*Bucket\w*\.Arn>$/]],
    'images.pack': [
      ['s3:GetObject*', store],
      ['ecr:PutImage', /./],
      ['ecr:GetAuthorizationToken', /^\*$/],
      ['codebuild:StartBuild', /./],
      ['codebuild:ListBuildsForProject', /./],
      ['codebuild:BatchGetBuilds', /./],
    ],
    'host.create': [
      ['lambda:CreateFunction', endpoints],
      ['lambda:GetFunction', endpoints],
      ['lambda:ListTags', endpoints],
      ['sagemaker:CreateModel', onSageMaker('model')],
      ['sagemaker:CreateEndpointConfig', onSageMaker('endpoint-config')],
      ['sagemaker:CreateEndpoint', onSageMaker('endpoint-config')],
      ['sagemaker:CreateEndpoint', onSageMaker('endpoint')],
      ['sagemaker:AddTags', onSageMaker('model')],
      ['sagemaker:AddTags', onSageMaker('endpoint-config')],
      ['sagemaker:AddTags', onSageMaker('endpoint')],
      ['sagemaker:DescribeModel', onSageMaker('model')],
      ['lambda:TagResource', endpoints],
      ['lambda:PutFunctionConcurrency', endpoints],
      ['lambda:DeleteFunction', endpoints],
      ['iam:PassRole', /./],
      ['ecr:BatchGetImage', /./],
    ],
    'host.describe': [
      ['lambda:GetFunction', endpoints],
      ['lambda:InvokeFunction', endpoints],
      ['sagemaker:DescribeEndpoint', onSageMaker('endpoint')],
      ['sagemaker:DescribeEndpointConfig', onSageMaker('endpoint-config')],
      ['sagemaker:ListTags', onSageMaker('endpoint-config')],
      ['application-autoscaling:RegisterScalableTarget', /:scalable-target\/\*$/],
      ['application-autoscaling:PutScalingPolicy', /:scalable-target\/\*$/],
    ],
    'host.endpointOf': [],
    'host.hasRoom': [],
    'host.invoke': [
      ['lambda:InvokeFunction', endpoints],
      ['sagemaker:InvokeEndpoint', onSageMaker('endpoint')],
    ],
    'host.log': [],
    'host.park': [],
    // Who wakes a function has looked at it, and that is what wakes it.
    'host.wake': [
      ['lambda:GetFunction', endpoints],
      ['lambda:InvokeFunction', endpoints],
      ['sagemaker:DescribeEndpoint', onSageMaker('endpoint')],
      ['sagemaker:CreateEndpoint', onSageMaker('endpoint')],
      ['sagemaker:CreateEndpoint', onSageMaker('endpoint-config')],
    ],
    'host.remove': [
      ['lambda:DeleteFunction', endpoints],
      ['lambda:GetFunction', endpoints],
      ['lambda:ListTags', endpoints],
      ...(['model', 'endpoint-config', 'endpoint'] as const).map(
        (what) => ['sagemaker:ListTags', onSageMaker(what)] as const,
      ),
      ['sagemaker:DeleteModel', onSageMaker('model')],
      ['sagemaker:DeleteEndpointConfig', onSageMaker('endpoint-config')],
      ['sagemaker:DeleteEndpoint', onSageMaker('endpoint')],
      ['application-autoscaling:DeregisterScalableTarget', /:scalable-target\/\*$/],
    ],
  }

  /** What stands for a right that is given: nobody is to have it who calls none of these. */
  const reasons: Readonly<Record<string, readonly string[]>> = {
    'events:PutEvents': ['events.publish'],
    'states:StartExecution': ['workflows.start'],
    's3:PutObject': ['store.writeRecord'],
    's3:GetObject*': [
      'store.peek',
      'store.freeze',
      'store.read',
      'store.listing',
      'store.writeRecord',
      'store.record',
      'images.pack',
    ],
    'ecr:PutImage': ['images.pack'],
    'lambda:CreateFunction': ['host.create'],
    'lambda:GetFunction': ['host.create', 'host.describe', 'host.remove', 'host.wake'],
    'sagemaker:CreateModel': ['host.create'],
    'sagemaker:CreateEndpoint': ['host.create', 'host.invoke', 'host.wake'],
    'sagemaker:DeleteEndpoint': ['host.create', 'host.remove', 'host.park', 'host.wake'],
    'sagemaker:InvokeEndpoint': ['host.invoke'],
    'application-autoscaling:RegisterScalableTarget': ['host.describe'],
    'lambda:InvokeFunction': ['host.invoke', 'host.describe', 'host.wake'],
    'lambda:DeleteFunction': ['host.remove', 'host.create'],
  }

  /** The methods of the ports that stand for something outside the registry. */
  const portMethods = portsWithRights()

  const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

  /** Where each handler's code begins, and what of it is the handler. */
  const sources: readonly (readonly [string, string, string])[] = [
    ...Object.entries(stepNames).flatMap(([kind, steps]) =>
      steps.map((step) =>
        step === 'failRollback' || step === 'failRetirement'
          ? ([step, 'fail-operation.ts', 'failOperation'] as const)
          : ([step, `${kind}/${kebab(step)}.ts`, step] as const),
      ),
    ),
    ['created', 'release/intake.ts', 'takeIn'],
    ['listed', 'monitoring/find-lost-uploads.ts', 'findLostUploads'],
    ['router', 'serving/router.ts', 'routerApp'],
    ['control', 'control/control.ts', 'controlApp'],
    ['upkeep', 'monitoring/tend-versions.ts', 'tendVersions'],
  ]

  /** The methods of ports that a handler's code can come to: what is left of it when all else is shaken off. */
  const used = new Map<string, Set<string>>()

  beforeAll(async () => {
    await Promise.all(
      sources.map(async ([name, file, exported]) => {
        const { outputFiles } = await build({
          stdin: { contents: `export { ${exported} } from './${file}'`, resolveDir: lambdas, loader: 'ts' },
          bundle: true,
          write: false,
          format: 'esm',
          platform: 'node',
          packages: 'external',
          treeShaking: true,
          logLevel: 'silent',
        })
        const calls =
          outputFiles[0]?.text.matchAll(/\b(events|workflows|store|images|host)2?\??\.(\w+)\(/g) ?? []
        const methods = [...calls].map(([, port, method]) => `${port}.${method}`)
        used.set(name, new Set(methods.filter((method) => portMethods.includes(method))))
      }),
    )
  })

  const names = sources.map(([name]) => name)

  test('this test knows what each method of those ports takes, and finds them in the code', () => {
    expect(Object.keys(rights).toSorted()).toEqual(portMethods.toSorted())
    const called = new Set([...used.values()].flatMap((one) => [...one]))
    expect([...called].toSorted()).toEqual(portMethods.toSorted())
  })

  test.each(names)('%s is allowed all of it', (name) => {
    const called = new Set(used.get(name))
    // What a listing finds was told before: it hands on that nothing is to be said.
    if (name === 'listed') called.delete('events.publish')
    const missing = [...called].flatMap((method) =>
      (rights[method] ?? [])
        .filter(([action, resource]) => !may(name, action, resource))
        .map(([action]) => `${method} takes ${action}`),
    )
    expect(missing).toEqual([])
  })

  test.each(names)('%s is allowed no more', (name) => {
    const idle = Object.entries(reasons)
      .filter(([action]) => may(name, action, /./))
      .filter(([, methods]) => !methods.some((method) => used.get(name)?.has(method)))
    expect(idle).toEqual([])
  })

  test.each(names)('%s may read the registry, and write it unless it only looks', (name) => {
    for (const action of ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem']) {
      const writes = /Put|Update/.test(action)
      const allowed = may(name, action, /^<\w*Table\w*\.Arn>$/)
      expect([action, allowed]).toEqual([action, !writes || name !== 'upkeep'])
    }
  })
})

function portsWithRights(): string[] {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'lambdas', 'ports.ts'), 'utf8')
  const interfaces = {
    store: 'ArtifactStore',
    images: 'ImageFactory',
    host: 'EndpointHost',
    workflows: 'Workflows',
    events: 'Events',
  }
  return Object.entries(interfaces).flatMap(([port, name]) => {
    const body = text.match(new RegExp(`export interface ${name} \\{\\n(.*?)\\n\\}`, 's'))?.[1] ?? ''
    return [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, method]) => `${port}.${method}`)
  })
}

describe('the endpoints that a platform may touch', () => {
  /** The patterns of functions that the handlers of a platform are allowed, as expressions. */
  function patterns(platformName: string): RegExp[] {
    const own = platformName === 'sluice' ? grants : grantsIn(platformTemplate({ platformName }))
    const functions = own.flatMap(({ resource }) => resource.match(/:function:(.+)$/)?.[1] ?? [])
    return [...new Set(functions)].map((one) => new RegExp(`^${one.replaceAll('*', '.*')}$`))
  }

  test.each(['sluice', 'ab', 'twelveletter'])('are those that %s makes', (platformName) => {
    const allowed = patterns(platformName)
    expect(allowed).toHaveLength(1)
    for (const version of ['1.0.0', '1.0.0-rc.1', '12.34.56'])
      expect(allowed[0]?.test(resourceName(platformName, 'churn', version))).toBe(true)
  })

  test('are none of its own functions, which bear the name of its stack', () => {
    const [allowed] = patterns('sluice')
    for (const [id] of resourcesOf(template, 'AWS::Lambda::Function')) {
      expect(allowed?.test(`Sluice-${id}-Ab12Cd34Ef56`)).toBe(false)
    }
  })

  // Two platforms in one account and Region are a tested case. A name with a hyphen is none: see `platforms.test.ts`.
  test.each([
    ['sluice', 'other'],
    ['sluice', 'sluice2'],
    ['sluice', 'sluic'],
    ['ab', 'abab'],
  ])('of %s are none of those of %s', (platformName, neighbour) => {
    const names = ['1.0.0', '2.0.0'].map((version) => resourceName(neighbour, 'churn', version))
    for (const pattern of patterns(platformName))
      for (const name of names) expect([name, pattern.test(name)]).toEqual([name, false])
  })
})
