import { beforeAll, describe, expect, test } from '@jest/globals'
import { Stack } from 'aws-cdk-lib'
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions'
import { LambdaAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { ModelPlatform } from '../../lib/index.ts'
import { machines } from '../../lib/rules/operation.ts'
import { allows, statementsOf } from './policies.ts'
import {
  defaultTemplate,
  emptyApp,
  type FunctionProperties,
  onlyOne,
  resourcesOf,
  spelt,
} from './synthesized.ts'

let template: Template
beforeAll(() => {
  template = defaultTemplate()
})

interface Widget {
  readonly type: 'metric' | 'alarm' | 'log' | 'text'
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly properties: {
    readonly title: string
    readonly query?: string
    readonly alarms?: readonly string[]
    readonly metrics?: readonly (readonly unknown[])[]
  }
}

function widgets(): Widget[] {
  const { DashboardBody } = onlyOne<{ DashboardBody: unknown }>(
    template,
    'AWS::CloudWatch::Dashboard',
  ).Properties
  return (JSON.parse(spelt(DashboardBody)) as { widgets: Widget[] }).widgets
}

const widget = (title: RegExp) => {
  const [found, ...more] = widgets().filter(({ properties }) => title.test(properties.title))
  if (found === undefined || more.length > 0) throw new Error(`not one widget ${title}`)
  return JSON.stringify(found.properties)
}

describe('the dashboard', () => {
  test.each<[RegExp, readonly string[]]>([
    [/^Requests$/, ['"Invocations","service","sluice"', '"Errors"', '"AWS/ApiGateway","Count"']],
    [
      /^Latency of predictions/,
      ['"stat":"p50"', '"stat":"p95"', '"stat":"p99"', '"Latency","service","sluice"'],
    ],
    [/^Answers 5xx, throttles$/, ['"Throttles"', '"5xx"']],
    [/most asked$/, ["SEARCH('{Sluice,service,model}", 'Invocations', 'DESC, 10']],
    [/the ten worst$/, ["SEARCH('{Sluice,service,model}", 'Errors']],
    [/the ten slowest$/, ["SEARCH('{Sluice,service,model}", 'Latency', "'p95'"]],
    [/^Workflows that failed$/, ['ExecutionsFailed', ...machines]],
    [/^Duration of workflows/, ['ExecutionTime', ...machines]],
    [/^Rollouts$/, ['ExecutionsStarted', 'ExecutionsSucceeded']],
    [
      /^Registry throttles, lost events$/,
      ['ReadThrottleEvents', 'WriteThrottleEvents', 'ApproximateNumberOfMessagesVisible'],
    ],
    [/^Recorded calls, and lost ones$/, ['DeliveryToS3.Records', '"CapturesLost-sluice"']],
    [/^Age of the oldest recorded call/, ['DeliveryToS3.DataFreshness']],
    [/^Drift, and webhooks given up$/, ['"DriftRaised-sluice"', '"WebhooksGivenUp-sluice"']],
    [/by cause$/, ["service = 'sluice' and ispresent(cause)", 'by cause, model']],
    [/^The last faults/, ["level = 'ERROR'"]],
  ])('shows %s', (title, parts) => {
    for (const part of parts) expect(widget(title)).toContain(part)
  })

  test('begins with the alarms, and has every one of them', () => {
    const [first] = widgets()
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([id]) => `<${id}.Arn>`)
    expect(first?.properties.alarms?.toSorted()).toEqual(alarms.toSorted())
  })

  test('reads the log of the platform, and no log of a model', () => {
    const [router] = resourcesOf<FunctionProperties>(template, 'AWS::Lambda::Function')
    const platforms = spelt(router?.[1].Properties.LoggingConfig?.LogGroup)
    for (const { properties } of widgets().filter(({ type }) => type === 'log'))
      expect(properties.query).toContain(`SOURCE '${platforms}'`)
  })

  test('fills the width, and nothing lies on anything', () => {
    const taken = new Set<string>()
    for (const { x, y, width, height } of widgets())
      for (let column = x; column < x + width; column += 1)
        for (let row = y; row < y + height; row += 1) {
          expect(taken.has(`${column},${row}`)).toBe(false)
          taken.add(`${column},${row}`)
        }
    expect(Math.max(...widgets().map(({ x, width }) => x + width))).toBe(24)
  })

  test('has no more metrics than are free of charge, and no model by its name', () => {
    const metrics = widgets().flatMap(({ properties }) => properties.metrics ?? [])
    expect(metrics.length).toBeGreaterThan(20)
    expect(metrics.length).toBeLessThanOrEqual(50)
  })
})

describe('alarms', () => {
  test('look at no more metrics than are free of charge', () => {
    const metrics = resourcesOf<{ Metrics?: { MetricStat?: unknown }[] }>(
      template,
      'AWS::CloudWatch::Alarm',
    ).map(
      ([, { Properties }]) =>
        Properties.Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1,
    )
    expect(metrics.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(10)
  })

  test('tell nobody unless somebody is named', () => {
    for (const [id, { Properties }] of resourcesOf<{ AlarmActions?: unknown; OKActions?: unknown }>(
      template,
      'AWS::CloudWatch::Alarm',
    ))
      expect([id, Properties.AlarmActions, Properties.OKActions]).toEqual([id, undefined, undefined])
  })

  test('tell a topic when they begin and end, and do what else was asked for, each of them', () => {
    const stack = new Stack(emptyApp(), 'Told')
    const mended = new LambdaFunction(stack, 'Mend', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('//'),
    })
    new ModelPlatform(stack, 'Models', {
      alarmTopic: new Topic(stack, 'Topic'),
      alarmActions: [new LambdaAction(mended)],
    })
    const told = Template.fromStack(stack)
    const topic = `<${onlyOne(told, 'AWS::SNS::Topic').id}>`
    const alarms = resourcesOf<{ AlarmActions: unknown[]; OKActions: unknown[] }>(
      told,
      'AWS::CloudWatch::Alarm',
    )
    expect(alarms).toHaveLength(10)
    for (const [id, { Properties }] of alarms) {
      expect([id, Properties.OKActions.map(spelt)]).toEqual([id, [topic]])
      expect([id, Properties.AlarmActions.map(spelt)]).toEqual([
        id,
        [expect.stringMatching(/^<Mend\w+\.Arn>$/), topic],
      ])
    }
  })
})

describe('an event', () => {
  interface Rule {
    readonly Targets: readonly {
      readonly Arn: unknown
      readonly DeadLetterConfig?: { readonly Arn: unknown }
    }[]
  }
  const queue = () => `<${onlyOne(template, 'AWS::SQS::Queue').id}.Arn>`

  test('that cannot be delivered lies in the queue, whichever rule it was for', () => {
    const rules = resourcesOf<Rule>(template, 'AWS::Events::Rule')
    expect(rules.length).toBeGreaterThan(1)
    for (const [id, { Properties }] of rules)
      for (const { DeadLetterConfig } of Properties.Targets)
        expect([id, spelt(DeadLetterConfig?.Arn)]).toEqual([id, queue()])
  })

  test('at which its function failed lies there, too: what a rule calls is called without waiting', () => {
    const targets = resourcesOf<Rule>(template, 'AWS::Events::Rule').flatMap(([, { Properties }]) =>
      Properties.Targets.map(({ Arn }) => spelt(Arn)),
    )
    const functions = resourcesOf<FunctionProperties & { DeadLetterConfig?: { TargetArn: unknown } }>(
      template,
      'AWS::Lambda::Function',
    )
    for (const [id, { Properties }] of functions) {
      if (!targets.includes(`<${id}.Arn>`)) continue
      expect([id, spelt(Properties.DeadLetterConfig?.TargetArn)]).toEqual([id, queue()])
      expect([
        id,
        allows(statementsOf(template, Properties.Role['Fn::GetAtt'][0]), 'sqs:SendMessage', queue()),
      ]).toEqual([id, true])
    }
  })

  test('may be put there by the rules of this platform and by nobody else, and never without TLS', () => {
    const { PolicyDocument } = onlyOne<{
      PolicyDocument: {
        Statement: {
          Effect: string
          Principal: object
          Condition: { ArnEquals?: { 'aws:SourceArn': unknown } }
        }[]
      }
    }>(template, 'AWS::SQS::QueuePolicy').Properties
    const rules = resourcesOf(template, 'AWS::Events::Rule').map(([id]) => `<${id}.Arn>`)
    const allowed = PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Allow')
    expect(allowed.map(({ Condition }) => spelt(Condition.ArnEquals?.['aws:SourceArn'])).toSorted()).toEqual(
      rules.toSorted(),
    )
    for (const { Principal } of allowed) expect(Principal).toEqual({ Service: 'events.amazonaws.com' })
    const denied = PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Deny')
    expect(denied.map(({ Condition }) => Condition)).toEqual([{ Bool: { 'aws:SecureTransport': 'false' } }])
  })

  test('is kept there for as long as a queue can', () => {
    expect(onlyOne(template, 'AWS::SQS::Queue').Properties).toMatchObject({
      MessageRetentionPeriod: 14 * 24 * 60 * 60,
    })
  })
})

test('accesses to the store are logged where a bucket for that is given', () => {
  const stack = new Stack(emptyApp(), 'Logged')
  new ModelPlatform(stack, 'Models', { accessLogBucket: new Bucket(stack, 'Accesses') })
  const logged = resourcesOf(Template.fromStack(stack), 'AWS::S3::Bucket').filter(
    ([, { Properties = {} }]) => 'LoggingConfiguration' in Properties,
  )
  expect(logged.map(([id]) => id)).toEqual(
    [onlyOne(template, 'AWS::S3::Bucket').id.replace(/\w{8}$/, '')].map((id) => expect.stringContaining(id)),
  )
  expect(logged[0]?.[1].Properties).toMatchObject({
    LoggingConfiguration: {
      DestinationBucketName: { Ref: expect.stringMatching(/^Accesses/) },
      LogFilePrefix: 'model-store/',
    },
  })
  expect(onlyOne(template, 'AWS::S3::Bucket').Properties).not.toHaveProperty('LoggingConfiguration')
})

test('who puts a platform into a stack that may be deleted by one call is told so, and nobody else', () => {
  const notes = (terminationProtection: boolean) => {
    const stack = new Stack(emptyApp(), 'Own', { terminationProtection })
    new ModelPlatform(stack, 'Models')
    return Annotations.fromStack(stack)
      .findInfo('*', Match.anyValue())
      .map(({ entry }) => String(entry.data))
  }
  expect(notes(true).filter((text) => text.includes('terminationProtection'))).toEqual([])
  expect(notes(false).filter((text) => text.includes('terminationProtection: true'))).toHaveLength(1)
})

test('what builds write is kept with the rest of the log, and not for ever', () => {
  const written = resourcesOf<{ LogsConfig: { CloudWatchLogs: { GroupName: unknown } } }>(
    template,
    'AWS::CodeBuild::Project',
  ).map(([, { Properties }]) => spelt(Properties.LogsConfig.CloudWatchLogs.GroupName))
  const groups = resourcesOf(template, 'AWS::Logs::LogGroup').map(([id]) => `<${id}>`)
  expect(groups).toEqual(expect.arrayContaining(written))
  // What a Dockerfile says is anybody's word: it is not written where the platform writes its own.
  expect(new Set(written).size).toBe(2)
})

test('logs are kept as long as was asked for', () => {
  const stack = new Stack(emptyApp(), 'Kept')
  new ModelPlatform(stack, 'Models', { logRetention: 90 })
  for (const [id, { Properties }] of resourcesOf<{ RetentionInDays: number }>(
    Template.fromStack(stack),
    'AWS::Logs::LogGroup',
  ))
    expect([id, Properties.RetentionInDays]).toEqual([id, 90])
})
