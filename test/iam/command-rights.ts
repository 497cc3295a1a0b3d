import { account, region } from './deployment.ts'
import type { Sent } from './recorded.ts'

/** One action on one resource, with what IAM is told beside. */
export interface Needed {
  readonly action: string
  readonly resource: string
  readonly context?: Readonly<Record<string, string | readonly string[]>>
}

type Input = Readonly<Record<string, unknown>>
type Rights = (input: Input, method: string) => Needed[]

/** What every request to S3 by the SDK tells. */
export const overTls = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' } as const

const arn = (service: string, rest: unknown) => `arn:aws:${service}:${region}:${account}:${rest}`
const bucket = ({ Bucket }: Input) => `arn:aws:s3:::${Bucket}`
const object = ({ Bucket, Key }: Input) => `arn:aws:s3:::${Bucket}/${Key}`
const endpoint = ({ FunctionName }: Input) => arn('lambda', `function:${FunctionName}`)
const repository = (name: unknown) => arn('ecr', `repository/${name}`)

const item = (action: string, table: unknown, pk: unknown): Needed => ({
  action: `dynamodb:${action}`,
  resource: arn('dynamodb', `table/${table}`),
  context: { 'dynamodb:LeadingKeys': [String(pk)] },
})
const pkOf = (key: unknown) => (key as { pk: string }).pk

/** A transaction takes the rights of what is in it. */
const ofTransaction = {
  Put: 'PutItem',
  Delete: 'DeleteItem',
  Update: 'UpdateItem',
  ConditionCheck: 'ConditionCheckItem',
}

function transaction({ TransactItems }: Input): Needed[] {
  return (TransactItems as Record<string, { TableName: string; Key?: unknown; Item?: unknown }>[]).flatMap(
    (one) =>
      Object.entries(one).map(([kind, { TableName, Key, Item }]) =>
        item(ofTransaction[kind as keyof typeof ofTransaction], TableName, pkOf(Key ?? Item)),
      ),
  )
}

function listing(action: string, input: Input): Needed[] {
  return [{ action, resource: bucket(input), context: { ...overTls, 's3:prefix': String(input['Prefix']) } }]
}

/**
 * Reading a version of an object is an action of its own. Whether an object is missing (404, on which the caller goes
 * on) or forbidden (403) is told only to those who may list the whole bucket: a condition on the prefix is not met by a
 * request that has none.
 */
function reading(input: Input): Needed[] {
  if (input['VersionId'] !== undefined)
    return [{ action: 's3:GetObjectVersion', resource: object(input), context: overTls }]
  return [
    { action: 's3:GetObject', resource: object(input), context: overTls },
    { action: 's3:ListBucket', resource: bucket(input), context: overTls },
  ]
}

function writing(input: Input): Needed[] {
  const unless: Readonly<Record<string, string>> =
    input['IfNoneMatch'] === undefined ? {} : { 's3:if-none-match': String(input['IfNoneMatch']) }
  const put: Needed = { action: 's3:PutObject', resource: object(input), context: { ...overTls, ...unless } }
  if (input['ObjectLockMode'] === undefined) return [put]
  const mode: Readonly<Record<string, string>> = { 's3:object-lock-mode': String(input['ObjectLockMode']) }
  return [put, { action: 's3:PutObjectRetention', resource: object(input), context: { ...overTls, ...mode } }]
}

const deleting = (resource: string): Needed => ({ action: 's3:DeleteObject', resource, context: overTls })

/** By names: one of each a version, and an endpoint's scaling, whose own id is chance. */
const sagemaker = (kind: string, name: unknown) => arn('sagemaker', `${kind}/${name}`)
const tagging = (resource: string, { Tags }: Input): Needed[] =>
  Tags === undefined ? [] : [{ action: 'sagemaker:AddTags', resource }]

function making(action: string, kind: string, name: string): Rights {
  return (input) => {
    const resource = sagemaker(kind, input[name])
    return [{ action: `sagemaker:${action}`, resource }, ...tagging(resource, input)]
  }
}

/** An endpoint is made by who may make it and may use the configuration that it is made by. */
function makingEndpoint(input: Input): Needed[] {
  const resource = sagemaker('endpoint', input['EndpointName'])
  return [
    { action: 'sagemaker:CreateEndpoint', resource },
    {
      action: 'sagemaker:CreateEndpoint',
      resource: sagemaker('endpoint-config', input['EndpointConfigName']),
    },
    ...tagging(resource, input),
  ]
}

const modelMade = making('CreateModel', 'model', 'ModelName')

const onSageMaker =
  (action: string, kind: string, name: string): Rights =>
  (input) => [{ action: `sagemaker:${action}`, resource: sagemaker(kind, input[name]) }]

/** @param alarms of the alarms that Application Auto Scaling keeps for the policy, in the name of who asks it */
const scaling =
  (action: string, endpoints: readonly string[], alarms: readonly string[]): Rights =>
  ({ ResourceId, ServiceNamespace, ScalableDimension, Tags }) => {
    const resource = arn('application-autoscaling', 'scalable-target/0123456789abcdef')
    const [, name] = String(ResourceId).split('/')
    const asked: Needed = {
      action: `application-autoscaling:${action}`,
      resource,
      context: {
        'application-autoscaling:service-namespace': String(ServiceNamespace),
        'application-autoscaling:scalable-dimension': String(ScalableDimension),
      },
    }
    const tagged: Needed = {
      action: 'application-autoscaling:TagResource',
      resource,
      context: { [ofPlatform]: String((Tags as Input | undefined)?.['sluice:platform']) },
    }
    return [
      asked,
      ...(Tags === undefined ? [] : [tagged]),
      ...endpoints.map((one) => ({
        action: `sagemaker:${one}`,
        resource: sagemaker(one === 'DescribeEndpointConfig' ? 'endpoint-config' : 'endpoint', name),
      })),
      ...alarms.map((one) => ({
        action: `cloudwatch:${one}`,
        resource: arn('cloudwatch', `alarm:TargetTracking-${ResourceId}-AlarmHigh-01234567`),
      })),
    ]
  }

/** Told by whoever tags what it makes. */
export const ofPlatform = 'aws:RequestTag/sluice:platform'

/** A function of an image is made by somebody who may pull that image and give the function its role. */
function creating(input: Input): Needed[] {
  const { ImageUri = '' } = input['Code'] as { ImageUri?: string }
  const name = ImageUri.slice(ImageUri.indexOf('/') + 1, ImageUri.indexOf('@'))
  return [
    { action: 'lambda:CreateFunction', resource: endpoint(input) },
    ...(input['Tags'] === undefined ? [] : [{ action: 'lambda:TagResource', resource: endpoint(input) }]),
    {
      action: 'iam:PassRole',
      resource: String(input['Role']),
      context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
    },
    ...['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'].map((action) => ({
      action,
      resource: repository(name),
    })),
  ]
}

const onImages =
  (...actions: string[]) =>
  (input: Input): Needed[] =>
    actions.map((action) => ({ action: `ecr:${action}`, resource: repository(input['repository']) }))

const dynamo = (command: string) => `DynamoDBDocumentClient.${command}Command`
const onEndpoint =
  (action: string): Rights =>
  (input) => [{ action: `lambda:${action}`, resource: endpoint(input) }]
/** A build's id begins with the name of its project. */
const onProject =
  (action: string): Rights =>
  ({ projectName, ids }) => {
    const project = projectName ?? String((ids as readonly string[])[0]).split(':')[0]
    return [{ action: `codebuild:${action}`, resource: arn('codebuild', `project/${project}`) }]
  }

/** An execution's ARN has its machine's name before its own. */
const describingExecution = ({ executionArn }: Input): Needed[] => [
  { action: 'states:DescribeExecution', resource: String(executionArn) },
]

/** What each command takes. One that is not here fails the proof. */
const rights: Readonly<Record<string, Rights>> = {
  [dynamo('Get')]: ({ TableName, Key }) => [item('GetItem', TableName, pkOf(Key))],
  [dynamo('Put')]: ({ TableName, Item }) => [item('PutItem', TableName, pkOf(Item))],
  [dynamo('Update')]: ({ TableName, Key }) => [item('UpdateItem', TableName, pkOf(Key))],
  [dynamo('Query')]: ({ TableName, ExpressionAttributeValues }) => [
    item('Query', TableName, (ExpressionAttributeValues as Input)[':pk']),
  ],
  [dynamo('BatchGet')]: ({ RequestItems }) =>
    Object.entries(RequestItems as Record<string, { Keys: unknown[] }>).flatMap(([table, { Keys }]) =>
      Keys.map((key) => item('BatchGetItem', table, pkOf(key))),
    ),
  [dynamo('TransactWrite')]: transaction,
  'S3Client.ListObjectVersionsCommand': (input) => listing('s3:ListBucketVersions', input),
  'S3Client.ListObjectsV2Command': (input) => listing('s3:ListBucket', input),
  'S3Client.GetObjectCommand': reading,
  // Asked only of what a conditional write has just found there: it is not missing.
  'S3Client.HeadObjectCommand': (input) => [
    { action: 's3:GetObject', resource: object(input), context: overTls },
  ],
  'S3Client.PutObjectCommand': writing,
  // Neither names a version: what is deleted is hidden, and stays until the store's own rule takes it.
  'S3Client.DeleteObjectCommand': (input) => [deleting(object(input))],
  'S3Client.DeleteObjectsCommand': ({ Bucket, Delete }) =>
    (Delete as { Objects: Input[] }).Objects.map((one) => deleting(object({ Bucket, ...one }))),
  'LambdaClient.CreateFunctionCommand': creating,
  // The tags in its answer are left out, and no error told, where the caller may not list them: some read them.
  'LambdaClient.GetFunctionCommand': (input, method) => [
    { action: 'lambda:GetFunction', resource: endpoint(input) },
    ...(method === 'host.create' || method === 'host.remove'
      ? [{ action: 'lambda:ListTags', resource: endpoint(input) }]
      : []),
  ],
  'LambdaClient.DeleteFunctionCommand': onEndpoint('DeleteFunction'),
  'LambdaClient.PutFunctionConcurrencyCommand': onEndpoint('PutFunctionConcurrency'),
  'LambdaClient.InvokeCommand': onEndpoint('InvokeFunction'),
  'LambdaClient.GetAccountSettingsCommand': () => [{ action: 'lambda:GetAccountSettings', resource: '*' }],
  'LambdaClient.GetFunctionConcurrencyCommand': onEndpoint('GetFunctionConcurrency'),
  'ServiceQuotasClient.ListServiceQuotasCommand': () => [
    { action: 'servicequotas:ListServiceQuotas', resource: '*' },
  ],
  'SageMakerClient.CreateModelCommand': (input, method) => [
    ...modelMade(input, method),
    {
      action: 'iam:PassRole',
      resource: String(input['ExecutionRoleArn']),
      context: { 'iam:PassedToService': 'sagemaker.amazonaws.com' },
    },
  ],
  'SageMakerClient.CreateEndpointConfigCommand': making(
    'CreateEndpointConfig',
    'endpoint-config',
    'EndpointConfigName',
  ),
  'SageMakerClient.CreateEndpointCommand': makingEndpoint,
  'SageMakerClient.DescribeModelCommand': onSageMaker('DescribeModel', 'model', 'ModelName'),
  'SageMakerClient.DescribeEndpointConfigCommand': onSageMaker(
    'DescribeEndpointConfig',
    'endpoint-config',
    'EndpointConfigName',
  ),
  'SageMakerClient.DescribeEndpointCommand': onSageMaker('DescribeEndpoint', 'endpoint', 'EndpointName'),
  'SageMakerClient.DeleteModelCommand': onSageMaker('DeleteModel', 'model', 'ModelName'),
  'SageMakerClient.DeleteEndpointConfigCommand': onSageMaker(
    'DeleteEndpointConfig',
    'endpoint-config',
    'EndpointConfigName',
  ),
  'SageMakerClient.DeleteEndpointCommand': onSageMaker('DeleteEndpoint', 'endpoint', 'EndpointName'),
  'SageMakerClient.ListEndpointsCommand': () => [{ action: 'sagemaker:ListEndpoints', resource: '*' }],
  'SageMakerClient.ListEndpointConfigsCommand': () => [
    { action: 'sagemaker:ListEndpointConfigs', resource: '*' },
  ],
  'SageMakerClient.ListModelsCommand': () => [{ action: 'sagemaker:ListModels', resource: '*' }],
  'LambdaClient.ListFunctionsCommand': () => [{ action: 'lambda:ListFunctions', resource: '*' }],
  'SageMakerClient.ListTagsCommand': ({ ResourceArn }) => [
    { action: 'sagemaker:ListTags', resource: String(ResourceArn) },
  ],
  'SageMakerRuntimeClient.InvokeEndpointCommand': onSageMaker('InvokeEndpoint', 'endpoint', 'EndpointName'),
  'ApplicationAutoScalingClient.RegisterScalableTargetCommand': scaling(
    'RegisterScalableTarget',
    ['DescribeEndpoint', 'DescribeEndpointConfig', 'UpdateEndpointWeightsAndCapacities'],
    [],
  ),
  'ApplicationAutoScalingClient.PutScalingPolicyCommand': scaling(
    'PutScalingPolicy',
    [],
    ['PutMetricAlarm', 'DescribeAlarms'],
  ),
  'ApplicationAutoScalingClient.DeregisterScalableTargetCommand': scaling(
    'DeregisterScalableTarget',
    [],
    ['DeleteAlarms'],
  ),
  'SFNClient.DescribeExecutionCommand': describingExecution,
  'SFNClient.StartExecutionCommand': ({ stateMachineArn }) => [
    { action: 'states:StartExecution', resource: String(stateMachineArn) },
  ],
  'EventBridgeClient.PutEventsCommand': ({ Entries }) =>
    (Entries as { EventBusName: string }[]).map(({ EventBusName }) => ({
      action: 'events:PutEvents',
      resource: arn('events', `event-bus/${EventBusName}`),
    })),
  'ECRClient.GetAuthorizationTokenCommand': () => [{ action: 'ecr:GetAuthorizationToken', resource: '*' }],
  'ECRClient.BatchDeleteImageCommand': ({ repositoryName }) => [
    { action: 'ecr:BatchDeleteImage', resource: repository(repositoryName) },
  ],
  'ECRClient.ListImagesCommand': ({ repositoryName }) => [
    { action: 'ecr:ListImages', resource: repository(repositoryName) },
  ],
  'CodeBuildClient.ListBuildsForProjectCommand': onProject('ListBuildsForProject'),
  'CodeBuildClient.BatchGetBuildsCommand': onProject('BatchGetBuilds'),
  'CodeBuildClient.StartBuildCommand': onProject('StartBuild'),
  // The registry's own API: who holds the token is asked for the rights of these actions.
  'registry.GET manifests': onImages('BatchGetImage'),
  'registry.PUT manifests': onImages('PutImage'),
  'registry.GET blobs': onImages('GetDownloadUrlForLayer'),
  'registry.HEAD blobs': onImages('BatchCheckLayerAvailability'),
  'registry.POST uploads': onImages('InitiateLayerUpload'),
  'registry.PATCH uploads': onImages('UploadLayerPart'),
  'registry.PUT uploads': (input) =>
    onImages(...(input['withBody'] === true ? ['UploadLayerPart'] : []), 'CompleteLayerUpload')(input),
}

/** @returns undefined for a command that nobody has mapped */
export function neededFor({ command, input }: Sent, method: string): Needed[] | undefined {
  return rights[command]?.(input, method)
}
