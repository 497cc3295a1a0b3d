import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { parseModelName } from '../rules/names.ts'
import { servingSeries } from '../wiring/serving-series.ts'

export interface ModelMetricOptions extends MetricOptions {
  /** The model to look at. @default - all models of the platform together */
  readonly model?: string
}

/** A series of the platform or of one of its models. @throws Problem `model-name-malformed` */
export function servingMetric(
  platform: Construct & { readonly platformName: string },
  metricName: string,
  { model, ...options }: ModelMetricOptions,
): Metric {
  return new Metric({
    namespace: servingSeries.namespace,
    metricName,
    dimensionsMap: {
      [servingSeries.platformDimension]: platform.platformName,
      ...(model !== undefined && { [servingSeries.modelDimension]: parseModelName(model) }),
    },
    ...options,
  }).attachTo(platform)
}
