import { ArnFormat, Duration, Size, Stack } from 'aws-cdk-lib'
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events'
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import {
  type CfnStateMachine,
  DefinitionBody,
  type IChainable,
  LogLevel,
  QueryLanguage,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import type { Machine } from '../rules/operation.ts'
import { environment } from '../wiring/environment.ts'
import { machineMetadata, type StepName, stepNames, stepSeconds } from '../wiring/handler-names.ts'
import { modelsPrefix, recordsPrefix } from '../wiring/store-layout.ts'
import { HandlerFunction } from './handler-function.ts'
import type { ImageFactory } from './image-factory.ts'
import { InheritedTags } from './inherited-tags.ts'
import type { StepFunctions } from './machines/machine-tasks.ts'
import { promotionDefinition } from './machines/promotion-machine.ts'
import { releaseDefinition } from './machines/release-machine.ts'
import { retirementDefinition } from './machines/retirement-machine.ts'
import { rollbackDefinition } from './machines/rollback-machine.ts'
import type { ModelNetwork } from './model-network.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { ModelStore } from './model-store.ts'
import { checkedPlatformName } from './platform-name.ts'
import type { RuntimeRepositories } from './runtime-repositories.ts'
import type { ServingRoles } from './serving-roles.ts'

export interface ReleaseWorkflowsProps {
  /** Begins the names of the machines and of everything that they make. @default - the name that the repositories have */
  readonly platformName?: string
  /** Where uploads lie, and where the records of what happened are written. */
  readonly store: ModelStore
  /** Where the truth about versions and aliases stands. */
  readonly registry: ModelRegistry
  /** Where images of versions are put. */
  readonly repositories: RuntimeRepositories
  /** What builds the images of runtimes. */
  readonly images: ImageFactory
  /** What models run as. */
  readonly roles: ServingRoles
  /** Where it is told what happens. @default - the default bus of the account */
  readonly events?: IEventBus
  /** Where every step writes its log. @default - one of its own, kept for a month */
  readonly logGroup?: ILogGroup
  /** The network that model functions stand in. @default - none */
  readonly network?: ModelNetwork
  /** Tags for everything that releases make. @default - those that `Tags.of` gave to this place or around it */
  readonly tags?: { readonly [name: string]: string }
  /** Follow executions with X-Ray. @default false */
  readonly tracing?: boolean
}

const definitions: {
  readonly [machine in Machine]: (scope: Construct, functions: StepFunctions) => IChainable
} = {
  release: releaseDefinition,
  promotion: promotionDefinition,
  rollback: rollbackDefinition,
  retirement: retirementDefinition,
}

/** The four state machines, and one function for each of their steps with just what that step needs. */
export class ReleaseWorkflows extends Construct {
  readonly machines: { readonly [machine in Machine]: StateMachine }
  /** What every handler that leads or starts workflows is told. */
  readonly handlerEnvironment: Record<string, string>
  readonly platformName: string
  readonly registry: ModelRegistry
  readonly events: IEventBus
  readonly logGroup: ILogGroup
  private readonly props: ReleaseWorkflowsProps
  private readonly machineArnPrefix: string

  constructor(scope: Construct, id: string, props: ReleaseWorkflowsProps) {
    super(scope, id)
    this.props = props
    this.platformName = checkedPlatformName(props.platformName ?? props.repositories.platformName)
    this.registry = props.registry
    this.events = props.events ?? EventBus.fromEventBusName(this, 'Events', 'default')
    this.logGroup = props.logGroup ?? new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH })
    this.machineArnPrefix = Stack.of(this).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: `${this.platformName}-`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
    this.handlerEnvironment = {
      [environment.platform]: this.platformName,
      [environment.table]: props.registry.table.tableName,
      [environment.bucket]: props.store.bucket.bucketName,
      [environment.eventBus]: this.events.eventBusName,
      [environment.machineArnPrefix]: this.machineArnPrefix,
      [environment.repositoryPrefix]: props.repositories.prefix,
      [environment.imageProject]: props.images.project.projectName,
      [environment.imageKeys]: JSON.stringify(props.images.keys),
      [environment.servingRole]: props.roles.lambda.roleArn,
      [environment.servingLogGroup]: props.roles.logGroup.logGroupName,
      [environment.modelNetwork]: props.network?.setting ?? '{}',
      [environment.tags]: new InheritedTags(this, 'Tags', props.tags).json,
    }
    const functions = this.stepFunctions()
    props.network?.grantPlacing(functions.createEndpoint)
    props.network?.grantStanding(props.roles.lambda, endpointArns(this, this.platformName))
    this.machines = {
      release: this.machine('release', functions),
      promotion: this.machine('promotion', functions),
      rollback: this.machine('rollback', functions),
      retirement: this.machine('retirement', functions),
    }
  }

  /** Let a function start machines of a kind. By name, not by reference: steps start the machine they belong to. */
  grantStart(grantee: IGrantable, ...machines: Machine[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['states:StartExecution'],
        resources: machines.map((machine) => `${this.machineArnPrefix}${machine}`),
      }),
    )
  }

  /** Let a function read the records that the machines write. */
  grantReadRecords(grantee: IGrantable): void {
    this.props.store.bucket.grantRead(grantee, `${recordsPrefix}*`)
  }

  private machine(kind: Machine, functions: StepFunctions): StateMachine {
    const scope = new Construct(this, kind)
    const machine = new StateMachine(scope, 'Machine', {
      stateMachineName: `${this.platformName}-${kind}`,
      definitionBody: DefinitionBody.fromChainable(definitions[kind](scope, functions)),
      queryLanguage: QueryLanguage.JSON_PATH,
      tracingEnabled: this.props.tracing ?? false,
      logs: { destination: this.logGroup, level: LogLevel.ERROR, includeExecutionData: false },
    })
    ;(machine.node.defaultChild as CfnStateMachine).addMetadata(machineMetadata, kind)
    return machine
  }

  private stepFunctions(): StepFunctions {
    const { store, registry, roles, images, repositories } = this.props
    const { events } = this
    const grants: { readonly [need: string]: (fn: HandlerFunction) => void } = {
      readsUploads: (fn) => store.bucket.grantRead(fn, `${modelsPrefix}*`),
      writesRecords: (fn) => {
        this.grantReadRecords(fn)
        store.bucket.grantPut(fn, `${recordsPrefix}*`)
      },
      publishes: (fn) => events.grantPutEventsTo(fn),
      packs: (fn) => {
        store.bucket.grantRead(fn, `${modelsPrefix}*`)
        for (const repository of repositories.repositories) repository.grantPullPush(fn)
        fn.addToRolePolicy(
          new PolicyStatement({
            actions: ['codebuild:StartBuild', 'codebuild:BatchGetBuilds', 'codebuild:ListBuildsForProject'],
            resources: [images.project.projectArn],
          }),
        )
      },
      createsEndpoints: (fn) => {
        this.allowOnEndpoints(
          fn,
          'lambda:CreateFunction',
          'lambda:GetFunction',
          'lambda:TagResource',
          'lambda:PutFunctionConcurrency',
          'lambda:DeleteFunction',
        )
        fn.addToRolePolicy(
          new PolicyStatement({
            actions: ['iam:PassRole'],
            resources: [roles.lambda.roleArn],
            conditions: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
          }),
        )
        for (const repository of repositories.repositories) repository.grantPull(fn)
      },
      // An endpoint is looked at by a ping, too.
      looksAtEndpoints: (fn) => this.allowOnEndpoints(fn, 'lambda:GetFunction', 'lambda:InvokeFunction'),
      invokesEndpoints: (fn) => this.allowOnEndpoints(fn, 'lambda:InvokeFunction'),
      removesEndpoints: (fn) => this.allowOnEndpoints(fn, 'lambda:DeleteFunction'),
      startsPromotions: (fn) => this.grantStart(fn, 'promotion'),
    }
    const needs: { readonly [step in StepName]: readonly (keyof typeof grants)[] } = {
      claimVersion: [],
      freezeArtifact: ['readsUploads'],
      inspectArtifact: ['readsUploads'],
      packImage: ['packs'],
      createEndpoint: ['createsEndpoints'],
      checkEndpoint: ['looksAtEndpoints'],
      proveVersion: ['readsUploads', 'invokesEndpoints'],
      markReady: ['publishes'],
      startPromotion: ['startsPromotions'],
      closeRelease: ['writesRecords'],
      failRelease: ['removesEndpoints', 'writesRecords', 'publishes'],
      openPromotion: ['looksAtEndpoints', 'writesRecords', 'publishes'],
      judgeCanary: [],
      advanceRollout: ['writesRecords', 'publishes'],
      returnTraffic: [],
      closePromotion: ['looksAtEndpoints', 'writesRecords', 'publishes'],
      continuePromotion: ['startsPromotions'],
      abortPromotion: ['writesRecords', 'publishes'],
      probeTarget: ['looksAtEndpoints'],
      closeRollback: ['writesRecords', 'publishes'],
      failRollback: ['writesRecords', 'publishes'],
      retireVersion: ['publishes'],
      removeEndpoint: ['removesEndpoints'],
      closeRetirement: ['writesRecords'],
      failRetirement: ['writesRecords', 'publishes'],
    }
    const made = Object.values(stepNames)
      .flat()
      .map((step) => {
        const fn = this.stepFunction(step)
        registry.table.grantReadWriteData(fn)
        for (const need of needs[step]) grants[need]?.(fn)
        return [step, fn] as const
      })
    return Object.fromEntries(made) as unknown as StepFunctions
  }

  private stepFunction(step: StepName): HandlerFunction {
    const readsModels = step === 'inspectArtifact' || step === 'packImage'
    return new HandlerFunction(this, `${step[0]?.toUpperCase()}${step.slice(1)}`, {
      entry: 'steps',
      handler: step,
      step,
      environment: this.handlerEnvironment,
      logGroup: this.logGroup,
      timeout: Duration.seconds(stepSeconds(step)),
      memory: Size.mebibytes(readsModels ? 2048 : 512),
      // A young heap that is collected often: what streams by is dead at once, and would pile up.
      ...(step === 'packImage' && { nodeOptions: ['--max-semi-space-size=1'] }),
    })
  }

  /** Endpoints are made at release time; their names begin with the platform's. */
  private allowOnEndpoints(fn: HandlerFunction, ...actions: string[]): void {
    fn.addToRolePolicy(new PolicyStatement({ actions, resources: [endpointArns(this, this.platformName)] }))
  }
}

/** The functions that releases make: named by `resourceName`, whose first part is the platform's name. */
export function endpointArns(scope: Construct, platformName: string): string {
  return Stack.of(scope).formatArn({
    service: 'lambda',
    resource: `function:${platformName.slice(0, 12)}-*`,
  })
}
