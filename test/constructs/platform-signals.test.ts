import type { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { EventBridge } from '../../lambdas/aws/event-bridge.ts'
import { causeOf, ServingMetrics } from '../../lambdas/aws/serving-metrics.ts'
import { ModelPlatform } from '../../lib/index.ts'
import type { EventType, PlatformEvent } from '../../lib/rules/platform-event.ts'
import { emptyApp, resourcesOf } from './synthesized.ts'

let platform: ModelPlatform
let template: Template
beforeAll(() => {
  const stack = new Stack(emptyApp(), 'Own')
  const target = new SqsQueue(new Queue(stack, 'Queue'))
  platform = new ModelPlatform(stack, 'Models')
  platform.onReleased('Released', { target })
  platform.onPromoted('Promoted', { target, models: ['churn', 'fraud'], description: 'told' })
  platform.onRolledBack('RolledBack', { target })
  platform.onFailed('Failed')
  template = Template.fromStack(stack)
})

describe('an event', () => {
  /** What the platform's own adapter hands to EventBridge. */
  async function emitted(event: PlatformEvent, name = 'sluice') {
    const sent: PutEventsCommand[] = []
    const client = {
      send: async (command: PutEventsCommand) => {
        sent.push(command)
        return { Entries: [{}] }
      },
    } as unknown as EventBridgeClient
    const clock = { now: () => Date.parse('2026-03-01T10:00:00Z') }
    await new EventBridge(client, 'default', name, clock).publish(event)
    const [entry] = sent[0]?.input.Entries ?? []
    return {
      bus: entry?.EventBusName,
      source: entry?.Source,
      'detail-type': entry?.DetailType,
      detail: JSON.parse(entry?.Detail ?? '{}') as unknown,
    }
  }

  /** EventBridge's rule for exact values: each field of the pattern has one of its values in the event. */
  function matches(pattern: unknown, event: unknown): boolean {
    return Object.entries(pattern as object).every(([field, wanted]) => {
      const found = (event as Record<string, unknown>)[field]
      return Array.isArray(wanted) ? wanted.includes(found) : matches(wanted, found ?? {})
    })
  }

  async function rulesFor(event: PlatformEvent, name?: string): Promise<string[]> {
    const entry = await emitted(event, name)
    expect(entry.bus).toBe('default')
    return resourcesOf<{ EventPattern?: unknown }>(template, 'AWS::Events::Rule')
      .filter(
        ([, { Properties }]) =>
          Properties.EventPattern !== undefined && matches(Properties.EventPattern, entry),
      )
      .map(([id]) => id.replace(/^Models/, '').replace(/[0-9A-F]{8}$/, ''))
  }

  /** What rules look at of an event; its other facts are no matter here. */
  const of = (type: EventType, model = 'churn') =>
    ({ type, model, version: '1.0.0', message: 'because', operation: 'release-1' }) as PlatformEvent

  test.each<[EventType, string[]]>([
    ['Model Version Registered', ['Released']],
    ['Promoted', ['Promoted']],
    ['Rolled Back', ['RolledBack']],
    ['Release Failed', ['Failed']],
    ['Operation Failed', ['Failed']],
    ['Release Started', []],
    ['Canary Step', []],
    ['Retired', []],
    ['Upload Ignored', []],
  ])('%j reaches who waits for it', async (type, rules) => {
    expect(await rulesFor(of(type))).toEqual(rules)
  })

  test('of another platform reaches nobody here', async () => {
    for (const type of ['Model Version Registered', 'Promoted', 'Rolled Back', 'Release Failed'] as const)
      expect(await rulesFor(of(type), 'other')).toEqual([])
  })

  test('of a model that nobody asked for reaches only who asked for all', async () => {
    expect(await rulesFor(of('Promoted', 'other'))).toEqual([])
    expect(await rulesFor(of('Promoted', 'fraud'))).toEqual(['Promoted'])
    expect(await rulesFor(of('Rolled Back', 'other'))).toEqual(['RolledBack'])
  })
})

describe('a metric', () => {
  interface Embedded {
    readonly _aws: {
      readonly CloudWatchMetrics: readonly [
        {
          readonly Namespace: string
          readonly Dimensions: readonly string[][]
          readonly Metrics: readonly { readonly Name: string }[]
        },
      ]
    }
    readonly [field: string]: unknown
  }

  /** The line that the router's own code writes for one answered call. */
  function written(measure: (metrics: ServingMetrics) => void): Embedded {
    const lines: string[] = []
    const spy = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      lines.push(String(chunk))
      return true
    })
    try {
      measure(new ServingMetrics('sluice'))
    } finally {
      spy.mockRestore()
    }
    return JSON.parse(lines[0] ?? '{}') as Embedded
  }

  /** Every series of a line: `namespace name {dimension=value}`. */
  function seriesIn(line: Embedded): string[] {
    return line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
      Metrics.flatMap(({ Name }) =>
        Dimensions.map(
          (names) => `${Namespace} ${Name} ${names.map((name) => `${name}=${line[name]}`).toSorted()}`,
        ),
      ),
    )
  }

  const seriesOf = ({ namespace, metricName, dimensions = {} }: Metric) =>
    `${namespace} ${metricName} ${Object.entries(dimensions)
      .map(([name, value]) => `${name}=${value}`)
      .toSorted()}`

  test('is what the router writes, of the platform and of a model', () => {
    const line = written((metrics) => metrics.answered('churn', { failed: true, latencyMs: 7 }))
    const read = [undefined, 'churn'].flatMap((model) =>
      [
        platform.metricInvocations({ model }),
        platform.metricErrors({ model }),
        platform.metricLatency({ model }),
      ].map(seriesOf),
    )
    expect(read.toSorted()).toEqual(seriesIn(line).toSorted())
    expect(line).toMatchObject({ Invocations: 1, Errors: 1, Latency: 7 })
  })

  test('of the platform does not count a rollout a second time', () => {
    const line = written((metrics) =>
      metrics.record(
        { model: 'churn', version: '1.0.0', variant: 'canary' },
        { failed: false, latencyMs: 7 },
      ),
    )
    expect(seriesIn(line)).not.toContain(seriesOf(platform.metricInvocations()))
    expect(seriesIn(line)).not.toContain(seriesOf(platform.metricInvocations({ model: 'churn' })))
  })

  test('has one series for a cause less: a query finds it in the line', () => {
    const line = written((metrics) =>
      metrics.answered('churn', { failed: true, latencyMs: 7, cause: 'model-timeout' }),
    )
    expect(line['cause']).toBe('model-timeout')
    expect(seriesIn(line).join()).not.toContain('cause')
    const { DashboardBody } =
      resourcesOf<{ DashboardBody: unknown }>(template, 'AWS::CloudWatch::Dashboard')[0]?.[1].Properties ?? {}
    expect(JSON.stringify(DashboardBody)).toContain("service = 'sluice' and ispresent(cause)")
  })

  test.each([
    ['{"type":"…","code":"model-timeout","status":504}', 'model-timeout'],
    ['{"code":7}', 'answer-of-the-model'],
    ['{"error":"no"}', 'answer-of-the-model'],
    ['null', 'answer-of-the-model'],
    ['no JSON', 'answer-of-the-model'],
    [undefined, 'answer-of-the-model'],
  ])('is told the cause of %j', (body, cause) => {
    expect(causeOf(body)).toBe(cause)
  })

  test('sums counts, looks at the slow end of latency, and takes what else is asked for', () => {
    expect(platform.metricInvocations().statistic).toBe('Sum')
    expect(platform.metricErrors().statistic).toBe('Sum')
    expect(platform.metricLatency().statistic).toBe('p95')
    expect(platform.metricLatency({ statistic: 'p50', label: 'half' })).toMatchObject({
      statistic: 'p50',
      label: 'half',
    })
  })
})
