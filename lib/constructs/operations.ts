import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { machines } from '../rules/operation.ts'
import type { ModelApi } from './model-api.ts'
import type { ReleaseWorkflows } from './release-workflows.ts'

export interface OperationsProps {
  readonly workflows: ReleaseWorkflows
  readonly api: ModelApi
}

/** What the people who run the platform look at, and what wakes them. Metrics of one model are no resource here. */
export class Operations extends Construct {
  readonly alarms: Alarm[]

  constructor(scope: Construct, id: string, { workflows, api }: OperationsProps) {
    super(scope, id)
    const failed = machines.map((kind) => workflows.machines[kind].metricFailed())
    const faults = api.metricServerError({ statistic: 'sum' })
    this.alarms = [
      ...machines.map((kind, i) =>
        this.alarm(`${kind}-unfinished`, failed[i], `A ${kind} could not be finished or undone.`),
      ),
      this.alarm('platform-faults', faults, 'The API answers 5xx.', 10),
    ]
    new Dashboard(this, 'Dashboard', {
      widgets: [
        [
          new GraphWidget({ title: 'Requests', left: [api.metricCount()], width: 12 }),
          new GraphWidget({
            title: 'Latency',
            left: [api.metricLatency({ statistic: 'p95' })],
            width: 12,
          }),
        ],
        [
          new GraphWidget({ title: 'Answers 5xx', left: [faults], width: 12 }),
          new GraphWidget({
            title: 'Failed workflows',
            // With a label an alarm becomes metric arithmetic, so only the graph has labels.
            left: failed.map((metric, i) => metric.with({ label: machines[i] })),
            width: 12,
          }),
        ],
      ],
    })
  }

  private alarm(id: string, metric: Metric | undefined, what: string, threshold = 1): Alarm {
    if (metric === undefined) throw new Error(`no metric for alarm ${id}`)
    return new Alarm(this, id, {
      metric: metric.with({ period: Duration.minutes(5) }),
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${what} See docs/runbook.md#${id}.`,
    })
  }
}
