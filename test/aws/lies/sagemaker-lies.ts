import { name, ourTags } from './lying-release.ts'
import {
  type Answer,
  type Call,
  type Lie,
  LostAnswer,
  refusal,
  type ScriptedAccount,
} from './scripted-account.ts'

/** A lie, and what a release must make of it. */
export interface LyingCase {
  readonly lie: string
  readonly host: string
  readonly told: Lie
  /** What was in the account before. */
  readonly before?: (account: ScriptedAccount) => void
  /** How the release must end: READY, or with a problem of this code, told in words like these. */
  readonly ends: 'ready' | readonly [code: string, told: RegExp]
  /** What must stand in the account afterwards, where it is not what the end of the release says. */
  readonly left?: readonly string[]
}

export const serverless = '{ kind: sagemaker-serverless }'
export const instances = '{ kind: sagemaker, instanceType: ml.m5.large }'
const scaling = 'scaling: { minInstances: 1, maxInstances: 4, targetInvocationsPerInstance: 600 }'
export const scaled = `{ kind: sagemaker, instanceType: ml.m5.large, ${scaling} }`

const otherImage = `111122223333.dkr.ecr.eu-north-1.amazonaws.com/sluice/onnx@sha256:${'f'.repeat(64)}`

/** Every answer to this action, changed. */
const says =
  (action: string, change: (body: Record<string, unknown>) => Record<string, unknown>): Lie =>
  (call, truth) => {
    if (call.action !== action) return undefined
    const answer = truth()
    return answer.status === 200
      ? { ...answer, body: change(answer.body as Record<string, unknown>) }
      : answer
  }

/** The same, once the endpoint claims to be in service. */
const inService = (change: (body: Record<string, unknown>) => Record<string, unknown>): Lie =>
  says('DescribeEndpoint', (body) => (body['EndpointStatus'] === 'InService' ? change(body) : body))

/** An answer in the place of the first so many to this action. */
export const atFirst =
  (action: string | RegExp, times: number, answer: Answer): Lie =>
  (call) =>
    (typeof action === 'string' ? call.action === action : action.test(call.action)) && call.before < times
      ? answer
      : undefined

export const always = (action: string, answer: Answer): Lie =>
  atFirst(action, Number.POSITIVE_INFINITY, answer)

/** The effect is there, and the answer never comes. */
export const lost =
  (action: string): Lie =>
  (call, truth) => {
    if (call.action !== action || call.before > 0) return undefined
    truth()
    throw new LostAnswer('socket hang up')
  }

export const both =
  (...lies: readonly Lie[]): Lie =>
  (call: Call, truth, account) => {
    for (const lie of lies) {
      const answer = lie(call, truth, account)
      if (answer !== undefined) return answer
    }
    return undefined
  }

const denied = refusal(
  'AccessDeniedException',
  'User: arn:aws:sts::111122223333:assumed-role/x is not authorized to perform this',
)
const throttled = refusal('ThrottlingException', 'Rate exceeded')
const fault = refusal('InternalFailure', 'We could not do this', 500)
const status = (EndpointStatus: string, FailureReason?: string) =>
  says('DescribeEndpoint', (body) => ({ ...body, EndpointStatus, ...(FailureReason && { FailureReason }) }))
const strangers = { owner: 'another team' }
const theirs = { EndpointConfigName: 'theirs', EndpointStatus: 'InService', looks: 9 }
const leftModel = (Image: string) => ({
  PrimaryContainer: { Image },
  ExecutionRoleArn: 'arn:aws:iam::111122223333:role/sagemaker',
  EnableNetworkIsolation: false,
})
const leftConfiguration = {
  ProductionVariants: [
    {
      VariantName: 'AllTraffic',
      ModelName: name,
      ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 },
    },
  ],
}
/** What a release of this version left that died before it could undo it. */
const leftBehind = (account: ScriptedAccount, image: string, endpoint: Record<string, unknown>) => {
  account.put(`model/${name}`, leftModel(image), ourTags)
  account.put(`endpoint-config/${name}`, leftConfiguration, ourTags)
  account.put(`endpoint/${name}`, { EndpointConfigName: name, looks: 0, ...endpoint }, ourTags)
}
const ourImage = otherImage.replaceAll('f'.repeat(64), 'a'.repeat(64))

/** What SageMaker says that is not so. */
export const sagemakerLies: readonly LyingCase[] = [
  {
    lie: 'InService, on another configuration: a deployment was rolled back in silence',
    host: instances,
    told: inService((body) => ({ ...body, EndpointConfigName: 'sluice-churn-old' })),
    ends: ['endpoint-failed', /another configuration/],
  },
  {
    lie: 'InService, with another image',
    host: serverless,
    told: inService((body) => ({
      ...body,
      ProductionVariants: [{ VariantName: 'AllTraffic', DeployedImages: [{ ResolvedImage: otherImage }] }],
    })),
    ends: ['served-is-not-ours', /sha256:f+ runs/],
  },
  {
    lie: 'InService, and which image runs is kept back',
    host: serverless,
    told: inService((body) => ({ ...body, ProductionVariants: [{ VariantName: 'AllTraffic' }] })),
    ends: ['served-is-not-ours', /an unknown one runs/],
  },
  {
    lie: 'InService, with a second variant that takes half of the traffic',
    host: instances,
    told: inService((body) => ({
      ...body,
      ProductionVariants: [...(body['ProductionVariants'] as object[]), { VariantName: 'Shadow' }],
    })),
    ends: ['endpoint-failed', /AllTraffic, Shadow/],
  },
  {
    lie: 'InService, with no variant at all',
    host: instances,
    told: inService((body) => ({ ...body, ProductionVariants: [] })),
    ends: ['endpoint-failed', /variants of nobody/],
  },
  {
    lie: 'InService, while somebody deploys another configuration to it',
    host: instances,
    told: inService((body) => ({ ...body, PendingDeploymentSummary: { EndpointConfigName: 'theirs' } })),
    ends: ['endpoint-failed', /somebody is deploying/],
  },
  {
    lie: 'Creating for ever',
    host: serverless,
    told: status('Creating'),
    ends: ['endpoint-failed', /before the deadline/],
  },
  {
    lie: 'Creating for ever, and held fast for hours after it was given up',
    host: instances,
    told: both(
      status('Creating'),
      atFirst('DeleteEndpoint', 30, refusal('ValidationException', 'Cannot update in-progress endpoint')),
    ),
    ends: ['endpoint-failed', /before the deadline/],
  },
  {
    lie: 'Failed: nothing lies in the model folder, so the server never answers a ping',
    host: instances,
    told: status(
      'Failed',
      'The primary container for production variant AllTraffic did not pass the ping health check. See arn:aws:logs:x',
    ),
    ends: ['endpoint-failed', /did not pass the ping health check\. See …$/],
  },
  {
    lie: 'Failed, without a reason',
    host: serverless,
    told: status('Failed'),
    ends: ['endpoint-failed', /gave no reason/],
  },
  {
    lie: 'UpdateRollbackFailed: an update failed, and its rollback too',
    host: instances,
    told: status('UpdateRollbackFailed', 'Insufficient capacity'),
    ends: ['endpoint-failed', /Insufficient capacity/],
  },
  {
    lie: 'RollingBack from an update that nobody of ours began',
    host: instances,
    told: status('RollingBack'),
    ends: ['endpoint-failed', /RollingBack/],
  },
  {
    lie: 'OutOfService',
    host: instances,
    told: status('OutOfService'),
    ends: ['endpoint-failed', /OutOfService/],
  },
  {
    lie: 'a status that nobody has heard of',
    host: instances,
    told: status('Hibernating'),
    ends: ['endpoint-failed', /Hibernating/],
  },
  {
    lie: "the image's manifest is OCI's, and refused at once",
    host: serverless,
    told: always(
      'CreateModel',
      refusal(
        'ValidationException',
        'Unsupported manifest media type application/vnd.oci.image.manifest.v1+json for image 111122223333.dkr.ecr.x/y',
      ),
    ),
    ends: ['endpoint-failed', /Unsupported manifest media type/],
  },
  {
    lie: "the image's manifest is OCI's, and refused only by the endpoint",
    host: instances,
    told: status('Failed', 'Unsupported manifest media type application/vnd.oci.image.manifest.v1+json'),
    ends: ['endpoint-failed', /Unsupported manifest media type/],
  },
  {
    lie: 'throttled, whatever is asked first',
    host: scaled,
    told: atFirst(/./, 2, throttled),
    ends: 'ready',
  },
  {
    lie: 'throttled, whatever is asked first, until the proof',
    host: serverless,
    told: atFirst('InvokeEndpoint', 3, throttled),
    ends: 'ready',
  },
  {
    lie: 'denied between the configuration and the endpoint',
    host: serverless,
    told: always('CreateEndpoint', denied),
    ends: ['platform-fault', /AccessDenied/],
  },
  {
    lie: 'denied between the model and the configuration',
    host: instances,
    told: always('CreateEndpointConfig', denied),
    ends: ['platform-fault', /AccessDenied/],
  },
  {
    lie: 'denied in the middle of the undoing, for a while',
    host: serverless,
    told: both(always('CreateEndpoint', denied), atFirst('DeleteEndpointConfig', 3, denied)),
    ends: ['platform-fault', /AccessDenied/],
  },
  {
    lie: 'out of order in the middle of the undoing',
    host: serverless,
    told: both(status('Failed', 'no'), atFirst(/^Delete/, 2, fault)),
    ends: ['endpoint-failed', /: no$/],
  },
  {
    lie: 'deleted, says SageMaker, and it is still there',
    host: instances,
    told: both(status('OutOfService'), atFirst('DeleteEndpoint', 3, { status: 200, body: {} })),
    ends: ['endpoint-failed', /OutOfService/],
  },
  {
    lie: 'the account may not have one more',
    host: instances,
    told: always(
      'CreateEndpoint',
      refusal(
        'ResourceLimitExceeded',
        "The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances",
      ),
    ),
    ends: ['host-unable', /is 0 Instances/],
  },
  {
    lie: 'the name is in use, by the endpoint of a release that was undone a minute ago',
    host: serverless,
    before: (account) => leftBehind(account, ourImage, { EndpointStatus: 'Deleting' }),
    told: () => undefined,
    ends: 'ready',
  },
  {
    lie: 'the name is in use, and nobody sees by what',
    host: serverless,
    told: atFirst(
      'CreateEndpoint',
      2,
      refusal('ValidationException', 'Cannot create already existing endpoint "x".'),
    ),
    ends: 'ready',
  },
  {
    lie: 'no such configuration, a moment after it was made',
    host: serverless,
    told: atFirst(
      'CreateEndpoint',
      3,
      refusal('ValidationException', 'Could not find endpoint configuration "x".'),
    ),
    ends: 'ready',
  },
  {
    lie: 'no such model, a moment after it was made',
    host: instances,
    told: atFirst('CreateEndpointConfig', 3, refusal('ValidationException', 'Could not find model "x".')),
    ends: 'ready',
  },
  {
    lie: 'no such endpoint, a moment after it was made',
    host: instances,
    told: (call) =>
      call.action === 'DescribeEndpoint' && call.before < 8
        ? refusal('ValidationException', 'Could not find endpoint "x".')
        : undefined,
    ends: 'ready',
  },
  {
    lie: 'the answer to CreateModel is lost after its effect',
    host: serverless,
    told: lost('CreateModel'),
    ends: 'ready',
  },
  {
    lie: 'the answer to CreateEndpointConfig is lost after its effect',
    host: instances,
    told: lost('CreateEndpointConfig'),
    ends: 'ready',
  },
  {
    lie: 'the answer to CreateEndpoint is lost after its effect',
    host: serverless,
    told: lost('CreateEndpoint'),
    ends: 'ready',
  },
  {
    lie: 'the answer to CreateEndpoint is lost, and what it made fails',
    host: serverless,
    told: both(
      lost('CreateEndpoint'),
      inService((body) => ({ ...body, EndpointStatus: 'Failed' })),
    ),
    ends: ['endpoint-failed', /gave no reason/],
  },
  {
    lie: 'the answer to DeleteEndpoint is lost after its effect',
    host: serverless,
    told: both(status('Failed', 'no'), lost('DeleteEndpoint')),
    ends: ['endpoint-failed', /: no$/],
  },
  {
    lie: "a model of this name is somebody else's",
    host: serverless,
    before: (account) => account.put(`model/${name}`, leftModel(otherImage), strangers),
    told: () => undefined,
    ends: ['served-is-not-ours', /a model .* tags are not those/],
    left: [`model/${name}`],
  },
  {
    lie: "a configuration of this name is somebody else's",
    host: serverless,
    before: (account) => account.put(`endpoint-config/${name}`, leftConfiguration, strangers),
    told: () => undefined,
    ends: ['served-is-not-ours', /a configuration .* tags are not those/],
    left: [`endpoint-config/${name}`],
  },
  {
    lie: "an endpoint of this name is somebody else's",
    host: instances,
    before: (account) => account.put(`endpoint/${name}`, theirs, strangers),
    told: () => undefined,
    ends: ['served-is-not-ours', /an endpoint .* tags are not those/],
    left: [`endpoint/${name}`],
  },
  {
    lie: 'an endpoint of this name bears the tags of another version of ours',
    host: instances,
    before: (account) => account.put(`endpoint/${name}`, theirs, { ...ourTags, 'sluice:version': '2.0.0' }),
    told: () => undefined,
    ends: ['served-is-not-ours', /an endpoint .* tags are not those/],
    left: [`endpoint/${name}`],
  },
  {
    lie: 'out of order, whenever the endpoint is looked at first',
    host: instances,
    told: atFirst('DescribeEndpoint', 4, fault),
    ends: 'ready',
  },
  {
    lie: 'everything is there, of another image: a release died before it could undo it',
    host: serverless,
    before: (account) => leftBehind(account, otherImage, { EndpointStatus: 'Creating' }),
    told: () => undefined,
    ends: 'ready',
  },
  {
    lie: 'everything is there, and the endpoint has failed: a release died before it could undo it',
    host: serverless,
    before: (account) => leftBehind(account, ourImage, { EndpointStatus: 'Failed' }),
    told: () => undefined,
    ends: 'ready',
  },
  {
    lie: 'the role cannot be assumed, a moment after the platform was deployed',
    host: serverless,
    told: atFirst(
      'CreateModel',
      2,
      refusal(
        'ValidationException',
        'Could not assume role arn:aws:iam::1:role/x. Please ensure that it exists',
      ),
    ),
    ends: 'ready',
  },
  {
    lie: 'InService, and what answers is not the model',
    host: serverless,
    told: always('InvokeEndpoint', { status: 200, body: { predictions: [4] } }),
    ends: ['golden-check-failed', /./],
  },
  {
    lie: 'InService, and the model fails on whatever it is asked',
    host: instances,
    told: always('InvokeEndpoint', {
      status: 424,
      body: {
        OriginalStatusCode: 500,
        OriginalMessage: '{"error":"no weights"}',
        Message: 'Received server error',
      },
      headers: { 'x-amzn-errortype': 'ModelError' },
    }),
    ends: ['golden-check-failed', /./],
  },
  {
    lie: 'InService, and nobody finds it to ask it',
    host: serverless,
    told: always('InvokeEndpoint', refusal('ValidationError', 'Endpoint x of account 1 not found.')),
    ends: ['golden-check-failed', /./],
  },
  {
    lie: 'gone while it was being made: somebody has deleted it',
    host: serverless,
    told: (call, _, account) => {
      if (call.action === 'DescribeEndpoint' && call.before > 3) account.resources.delete(`endpoint/${name}`)
      return undefined
    },
    ends: ['endpoint-failed', /has lost its endpoint/],
  },
  {
    lie: 'being deleted while it is being made: somebody else has asked for it',
    host: instances,
    told: (call, _, account) => {
      const found = account.resources.get(`endpoint/${name}`)
      if (call.action === 'DescribeEndpoint' && call.before === 3 && found !== undefined)
        account.resources.set(`endpoint/${name}`, { ...found, EndpointStatus: 'Deleting', looks: 0 })
      return undefined
    },
    ends: ['endpoint-failed', /is parked, and must be woken/],
  },
  {
    lie: 'InService, and its scaling is refused',
    host: scaled,
    told: always('PutScalingPolicy', denied),
    ends: ['platform-fault', /AccessDenied/],
  },
]
