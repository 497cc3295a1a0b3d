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
  readonly #metrics: Metrics

  constructor(platform: string) {
    this.#metrics = new Metrics({ namespace: 'Sluice', serviceName: platform })
  }

  record(dimensions: Readonly<Record<string, string>>, { failed, latencyMs }: Measured): void {
    this.#metrics.addDimensions({ ...dimensions })
    this.#metrics.addMetric('Invocations', MetricUnit.Count, 1)
    this.#metrics.addMetric('Errors', MetricUnit.Count, failed ? 1 : 0)
    this.#metrics.addMetric('Latency', MetricUnit.Milliseconds, latencyMs)
    this.#metrics.publishStoredMetrics()
  }
}
