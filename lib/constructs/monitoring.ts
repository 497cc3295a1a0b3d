import { Duration, Size } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
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

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id)
    const { workflows, lostEvents } = props
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
  }
}
