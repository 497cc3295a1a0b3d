import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { dollars } from '../../lib/rules/cost.ts'
import {
  assumedHoldings,
  idleMonth,
  millionCalls,
  millionRecordedCalls,
  millionShadowedCalls,
  recordingSentence,
  schedulesIn,
  shadowSentence,
} from '../../lib/rules/cost-of-platform.ts'
import {
  type BilledResource,
  billedByTheHour,
  billingOf,
  monthlyByType,
} from '../../lib/rules/cost-of-resources.ts'
import { synthesizeTemplate } from '../../local/state-machines.ts'
import { costPage } from '../../scripts/cost.ts'

type Resources = Record<string, BilledResource>

let resources: Resources
beforeAll(async () => {
  resources = (await synthesizeTemplate()).Resources as Resources
}, 60_000)

/** The platform, and one thing more. */
const and = (Type: string, Properties: Record<string, unknown> = {}): Resources => ({
  ...resources,
  More: { Type, Properties },
})

test('docs/cost.md is what `npm run cost` writes', () => {
  const written = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8')
  expect(written).toBe(costPage(resources))
})

describe('of the resources of the platform', () => {
  test('each is of a type whose bill is known', () => {
    for (const [id, one] of Object.entries(resources))
      expect([id, billingOf(one)]).toEqual([id, expect.anything()])
  })

  test('none is billed by the hour', () => {
    expect(billedByTheHour(resources)).toEqual([])
  })

  test('alarms and dashboards are billed by the month, each', () => {
    const count = (type: string) => Object.values(resources).filter(({ Type }) => Type === type).length
    expect(count('AWS::CloudWatch::Alarm')).toBeGreaterThan(0)
    expect(monthlyByType(resources)).toMatchObject({
      'AWS::CloudWatch::Alarm': expect.closeTo(count('AWS::CloudWatch::Alarm') * 0.1, 6),
      'AWS::CloudWatch::Dashboard': count('AWS::CloudWatch::Dashboard') * 3,
    })
    expect(monthlyByType(and('AWS::KMS::Key'))['AWS::KMS::Key']).toBe(1)
  })

  test('every schedule is counted, with the memory of its function', () => {
    const rules = Object.values(resources).filter(({ Properties }) => Properties?.['ScheduleExpression'])
    const schedules = schedulesIn(resources)
    expect(schedules.length).toBeGreaterThanOrEqual(2)
    expect(schedules).toHaveLength(rules.length)
    expect(schedules).toContainEqual({ runs: 2920, memoryGb: 0.5 })
    expect(schedules).toContainEqual({ runs: 730, memoryGb: 0.5 })
    const nightly = and('AWS::Events::Rule', { ScheduleExpression: 'cron(0 0 * * ? *)', Targets: [] })
    expect(() => schedulesIn(nightly)).toThrow(/is no rate/)
  })
})

describe('whoever adds to the platform', () => {
  test.each(['AWS::Kendra::Index', 'Custom::Anything', 'constructor', ''])(
    'a resource of a type that nobody has looked up, %j, finds the page refused',
    (type) => {
      expect(() => costPage(and(type))).toThrow(/nobody has said yet how a resource of type/)
    },
  )

  test.each<[string, Record<string, unknown>]>([
    ['AWS::EC2::NatGateway', {}],
    ['AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Interface' }],
    ['AWS::DynamoDB::GlobalTable', { BillingMode: 'PROVISIONED' }],
    ['AWS::DynamoDB::Table', {}],
    ['AWS::Lambda::Alias', { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 } }],
    ['AWS::Lambda::Version', { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 } }],
    ['AWS::ApiGateway::Stage', { CacheClusterEnabled: true }],
  ])('%s %j finds it billed by the hour', (type, properties) => {
    expect(billedByTheHour(and(type, properties))).toEqual(['More'])
  })

  test.each<[string, Record<string, unknown>]>([
    ['AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' }],
    ['AWS::EC2::VPCEndpoint', {}],
    ['AWS::DynamoDB::Table', { BillingMode: 'PAY_PER_REQUEST' }],
    ['AWS::ApiGateway::Stage', {}],
    ['AWS::Lambda::Version', {}],
  ])('%s %j finds it not', (type, properties) => {
    expect(billedByTheHour(and(type, properties))).toEqual([])
  })
})

describe('what is computed', () => {
  const idle = (versions: number) => idleMonth(resources, { ...assumedHoldings, versions })

  test('grows with what is held, and is nothing by the version where there is none', () => {
    expect(idle(0).usd).toBeLessThan(idle(10).usd)
    expect(idle(10).usd).toBeLessThan(idle(1000).usd)
    for (const part of ['image layer', 'artifact in the store', 'probes', 'registry', 'runtime image'])
      expect([part, idle(0).parts[part]]).toEqual([part, 0])
    // 1,000 of 10 MB: 10 GB at 0.10, once however many layers lie below.
    expect(idle(1000).parts['image layer']).toBeCloseTo(1, 6)
    expect(idle(1000).parts['probes']).toBeCloseTo((1000 * 730 * (0.000_266_668 + 0.000_000_2)) / 120, 4)
  })

  test('of what is recorded goes with its bytes, but for the objects that there are anyway', () => {
    const [one, twice] = [millionRecordedCalls(500), millionRecordedCalls(1000)]
    // Half a gigabyte at 0.53, of which 0.50 are for the line in the log.
    expect(one.parts["router's log"]).toBeCloseTo(0.265, 6)
    expect(twice.parts["router's log"]).toBeCloseTo(0.53, 6)
    expect(twice.parts['objects']).toBe(one.parts['objects'])
    expect(recordingSentence(10)).toContain(`about ${dollars(one.usd / 10)} per million calls`)
  })

  test('of a shadow is its own predictions, and half a GB that waits for them', () => {
    const { usd, parts } = millionShadowedCalls({ callMs: 50, memoryGb: 2 })
    // 0.2 for requests; 100,000 and 40,000 GB-seconds at 0.0000133334.
    expect(parts['model']).toBeCloseTo(1.533, 2)
    expect(parts['function that asks']).toBeCloseTo(0.733, 2)
    expect(shadowSentence(10)).toContain(`at most about ${dollars(usd / 10)} per million calls of its alias`)
  })

  test('is what its parts come to', () => {
    const call = { callMs: 100, memoryGb: 2, gateway: 'http' } as const
    for (const cost of [idle(0), idle(1000), millionCalls(call)])
      expect(Object.values(cost.parts).reduce((sum, one) => sum + one, 0)).toBeCloseTo(cost.usd, 9)
    const dearer = millionCalls({ ...call, gateway: 'rest' }).usd - millionCalls(call).usd
    expect(dearer).toBeCloseTo(2.5, 9)
  })
})
