import { beforeAll, describe, expect, test } from '@jest/globals'
import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Key } from 'aws-cdk-lib/aws-kms'
import { ModelPlatform } from '../../lib/index.ts'
import { captureLines } from '../../lib/rules/capture/capture-lines.ts'
import type { CapturedCall } from '../../lib/rules/capture/captured-call.ts'
import { capturesPrefix, hourPartition, lostCaptureLines } from '../../lib/wiring/capture-layout.ts'
import { allows, statementsOf } from './policies.ts'
import {
  defaultTemplate,
  emptyApp,
  type FunctionProperties,
  onlyOne,
  platformTemplate,
  resourcesOf,
  spelt,
} from './synthesized.ts'

interface Destination {
  readonly BucketARN: unknown
  readonly RoleARN: { readonly 'Fn::GetAtt': readonly [string, 'Arn'] }
  readonly Prefix: string
  readonly ErrorOutputPrefix: string
  readonly CompressionFormat: string
  readonly BufferingHints: { readonly IntervalInSeconds: number; readonly SizeInMBs: number }
  readonly DynamicPartitioningConfiguration: { readonly Enabled: boolean }
  readonly ProcessingConfiguration: {
    readonly Enabled: boolean
    readonly Processors: readonly {
      readonly Type: string
      readonly Parameters?: readonly { readonly ParameterName: string; readonly ParameterValue: string }[]
    }[]
  }
}

interface Stream {
  readonly DeliveryStreamName?: string
  readonly DeliveryStreamEncryptionConfigurationInput: { readonly KeyType: string; readonly KeyARN?: unknown }
  readonly ExtendedS3DestinationConfiguration: Destination
}

interface Filter {
  readonly FilterPattern: string
  readonly LogGroupName: unknown
}

const call: CapturedCall = {
  ...{ model: 'churn', version: '1.4.0-rc.1', atMs: Date.parse('2026-03-01T09:59:59.999Z') },
  ...{ requestId: 'r1', variant: 'canary', latencyMs: 1.5, asked: { records: [{ age: 41 }] } },
  plan: { samplePercent: 100, mask: [], hash: [], retentionDays: 30 },
}

let template: Template
let destination: Destination
beforeAll(() => {
  template = defaultTemplate()
  destination = streamOf(template).ExtendedS3DestinationConfiguration
})

function streamOf(of: Template): Stream {
  return onlyOne<Stream>(of, 'AWS::KinesisFirehose::DeliveryStream').Properties
}

describe('recorded calls', () => {
  test('are laid down where they are looked for, by what their own line says', () => {
    const [line] = captureLines(call, new Uint8Array()).split('\n')
    const record = JSON.parse(line ?? '') as Record<string, string>
    const [query] = destination.ProcessingConfiguration.Processors.flatMap(({ Parameters = [] }) =>
      Parameters.filter(({ ParameterName }) => ParameterName === 'MetadataExtractionQuery'),
    )
    const keys = Object.fromEntries(
      [...(query?.ParameterValue ?? '').matchAll(/(\w+):\.(\w+)(?:\[(\d+):(\d+)\])?/g)].map(
        ([, key, field = '', from, to]) => [
          key,
          record[field]?.slice(Number(from ?? 0), to === undefined ? to : Number(to)),
        ],
      ),
    )
    const key = destination.Prefix.replaceAll(
      /!\{partitionKeyFromQuery:(\w+)\}/g,
      (_, name: string) => keys[name] ?? '?',
    )
    expect(key).toBe(`${capturesPrefix}${hourPartition(call.model, call.version, call.atMs)}`)
  })

  test('are unpacked, told apart and kept as lines, in the order that this takes', () => {
    expect(destination.ProcessingConfiguration.Processors.map(({ Type }) => Type)).toEqual([
      'Decompression',
      'CloudWatchLogProcessing',
      'MetadataExtraction',
      'AppendDelimiterToRecord',
    ])
    expect(destination).toMatchObject({
      CompressionFormat: 'GZIP',
      DynamicPartitioningConfiguration: { Enabled: true },
      ProcessingConfiguration: { Enabled: true },
      // The least that Firehose takes with partitions is 64 MB and 60 s.
      BufferingHints: { IntervalInSeconds: 300, SizeInMBs: 64 },
    })
  })

  test('that cannot be laid down lie where nobody looks for calls, by what went wrong', () => {
    expect(destination.ErrorOutputPrefix).toMatch(/^captures-failed\/!\{firehose:error-output-type\}\/.*\/$/)
    expect(destination.ErrorOutputPrefix).not.toContain('partitionKey')
  })

  test('are picked out of the log by what only their lines have together', () => {
    const { FilterPattern, LogGroupName } = onlyOne<Filter>(
      template,
      'AWS::Logs::SubscriptionFilter',
    ).Properties
    const asked = [...FilterPattern.matchAll(/\$\.(\w+)/g)].map(([, name = '']) => name)
    const [line = ''] = captureLines(call, new Uint8Array()).split('\n')
    expect(Object.keys(JSON.parse(line) as object)).toEqual(expect.arrayContaining(asked))
    const metrics = {
      _aws: {},
      service: 'sluice',
      model: 'churn',
      version: '1.0.0',
      variant: 'stable',
      Invocations: 1,
    }
    const told = { timestamp: '…', level: 'ERROR', message: 'lost', requestId: 'r1' }
    for (const other of [metrics, told]) expect(asked.every((name) => name in other)).toBe(false)
    const routers = resourcesOf<{ LoggingConfig?: { LogGroup: unknown } }>(template, 'AWS::Lambda::Function')
    expect(routers.map(([, { Properties }]) => Properties.LoggingConfig?.LogGroup)).toContainEqual(
      LogGroupName,
    )
  })

  test('go through one stream, whatever models there will be, that bears no name that two platforms could share', () => {
    for (const platform of [template, platformTemplate({ platformName: 'other' })])
      expect(streamOf(platform).DeliveryStreamName).toBeUndefined()
  })

  test('that are deleted are gone a day later, though the bucket keeps versions of models for good', () => {
    const { LifecycleConfiguration } = onlyOne<{
      LifecycleConfiguration: { Rules: readonly { Prefix?: string; NoncurrentVersionExpiration?: unknown }[] }
    }>(template, 'AWS::S3::Bucket').Properties
    const gone = LifecycleConfiguration.Rules.filter((rule) => rule.NoncurrentVersionExpiration !== undefined)
    expect(gone.map(({ Prefix }) => Prefix)).toEqual(['captures/', 'monitoring/', 'captures-failed/'])
    for (const rule of gone) expect(rule.NoncurrentVersionExpiration).toEqual({ NoncurrentDays: 1 })
  })
})

describe('what is lost of them', () => {
  test('is counted in a series of the platform’s own, that has no values while nothing is lost', () => {
    const names = ['sluice', 'other'].map((platformName) => {
      const [filter] = resourcesOf<{
        MetricTransformations: readonly { MetricName: string; DefaultValue?: number }[]
      }>(platformTemplate({ platformName }), 'AWS::Logs::MetricFilter')
      const [counted] = filter?.[1].Properties.MetricTransformations ?? []
      expect(counted?.DefaultValue).toBeUndefined()
      return counted?.MetricName
    })
    expect(names).toEqual(['CapturesLost-sluice', 'CapturesLost-other'])
    const alarms = resourcesOf<{ MetricName?: string }>(template, 'AWS::CloudWatch::Alarm')
    expect(alarms.map(([, { Properties }]) => Properties.MetricName)).toContain('MonitoringTells-sluice')
  })

  test('is told by one alarm with drift and webhooks, each counted out of its own lines of the log', () => {
    interface Counted {
      readonly FilterPattern: string
      readonly MetricTransformations: readonly { MetricName: string; MetricValue: string }[]
    }
    const filters = resourcesOf<Counted>(template, 'AWS::Logs::MetricFilter').map(([, { Properties }]) => [
      Properties.MetricTransformations[0]?.MetricName,
      Properties.FilterPattern,
      Properties.MetricTransformations[0]?.MetricValue,
    ])
    const told = '{ ($.monitored IS TRUE) && '
    expect(filters.toSorted()).toEqual(
      [
        ['CapturesLost-sluice', lostCaptureLines, '1'],
        ['DriftRaised-sluice', `${told}($.raised > 0) }`, '$.raised'],
        ['WebhooksGivenUp-sluice', `${told}($.givenUp > 0) }`, '$.givenUp'],
        ['MonitoringTells-sluice', `${told}(($.raised > 0) || ($.givenUp > 0)) }`, '1'],
        ['MonitoringTells-sluice', lostCaptureLines, '1'],
      ].toSorted(),
    )
  })
})

describe('a platform without', () => {
  const variables = (of: Template) =>
    new Set(
      resourcesOf<FunctionProperties>(of, 'AWS::Lambda::Function').map(
        ([, { Properties }]) => Properties.Environment.Variables['SLUICE_CAPTURE'],
      ),
    )
  const counts = (of: Template) =>
    ['AWS::KinesisFirehose::DeliveryStream', 'AWS::Logs::SubscriptionFilter', 'AWS::Logs::MetricFilter'].map(
      (type) => resourcesOf(of, type).length,
    )
  const functions = (of: Template) => resourcesOf(of, 'AWS::Lambda::Function').length

  test('records has no stream, and its router is told; it still removes what was recorded before', () => {
    const without = platformTemplate({ capture: false })
    expect(counts(without)).toEqual([0, 0, 4])
    expect(variables(without)).toEqual(new Set(['false']))
    expect(variables(template)).toEqual(new Set(['true']))
    expect(functions(without)).toBe(functions(template))
    expect(resourcesOf(without, 'AWS::CloudWatch::Alarm')).toHaveLength(10)
  })

  test('monitoring either has one function and one alarm fewer, and no filter', () => {
    const without = platformTemplate({ capture: false, monitoring: false })
    expect(counts(without)).toEqual([0, 0, 0])
    expect(functions(without)).toBe(functions(template) - 1)
    expect(resourcesOf(without, 'AWS::CloudWatch::Alarm')).toHaveLength(9)
    expect(JSON.stringify(without.toJSON())).not.toContain('DriftRaised')
  })

  test('monitoring, which records all the same, is refused: nobody would remove what is recorded', () => {
    expect(() => platformTemplate({ monitoring: false })).toThrow(/give capture: false as well/)
  })
})

describe('a key of one’s own', () => {
  test('encrypts them on their way, and what Firehose lays down', () => {
    const stack = new Stack(emptyApp(), 'Encrypted')
    new ModelPlatform(stack, 'Models', { encryptionKey: new Key(stack, 'Key') })
    const encrypted = Template.fromStack(stack)
    const key = onlyOne(encrypted, 'AWS::KMS::Key').id
    const { DeliveryStreamEncryptionConfigurationInput: input, ExtendedS3DestinationConfiguration: at } =
      streamOf(encrypted)
    expect([input.KeyType, spelt(input.KeyARN)]).toEqual(['CUSTOMER_MANAGED_CMK', `<${key}.Arn>`])
    const statements = statementsOf(encrypted, at.RoleARN['Fn::GetAtt'][0])
    for (const action of ['kms:GenerateDataKey', 'kms:Decrypt'])
      expect([action, allows(statements, action, `<${key}.Arn>`)]).toEqual([action, true])
    expect(streamOf(template).DeliveryStreamEncryptionConfigurationInput).toEqual({
      KeyType: 'AWS_OWNED_CMK',
    })
  })
})
