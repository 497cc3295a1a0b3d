import type { IEventBus } from 'aws-cdk-lib/aws-events'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import { machines } from '../rules/operation.ts'
import type { StepName } from '../wiring/handler-names.ts'
import type { ImageFactory } from './image-factory.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { ModelStore } from './model-store.ts'
import {
  allow,
  grantAddRecords,
  grantForgetFindings,
  grantKeepFindings,
  grantKeepLocks,
  grantKeepMonitoring,
  grantKeepUnpacked,
  grantListUploads,
  grantOnEndpoints,
  grantReadCaptures,
  grantReadFindings,
  grantReadFrozen,
  grantSeeExecutions,
  grantStart,
  grantTable,
  grantWriteRecords,
} from './rights.ts'
import type { RuntimeRepositories } from './runtime-repositories.ts'
import { SageMakerGrants } from './sagemaker-grants.ts'
import type { ServingRoles } from './serving-roles.ts'

/** What steps work on. */
export interface StepResources {
  readonly platformName: string
  readonly store: ModelStore
  readonly registry: ModelRegistry
  readonly repositories: RuntimeRepositories
  readonly images: ImageFactory
  readonly roles: ServingRoles
  readonly events: IEventBus
}

type Grant = (fn: IGrantable, resources: StepResources) => void

/** What a step may need, each as narrow as what its code sends; `npm run test:iam` proves that it is. */
const grants = {
  /** Reads the registry and tells how its operation goes; what ends is taken off the list of the unfinished. */
  reports: (fn, { registry }) => grantTable(registry, fn, 'GetItem', 'PutItem', 'DeleteItem'),
  /** A move holds only while the version that it moves to is ready. */
  moves: (fn, { registry }) => grantTable(registry, fn, 'ConditionCheckItem'),
  readsHistory: (fn, { registry }) => grantTable(registry, fn, 'Query'),
  /** A graph names versions of other models, by what they are called there. */
  readsNodes: (fn, { registry }) => grantTable(registry, fn, 'Query'),
  /** Those that are not over are listed by pointers, and read together. */
  readsUnfinished: (fn, { registry }) => grantTable(registry, fn, 'Query', 'BatchGetItem'),
  readsOutcomes: (fn, { registry }) => grantTable(registry, fn, 'Query'),
  listsUploads: (fn, { store }) => grantListUploads(store, fn),
  readsFrozen: (fn, { store }) => grantReadFrozen(store, fn),
  keepsUnpacked: (fn, { store }) => grantKeepUnpacked(store, fn),
  writesRecords: (fn, { store }) => grantWriteRecords(store, fn),
  /** The same for who may list the bucket as a whole. */
  addsRecords: (fn, { store }) => grantAddRecords(store, fn),
  readsCaptures: (fn, { store }) => grantReadCaptures(store, fn),
  readsFindings: (fn, { store }) => grantReadFindings(store, fn),
  keepsFindings: (fn, { store }) => grantKeepFindings(store, fn),
  keepsBaseline: (fn, { store }) => {
    grantKeepMonitoring(store, fn)
    grantForgetFindings(store, fn)
  },
  publishes: (fn, { events }) => {
    events.grantPutEventsTo(fn)
  },
  packs: (fn, { store, repositories, images }) => {
    grantKeepLocks(store, fn)
    for (const repository of repositories.repositories) repository.grantPullPush(fn)
    // What a manifest names is copied from there.
    if (repositories.imageSourceArns.length > 0)
      allow(fn, repositories.imageSourceArns, 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer')
    const builds = ['codebuild:StartBuild', 'codebuild:BatchGetBuilds', 'codebuild:ListBuildsForProject']
    allow(fn, [images.project.projectArn, images.dockerfiles.projectArn], ...builds)
  },
  createsEndpoints: (fn, { platformName, registry, repositories, roles }) => {
    grantOnEndpoints(
      registry,
      platformName,
      fn,
      'CreateFunction',
      'GetFunction',
      // GetFunction leaves the tags out for those who may not list them, and by its tags an endpoint is known as ours.
      'ListTags',
      'TagResource',
      'PutFunctionConcurrency',
      'DeleteFunction',
    )
    allow.with(
      { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
      fn,
      [roles.lambdaRole.roleArn],
      'iam:PassRole',
    )
    // Lambda looks whether whoever makes a function of an image may pull it.
    for (const { repositoryArn } of repositories.repositories)
      allow(fn, [repositoryArn], 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer')
    new SageMakerGrants(registry, platformName).creates(fn, roles.sageMakerRole)
  },
  readsQuotas: (fn, { platformName, registry }) => {
    grantOnEndpoints(registry, platformName, fn, 'GetFunctionConcurrency')
    // Neither knows resources.
    allow(fn, ['*'], 'lambda:GetAccountSettings', 'servicequotas:ListServiceQuotas')
    new SageMakerGrants(registry, platformName).counts(fn)
  },
  countsImages: (fn, { repositories }) => {
    for (const { repositoryArn } of repositories.repositories) allow(fn, [repositoryArn], 'ecr:ListImages')
    allow(fn, ['*'], 'servicequotas:ListServiceQuotas')
  },
  removesImages: (fn, { repositories }) => {
    for (const { repositoryArn } of repositories.repositories)
      allow(fn, [repositoryArn], 'ecr:BatchDeleteImage')
  },
  // An endpoint is looked at by a ping, too.
  looksAtEndpoints: (fn, { platformName, registry }) => {
    grantOnEndpoints(registry, platformName, fn, 'GetFunction', 'InvokeFunction')
    new SageMakerGrants(registry, platformName).looksAt(fn)
  },
  invokesEndpoints: (fn, { platformName, registry }) => {
    grantOnEndpoints(registry, platformName, fn, 'InvokeFunction')
    new SageMakerGrants(registry, platformName).invokes(fn)
  },
  wakesEndpoints: (fn, { platformName, registry }) => new SageMakerGrants(registry, platformName).wakes(fn),
  removesEndpoints: (fn, { platformName, registry }) => {
    grantOnEndpoints(registry, platformName, fn, 'GetFunction', 'ListTags', 'DeleteFunction')
    new SageMakerGrants(registry, platformName).removes(fn)
  },
  startsPromotions: (fn, { platformName, registry }) => grantStart(registry, platformName, fn, 'promotion'),
  startsAnew: (fn, { platformName, registry }) => {
    grantStart(registry, platformName, fn, ...machines)
    grantSeeExecutions(registry, platformName, fn)
  },
  listsModels: (fn, { registry }) => grantTable(registry, fn, 'Query', 'BatchGetItem'),
  listsEndpoints: (fn, { platformName, registry }) => {
    // A listing of functions knows no resources.
    allow(fn, ['*'], 'lambda:ListFunctions')
    new SageMakerGrants(registry, platformName).lists(fn)
  },
} as const satisfies Record<string, Grant>

type Need = keyof typeof grants

const needs: { readonly [step in StepName]: readonly Need[] } = {
  claimVersion: ['reports', 'publishes'],
  freezeArtifact: ['reports', 'listsUploads', 'readsFrozen', 'keepsUnpacked'],
  inspectArtifact: ['reports', 'readsNodes', 'readsFrozen', 'keepsBaseline'],
  packImage: ['reports', 'readsFrozen', 'packs', 'countsImages'],
  createEndpoint: ['reports', 'createsEndpoints', 'readsQuotas'],
  checkEndpoint: ['reports', 'looksAtEndpoints'],
  proveVersion: ['reports', 'readsFrozen', 'invokesEndpoints'],
  markReady: ['reports', 'readsHistory', 'publishes'],
  startPromotion: ['reports', 'readsHistory', 'startsPromotions', 'publishes'],
  closeRelease: ['reports', 'readsHistory', 'writesRecords'],
  failRelease: ['reports', 'readsHistory', 'removesEndpoints', 'writesRecords', 'publishes'],
  openPromotion: [
    'reports',
    'moves',
    'readsHistory',
    'looksAtEndpoints',
    'wakesEndpoints',
    'invokesEndpoints',
    'readsCaptures',
    'keepsFindings',
    'addsRecords',
    'publishes',
  ],
  judgeCanary: ['reports', 'readsOutcomes', 'readsFindings'],
  advanceRollout: ['reports', 'moves', 'readsHistory', 'writesRecords', 'publishes'],
  returnTraffic: ['reports', 'readsHistory'],
  closePromotion: [
    'reports',
    'readsHistory',
    'looksAtEndpoints',
    'writesRecords',
    'publishes',
    'startsPromotions',
  ],
  continuePromotion: ['reports', 'startsPromotions'],
  abortPromotion: ['reports', 'readsHistory', 'writesRecords', 'publishes'],
  probeTarget: ['reports', 'moves', 'readsHistory', 'looksAtEndpoints', 'wakesEndpoints'],
  closeRollback: ['reports', 'readsHistory', 'writesRecords', 'publishes'],
  failRollback: ['reports', 'readsHistory', 'writesRecords', 'publishes'],
  retireVersion: ['reports', 'readsHistory', 'readsUnfinished', 'publishes'],
  removeEndpoint: ['reports', 'readsHistory', 'removesEndpoints', 'removesImages'],
  closeRetirement: ['reports', 'readsHistory', 'writesRecords'],
  failRetirement: ['reports', 'readsHistory', 'writesRecords', 'publishes'],
}

const sweeps: readonly Need[] = [
  'reports',
  'readsHistory',
  'listsModels',
  'startsAnew',
  'listsEndpoints',
  'looksAtEndpoints',
  'createsEndpoints',
  'removesEndpoints',
  'writesRecords',
  'publishes',
]

/** Give the sweeper what it needs to do what the steps that it stands in for would have done. */
export function grantSweep(fn: IGrantable, resources: StepResources): void {
  for (const need of sweeps) grants[need](fn, resources)
}

/** Give the function of a step just what that step needs. */
export function grantStep(step: StepName, fn: IGrantable, resources: StepResources): void {
  for (const need of needs[step]) grants[need](fn, resources)
}
