import { name } from './lying-release.ts'
import { always, atFirst, both, type LyingCase, lost } from './sagemaker-lies.ts'
import { type Lie, refusal } from './scripted-account.ts'

const lambda = '{ kind: lambda }'
const functionPlace = `function/${name}`
const otherImage = `111122223333.dkr.ecr.eu-north-1.amazonaws.com/sluice/onnx@sha256:${'f'.repeat(64)}`

/** What Lambda says of the function, changed. */
const says =
  (change: object): Lie =>
  (call, truth) => {
    if (call.action !== 'GetFunction') return undefined
    const answer = truth()
    return answer.status === 200 ? { ...answer, body: { ...(answer.body as object), ...change } } : answer
  }

const state = (State: string, StateReason?: string) =>
  says({ Configuration: { State, Timeout: 28, ...(StateReason && { StateReason }) } })

const exited = (log: string) => ({
  status: 200,
  body: { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: exit status 1' },
  headers: { 'x-amz-function-error': 'Unhandled', 'x-amz-log-result': Buffer.from(log).toString('base64') },
})

const answering = (statusCode: number, body: object) => ({
  status: 200,
  body: { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
})

const busy = refusal('TooManyRequestsException', 'Rate exceeded', 429)
const denied = refusal('AccessDeniedException', 'not authorized', 403)

/** What Lambda says that is not so. */
export const lambdaLies: readonly LyingCase[] = [
  {
    lie: 'Active, with another image',
    host: lambda,
    told: says({ Code: { ResolvedImageUri: otherImage } }),
    ends: ['served-is-not-ours', /a function .* is there already|sha256:f+ runs/],
  },
  {
    lie: 'Active, and which image runs is kept back',
    host: lambda,
    told: (call, truth, account) => (call.before < 2 ? undefined : says({ Code: {} })(call, truth, account)),
    ends: ['served-is-not-ours', /an unknown one runs/],
  },
  {
    lie: 'Active, and its server ends before it can answer a ping',
    host: lambda,
    told: always('Invoke', exited('the model cannot be loaded: /opt/sluice/model/model.onnx is empty')),
    ends: ['endpoint-failed', /cannot be loaded: … is empty/],
  },
  {
    lie: 'Active, and its server never says that it is ready',
    host: lambda,
    told: always('Invoke', answering(503, {})),
    ends: ['endpoint-failed', /before the deadline/],
  },
  {
    lie: 'Pending for ever',
    host: lambda,
    told: state('Pending'),
    ends: ['endpoint-failed', /before the deadline/],
  },
  {
    lie: 'Failed: the image was not taken',
    host: lambda,
    told: state('Failed', 'InvalidImage: 111122223333.dkr.ecr.x/y'),
    ends: ['endpoint-failed', /InvalidImage: …/],
  },
  { lie: 'Inactive, and wakes when it is called', host: lambda, told: state('Inactive'), ends: 'ready' },
  {
    lie: 'Inactive, and the first calls fail while it wakes',
    host: lambda,
    told: both(
      state('Inactive'),
      atFirst('Invoke', 2, refusal('ResourceConflictException', 'The function is being initialized', 409)),
    ),
    ends: 'ready',
  },
  {
    lie: 'the answer to CreateFunction is lost after its effect',
    host: lambda,
    told: lost('CreateFunction'),
    ends: 'ready',
  },
  {
    lie: 'the answer to CreateFunction is lost, and what it made fails',
    host: lambda,
    told: both(lost('CreateFunction'), state('Failed', 'no')),
    ends: ['endpoint-failed', /: no$/],
  },
  {
    lie: "a function of this name is somebody else's",
    host: lambda,
    before: (account) =>
      account.put(functionPlace, { Code: { ImageUri: otherImage } }, { owner: 'another team' }),
    told: () => undefined,
    ends: ['served-is-not-ours', /tags are not those/],
    left: [functionPlace],
  },
  {
    lie: 'whose function it is is kept back for a while, as Lambda does without the right to list tags',
    host: lambda,
    told: both(
      always('Invoke', exited('the model cannot be loaded: no')),
      // Looked at by the release three times: before it is made, after it, and when it is to answer.
      (call, truth, account) =>
        call.before < 3 || call.before > 5
          ? undefined
          : says({ Tags: undefined, TagsError: { ErrorCode: 'AccessDenied', Message: 'no' } })(
              call,
              truth,
              account,
            ),
    ),
    ends: ['endpoint-failed', /cannot be loaded/],
  },
  {
    lie: 'no such function, a moment after it was made',
    host: lambda,
    told: (call) =>
      call.action === 'GetFunction' && call.before > 0 && call.before < 4
        ? refusal('ResourceNotFoundException', 'Function not found', 404)
        : undefined,
    ends: 'ready',
  },
  {
    lie: 'throttled, whatever is asked first',
    host: '{ kind: lambda, maxConcurrency: 2 }',
    told: (call) => (call.action !== 'Invoke' && call.before < 2 ? busy : undefined),
    ends: 'ready',
  },
  {
    lie: 'denied between the function and its concurrency',
    host: '{ kind: lambda, maxConcurrency: 2 }',
    told: always('PutConcurrency', denied),
    ends: ['platform-fault', /AccessDenied/],
  },
  {
    lie: 'Active, and what answers is not the model',
    host: lambda,
    told: (call) =>
      call.input['rawPath'] === '/invocations' ? answering(200, { predictions: [4] }) : undefined,
    ends: ['golden-check-failed', /./],
  },
  {
    lie: 'out of order in the middle of the undoing',
    host: lambda,
    told: both(state('Failed', 'no'), atFirst('DeleteFunction', 2, refusal('ServiceException', 'oops', 500))),
    ends: ['endpoint-failed', /: no$/],
  },
]
