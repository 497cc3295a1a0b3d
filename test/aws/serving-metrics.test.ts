import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { ServingMetrics } from '../../lambdas/aws/serving-metrics.ts'
import { metricsPerModel, metricsPerRollout } from '../../lib/rules/cost-of-platform.ts'

interface Embedded {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string
      readonly Dimensions: readonly (readonly string[])[]
      readonly Metrics: readonly { readonly Name: string }[]
    }[]
  }
  readonly [dimension: string]: unknown
}

let lines: string[]
beforeEach(() => {
  lines = []
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text))
    return true
  })
})
afterEach(() => {
  jest.restoreAllMocks()
})

/** Every series that the lines make: CloudWatch bills each combination of a name and the values of its dimensions. */
function series(): Set<string> {
  const found = lines.flatMap((line) => {
    const embedded = JSON.parse(line) as Embedded
    return embedded._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
      Dimensions.flatMap((names) =>
        Metrics.map(({ Name }) => [Name, ...names.map((name) => `${name}=${embedded[name]}`)].join(' ')),
      ),
    )
  })
  return new Set(found)
}

const measured = { failed: false, latencyMs: 12 }

test('a model has so many series as its price counts, however often and by whatever version it answers', () => {
  const metrics = new ServingMetrics('sluice')
  for (const failed of [false, true, false]) metrics.record({ model: 'churn' }, { failed, latencyMs: 12 })
  expect([...series()].toSorted()).toEqual(
    ['Errors', 'Invocations', 'Latency'].map((name) => `${name} service=sluice model=churn`),
  )
  expect(series().size).toBe(metricsPerModel)
  metrics.record({ model: 'other' }, measured)
  expect(series().size).toBe(2 * metricsPerModel)
})

test('a rollout has so many more as its price counts, of its two variants', () => {
  const metrics = new ServingMetrics('sluice')
  metrics.record({ model: 'churn', version: '1.0.0', variant: 'stable' }, measured)
  metrics.record({ model: 'churn', version: '1.1.0', variant: 'canary' }, measured)
  expect(series().size).toBe(metricsPerRollout)
})
