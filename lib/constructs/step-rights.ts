import { ArnFormat, Stack } from 'aws-cdk-lib'
import type { IEventBus } from 'aws-cdk-lib/aws-events'
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { Machine } from '../rules/operation.ts'
import type { StepName } from '../wiring/handler-names.ts'
import { modelsPrefix, recordsPrefix } from '../wiring/store-layout.ts'
import type { ImageFactory } from './image-factory.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { ModelStore } from './model-store.ts'
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

type Need =
  | 'readsUploads'
  | 'writesRecords'
  | 'publishes'
  | 'packs'
  | 'countsImages'
  | 'createsEndpoints'
  | 'readsQuotas'
  | 'looksAtEndpoints'
  | 'invokesEndpoints'
  | 'wakesEndpoints'
  | 'removesEndpoints'
  | 'startsPromotions'

/** What each step needs beside the registry. */
const needs: { readonly [step in StepName]: readonly Need[] } = {
  claimVersion: ['publishes'],
  freezeArtifact: ['readsUploads'],
  inspectArtifact: ['readsUploads'],
  packImage: ['packs', 'countsImages'],
  createEndpoint: ['createsEndpoints', 'readsQuotas'],
  checkEndpoint: ['looksAtEndpoints'],
  proveVersion: ['readsUploads', 'invokesEndpoints'],
  markReady: ['publishes'],
  startPromotion: ['startsPromotions'],
  closeRelease: ['writesRecords'],
  failRelease: ['removesEndpoints', 'writesRecords', 'publishes'],
  openPromotion: ['looksAtEndpoints', 'wakesEndpoints', 'writesRecords', 'publishes'],
  judgeCanary: [],
  advanceRollout: ['writesRecords', 'publishes'],
  returnTraffic: [],
  closePromotion: ['looksAtEndpoints', 'writesRecords', 'publishes'],
  continuePromotion: ['startsPromotions'],
  abortPromotion: ['writesRecords', 'publishes'],
  probeTarget: ['looksAtEndpoints', 'wakesEndpoints'],
  closeRollback: ['writesRecords', 'publishes'],
  failRollback: ['writesRecords', 'publishes'],
  retireVersion: ['publishes'],
  removeEndpoint: ['removesEndpoints'],
  closeRetirement: ['writesRecords'],
  failRetirement: ['writesRecords', 'publishes'],
}

/** Give the function of a step just what that step needs. */
export function grantStep(step: StepName, fn: IGrantable, resources: StepResources): void {
  resources.registry.table.grantReadWriteData(fn)
  for (const need of needs[step]) grants[need](fn, resources)
}

const grants: { readonly [need in Need]: (fn: IGrantable, resources: StepResources) => void } = {
  readsUploads: (fn, { store }) => {
    store.bucket.grantRead(fn, `${modelsPrefix}*`)
  },
  writesRecords: (fn, { store }) => {
    grantReadRecords(store, fn)
    store.bucket.grantPut(fn, `${recordsPrefix}*`)
  },
  publishes: (fn, { events }) => {
    events.grantPutEventsTo(fn)
  },
  packs: (fn, { store, repositories, images }) => {
    store.bucket.grantRead(fn, `${modelsPrefix}*`)
    for (const repository of repositories.repositories) repository.grantPullPush(fn)
    allow(
      fn,
      [images.project.projectArn],
      'codebuild:StartBuild',
      'codebuild:BatchGetBuilds',
      'codebuild:ListBuildsForProject',
    )
  },
  createsEndpoints: (fn, { platformName, registry, repositories, roles }) => {
    allow(
      fn,
      [endpointArns(registry, platformName)],
      'lambda:CreateFunction',
      'lambda:GetFunction',
      // Without it GetFunction tells no tags, and what is ours cannot be told from what is not.
      'lambda:ListTags',
      'lambda:TagResource',
      'lambda:PutFunctionConcurrency',
      'lambda:DeleteFunction',
    )
    fn.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [roles.lambdaRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
      }),
    )
    for (const repository of repositories.repositories) repository.grantPull(fn)
    new SageMakerGrants(registry, platformName).creates(fn, roles.sageMakerRole)
  },
  // What is left of the account is what all its functions and endpoints have not taken, ours or not.
  readsQuotas: (fn, { platformName, registry }) => {
    allow(fn, [endpointArns(registry, platformName)], 'lambda:GetFunctionConcurrency')
    // None of these knows resources.
    allow(
      fn,
      ['*'],
      'lambda:GetAccountSettings',
      'servicequotas:ListServiceQuotas',
      'sagemaker:ListEndpoints',
    )
    const everybodys = ['endpoint', 'endpoint-config'].map((resource) =>
      Stack.of(registry).formatArn({ service: 'sagemaker', resource, resourceName: '*' }),
    )
    allow(fn, everybodys, 'sagemaker:DescribeEndpoint', 'sagemaker:DescribeEndpointConfig')
  },
  countsImages: (fn, { repositories }) => {
    for (const repository of repositories.repositories) repository.grant(fn, 'ecr:ListImages')
    allow(fn, ['*'], 'servicequotas:ListServiceQuotas')
  },
  // An endpoint is looked at by a ping, too.
  looksAtEndpoints: (fn, { platformName, registry }) => {
    allow(fn, [endpointArns(registry, platformName)], 'lambda:GetFunction', 'lambda:InvokeFunction')
    new SageMakerGrants(registry, platformName).looksAt(fn)
  },
  invokesEndpoints: (fn, { platformName, registry }) => {
    allow(fn, [endpointArns(registry, platformName)], 'lambda:InvokeFunction')
    new SageMakerGrants(registry, platformName).invokes(fn)
  },
  wakesEndpoints: (fn, { platformName, registry }) => new SageMakerGrants(registry, platformName).tends(fn),
  removesEndpoints: (fn, { platformName, registry }) => {
    const arns = [endpointArns(registry, platformName)]
    allow(fn, arns, 'lambda:GetFunction', 'lambda:ListTags', 'lambda:DeleteFunction')
    new SageMakerGrants(registry, platformName).removes(fn)
  },
  startsPromotions: (fn, { platformName, registry }) => grantStart(registry, platformName, fn, 'promotion'),
}

function allow(grantee: IGrantable, resources: string[], ...actions: string[]): void {
  grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }))
}

/** Let a function start machines of a kind. By name, not by reference: steps start the machine they belong to. */
export function grantStart(
  scope: Construct,
  platformName: string,
  grantee: IGrantable,
  ...machines: Machine[]
): void {
  const prefix = machineArnPrefix(scope, platformName)
  allow(
    grantee,
    machines.map((machine) => `${prefix}${machine}`),
    'states:StartExecution',
  )
}

/** Let a function read the records that the machines write. */
export function grantReadRecords(store: ModelStore, grantee: IGrantable): void {
  store.bucket.grantRead(grantee, `${recordsPrefix}*`)
}

/** A state machine's ARN up to its kind. */
export function machineArnPrefix(scope: Construct, platformName: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: `${platformName}-`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}

/** The functions that releases make: named by `resourceName`, whose first part is the platform's name. */
export function endpointArns(scope: Construct, platformName: string): string {
  return Stack.of(scope).formatArn({
    service: 'lambda',
    resource: `function:${platformName.slice(0, 12)}-*`,
  })
}
