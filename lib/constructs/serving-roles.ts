import { RemovalPolicy } from 'aws-cdk-lib'
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { allowLogs } from './encryption.ts'

export interface ServingRolesProps {
  /** How long what models' servers write is kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays
  /** What encrypts the log. @default - a key of CloudWatch's own */
  readonly encryptionKey?: IKey
  /** What becomes of the log when the stack is destroyed. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy
}

/** What models run as: one role a host, that may write logs and nothing else. None is made at run time. */
export class ServingRoles extends Construct {
  readonly lambda: IRole
  /** Where every model's server writes, whichever its version. */
  readonly logGroup: ILogGroup

  constructor(scope: Construct, id: string, props: ServingRolesProps = {}) {
    super(scope, id)
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      ...(props.encryptionKey !== undefined && { encryptionKey: props.encryptionKey }),
    })
    if (props.encryptionKey !== undefined) allowLogs(this, props.encryptionKey)
    this.lambda = new Role(this, 'Lambda', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Model functions: may write their log.',
    })
    this.logGroup.grantWrite(this.lambda)
  }
}
