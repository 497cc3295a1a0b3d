import { Duration } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { HandlerFunction } from './handler-function.ts'
import type { ReleaseWorkflows } from './release-workflows.ts'
import { grantOnEndpoints, grantTable } from './rights.ts'
import { SageMakerGrants } from './sagemaker-grants.ts'

export interface UpkeepProps {
  /** Whose versions are looked at. */
  readonly workflows: ReleaseWorkflows
  /** Where it is kept that a look did not take place. @default - nowhere */
  readonly lostEvents?: IQueue
}

/** Keeps every retained version answering, hour by hour, and parks instances that nobody needs. */
export class Upkeep extends Construct {
  readonly handler: IFunction

  constructor(scope: Construct, id: string, props: UpkeepProps) {
    super(scope, id)
    const { workflows, lostEvents } = props
    const { platformName, registry, logGroup } = workflows
    this.handler = new HandlerFunction(this, 'Handler', {
      entry: 'upkeep',
      handler: 'handler',
      environment: workflows.handlerEnvironment,
      logGroup,
      timeout: Duration.minutes(15),
      ...(lostEvents !== undefined && { deadLetterQueue: lostEvents }),
    })
    grantTable(registry, this.handler, 'GetItem', 'BatchGetItem', 'Query')
    // An endpoint is looked at by a ping, which is what keeps it awake.
    grantOnEndpoints(this, platformName, this.handler, 'GetFunction', 'InvokeFunction')
    const sagemaker = new SageMakerGrants(this, platformName)
    sagemaker.looksAt(this.handler)
    sagemaker.wakes(this.handler)
    sagemaker.parks(this.handler)
    new Rule(this, 'Hourly', {
      description: 'Old versions stay awake, and instances that nobody needs are parked.',
      schedule: Schedule.rate(Duration.hours(1)),
      // Due is what the hour says: a second attempt a while later would find the same.
      targets: [new LambdaFunction(this.handler, { retryAttempts: 1, deadLetterQueue: lostEvents })],
    })
  }
}
