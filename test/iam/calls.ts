import { resourceName } from '../../lib/rules/names.ts'
import { environment } from '../../lib/wiring/environment.ts'
import { lockKeys } from '../../lib/wiring/store-layout.ts'
import { overTls } from './command-rights.ts'
import { account, type Deployment, region } from './deployment.ts'
import { functionHolders } from './function-calls.ts'
import { type Call, type Holder, logged, once, roleIn, traced, variablesOf } from './holder.ts'
import type { Recording } from './recorded.ts'
import { unheardSettings } from './unheard.ts'

export interface Derived {
  /** By the logical id of the role. */
  readonly holders: ReadonlyMap<string, Holder>
  readonly unmapped: readonly string[]
}

/** Every call of every role: out of the code of functions, the definitions of machines, and the settings of builds. */
export async function derivedCalls(deployment: Deployment, recording: Recording): Promise<Derived> {
  const unmapped = unheardSettings(deployment)
  const found = [
    ...(await functionHolders(deployment, recording, unmapped)),
    ...machineHolders(deployment, unmapped),
    ...buildHolders(deployment),
    ...servingHolders(deployment),
    ...gatewayHolders(deployment),
    ...deliveryHolders(deployment),
  ]
  const holders = new Map<string, Holder>()
  for (const [role, holder] of found) {
    const other = holders.get(role)
    if (other !== undefined) throw new Error(`${holder.name} and ${other.name} share the role ${role}`)
    holders.set(role, holder)
  }
  return { holders, unmapped }
}

/** Step Functions delivers logs by rights that know no resource (its documentation lists them). */
const delivery = [
  'CreateLogDelivery',
  'GetLogDelivery',
  'UpdateLogDelivery',
  'DeleteLogDelivery',
  'ListLogDeliveries',
  'PutResourcePolicy',
  'DescribeResourcePolicies',
  'DescribeLogGroups',
].map((action): Call => ({ action: `logs:${action}`, resource: '*', why: 'its log is delivered' }))

function machineHolders(deployment: Deployment, unmapped: string[]): [string, Holder][] {
  return deployment.ofType('AWS::StepFunctions::StateMachine').map(([id, properties]) => {
    const tasks = tasksIn(JSON.parse(deployment.text(properties['DefinitionString'])))
    const calls = tasks.flatMap(({ name, resource }): Call[] => {
      if (resource.startsWith('arn:aws:lambda:'))
        return [{ action: 'lambda:InvokeFunction', resource, why: `its state ${name}` }]
      unmapped.push(`${resource} of the state ${name}: add it to test/iam/calls.ts`)
      return []
    })
    const logs = properties['LoggingConfiguration'] === undefined ? [] : delivery
    const { Enabled = false } = (properties['TracingConfiguration'] ?? {}) as { Enabled?: boolean }
    const name = deployment.name(id)
    return [
      roleIn(properties['RoleArn']),
      {
        service: 'states.amazonaws.com',
        arn: deployment.arn(id),
        name,
        calls: once([
          ...calls,
          ...logs,
          ...(Enabled ? traced('GetSamplingRules', 'GetSamplingTargets') : []),
        ]),
      },
    ]
  })
}

interface State {
  readonly Type: string
  readonly Resource?: string
  readonly Iterator?: Definition
  readonly ItemProcessor?: Definition
  readonly Branches?: readonly Definition[]
}

interface Definition {
  readonly States: Readonly<Record<string, State>>
}

function tasksIn({ States }: Definition): { readonly name: string; readonly resource: string }[] {
  return Object.entries(States).flatMap(
    ([name, { Type, Resource = '', Iterator, ItemProcessor, Branches = [] }]) => [
      ...(Type === 'Task' ? [{ name, resource: Resource }] : []),
      ...[Iterator, ItemProcessor, ...Branches].filter((one) => one !== undefined).flatMap(tasksIn),
    ],
  )
}

/** What `docker push` and the fetching of the source take; CodeBuild's documentation lists them. */
const pushing = [
  'BatchCheckLayerAvailability',
  'BatchGetImage',
  'CompleteLayerUpload',
  'InitiateLayerUpload',
  'PutImage',
  'UploadLayerPart',
]

function buildHolders(deployment: Deployment): [string, Holder][] {
  return deployment.ofType('AWS::CodeBuild::Project').map(([id, properties]) => {
    const { Location } = properties['Source'] as { Location?: unknown }
    const group = (properties['LogsConfig'] as { CloudWatchLogs?: { GroupName?: unknown } })?.CloudWatchLogs
      ?.GroupName
    if (group === undefined)
      throw new Error(`the project ${id} logs into a group of its own, which keeps it for ever`)
    // What has no source builds what is somebody else's.
    const calls: Call[] = [
      ...(Location === undefined
        ? dockerfileCalls(deployment, properties)
        : runtimeCalls(deployment, properties, deployment.text(Location))),
      { action: 'ecr:GetAuthorizationToken', resource: '*', why: 'aws ecr get-login-password' },
      ...logged(deployment, deployment.text(group)),
    ]
    const name = deployment.name(id)
    return [
      roleIn(properties['ServiceRole']),
      { service: 'codebuild.amazonaws.com', arn: deployment.arn(id), name, calls },
    ]
  })
}

/** What a build of a runtime does: it reads its template, makes locks, and pushes. */
function runtimeCalls(
  deployment: Deployment,
  properties: Readonly<Record<string, unknown>>,
  location: string,
): Call[] {
  const [bucket = '', ...key] = location.split('/')
  return [
    ...['s3:GetObject', 's3:GetObjectVersion'].map((action) => ({
      action,
      resource: `arn:aws:s3:::${bucket}/${key.join('/')}`,
      context: overTls,
      why: 'its source',
    })),
    ...['s3:GetBucketAcl', 's3:GetBucketLocation'].map((action) => ({
      action,
      resource: `arn:aws:s3:::${bucket}`,
      context: overTls,
      why: 'whose bucket its source lies in',
    })),
    ...lockCalls(deployment, properties),
    ...deployment
      .ofType('AWS::ECR::Repository')
      .flatMap(([repository]) => onRepository(deployment.arn(repository), pushing, 'docker push')),
  ]
}

/** What a build of a Dockerfile does: it pulls the files, pushes what they make, or tells why not. */
function dockerfileCalls(deployment: Deployment, properties: Readonly<Record<string, unknown>>): Call[] {
  return [
    storeCall(deployment, properties, 'PutObject', lockKeys.unbuilt('any')),
    ...deployment
      .ofType('AWS::ECR::Repository')
      .map(([repository]) => deployment.arn(repository))
      .filter((repository) => repository.endsWith('/container'))
      .flatMap((repository) =>
        onRepository(repository, [...pushing, 'GetDownloadUrlForLayer'], 'docker pull and docker push'),
      ),
  ]
}

function onRepository(resource: string, actions: readonly string[], why: string): Call[] {
  return actions.map((action) => ({ action: `ecr:${action}`, resource, why }))
}

/** What the commands of a build do with the store: each `aws s3` of them by its direction. */
function lockCalls(deployment: Deployment, properties: Readonly<Record<string, unknown>>): Call[] {
  const call = (action: string, key: string, context = {}) =>
    storeCall(deployment, properties, action, key, context)
  return [
    call('GetObject', lockKeys.asked('any')),
    call('GetObject', lockKeys.lock('any')),
    call('PutObject', lockKeys.resolved('any'), { 's3:if-none-match': '*' }),
    call('PutObject', lockKeys.refused('any')),
  ]
}

/** One call of a build to the store that it was told of. */
function storeCall(
  deployment: Deployment,
  properties: Readonly<Record<string, unknown>>,
  action: string,
  key: string,
  context = {},
): Call {
  const { EnvironmentVariables = [] } = properties['Environment'] as {
    EnvironmentVariables?: { Name: string; Value: unknown }[]
  }
  const store = EnvironmentVariables.find(({ Name }) => Name === 'STORE')?.Value
  return {
    action: `s3:${action}`,
    resource: `arn:aws:s3:::${deployment.text(store)}/${key}`,
    context: { ...overTls, ...context },
    why: 'the locks of what it builds',
  }
}

/** Model functions are made at release time; what they run as is told to the step that makes them. */
function servingHolders(deployment: Deployment): [string, Holder][] {
  const [first] = deployment.ofType('AWS::Lambda::Function')
  if (first === undefined) return []
  const told = variablesOf(deployment, first[1])
  const roleBehind = (arn: string | undefined) =>
    deployment
      .ofType('AWS::IAM::Role')
      .map(([id]) => id)
      .filter((id) => deployment.arn(id) === arn)
  const onLambda: Holder = {
    service: 'lambda.amazonaws.com',
    name: 'model functions',
    calls: logged(deployment, told[environment.servingLogGroup] ?? ''),
  }
  const onSageMaker: Holder = {
    service: 'sagemaker.amazonaws.com',
    name: 'models on SageMaker',
    calls: callsOnSageMaker(deployment, resourceName(told[environment.platform] ?? '', 'churn', '1.0.0')),
  }
  return [
    ...roleBehind(told[environment.servingRole]).map((id): [string, Holder] => [id, onLambda]),
    ...roleBehind(told[environment.sagemakerRole]).map((id): [string, Holder] => [id, onSageMaker]),
  ]
}

/** What SageMaker does as a model: pulls its image, writes its log into a group of its own, and counts. */
function callsOnSageMaker(deployment: Deployment, name: string): Call[] {
  const here = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`
  const group = here('logs', `log-group:/aws/sagemaker/Endpoints/${name}`)
  const why = 'SageMaker does so as the model'
  return [
    ...['CreateLogGroup', 'DescribeLogStreams'].map((action) => ({
      action: `logs:${action}`,
      resource: group,
      why,
    })),
    ...['CreateLogStream', 'PutLogEvents'].map((action) => ({
      action: `logs:${action}`,
      resource: `${group}:log-stream:one`,
      why,
    })),
    ...['AWS/SageMaker', '/aws/sagemaker/Endpoints'].map((namespace) => ({
      action: 'cloudwatch:PutMetricData',
      resource: here('cloudwatch', 'dataset/default'),
      context: { 'cloudwatch:namespace': namespace },
      why,
    })),
    { action: 'ecr:GetAuthorizationToken', resource: '*', why },
    ...deployment.ofType('AWS::ECR::Repository').flatMap(([id]) =>
      ['BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer'].map((action) => ({
        action: `ecr:${action}`,
        resource: deployment.arn(id),
        why,
      })),
    ),
  ]
}

/**
 * What all REST APIs of an account write their logs as. It is the account's, API Gateway takes it only where it may do
 * what AWS's own policy of this name says, and no other role has a policy that is managed elsewhere.
 */
function gatewayHolders(deployment: Deployment): [string, Holder][] {
  return deployment.ofType('AWS::ApiGateway::Account').map(([, { CloudWatchRoleArn }]) => [
    roleIn(CloudWatchRoleArn),
    {
      service: 'apigateway.amazonaws.com',
      name: 'REST APIs of the account',
      demanded: 'arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs',
      calls: [],
    },
  ])
}

/** What is named in the prefix of a delivery: up to the first thing that is told by what is delivered. */
const fixed = (prefix: unknown) =>
  String(prefix)
    .replace(/!\{.*$/, '')
    .replace(/[^/]*$/, '')

/** What Firehose does to deliver into a bucket, and CloudWatch Logs to hand over to it, as the documentation of both lists it. */
function deliveryHolders(deployment: Deployment): [string, Holder][] {
  const delivering = deployment
    .ofType('AWS::KinesisFirehose::DeliveryStream')
    .map(([id, properties]): [string, Holder] => {
      const settings = properties['ExtendedS3DestinationConfiguration'] as Readonly<Record<string, unknown>>
      const bucket = deployment.text(settings['BucketARN'])
      const { LogGroupName, LogStreamName } = settings['CloudWatchLoggingOptions'] as Record<string, unknown>
      const group = `arn:aws:logs:${region}:${account}:log-group:${deployment.text(LogGroupName)}`
      const why = 'it delivers'
      const calls: Call[] = [
        ...['Prefix', 'ErrorOutputPrefix'].flatMap((kind) =>
          ['PutObject', 'GetObject', 'AbortMultipartUpload'].map((action) => ({
            action: `s3:${action}`,
            resource: `${bucket}/${fixed(settings[kind])}churn/1.json`,
            context: overTls,
            why,
          })),
        ),
        ...['GetBucketLocation', 'ListBucket', 'ListBucketMultipartUploads'].map((action) => ({
          action: `s3:${action}`,
          resource: bucket,
          context: overTls,
          why,
        })),
        {
          action: 'logs:PutLogEvents',
          resource: `${group}:log-stream:${deployment.text(LogStreamName)}`,
          why: 'it tells what it could not deliver',
        },
      ]
      const name = deployment.name(id)
      return [
        roleIn(settings['RoleARN']),
        { service: 'firehose.amazonaws.com', arn: deployment.arn(id), name, calls },
      ]
    })
  const subscribed = deployment
    .ofType('AWS::Logs::SubscriptionFilter')
    .map(([id, properties]): [string, Holder] => [
      roleIn(properties['RoleArn']),
      {
        service: 'logs.amazonaws.com',
        arn: `arn:aws:logs:${region}:${account}:log-group:${deployment.text(properties['LogGroupName'])}:*`,
        name: deployment.name(id),
        calls: ['PutRecord', 'PutRecordBatch'].map((action) => ({
          action: `firehose:${action}`,
          resource: deployment.text(properties['DestinationArn']),
          why: 'its lines are handed over',
        })),
      },
    ])
  return [...delivering, ...subscribed]
}
