import { Duration } from 'aws-cdk-lib'
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { HandlerFunction } from './handler-function.ts'
import type { ReleaseWorkflows } from './release-workflows.ts'

export interface SweeperProps {
  /** Whose operations are finished or undone, and what they made. */
  readonly workflows: ReleaseWorkflows
  /** Where it is kept that a sweep did not take place. @default - nowhere */
  readonly lostEvents?: IQueue
}

/** Finishes or undoes what died half-way: every 15 minutes registry, store, machines and hosts are held against each other. */
export class Sweeper extends Construct {
  readonly handler: IFunction

  constructor(scope: Construct, id: string, props: SweeperProps) {
    super(scope, id)
    const { workflows, lostEvents } = props
    this.handler = new HandlerFunction(this, 'Handler', {
      entry: 'sweeper',
      handler: 'handler',
      environment: workflows.handlerEnvironment,
      logGroup: workflows.logGroup,
      timeout: Duration.minutes(15),
      ...(lostEvents !== undefined && { deadLetterQueue: lostEvents }),
    })
    workflows.grantSweep(this.handler)
    new Rule(this, 'Schedule', {
      description: 'What died half-way is finished or undone.',
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [
        new LambdaFunction(this.handler, {
          event: RuleTargetInput.fromObject({ dryRun: false }),
          // The next sweep finds what this one did not.
          retryAttempts: 1,
          deadLetterQueue: lostEvents,
        }),
      ],
    })
  }
}
