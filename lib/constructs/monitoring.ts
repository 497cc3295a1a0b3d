import { Duration, Size } from 'aws-cdk-lib'
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { CfnMetricFilter } from 'aws-cdk-lib/aws-logs'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { lostCaptureLines, monitoredLines } from '../wiring/capture-layout.ts'
import { servingSeries } from '../wiring/serving-series.ts'
import { HandlerFunction } from './handler-function.ts'
import type { ReleaseWorkflows } from './release-workflows.ts'
import { grantTable } from './rights.ts'

export interface MonitoringProps {
  /** Whose recorded calls are looked at, and what moves an alias back where that was asked for. */
  readonly workflows: ReleaseWorkflows
  /** Where it is kept that a look did not take place. @default - nowhere */
  readonly lostEvents?: IQueue
}

/** Looks at recorded calls every 15 minutes: for drift, for what predictions turned out to be, and for what is too old. */
export class Monitoring extends Construct {
  readonly handler: IFunction
  private readonly workflows: ReleaseWorkflows

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id)
    const { workflows, lostEvents } = props
    this.workflows = workflows
    const { registry, logGroup } = workflows
    this.handler = new HandlerFunction(this, 'Handler', {
      entry: 'monitoring',
      handler: 'handler',
      environment: workflows.handlerEnvironment,
      logGroup,
      // Less than the time to the next: there is one run at a time.
      timeout: Duration.minutes(14),
      memory: Size.mebibytes(1024),
      ...(lostEvents !== undefined && { deadLetterQueue: lostEvents }),
    })
    grantTable(registry, this.handler, 'GetItem', 'Query')
    workflows.grantMonitor(this.handler)
    new Rule(this, 'Schedule', {
      description: 'What was recorded of calls is looked at.',
      schedule: Schedule.rate(Duration.minutes(15)),
      // The next run looks at what this one did not.
      targets: [new LambdaFunction(this.handler, { retryAttempts: 1, deadLetterQueue: lostEvents })],
    })
    const { driftRaised, webhooksGivenUp, monitoringTells } = servingSeries
    this.count('Drift', monitoredLines('raised'), driftRaised, '$.raised')
    this.count('Webhooks', monitoredLines('givenUp'), webhooksGivenUp, '$.givenUp')
    this.count('Tells', monitoredLines('raised', 'givenUp'), monitoringTells, '1')
    this.count('Lost', lostCaptureLines, monitoringTells, '1')
  }

  /** Breaches that were found: a version drifts. */
  metricDrift(options?: MetricOptions): Metric {
    return this.series(servingSeries.driftRaised, options)
  }

  /** Webhooks that never answered, and are not tried any more. */
  metricWebhooksGivenUp(options?: MetricOptions): Metric {
    return this.series(servingSeries.webhooksGivenUp, options)
  }

  /** Lines that somebody is to look at: of drift, of webhooks that were given up, of calls that were not recorded. */
  metricTells(options?: MetricOptions): Metric {
    return this.series(servingSeries.monitoringTells, options)
  }

  private series(name: string, options?: MetricOptions): Metric {
    const { namespace } = servingSeries
    return new Metric({ namespace, metricName: this.own(name), statistic: 'sum', ...options }).attachTo(this)
  }

  /** Without a value for other lines: a series is billed by the hours in which it gets any. */
  private count(id: string, filterPattern: string, name: string, metricValue: string): void {
    new CfnMetricFilter(this, id, {
      logGroupName: this.workflows.logGroup.logGroupName,
      filterPattern,
      metricTransformations: [
        { metricNamespace: servingSeries.namespace, metricName: this.own(name), metricValue },
      ],
    })
  }

  private own(name: string): string {
    return `${name}-${this.workflows.platformName}`
  }
}
