import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'

/** One answered call, or one outcome of a rollout. */
export interface Measured {
  readonly failed: boolean
  readonly latencyMs: number
}

/**
 * What people see in CloudWatch, written into the function's log in its embedded metric format: no call waits for it.
 * Of a model always; of a version and variant only while a rollout lasts, since each series costs money.
 */
export class ServingMetrics {
  readonly #platform: string

  constructor(platform: string) {
    this.#platform = platform
  }

  record(dimensions: Readonly<Record<string, string>>, { failed, latencyMs }: Measured): void {
    const metrics = new Metrics({ namespace: 'Sluice', serviceName: this.#platform })
    metrics.addDimensions({ ...dimensions })
    metrics.addMetric('Invocations', MetricUnit.Count, 1)
    metrics.addMetric('Errors', MetricUnit.Count, failed ? 1 : 0)
    metrics.addMetric('Latency', MetricUnit.Milliseconds, latencyMs)
    metrics.publishStoredMetrics()
  }
}
