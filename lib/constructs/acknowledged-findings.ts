import { Stack, Validations } from 'aws-cdk-lib'
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import { machines } from '../rules/operation.ts'
import { capturesPrefix, failedCapturesPrefix, monitoringPrefix } from '../wiring/capture-layout.ts'
import { lockKeys, modelsPrefix, recordsPrefix, unpackedPrefix } from '../wiring/store-layout.ts'
import type { Callers } from './gateways/callers.ts'
import { Gateway } from './gateways/gateway.ts'
import type { ModelStore } from './model-store.ts'
import { endpointArns } from './rights.ts'
import type { RuntimeRepositories } from './runtime-repositories.ts'

/** A finding of cdk-nag's packs AwsSolutions, Serverless and NIST.800.53.R5 that is left as it is, and why. */
interface AcknowledgedFinding {
  /** Just as cdk-nag names it: for a right, with the one resource or action that it is about. */
  readonly id: string
  readonly reason: string
}

interface Platform extends Construct {
  readonly platformName: string
  readonly store: ModelStore
  readonly repositories: RuntimeRepositories
}

/** What a person asked for that opens findings, or closes them. */
interface Asked {
  readonly gateway?: Gateway
  readonly callers?: Callers
  readonly allowAnonymousInvoke?: boolean
  /** Whether there is one. */
  readonly console: boolean
  readonly encryptionKey?: IKey
  readonly accessLogBucket?: IBucket
  readonly alarmTopic?: ITopic
  readonly alarmActions?: IAlarmAction[]
  readonly tracing?: boolean
}

/**
 * Say of each finding that is left as it is why it is. Where a prop closes a finding, nothing is said once the prop is
 * given. Nothing of cdk-nag is needed for it.
 */
export function acknowledgeFindings(platform: Platform, asked: Asked): void {
  Validations.of(platform).acknowledge(
    ...ofPlatform,
    ...ofRights(platform),
    ...(asked.encryptionKey === undefined ? withoutKey : withKey),
    ...(asked.accessLogBucket === undefined ? withoutAccessLog : []),
    ...(asked.alarmTopic === undefined && (asked.alarmActions ?? []).length === 0 ? withoutAlarmAction : []),
    ...(asked.tracing === true ? [] : withoutTracing),
    ...openRoutes(asked),
    ...(asked.gateway === Gateway.REST ? ofRest(platform, asked) : []),
  )
}

const called =
  'Nobody leaves an event with these functions: a state machine or a gateway waits for the answer, retries, and writes down or says what failed. Those that are called without waiting (intake, upkeep) have the queue of lost events; of the one that asks shadows, an event that is lost is a comparison less.'
const accessLog =
  'A log of accesses is a bucket that grows, and that nobody empties when the platform goes: it is yours to give. `accessLogBucket` closes this.'

const ofPlatform: readonly AcknowledgedFinding[] = [
  { id: 'Serverless-LambdaDLQ', reason: called },
  { id: 'NIST.800.53.R5-LambdaDLQ', reason: called },
  {
    id: 'Serverless-LambdaAsyncFailureDestination',
    reason:
      'Of the function that asks shadows. Its events are a sample of calls that callers have their answers of: one that fails is a comparison less, and nobody would look at it.',
  },
  {
    id: 'Serverless-SQSRedrivePolicy',
    reason:
      'The one queue is the queue of lost events, where others redrive to. An alarm tells when something lies in it.',
  },
  {
    id: 'NIST.800.53.R5-S3BucketReplicationEnabled',
    reason:
      'A copy in another Region doubles what models cost to keep, and needs a bucket there. The store is versioned, and its records are locked.',
  },
  {
    id: 'NIST.800.53.R5-IAMNoInlinePolicy',
    reason:
      'Each policy belongs to one role, is made and removed with it, and cannot be attached to another. Managed ones would be rights that anybody may hand out.',
  },
  {
    id: 'NIST.800.53.R5-LambdaConcurrency',
    reason:
      'Reserved concurrency is taken from everybody else in the account, used or not. Control has 5 reserved, so that it answers when predictions take the rest, and whoever asks shadows has 1, so that it takes no more; the gateway throttles the rest.',
  },
  {
    id: 'NIST.800.53.R5-LambdaInsideVPC',
    reason:
      'The platform’s own functions call AWS and nothing else; in a network they would need a NAT gateway or endpoints, billed by the hour while idle. Models, which run code of others, stand in `vpc` if it is given.',
  },
]

const withoutKey: readonly AcknowledgedFinding[] = [
  {
    id: 'AwsSolutions-CB4',
    reason:
      'A build has no artifacts and no cache that could be encrypted: it pushes an image. The key of AWS’s own that this names costs nothing. `encryptionKey` closes this.',
  },
  {
    id: 'NIST.800.53.R5-CloudWatchLogGroupEncrypted',
    reason:
      'Logs are encrypted by a key of CloudWatch’s own. A key of yours costs 1 USD a month while idle. `encryptionKey` closes this.',
  },
  {
    id: 'NIST.800.53.R5-S3DefaultEncryptionKMS',
    reason:
      'Objects are encrypted by keys of S3’s own. The key `aws/s3` would shut out readers and writers of other accounts, and a key of yours costs 1 USD a month while idle. `encryptionKey` closes this.',
  },
]

const withKey: readonly AcknowledgedFinding[] = ['GenerateDataKey*', 'ReEncrypt*'].map((action) => ({
  id: `AwsSolutions-IAM5[Action::kms:${action}]`,
  reason: `On your one key only. The CDK grants encryption so: kms:${action} is the call with and without its variants of the same right.`,
}))

const withoutAccessLog: readonly AcknowledgedFinding[] = [
  { id: 'AwsSolutions-S1', reason: accessLog },
  { id: 'NIST.800.53.R5-S3BucketLoggingEnabled', reason: accessLog },
]

const withoutAlarmAction: readonly AcknowledgedFinding[] = [
  {
    id: 'NIST.800.53.R5-CloudWatchAlarmAction',
    reason:
      'Whom to wake is yours to say; until then alarms are seen on the dashboard. `alarmTopic` or `alarmActions` closes this.',
  },
]

function openRoutes({ allowAnonymousInvoke = false, console }: Asked): readonly AcknowledgedFinding[] {
  const open = [
    ...(allowAnonymousInvoke
      ? ['Asked for by `allowAnonymousInvoke`: anybody may ask for predictions.']
      : []),
    ...(console
      ? [
          'The page of the console is the same for everybody, by a function without rights; `console: false` takes it away.',
        ]
      : []),
  ]
  if (open.length === 0) return []
  return [{ id: 'AwsSolutions-APIG4', reason: `${open.join(' ')} Every other route asks who calls.` }]
}

const withoutTracing: readonly AcknowledgedFinding[] = [
  {
    id: 'Serverless-LambdaTracing',
    reason:
      'A trace costs 5 USD in a million, about as much as the calls themselves; `Server-Timing` tells the same of every answer. State machines are traced. `tracing` closes this.',
  },
]

/** Rights on what has no ARN yet when the stack is made, or never has one. */
function ofRights(platform: Platform): AcknowledgedFinding[] {
  const { platformName, store, repositories } = platform
  const prefix = `${platformName}-*`
  const stack = Stack.of(platform)
  const named = (service: string, resource: string) => stack.formatArn({ service, resource })
  const made = (what: string) => `${what} are made at release time, and all named after the platform.`
  const rights: readonly (readonly [resource: string, reason: string])[] = [
    [
      '*',
      'These actions know no resource: ecr:GetAuthorizationToken, quotas and lists of the account, delivery of logs, traces, cloudwatch:PutMetricData (bound to its namespaces), network interfaces of Lambda.',
    ],
    [store.bucket.arnForObjects(`${modelsPrefix}*`), 'Uploads: whoever reads one model’s reads any model’s.'],
    [
      store.bucket.arnForObjects(`${unpackedPrefix}*`),
      'What came out of archives: each by its SHA-256, whichever model brought it.',
    ],
    [store.bucket.arnForObjects(`${recordsPrefix}*`), 'Records of what happened: one object an operation.'],
    [
      store.bucket.arnForObjects(`${capturesPrefix}*`),
      'Recorded calls: one stream lays down those of every model, and names each object itself.',
    ],
    [
      store.bucket.arnForObjects(`${monitoringPrefix}*`),
      'What monitoring leaves for itself: documents of every model, and of those that are yet to come.',
    ],
    [
      store.bucket.arnForObjects(`${failedCapturesPrefix}*`),
      'What could not be laid down: Firehose names each object itself.',
    ],
    ...Object.values(lockKeys).map(
      (keyOf) =>
        [
          store.bucket.arnForObjects(keyOf('*')),
          'Locks of packages and what they are made of: each by a hash of what it is, whichever model asked for it.',
        ] as const,
    ),
    ...machines.map(
      (machine) =>
        [
          named('states', `execution:${platformName}-${machine}:*`),
          'Reading only: the sweeper asks whether an execution runs. Executions are named after operations.',
        ] as const,
    ),
    ...repositories.imageSourceArns
      .filter((source) => source.includes('*'))
      .map(
        (source) => [source, 'Reading only: images that are put there to be served (imageSources).'] as const,
      ),
    [endpointArns(platform, platformName), made('Functions of models')],
    [named('sagemaker', `model/${prefix}`), made('Models on SageMaker')],
    [named('sagemaker', `endpoint-config/${prefix}`), made('Configurations of endpoints on SageMaker')],
    [named('sagemaker', `endpoint/${prefix}`), made('Endpoints on SageMaker')],
    [
      named('cloudwatch', `alarm:TargetTracking-endpoint/${prefix}`),
      'Application Auto Scaling makes the alarms of endpoints, which are named after the platform, in the name of who asks.',
    ],
    [
      named('logs', `log-group:/aws/sagemaker/Endpoints/${prefix}`),
      'SageMaker makes the log group of each endpoint, which is named after the platform.',
    ],
    [
      named('application-autoscaling', 'scalable-target/*'),
      'The ids of scalable targets are chance. Bound by condition to instances of SageMaker endpoints.',
    ],
    [
      named('sagemaker', 'endpoint/*'),
      'Reading only: what the account’s other endpoints take is not left for one of ours.',
    ],
    [
      named('sagemaker', 'endpoint-config/*'),
      'Reading only: how many instances the account’s other endpoints take stands in their configurations.',
    ],
  ]
  return rights.map(([resource, reason]) => ({
    id: `AwsSolutions-IAM5[Resource::${spelt(stack.resolve(resource))}]`,
    reason,
  }))
}

/** A resource as cdk-nag spells it: a reference is `<Id>`, an attribute `<Id.Attribute>`. */
function spelt(value: unknown): string {
  if (typeof value === 'string') return value
  const token = value as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] }
  if (token['Fn::Join'] !== undefined) return token['Fn::Join'][1].map(spelt).join(token['Fn::Join'][0])
  return `<${token.Ref ?? token['Fn::GetAtt']?.join('.')}>`
}

const refusedLater =
  'Bodies are checked by the router against the signature of the version that is called, which a gateway does not know.'
const firewall =
  'A web ACL costs 5 USD a month while idle, and its rules are yours: associate one with the stage. Callers are authenticated, and throttled.'
const accessLogged =
  'Every request stands in the access log, with what refused it. Execution logs go to a group that API Gateway makes, without expiry and without your key.'

function ofRest(platform: Platform, asked: Asked): AcknowledgedFinding[] {
  const partition = spelt(Stack.of(platform).resolve(Stack.of(platform).partition))
  const policy = `arn:${partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs`
  return [
    { id: 'AwsSolutions-APIG2', reason: refusedLater },
    { id: 'AwsSolutions-APIG3', reason: firewall },
    { id: 'NIST.800.53.R5-APIGWAssociatedWithWAF', reason: firewall },
    { id: 'AwsSolutions-APIG6', reason: accessLogged },
    { id: 'NIST.800.53.R5-APIGWExecutionLoggingEnabled', reason: accessLogged },
    {
      id: `AwsSolutions-IAM4[Policy::${policy}]`,
      reason:
        'The role is the account’s setting for all its REST APIs, and this the policy that AWS names for it.',
    },
    {
      id: 'NIST.800.53.R5-APIGWCacheEnabledAndEncrypted',
      reason: 'A cache is billed by the hour, and answers to POST are not to be kept.',
    },
    {
      id: 'NIST.800.53.R5-APIGWSSLEnabled',
      reason: 'There is no server behind it to show a certificate to: functions are called by IAM.',
    },
    {
      id: 'Serverless-APIGWXrayEnabled',
      reason: 'A trace costs 5 USD in a million; `Server-Timing` tells the same of every answer.',
    },
    {
      id: 'AwsSolutions-COG4',
      reason: `Callers are asked who they are by ${shown[asked.callers?.kind ?? 'iam']}; Cognito is one issuer of many. No route is open but predictions with \`allowAnonymousInvoke\`.`,
    },
  ]
}

const shown: Readonly<Record<string, string>> = {
  iam: 'IAM',
  keys: 'an authorizer that knows the keys of the platform',
  jwt: 'an authorizer that takes tokens of the issuer that you name',
}
