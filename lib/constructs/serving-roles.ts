import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { allowLogs } from './encryption.ts'
import type { RuntimeRepositories } from './runtime-repositories.ts'

export interface ServingRolesProps {
  /** Where the images lie that SageMaker pulls in the name of a model; their platform's name bounds its logs. */
  readonly repositories: RuntimeRepositories
  /** How long what models' servers write is kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays
  /** What encrypts the log. @default - a key of CloudWatch's own */
  readonly encryptionKey?: IKey
  /** What becomes of the log when the stack is destroyed. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy
}

/** What models run as: one role a host, that may write logs and be started, nothing else. None is made at run time. */
export class ServingRoles extends Construct {
  readonly lambdaRole: IRole
  readonly sageMakerRole: IRole
  /** Where every model's server on Lambda writes, whichever its version. */
  readonly logGroup: ILogGroup

  constructor(scope: Construct, id: string, props: ServingRolesProps) {
    super(scope, id)
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      ...(props.encryptionKey !== undefined && { encryptionKey: props.encryptionKey }),
    })
    if (props.encryptionKey !== undefined) allowLogs(this, props.encryptionKey)
    this.lambdaRole = new Role(this, 'Lambda', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Model functions: may write their log.',
    })
    this.logGroup.grantWrite(this.lambdaRole)
    this.sageMakerRole = this.forSageMaker(props.repositories)
  }

  /** SageMaker writes logs and metrics and pulls the image as the model; Lambda does so in its own name. */
  private forSageMaker({ platformName, repositories }: RuntimeRepositories): Role {
    const role = new Role(this, 'SageMaker', {
      assumedBy: new ServicePrincipal('sagemaker.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'Models on SageMaker: may write their log and their metrics, and be pulled.',
    })
    for (const repository of repositories) repository.grantPull(role)
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'logs:CreateLogGroup',
          'logs:CreateLogStream',
          'logs:DescribeLogStreams',
          'logs:PutLogEvents',
        ],
        // The asterisk takes in the streams of a group too.
        resources: [
          Stack.of(this).formatArn({
            service: 'logs',
            resource: 'log-group',
            resourceName: `/aws/sagemaker/Endpoints/${platformName}-*`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ],
      }),
    )
    role.addToPolicy(
      new PolicyStatement({
        actions: ['cloudwatch:PutMetricData'],
        // Metrics have no names of resources; their namespace is what can be bound.
        resources: ['*'],
        conditions: { StringLike: { 'cloudwatch:namespace': ['AWS/SageMaker', '/aws/sagemaker/*'] } },
      }),
    )
    return role
  }
}
