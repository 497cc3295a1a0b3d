import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { ResourceNotFoundException } from '@aws-sdk/client-lambda'
import { NoSuchKey, S3ServiceException } from '@aws-sdk/client-s3'
import type { AsyncShadows } from '../../lambdas/aws/async-shadows.ts'
import type { ShadowedCall } from '../../lambdas/comparison/shadows.ts'
import type { ApiKeys, PackInput, Ports } from '../../lambdas/ports.ts'
import { builtRuntimes } from '../../lib/constructs/runtime-templates.ts'
import type { ApiKeyRecord } from '../../lib/rules/api-key.ts'
import type { CapturedCall } from '../../lib/rules/capture/captured-call.ts'
import { builtTag, dockerfileKey } from '../../lib/rules/container/context-image.ts'
import { sha256Base64, sha256Hex } from '../../lib/rules/digest.ts'
import { dependencyTag } from '../../lib/rules/image-layers.ts'
import type { Runtime } from '../../lib/rules/manifest.ts'
import { resourceName } from '../../lib/rules/names.ts'
import type { QuotaClaim } from '../../lib/rules/quota.ts'
import { environment } from '../../lib/wiring/environment.ts'
import { lockKeys } from '../../lib/wiring/store-layout.ts'
import { moveOf, operationRecord, readyRecord, versionRecord } from '../harness/records.ts'
import type { RegistryOverHttp } from './registry-over-http.ts'
import { type Answers, accountAnswers, functions, listings, parked, sagemaker } from './standing.ts'

/** Each has a repository of its own. */
const served = builtRuntimes() as Runtime[]

/** What a scene does with the adapters. */
export type Act = (ports: Ports & { readonly keys: ApiKeys }) => Promise<unknown>

/** One call of a port's method, and what AWS answers meanwhile. */
export interface Scene {
  readonly act: Act
  /** In place of the usual ones; a function where they depend on what was sent before in the scene. */
  readonly answers?: Answers | (() => Answers)
  /** Not every holder of the method comes to this: only those whose code makes a claim of this kind. */
  readonly part?: string
  readonly before?: (images: RegistryOverHttp) => void
  /** The code of the Problem in which it is to end. */
  readonly refused?: string
}

const signature = {
  inputs: [{ name: 'x', type: 'float32', shape: [2] }],
  outputs: [{ name: 'y', type: 'float32', shape: [] }],
} as const
const upload = { model: 'churn', version: '1.0.0' }
const frozen = {
  path: 'model.onnx',
  size: 7,
  sha256: 'ab'.repeat(32),
  ref: 'models/churn/1.0.0/model.onnx@v1',
}
const unpacked = { ...frozen, ref: `unpacked/${frozen.sha256}@v1` }
/** What comes out of an archive: the digest is that of the bytes. */
const promised = () =>
  Readable.from([
    {
      file: { path: 'a.json', size: 2, sha256: sha256Hex('{}') },
      bytes: Readable.from([Buffer.from('{}')]),
    },
  ])
const preconditionFailed = () => {
  throw new S3ServiceException({ name: 'PreconditionFailed', $fault: 'client', $metadata: {} })
}
const listed = { path: 'model.onnx', size: 7, writtenAt: 1, ref: 'v1' }
const claimed = versionRecord('churn', '1.0.0')
const ready = readyRecord('churn', '1.0.0', signature, 'host: {maxConcurrency: 2}\n')
const operation = operationRecord('promotion-1')
const endpoint = (host = 'lambda') => ({
  host,
  name: resourceName(process.env[environment.platform] ?? '', 'churn', '1.0.0'),
})
const move = moveOf(undefined, 'churn', {})
const request = { body: '{}', contentType: 'application/json', timeoutMs: 1000 }
const packing: PackInput = {
  ...upload,
  runtime: 'onnx',
  architecture: 'arm64',
  digest: 'sha256:artifact',
  files: [frozen, unpacked],
  signature,
}

const stored = (record: unknown) => ({ Item: { record: JSON.stringify(record) } })
const dynamo = (command: string) => `DynamoDBDocumentClient.${command}Command`
const spec = (manifest = '', runtime = 'onnx') => ({
  ...upload,
  image: {
    digest: 'sha256:ours',
    uri: `${account()}.dkr.ecr/${process.env[environment.repositoryPrefix]}${runtime}@sha256:ours`,
  },
  manifest: (manifest === '' ? ready : readyRecord('churn', '1.0.0', signature, manifest))
    .manifest as NonNullable<typeof ready.manifest>,
})
const account = () => '111122223333'
const running = (digest: string) => ({
  Configuration: { State: 'Active' },
  Code: { ResolvedImageUri: `somewhere@${digest}` },
  Tags: {
    'sluice:platform': process.env[environment.platform],
    'sluice:model': 'churn',
    'sluice:version': '1.0.0',
  },
})
const told = (body: string) => ({
  Payload: {
    transformToString: () => JSON.stringify({ statusCode: 200, headers: {}, body, isBase64Encoded: false }),
  },
})
const dependencies = () =>
  JSON.parse(process.env[environment.templates] ?? '{}') as Record<string, Record<string, string>>
/** What the manifest of a container version says. */
const foreign = () => ({
  image: `registry.invalid/${process.env[environment.repositoryPrefix]}images/churn:1`,
})
/** No build has told why it could not; the files are there. */
const notUnbuilt = {
  'S3Client.GetObjectCommand': ({ Key }: { readonly Key?: unknown }) => {
    if (String(Key).startsWith(lockKeys.unbuilt(''))) throw new NoSuchKey({ message: 'none', $metadata: {} })
    return { Body: Readable.from([Buffer.from('{"a":'), Buffer.from('1}')]) }
  },
}
const containers = () => `${process.env[environment.repositoryPrefix]}container`
const adapterTag = () => dependencyTag(dependencies()['container']?.['arm64'] ?? '')
const packingDockerfile: PackInput = { ...packing, runtime: 'container' }
const packingPython: PackInput = {
  ...packing,
  runtime: 'python',
  entry: 'predict.py',
  requirements: 'numpy\n',
}
/** What was resolved before. */
const lock = 'numpy==2.4.6 \\\n    --hash=sha256:aa\n'
const lockText = (text: string) => ({
  'S3Client.GetObjectCommand': () => ({
    Body: Readable.from([Buffer.from(text)]),
    LastModified: new Date(0),
  }),
})
const noLock = {
  'S3Client.GetObjectCommand': () => {
    throw new NoSuchKey({ message: 'none', $metadata: {} })
  },
}

/** What AWS says where a scene says nothing else: all is well, and there is nothing there yet. */
export const answers: Answers = {
  [dynamo('Get')]: () => ({}),
  [dynamo('Query')]: () => ({ Items: [] }),
  [dynamo('BatchGet')]: () => ({ Responses: {} }),
  [dynamo('TransactWrite')]: () => ({}),
  [dynamo('Put')]: () => ({}),
  [dynamo('Update')]: () => ({}),
  'S3Client.ListObjectVersionsCommand': () => ({}),
  'S3Client.ListObjectsV2Command': () => ({}),
  'S3Client.GetObjectCommand': () => ({ Body: Readable.from([Buffer.from('{"a":'), Buffer.from('1}')]) }),
  'S3Client.PutObjectCommand': () => ({}),
  'LambdaClient.GetFunctionCommand': () => {
    throw new ResourceNotFoundException({ message: 'none', $metadata: {} })
  },
  'LambdaClient.CreateFunctionCommand': () => ({}),
  'LambdaClient.DeleteFunctionCommand': () => ({}),
  'LambdaClient.PutFunctionConcurrencyCommand': () => ({}),
  'LambdaClient.InvokeCommand': () => told('{}'),
  'SFNClient.StartExecutionCommand': () => ({}),
  'SFNClient.DescribeExecutionCommand': () => ({ status: 'RUNNING' }),
  'EventBridgeClient.PutEventsCommand': () => ({ Entries: [] }),
  'ECRClient.GetAuthorizationTokenCommand': () => ({
    authorizationData: [{ authorizationToken: 'bm9ib2R5', proxyEndpoint: 'https://registry.invalid' }],
  }),
  'CodeBuildClient.ListBuildsForProjectCommand': ({ projectName }) => ({ ids: [`${projectName}:b1`] }),
  'CodeBuildClient.BatchGetBuildsCommand': () => ({ builds: [] }),
  'CodeBuildClient.StartBuildCommand': () => ({}),
  ...accountAnswers,
}

const taken: Answers = {
  [dynamo('Put')]: () => {
    throw new ConditionalCheckFailedException({ message: 'known', $metadata: {} })
  },
}
const pointers: Answers = { [dynamo('Query')]: () => ({ Items: [{ sk: 'operation#2026#promotion-1' }] }) }
const outcome = { ...upload, rollout: 'promotion-1', step: 0, variant: 'canary', latencyMs: 3 } as const

const onInstances =
  'host: {kind: sagemaker, instanceType: ml.m5.large, scaling: {minInstances: 1, maxInstances: 2, targetInvocationsPerInstance: 100}}\n'
const serverless = 'host: {kind: sagemaker-serverless}\n'
const claims: readonly QuotaClaim[] = [
  ...served.map((runtime) => ({ of: 'images', runtime, asks: 1 }) as const),
  { of: 'function-concurrency', asks: 1 },
  { of: 'serverless-concurrency', asks: 1 },
  { of: 'instances', instanceType: 'ml.m5.large', asks: 1 },
]
const key: ApiKeyRecord = {
  id: '0123456789abcdef',
  name: 'a till',
  hash: 'ab'.repeat(32),
  scopes: ['invoke'],
  models: ['churn'],
  createdAt: '2026-03-01T10:00:00.000Z',
  createdBy: 'ada',
}

const recorded: CapturedCall = {
  ...upload,
  ...{ atMs: 0, requestId: 'r1', variant: 'stable', latencyMs: 3, asked: { records: [{ x: 1 }] } },
  plan: { samplePercent: 100, mask: [], hash: ['x'], retentionDays: 30 },
}
const shadowed: ShadowedCall = {
  ...{ model: 'churn', alias: 'live', version: '1.0.0', requestId: 'r1', latencyMs: 3 },
  shadow: { version: '1.1.0', samplePercent: 10, tolerance: 0.01, by: 'shadow-1' },
  ...{ records: [{ x: 1 }], bodyBytes: 7, answer: new TextEncoder().encode('{"predictions":[1]}') },
}
const delivered: Answers = {
  'S3Client.ListObjectsV2Command': ({ Prefix }) => ({
    Contents: [{ Key: `${Prefix}date=1970-01-01/hour=00/one.gz` }],
  }),
  'S3Client.GetObjectCommand': () => ({
    Body: Readable.from([gzipSync('{"at":"1970-01-01T00:00:00.000Z","requestId":"r1"}\n')]),
  }),
  'S3Client.DeleteObjectsCommand': () => ({}),
}
const document = 'churn/1.0.0/baseline.json'

/** What cannot be recorded is told in the log, which is not this proof's. */
async function quietly(act: () => Promise<unknown>): Promise<void> {
  const { error } = console
  console.error = () => {}
  await act().finally(() => {
    console.error = error
  })
}

const plain = (act: Act, more: Partial<Scene> = {}): Scene => ({ act, ...more })

/**
 * By a port's method, the calls that lead its adapter through every command it knows. `port.method` of another branch
 * or a new command shows as a failure that names it; what is missing is added here.
 */
export const scenes: Readonly<Record<string, readonly Scene[]>> = {
  'store.listing': [plain(({ store }) => store.listing(upload))],
  'store.peek': [plain(({ store }) => store.peek(upload, listed))],
  'store.freeze': [plain(({ store }) => store.freeze(upload, [listed]))],
  'store.read': [frozen, unpacked].map((file) => plain(({ store }) => store.read(file))),
  'store.open': [frozen, unpacked].map((file) => plain(({ store }) => buffer(store.open(file, 0, 7)))),
  'store.keep': [
    plain(({ store }) => store.keep(promised())),
    plain(({ store }) => store.keep(promised()), {
      answers: {
        'S3Client.PutObjectCommand': preconditionFailed,
        'S3Client.HeadObjectCommand': () => ({ VersionId: 'v1', ChecksumSHA256: sha256Base64('{}') }),
      },
    }),
  ],
  'store.keys': [plain(({ store }) => store.keys())],
  'store.writeRecord': [plain(({ store }) => store.writeRecord(move.entry))],
  'store.record': [plain(({ store }) => store.record('churn', 1))],
  'store.recordedRev': [plain(({ store }) => store.recordedRev('churn'))],
  'store.recordedModels': [plain(({ store }) => store.recordedModels())],
  'registry.model': [plain(({ registry }) => registry.model('churn'))],
  'registry.version': [plain(({ registry }) => registry.version('churn', '1.0.0'))],
  'registry.versions': [plain(({ registry }) => registry.versions('churn'))],
  'registry.modelNames': [plain(({ registry }) => registry.modelNames())],
  'registry.history': [plain(({ registry }) => registry.history('churn'))],
  'registry.operation': [plain(({ registry }) => registry.operation('promotion-1'))],
  'registry.operations': [plain(({ registry }) => registry.operations('churn'), { answers: pointers })],
  'registry.unfinished': [plain(({ registry }) => registry.unfinished(), { answers: pointers })],
  'registry.claim': [plain(({ registry }) => registry.claim(claimed))],
  'registry.changeVersion': [
    plain(({ registry }) => registry.changeVersion('churn', { version: '1.0.0', seen: claimed, facts: {} }), {
      answers: { [dynamo('Get')]: () => stored(claimed) },
    }),
  ],
  'registry.commit': [
    plain(({ registry }) => registry.commit({ ...move, ready: '1.0.0' })),
    plain(
      ({ registry }) =>
        registry.commit({ ...move, change: { version: '1.0.0', seen: claimed, facts: { state: 'READY' } } }),
      { answers: { [dynamo('Get')]: () => stored(claimed) } },
    ),
  ],
  'registry.open': [plain(({ registry }) => registry.open(operation))],
  'registry.replaceOperation': [
    plain(({ registry }) => registry.replaceOperation(operation, { ...operation, state: 'succeeded' })),
  ],
  'images.pack': [
    plain(({ images }) => images.pack(packing)),
    ...served.map((runtime) =>
      plain(({ images }) => images.pack({ ...packing, runtime, ...(runtime === 'container' && foreign()) }), {
        before: (registry) => {
          const prefix = process.env[environment.repositoryPrefix]
          registry.hold(`${prefix}${runtime}`, dependencyTag(dependencies()[runtime]?.['arm64'] ?? ''))
          if (runtime === 'container') registry.hold(`${prefix}images/churn`, '1')
        },
      }),
    ),
    // A Dockerfile is to be built, or was.
    plain(({ images }) => images.pack(packingDockerfile), {
      before: (registry) => registry.hold(containers(), adapterTag()),
      answers: notUnbuilt,
    }),
    plain(({ images }) => images.pack(packingDockerfile), {
      before: (registry) => {
        registry.hold(containers(), adapterTag())
        registry.hold(containers(), builtTag(dockerfileKey(packing.digest, 'arm64')))
      },
    }),
    // Its packages are to be resolved; its image is to be built of what they were resolved to.
    plain(({ images }) => images.pack(packingPython), { answers: noLock }),
    plain(({ images }) => images.pack(packingPython), { answers: lockText(lock) }),
  ],
  'images.remove': served.map((runtime) =>
    plain(({ images }) => images.remove(spec('', runtime).image), {
      answers: { 'ECRClient.BatchDeleteImageCommand': () => ({}) },
    }),
  ),
  'callers.note': [plain(async ({ callers }) => callers.note({ ...upload, caller: 'ada', way: 'version' }))],
  'callers.of': [plain(({ callers }) => callers.of('churn'))],
  'host.create': [
    ...served.map((runtime) => plain(({ host }) => host.create(spec('', runtime)), { answers: functions() })),
    plain(({ host }) => host.create(spec()), { answers: functions(() => running('sha256:another')) }),
    ...[onInstances, serverless].map((kind) =>
      plain(({ host }) => host.create(spec(kind)), { answers: sagemaker() }),
    ),
    // What a failed release left.
    plain(({ host }) => host.create(spec(onInstances)), {
      answers: sagemaker('model', 'endpoint-config', 'endpoint'),
    }),
  ],
  'host.endpointOf': [plain(async ({ host }) => host.endpointOf(spec()))],
  'host.describe': [
    plain(({ host }) => host.describe(endpoint()), {
      answers: { 'LambdaClient.GetFunctionCommand': () => running('sha256:ours') },
    }),
    plain(({ host }) => host.describe(endpoint('sagemaker')), {
      answers: sagemaker('model', 'endpoint-config', 'endpoint'),
    }),
    plain(({ host }) => host.describe(endpoint('sagemaker')), { answers: parked }),
  ],
  'host.hasRoom': [plain(async ({ host }) => host.hasRoom(endpoint()))],
  'host.invoke': [
    plain(({ host }) => host.invoke(endpoint(), request)),
    plain(({ host }) => host.invoke(endpoint('sagemaker-serverless'), request)),
    plain(({ host }) => host.invoke(endpoint('sagemaker'), request), {
      answers: parked,
      refused: 'version-waking',
    }),
  ],
  'host.park': [
    plain(({ host }) => host.park(endpoint())),
    plain(({ host }) => host.park(endpoint('sagemaker')), {
      answers: sagemaker('model', 'endpoint-config', 'endpoint'),
    }),
  ],
  'host.wake': [
    plain(({ host }) => host.wake(endpoint()), {
      answers: { 'LambdaClient.GetFunctionCommand': () => running('sha256:ours') },
    }),
    plain(({ host }) => host.wake(endpoint('sagemaker')), { answers: parked }),
    plain(({ host }) => host.wake(endpoint('sagemaker')), {
      answers: sagemaker('model', 'endpoint-config', 'failed endpoint'),
    }),
  ],
  'host.remove': [
    plain(({ host }) => host.remove(endpoint()), { answers: functions(() => running('sha256:ours')) }),
    plain(({ host }) => host.remove(endpoint('sagemaker')), {
      answers: sagemaker('model', 'endpoint-config', 'endpoint'),
    }),
  ],
  'host.made': [
    plain(
      async ({ host }) => {
        for await (const _ of host.made());
      },
      { answers: listings },
    ),
  ],
  'quotas.standing': claims.map((claim) =>
    plain(({ quotas }) => quotas?.standing(claim, upload) ?? Promise.reject(new Error('no quotas')), {
      part: claim.of,
    }),
  ),
  'keys.find': [plain(({ keys }) => keys.find(key.id))],
  'keys.list': [plain(({ keys }) => keys.list())],
  'keys.create': [plain(({ keys }) => keys.create(key))],
  'keys.revoke': [
    plain(({ keys }) => keys.revoke(key.id, { revokedAt: key.createdAt, revokedBy: 'ada' }), {
      answers: { [dynamo('Get')]: () => stored(key) },
    }),
  ],
  'host.log': [plain(({ host }) => host.log(endpoint()), { refused: 'log-elsewhere' })],
  'metrics.count': [
    plain(({ metrics }) => metrics.count({ ...outcome, failed: false })),
    plain(({ metrics }) => metrics.count({ ...outcome, failed: true, caller: 'c1' })),
    plain(({ metrics }) => metrics.count({ ...outcome, failed: true, caller: 'c2' }), { answers: taken }),
  ],
  'metrics.counts': [plain(({ metrics }) => metrics.counts('promotion-1'))],
  'workflows.start': (['release', 'promotion', 'rollback', 'retirement'] as const).map((kind) =>
    plain(({ workflows }) => workflows.start({ ...operation, kind })),
  ),
  'events.publish': [
    plain(({ events }) =>
      events.publish({
        type: 'Promoted',
        message: 'churn 1.0.0 serves prod',
        ...upload,
        alias: 'prod',
        operation: 'promotion-1',
        actor: 'someone',
        reason: '',
      }),
    ),
  ],
  'workflows.isRunning': (['release', 'promotion', 'rollback', 'retirement'] as const).map((kind) =>
    plain(({ workflows }) => workflows.isRunning({ ...operation, kind })),
  ),
  // The key is made, and is not there for all that: the call is lost, and counted so.
  'captures.take': [
    plain(({ captures }) =>
      quietly(async () => {
        captures.take(recorded)
        for (let turns = 0; turns < 20; turns++) await turn()
      }),
    ),
  ],
  'captures.read': [
    plain(
      async ({ captures }) => {
        for await (const _ of captures.read({ ...upload, fromMs: 0, untilMs: 1 }));
      },
      { answers: delivered },
    ),
  ],
  'captures.standing': [plain(({ captures }) => captures.standing('churn'))],
  'captures.forget': [
    plain(({ captures }) => captures.forget({ ...upload, beforeMs: 1e9 }), { answers: delivered }),
  ],
  'monitoring.read': [plain(({ monitoring }) => monitoring.read(document))],
  'monitoring.write': [plain(({ monitoring }) => monitoring.write(document, '{}'))],
  'monitoring.list': [plain(({ monitoring }) => monitoring.list('churn/'))],
  // It leaves AWS, and asks nobody there: a URL that is refused is not even looked up.
  'webhooks.post': [plain(({ webhooks }) => webhooks.post('http://127.0.0.1:9/', {}, '{}'))],
  'monitoring.remove': [
    plain(({ monitoring }) => monitoring.remove(document), {
      answers: { 'S3Client.DeleteObjectCommand': () => ({}) },
    }),
  ],
  'shadows.cast': [
    plain(async ({ shadows }) => {
      shadows?.cast(shadowed)
      await (shadows as AsyncShadows).handOver()
    }),
  ],
  'shadows.flush': [plain(async ({ shadows }) => shadows?.flush())],
  // Of this world there is none: whoever holds it calls nobody.
  'traffic.note': [
    plain(async ({ traffic }) => traffic?.note({ ...upload, variant: 'stable', latencyMs: 1 })),
  ],
  'traffic.recent': [plain(async ({ traffic }) => traffic?.recent())],
  'clock.now': [plain(async ({ clock }) => clock.now())],
  'random.draw': [plain(async ({ random }) => random.draw())],
}
