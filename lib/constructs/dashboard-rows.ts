import { Duration, Stack } from 'aws-cdk-lib'
import {
  type Alarm,
  AlarmStatusWidget,
  GraphWidget,
  GraphWidgetView,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  MathExpression,
  type Metric,
} from 'aws-cdk-lib/aws-cloudwatch'
import { machines } from '../rules/operation.ts'
import { servingSeries } from '../wiring/serving-series.ts'
import type { CaptureDelivery } from './capture-delivery.ts'
import type { ModelApi } from './model-api.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { Monitoring } from './monitoring.ts'
import { servingMetric } from './platform-metrics.ts'
import type { ReleaseWorkflows } from './release-workflows.ts'
import type { UploadIntake } from './upload-intake.ts'

interface Shown {
  readonly workflows: ReleaseWorkflows
  readonly api: ModelApi
  readonly intake?: UploadIntake | undefined
  readonly captures?: CaptureDelivery | undefined
  readonly monitoring?: Monitoring | undefined
  readonly alarms: Alarm[]
}

const third = { width: 8, height: 6 }

/** The dashboard from top to bottom: is it well, what do callers see, whose model is it, what of releases, what broke. */
export function dashboardRows(shown: Shown): IWidget[][] {
  const { alarms } = shown
  return [
    [new AlarmStatusWidget({ title: 'Alarms', alarms, width: 24, height: 2 })],
    callers(shown),
    models(shown),
    releases(shown),
    [...losses(shown), ...logs(shown)],
    recorded(shown),
  ]
}

function callers({ workflows, api }: Shown): IWidget[] {
  const series = (name: string, statistic: string, label: string) =>
    servingMetric(workflows, name, { statistic, label })
  const { invocations, errors, latency } = servingSeries
  return [
    new GraphWidget({
      title: 'Requests',
      left: [
        series(invocations, 'sum', 'predictions'),
        series(errors, 'sum', 'answered 5xx'),
        api.metricCount({ statistic: 'sum', label: 'all calls of the API' }),
      ],
      ...third,
    }),
    new GraphWidget({
      title: 'Latency of predictions, ms',
      left: ['p50', 'p95', 'p99'].map((statistic) => series(latency, statistic, statistic)),
      ...third,
    }),
    new GraphWidget({
      title: 'Answers 5xx, throttles',
      left: [
        api.metricServerError({ statistic: 'sum', label: 'API 5xx' }),
        api.router.metricThrottles({ label: 'router throttled' }),
        api.control.metricThrottles({ label: 'control throttled' }),
      ],
      ...third,
    }),
  ]
}

/** However many models there are, ten stand here, and none is named in the template. */
function models({ workflows }: Shown): IWidget[] {
  const top = (title: string, metricName: string, statistic: string) =>
    new GraphWidget({
      title,
      view: GraphWidgetView.TIME_SERIES,
      left: [topModels(workflows.platformName, metricName, statistic)],
      ...third,
    })
  return [
    top('Requests by model, the ten most asked', servingSeries.invocations, 'Sum'),
    top('Answers 5xx by model, the ten worst', servingSeries.errors, 'Sum'),
    top('p95 by model, ms, the ten slowest', servingSeries.latency, 'p95'),
  ]
}

function topModels(platformName: string, metricName: string, statistic: string): MathExpression {
  const { namespace, platformDimension, modelDimension } = servingSeries
  const series = `{${namespace},${platformDimension},${modelDimension}}`
  const found = `${series} MetricName="${metricName}" ${platformDimension}="${platformName}"`
  return new MathExpression({
    expression: `SORT(SEARCH('${found}', '${statistic}', 300), MAX, DESC, 10)`,
    label: '',
    period: Duration.minutes(5),
  })
}

function releases({ workflows }: Shown): IWidget[] {
  const each = (metric: (kind: (typeof machines)[number]) => Metric) =>
    machines.map((kind) => metric(kind).with({ label: kind }))
  const { promotion, rollback } = workflows.machines
  return [
    new GraphWidget({
      title: 'Workflows that failed',
      left: each((kind) => workflows.machines[kind].metricFailed()),
      ...third,
    }),
    new GraphWidget({
      title: 'Duration of workflows, ms, p95',
      left: each((kind) => workflows.machines[kind].metricTime({ statistic: 'p95' })),
      ...third,
    }),
    new GraphWidget({
      title: 'Rollouts',
      left: [
        promotion.metricStarted({ label: 'begun' }),
        promotion.metricSucceeded({ label: 'ended' }),
        rollback.metricStarted({ label: 'rolled back by hand' }),
      ],
      ...third,
    }),
  ]
}

/**
 * What the registry refused. Two series and not their sum: an alarm on arithmetic is paid by each series as well, and not
 * every emulator knows it.
 */
export function refusals({
  table,
}: ModelRegistry): { readonly what: 'reads' | 'writes'; readonly metric: Metric }[] {
  return [
    { what: 'reads', metric: table.metric('ReadThrottleEvents', { statistic: 'sum' }) },
    { what: 'writes', metric: table.metric('WriteThrottleEvents', { statistic: 'sum' }) },
  ]
}

function losses({ workflows, intake }: Shown): IWidget[] {
  const lost = intake?.lostEvents.metricApproximateNumberOfMessagesVisible({
    statistic: 'max',
    label: 'events lost',
  })
  return [
    new GraphWidget({
      title: 'Registry throttles, lost events',
      left: refusals(workflows.registry).map(({ what, metric }) => metric.with({ label: `${what} refused` })),
      right: lost === undefined ? [] : [lost],
      ...third,
    }),
  ]
}

function recorded({ captures, monitoring }: Shown): IWidget[] {
  return [
    ...(captures === undefined ? [] : recordedCalls(captures)),
    ...(monitoring === undefined ? [] : [monitored(monitoring)]),
  ]
}

function monitored(monitoring: Monitoring): GraphWidget {
  return new GraphWidget({
    title: 'Drift, and webhooks given up',
    left: [
      monitoring.metricDrift({ label: 'breaches found' }),
      monitoring.metricWebhooksGivenUp({ label: 'webhooks given up' }),
    ],
    ...third,
  })
}

function recordedCalls(captures: CaptureDelivery): IWidget[] {
  const stream = (name: string, statistic: string, label: string) =>
    captures.metricStream(name, { statistic, label })
  return [
    new GraphWidget({
      title: 'Recorded calls, and lost ones',
      left: [stream('DeliveryToS3.Records', 'sum', 'laid down')],
      right: [captures.metricLost({ label: 'lost' })],
      ...third,
    }),
    new GraphWidget({
      title: 'Age of the oldest recorded call on its way, s',
      left: [stream('DeliveryToS3.DataFreshness', 'max', 'oldest')],
      ...third,
    }),
  ]
}

/** A query is paid by what it reads, and only when somebody looks. */
function logs({ workflows }: Shown): IWidget[] {
  const { logGroup, platformName } = workflows
  const table = (title: string, ...queryLines: string[]) =>
    new LogQueryWidget({
      title,
      logGroupNames: [logGroup.logGroupName],
      region: Stack.of(logGroup).region,
      view: LogQueryVisualizationType.TABLE,
      queryLines,
      ...third,
    })
  return [
    table(
      'Answers that were no prediction, by cause',
      `filter service = '${platformName}' and ispresent(cause)`,
      'stats count(*) as answers by cause, model',
      'sort answers desc',
      'limit 20',
    ),
    table(
      'The last faults of the platform',
      "filter level = 'ERROR'",
      'fields @timestamp, message, requestId',
      'sort @timestamp desc',
      'limit 20',
    ),
  ]
}
