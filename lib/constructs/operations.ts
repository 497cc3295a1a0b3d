import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  type IAlarmAction,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { machines } from '../rules/operation.ts'
import type { CaptureDelivery } from './capture-delivery.ts'
import { dashboardRows, refusals } from './dashboard-rows.ts'
import type { ModelApi } from './model-api.ts'
import type { Monitoring } from './monitoring.ts'
import type { ReleaseWorkflows } from './release-workflows.ts'
import type { UploadIntake } from './upload-intake.ts'

export interface OperationsProps {
  /** Whose failures are counted. */
  readonly workflows: ReleaseWorkflows
  /** Whose answers are counted. */
  readonly api: ModelApi
  /** Whose lost events are counted. @default - none are */
  readonly intake?: UploadIntake
  /** Whose deliveries are shown. @default - none are */
  readonly captures?: CaptureDelivery
  /** What it tells of drift, of webhooks and of calls that were not recorded is counted. @default - nothing is */
  readonly monitoring?: Monitoring
  /** Who is told when an alarm begins and when it is over. @default - nobody */
  readonly alarmTopic?: ITopic
  /** What else is done when an alarm begins. @default - nothing */
  readonly alarmActions?: IAlarmAction[]
}

/**
 * What the people who run the platform look at, and what wakes them. Metrics of one model are no resource here: the
 * dashboard finds them by a search. Alarms and dashboard stay within what an account has free of charge.
 */
export class Operations extends Construct {
  readonly alarms: Alarm[]
  readonly dashboard: Dashboard

  constructor(scope: Construct, id: string, props: OperationsProps) {
    super(scope, id)
    const { workflows, api, intake, captures, monitoring } = props
    this.alarms = machines.map((kind) =>
      this.alarm(
        `${kind}-unfinished`,
        workflows.machines[kind].metricFailed(),
        `A ${kind} could not be finished or undone.`,
      ),
    )
    this.alarms.push(
      this.alarm('platform-faults', api.metricServerError({ statistic: 'sum' }), 'The API answers 5xx.', 10),
      this.alarm(
        'predictions-throttled',
        api.router.metricThrottles(),
        'Predictions are refused for want of concurrency.',
        10,
      ),
      ...refusals(workflows.registry).map(({ what, metric }) =>
        this.alarm(
          `registry-throttled-${what}`,
          metric,
          `The registry refuses ${what}.`,
          10,
          'registry-throttled',
        ),
      ),
    )
    if (intake !== undefined)
      this.alarms.push(
        this.alarm(
          'events-lost',
          intake.lostEvents.metricApproximateNumberOfMessagesVisible({ statistic: 'max' }),
          'An upload or a schedule was not taken in.',
        ),
      )
    if (monitoring !== undefined)
      this.alarms.push(
        this.alarm(
          'monitoring-tells',
          monitoring.metricTells(),
          'A version drifts, a webhook was given up, or calls that were to be recorded are not.',
        ),
      )
    for (const alarm of this.alarms) tell(alarm, props)
    this.dashboard = new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(12),
      widgets: dashboardRows({
        workflows,
        api,
        intake,
        captures,
        monitoring,
        alarms: this.alarms,
      }),
    })
  }

  /** @param place the section of the runbook */
  private alarm(id: string, metric: Metric, what: string, threshold = 1, place = id): Alarm {
    return new Alarm(this, id, {
      metric: metric.with({ period: Duration.minutes(5) }),
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${what} See docs/runbook.md#${place}.`,
    })
  }
}

function tell(alarm: Alarm, { alarmTopic, alarmActions = [] }: OperationsProps): void {
  alarm.addAlarmAction(...alarmActions)
  if (alarmTopic === undefined) return
  alarm.addAlarmAction(new SnsAction(alarmTopic))
  alarm.addOkAction(new SnsAction(alarmTopic))
}
