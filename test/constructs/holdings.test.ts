import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { RemovalPolicy } from 'aws-cdk-lib'
import type { Template } from 'aws-cdk-lib/assertions'
import { type Machine, machines } from '../../lib/rules/operation.ts'
import { lockKeys, modelsPrefix, recordsPrefix, unpackedPrefix } from '../../lib/wiring/store-layout.ts'
import {
  allResources,
  defaultTemplate,
  onlyOne,
  platformTemplate,
  resourcesOf,
  spelt,
} from './synthesized.ts'

let template: Template
let passing: Template

beforeAll(() => {
  template = defaultTemplate()
  passing = platformTemplate({ removalPolicy: RemovalPolicy.DESTROY })
})

const kept = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }

describe('the model store', () => {
  test('keeps every version of every object, and can lock one', () => {
    expect(onlyOne(template, 'AWS::S3::Bucket').Properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
    })
    // A release takes hold of a version: nothing may expire it. Of all uploads, only parts of those that never ended may go.
    const { LifecycleConfiguration } = onlyOne<{
      LifecycleConfiguration: { Rules: readonly { readonly Prefix?: string }[] }
    }>(template, 'AWS::S3::Bucket').Properties
    const holding = [modelsPrefix, recordsPrefix, unpackedPrefix, lockKeys.lock('')]
    const touching = LifecycleConfiguration.Rules.filter(({ Prefix = '' }) =>
      holding.some((prefix) => prefix.startsWith(Prefix) || Prefix.startsWith(prefix)),
    )
    expect(touching).toEqual([
      { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: 'Enabled' },
    ])
  })

  test('is public in no way', () => {
    expect(onlyOne(template, 'AWS::S3::Bucket').Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: expect.anything(),
    })
  })

  test('speaks to nobody without TLS', () => {
    const { Bucket, PolicyDocument } = onlyOne<{
      Bucket: { Ref: string }
      PolicyDocument: {
        Statement: { Effect: string; Action: string; Condition: object; Principal: object }[]
      }
    }>(template, 'AWS::S3::BucketPolicy').Properties
    expect(Bucket.Ref).toBe(onlyOne(template, 'AWS::S3::Bucket').id)
    const everybody = { Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' } }
    expect(PolicyDocument.Statement).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...everybody, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        expect.objectContaining({ ...everybody, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
      ]),
    )
    expect(PolicyDocument.Statement.filter(({ Effect }) => Effect !== 'Deny')).toEqual([])
  })

  test('tells every object that arrives to the intake, a listing finds what was not told, versions are tended, calls looked at, and what died is swept', () => {
    const bucket = onlyOne<{ NotificationConfiguration: object }>(template, 'AWS::S3::Bucket')
    expect(bucket.Properties.NotificationConfiguration).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    })
    const rules = resourcesOf<{
      EventPattern?: object
      ScheduleExpression?: string
      Targets: { Arn: unknown }[]
    }>(template, 'AWS::Events::Rule')
    const targets = rules.map(([, { Properties }]) => {
      const { Handler } = functionOf(spelt(Properties.Targets[0]?.Arn))
      return { ...Properties, Targets: Handler, count: Properties.Targets.length }
    })
    const upkeep = targets.filter(({ Targets }) => Targets === 'index.handler')
    const byRate = upkeep.toSorted((a, b) =>
      (a.ScheduleExpression ?? '').localeCompare(b.ScheduleExpression ?? ''),
    )
    expect(byRate).toEqual([
      expect.objectContaining({ count: 1, State: 'ENABLED', ScheduleExpression: 'rate(1 hour)' }),
      ...Array(2).fill(
        expect.objectContaining({ count: 1, State: 'ENABLED', ScheduleExpression: 'rate(15 minutes)' }),
      ),
    ])
    const feeding = targets.filter((one) => !upkeep.includes(one))
    expect(feeding.toSorted((a, b) => a.Targets.localeCompare(b.Targets))).toEqual([
      expect.objectContaining({
        Targets: 'index.created',
        count: 1,
        State: 'ENABLED',
        EventPattern: {
          source: ['aws.s3'],
          'detail-type': ['Object Created'],
          detail: { bucket: { name: [{ Ref: bucket.id }] }, object: { key: [{ prefix: 'models/' }] } },
        },
      }),
      expect.objectContaining({
        Targets: 'index.listed',
        count: 1,
        State: 'ENABLED',
        ScheduleExpression: expect.stringMatching(/^rate\(\d+ minutes\)$/),
      }),
    ])
  })

  function functionOf(arn: string): { Handler: string } {
    const [, found] =
      resourcesOf<{ Handler: string }>(template, 'AWS::Lambda::Function').find(
        ([id]) => arn === `<${id}.Arn>`,
      ) ?? []
    return found?.Properties ?? { Handler: `no function: ${arn}` }
  }
})

describe('the registry', () => {
  test('is one table that is paid by the request, and can be taken back to any second', () => {
    expect(onlyOne(template, 'AWS::DynamoDB::GlobalTable').Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      Replicas: [
        {
          Region: { Ref: 'AWS::Region' },
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      ],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    })
  })
})

describe('an image repository', () => {
  test('never lets a tag move, and drops nothing that has one', () => {
    const repositories = resourcesOf<{
      ImageTagMutability: string
      LifecyclePolicy: { LifecyclePolicyText: string }
    }>(template, 'AWS::ECR::Repository')
    expect(repositories.length).toBeGreaterThan(1)
    for (const [, { Properties }] of repositories) {
      expect(Properties.ImageTagMutability).toBe('IMMUTABLE')
      const { rules } = JSON.parse(Properties.LifecyclePolicy.LifecyclePolicyText) as {
        rules: { selection: { tagStatus: string } }[]
      }
      expect(rules.map(({ selection }) => selection.tagStatus)).toEqual(['untagged'])
    }
  })

  test('lets Lambda pull, and nobody else', () => {
    for (const [, { Properties }] of resourcesOf<{ RepositoryPolicyText: { Statement: object[] } }>(
      template,
      'AWS::ECR::Repository',
    ))
      expect(Properties.RepositoryPolicyText.Statement).toEqual([
        expect.objectContaining({
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        }),
      ])
  })
})

describe('what a platform holds', () => {
  const holdings = [
    'AWS::S3::Bucket',
    'AWS::DynamoDB::GlobalTable',
    'AWS::ECR::Repository',
    'AWS::Logs::LogGroup',
    'AWS::SQS::Queue',
  ]

  test.each(holdings)('as %s outlives the stack', (type) => {
    const all = resourcesOf(template, type)
    expect(all.length).toBeGreaterThan(0)
    for (const [id, one] of all) expect([id, one]).toEqual([id, expect.objectContaining(kept)])
  })

  test('goes with the stack where that was asked for', () => {
    for (const type of holdings)
      for (const [id, one] of resourcesOf(passing, type))
        expect([id, one.DeletionPolicy, one.UpdateReplacePolicy]).toEqual([id, 'Delete', 'Delete'])
    for (const [from, EmptyOnDelete] of [
      [passing, true],
      [template, false],
    ] as const)
      for (const [, { Properties }] of resourcesOf(from, 'AWS::ECR::Repository'))
        expect(Properties).toMatchObject({ EmptyOnDelete })
    expect(onlyOne(passing, 'AWS::DynamoDB::GlobalTable').Properties).toMatchObject({
      Replicas: [{ DeletionProtectionEnabled: false }],
    })
  })

  test('as logs is dropped after a while', () => {
    for (const [id, { Properties }] of resourcesOf<{ RetentionInDays?: number }>(
      template,
      'AWS::Logs::LogGroup',
    )) {
      expect([id, Properties.RetentionInDays]).toEqual([id, expect.any(Number)])
      expect(Properties.RetentionInDays).toBeLessThanOrEqual(90)
    }
  })
})

describe('a platform without a request', () => {
  /** Paid by use, or not at all. Whoever adds a type says here that it costs nothing while nobody calls. */
  const free = [
    'AWS::ApiGatewayV2::Api',
    'AWS::ApiGatewayV2::Integration',
    'AWS::ApiGatewayV2::Route',
    'AWS::ApiGatewayV2::Stage',
    'AWS::CloudWatch::Alarm',
    'AWS::CloudWatch::Dashboard',
    'AWS::CodeBuild::Project',
    'AWS::DynamoDB::GlobalTable',
    'AWS::ECR::Repository',
    'AWS::Events::Rule',
    'AWS::IAM::Policy',
    'AWS::IAM::Role',
    'AWS::KinesisFirehose::DeliveryStream',
    'AWS::Lambda::EventInvokeConfig',
    'AWS::Lambda::Function',
    'AWS::Lambda::Permission',
    'AWS::Logs::LogGroup',
    'AWS::Logs::LogStream',
    'AWS::Logs::MetricFilter',
    'AWS::Logs::SubscriptionFilter',
    'AWS::S3::Bucket',
    'AWS::S3::BucketPolicy',
    'AWS::SQS::Queue',
    'AWS::SQS::QueuePolicy',
    'AWS::SSM::Parameter',
    'AWS::StepFunctions::StateMachine',
  ]

  test('has nothing that is billed by the hour: no network of its own, no instance, no key', () => {
    const types = new Set(allResources(template).map(([, { Type }]) => Type))
    expect([...types].filter((type) => !free.includes(type))).toEqual([])
    expect(types.size).toBeGreaterThan(10)
  })

  test('has no more alarms and dashboards than are free', () => {
    expect(resourcesOf(template, 'AWS::CloudWatch::Alarm').length).toBeLessThanOrEqual(10)
    expect(resourcesOf(template, 'AWS::CloudWatch::Dashboard').length).toBeLessThanOrEqual(3)
  })

  test('keeps no function in a network, and none warm', () => {
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::Lambda::Function')) {
      const costly = ['VpcConfig', 'SnapStart'].filter((key) => key in Properties)
      expect([id, costly]).toEqual([id, []])
    }
  })
})

describe('the template', () => {
  test('knows no model and no version: all that it runs by an image is made by releases', () => {
    for (const [id, { Properties }] of resourcesOf<{ PackageType?: string; Code: object }>(
      template,
      'AWS::Lambda::Function',
    )) {
      expect([id, Properties.PackageType ?? 'Zip']).toEqual([id, 'Zip'])
      expect([id, Object.keys(Properties.Code)]).toEqual([id, ['S3Bucket', 'S3Key']])
    }
    const parameters = Object.keys(template.toJSON()['Parameters'] as object)
    expect(parameters.filter((name) => name !== 'BootstrapVersion')).toEqual([])
  })

  test('leaves room below the 500 resources and the megabyte that CloudFormation allows', () => {
    expect(allResources(template).length).toBeLessThan(250)
    expect(JSON.stringify(template.toJSON()).length).toBeLessThan(500_000)
  })

  test('tells where applications call and where models are uploaded', () => {
    const outputs = template.findOutputs('*') as Record<string, { Value: unknown }>
    expect(spelt(outputs['ApiUrl']?.Value)).toBe(
      `<${onlyOne(template, 'AWS::ApiGatewayV2::Api').id}.ApiEndpoint>`,
    )
    expect(spelt(outputs['StoreBucket']?.Value)).toBe(`<${onlyOne(template, 'AWS::S3::Bucket').id}>`)
  })
})

describe('an alarm', () => {
  interface AlarmProperties {
    readonly AlarmDescription: string
    readonly TreatMissingData: string
    readonly ComparisonOperator: string
    readonly Threshold: number
    readonly EvaluationPeriods: number
    readonly MetricName: string
    readonly Period: number
  }

  const alarms = () => resourcesOf<AlarmProperties>(template, 'AWS::CloudWatch::Alarm')

  test('is silent where there is nothing to measure', () => {
    for (const [id, { Properties }] of alarms())
      expect([id, Properties.TreatMissingData]).toEqual([id, 'notBreaching'])
  })

  test('tells in a sentence what is wrong, and names the place of the runbook that tells what to do', () => {
    const anchors = alarms().map(
      ([id, { Properties }]) =>
        Properties.AlarmDescription.match(/^[A-Z][^.]+\. See docs\/runbook\.md#([a-z-]+)\.$/)?.[1] ?? id,
    )
    expect(anchors.toSorted()).toEqual(
      [
        'monitoring-tells',
        'events-lost',
        'platform-faults',
        'predictions-throttled',
        'registry-throttled',
        'registry-throttled',
        ...machines.map((kind) => `${kind}-unfinished`),
      ].toSorted(),
    )
  })

  test('finds its place in the runbook', () => {
    const runbook = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'runbook.md'), 'utf8')
    const places = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
    for (const [id, { Properties }] of alarms()) {
      const anchor = Properties.AlarmDescription.match(/#([a-z-]+)\.$/)?.[1]
      expect([id, places]).toEqual([id, expect.arrayContaining([anchor])])
    }
  })

  test('of a machine looks at that machine, and rings at the first execution that failed', () => {
    for (const kind of machines) {
      expect(alarmOf(kind)).toMatchObject({
        Threshold: 1,
        EvaluationPeriods: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Statistic: 'Sum',
        Namespace: 'AWS/States',
        MetricName: 'ExecutionsFailed',
        Dimensions: [{ Name: 'StateMachineArn', Value: { Ref: machineOf(kind).id } }],
      })
    }
  })

  // "could not be finished or undone": a manifest with a fault in it is undone every day, and nobody is to be woken.
  test.each(machines)('of the %s machine does not ring for one that was cleaned up', (kind) => {
    const { definition } = machineOf(kind)
    const metric = alarmOf(kind).MetricName
    const caught = Object.values(definition.States).flatMap(({ Catch = [] }) => Catch.map(({ Next }) => Next))
    const cleaning = Object.entries(definition.States).find(
      ([name, { Type }]) => Type === 'Task' && caught.includes(name),
    )
    expect(cleaning).toBeDefined()
    const afterwards = definition.States[cleaning?.[1].Next ?? '']
    expect(metric === 'ExecutionsFailed' && afterwards?.Type === 'Fail').toBe(false)
  })

  function alarmOf(kind: Machine): AlarmProperties {
    const [found] = alarms().filter(([, { Properties }]) =>
      Properties.AlarmDescription.endsWith(`#${kind}-unfinished.`),
    )
    if (found === undefined) throw new Error(`no alarm for ${kind}`)
    return found[1].Properties
  }

  function machineOf(kind: Machine) {
    const [found] = resourcesOf<{ DefinitionString: unknown; StateMachineName: string }>(
      template,
      'AWS::StepFunctions::StateMachine',
    ).filter(([, { Metadata }]) => Metadata?.['sluice:machine'] === kind)
    if (found === undefined) throw new Error(`no machine for ${kind}`)
    const definition = JSON.parse(spelt(found[1].Properties.DefinitionString)) as {
      States: Record<string, { Type: string; Next?: string; Catch?: { Next: string }[] }>
    }
    return { id: found[0], definition }
  }
})
