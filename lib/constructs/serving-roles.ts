import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'

/** What models run as: one role a host, that may write logs and nothing else. None is made at run time. */
export class ServingRoles extends Construct {
  readonly lambda: IRole
  /** Where every model's server writes, whichever its version. */
  readonly logGroup: ILogGroup

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.logGroup = new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH })
    this.lambda = new Role(this, 'Lambda', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Model functions: may write their log.',
    })
    this.logGroup.grantWrite(this.lambda)
  }
}
