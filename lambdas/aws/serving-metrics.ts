import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { servingSeries } from '../../lib/wiring/serving-series.ts'

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
    this.#metrics = new Metrics({ namespace: servingSeries.namespace, serviceName: platform })
  }

  /**
   * One answered call: seen by its model, and in the series that counts all models together.
   * @param cause the code of a problem: stands in the log line, where a query counts it, and is no series of its own
   */
  answered(model: string, { cause, ...measured }: Measured & { readonly cause?: string | undefined }): void {
    // A set that adds nothing to the platform's name.
    this.#metrics.addDimensions({})
    if (cause !== undefined) this.#metrics.addMetadata('cause', cause)
    this.record({ [servingSeries.modelDimension]: model }, measured)
  }

  record(dimensions: Readonly<Record<string, string>>, { failed, latencyMs }: Measured): void {
    this.#metrics.addDimensions({ ...dimensions })
    this.#metrics.addMetric(servingSeries.invocations, MetricUnit.Count, 1)
    this.#metrics.addMetric(servingSeries.errors, MetricUnit.Count, failed ? 1 : 0)
    this.#metrics.addMetric(servingSeries.latency, MetricUnit.Milliseconds, latencyMs)
    this.#metrics.publishStoredMetrics()
  }
}

/** Why an answer is no prediction: the code of the problem, or that the model itself said so. */
export function causeOf(body = ''): string {
  try {
    const { code } = JSON.parse(body) as { readonly code?: unknown }
    return typeof code === 'string' ? code : 'answer-of-the-model'
  } catch {
    return 'answer-of-the-model'
  }
}
