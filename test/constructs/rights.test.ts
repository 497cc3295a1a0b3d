import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Template } from 'aws-cdk-lib/assertions'
import { resourceName } from '../../lib/rules/names.ts'
import { stepMetadata } from '../../lib/wiring/handler-names.ts'
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

/**
 * What is promised whatever the code calls. That each role is allowed what its holder calls, and no more, is proven by
 * `npm run test:iam`.
 */
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
/** The role of each function, by the handler it runs: the name of a step, `created`, `listed`, `router`, `control`, `shadow`, `upkeep`, `sweeper`. */
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
    if (/Monitoring/.test(id)) return 'monitoring'
    if (/Shadow/.test(id)) return 'shadow'
    if (/Sweeper/.test(id)) return 'sweeper'
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
      /^(?:ecr:GetAuthorizationToken|lambda:GetAccountSettings|servicequotas:ListServiceQuotas|sagemaker:List(?:Endpoints|EndpointConfigs|Models)|lambda:ListFunctions|cloudwatch:PutMetricData|logs:\w*LogDeliver\w*|logs:\w+Polic\w+|logs:DescribeLogGroups|xray:(?:PutTraceSegments|PutTelemetryRecords|GetSamplingRules|GetSamplingTargets))$/
    const everywhere = grants.filter(({ resource }) => resource === '*')
    expect(everywhere.filter(({ action }) => !resourceless.test(action))).toEqual([])
  })

  test('may delete what was uploaded or recorded, or shorten its lock', () => {
    const harmful = /^s3:(?:Delete|BypassGovernance|PutBucket|PutObjectLockConfiguration|PutLifecycle|\*)/
    // But what monitoring keeps for itself, and of recorded calls what is too old.
    const own = ({ action, resource, role }: Grant) =>
      action === 's3:DeleteObject' &&
      (/Bucket\w*\.Arn>\/monitoring\/\*$/.test(resource) ||
        (/Bucket\w*\.Arn>\/captures\/\*$/.test(resource) && /Monitoring\w*Role/.test(role)))
    expect(grants.filter((one) => harmful.test(one.action) && !own(one))).toEqual([])
  })

  test('may delete or change the registry itself, an image, or the machines', () => {
    const harmful =
      /^(?:dynamodb:(?:Delete|Update|Restore)\w*(?:Table|Backup)|dynamodb:UpdateContinuousBackups|ecr:(?:BatchDelete|Delete|SetRepository|PutLifecycle)\w*|states:(?:Create|Update|Delete|Stop)\w*)/
    // But the step that collects what a retired version cost.
    const collects = ({ action, role, resource }: Grant) =>
      action === 'ecr:BatchDeleteImage' && /RemoveEndpointRole/.test(role) && resource !== '*'
    expect(grants.filter((one) => harmful.test(one.action) && !collects(one))).toEqual([])
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
              Service: expect.stringMatching(
                /^(?:lambda|states|codebuild|sagemaker|firehose|logs)\.amazonaws\.com$/,
              ),
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

describe('images of others', () => {
  const sourcesIn = (of: readonly Grant[]) => [
    ...new Set(
      of
        .filter(({ resource }) => /:repository\//.test(resource))
        .map(({ action, resource }) => `${action} ${resource.replace(/^.*:repository\//, '')}`),
    ),
  ]

  test('are read where they are put to be served, by the step that packs alone, and never written', () => {
    expect(sourcesIn(grants)).toEqual([
      'ecr:BatchGetImage sluice/images/*',
      'ecr:GetDownloadUrlForLayer sluice/images/*',
    ])
    expect(holdersOf('ecr:BatchGetImage', /:repository\//)).toEqual(['packImage'])
  })

  test('are read where the platform is told, and nowhere else', () => {
    const told = grantsIn(platformTemplate({ imageSources: ['team/churn', 'other/*'] }))
    expect(
      sourcesIn(told)
        .filter((one) => one.startsWith('ecr:BatchGetImage'))
        .toSorted(),
    ).toEqual(['ecr:BatchGetImage other/*', 'ecr:BatchGetImage team/churn'])
    expect(sourcesIn(grantsIn(platformTemplate({ imageSources: [] })))).toEqual([])
  })

  test.each(['*', 'Team/churn', '1.dkr.ecr.eu-west-1.amazonaws.com/churn:1', ''])(
    'are not read out of %p',
    (name) => {
      expect(() => platformTemplate({ imageSources: [name] })).toThrow(
        /allowed are names of ECR repositories/,
      )
    },
  )
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

  test('are given their role by the step that creates endpoints and by the sweeper, and these can give no other', () => {
    const passes = grants.filter(({ action }) => action === 'iam:PassRole')
    const toService = (service: string) => ({ StringEquals: { 'iam:PassedToService': service } })
    const both = ['createEndpoint', 'sweeper'].flatMap((name) => [
      expect.objectContaining({
        role: roles.get(name),
        resource: `<${serving()}.Arn>`,
        condition: toService('lambda.amazonaws.com'),
      }),
      expect.objectContaining({
        role: roles.get(name),
        resource: `<${serving('Models on SageMaker')}.Arn>`,
        condition: toService('sagemaker.amazonaws.com'),
      }),
    ])
    expect(passes).toEqual(both)
  })
})

describe('only', () => {
  test.each<[string, readonly string[]]>([
    ['lambda:CreateFunction', ['createEndpoint', 'sweeper']],
    ['lambda:DeleteFunction', ['createEndpoint', 'failRelease', 'removeEndpoint', 'sweeper']],
    ['sagemaker:CreateModel', ['createEndpoint', 'sweeper']],
    ['sagemaker:CreateEndpointConfig', ['createEndpoint', 'sweeper']],
    // The router wakes what was parked; so does control, which compares two versions.
    [
      'sagemaker:CreateEndpoint',
      [
        'control',
        'createEndpoint',
        'openPromotion',
        'probeTarget',
        'proveVersion',
        'router',
        'shadow',
        'sweeper',
        'upkeep',
      ],
    ],
    [
      'sagemaker:DeleteEndpoint',
      [
        'control',
        'createEndpoint',
        'failRelease',
        'openPromotion',
        'probeTarget',
        'removeEndpoint',
        'sweeper',
        'upkeep',
      ],
    ],
    ['sagemaker:InvokeEndpoint', ['control', 'openPromotion', 'proveVersion', 'router', 'shadow']],
    ['codebuild:StartBuild', ['packImage']],
    ['iam:PassRole', ['createEndpoint', 'sweeper']],
    ['lambda:GetAccountSettings', ['createEndpoint']],
    ['lambda:GetFunctionConcurrency', ['createEndpoint']],
    ['sagemaker:ListEndpoints', ['createEndpoint', 'sweeper']],
    ['servicequotas:ListServiceQuotas', ['createEndpoint', 'packImage']],
    ['ecr:ListImages', ['packImage']],
  ])('the steps that must are allowed %s', (action, holders) => {
    expect(holdersOf(action)).toEqual(holders)
  })

  test('the router hands over to whoever asks shadows, control asks what was found, and nobody else calls it', () => {
    expect(holdersOf('lambda:InvokeFunction', /Shadow/)).toEqual(['control', 'router'])
  })

  test('the router, the proof, whoever compares, the upkeep, the sweeper and whoever looks whether an endpoint answers call endpoints', () => {
    expect(holdersOf('lambda:InvokeFunction', /function:/)).toEqual([
      'checkEndpoint',
      'closePromotion',
      'control',
      'openPromotion',
      'probeTarget',
      'proveVersion',
      'router',
      'shadow',
      'sweeper',
      'upkeep',
    ])
  })
})

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
