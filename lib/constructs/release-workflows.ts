import { Duration, Size } from 'aws-cdk-lib'
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
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
import { type Approval, approvalSetting } from './approval.ts'
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
import { OwnRole } from './own-role.ts'
import { checkedPlatformName } from './platform-name.ts'
import {
  allow,
  endpointArns,
  grantAddRecords,
  grantForgetCaptures,
  grantForgetFindings,
  grantKeepMonitoring,
  grantReadCaptures,
  grantReadRecords,
  grantStart,
  grantTable,
  machineArnPrefix,
} from './rights.ts'
import type { RuntimeRepositories } from './runtime-repositories.ts'
import type { ServingRoles } from './serving-roles.ts'
import { grantStep, grantSweep } from './step-rights.ts'

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
  /** Who must agree before an alias moves, by alias. @default - only those whom a version's own manifest asks for */
  readonly approvals?: { readonly [alias: string]: Approval }
  /** Whether links to approve by are offered. @default false */
  readonly approvalLinks?: boolean
  /** Whether manifests may ask for `unsafePickle`. Needs a `network` that is isolated. @default false */
  readonly allowUnsafePickle?: boolean
  /** Whether calls are recorded where a manifest asks for it. @default true */
  readonly capture?: boolean
  /** Follow executions with X-Ray, at 5 USD in a million of them. @default true */
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

/** One state machine for each kind of operation. */
export interface WorkflowMachines {
  readonly release: StateMachine
  readonly promotion: StateMachine
  readonly rollback: StateMachine
  readonly retirement: StateMachine
}

/** What Step Functions needs to deliver logs: actions that know no resource. */
const logDelivery = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
]

/** What Step Functions needs to send traces, which have no ARN. */
const traces = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
]

/** A model file that runs what it says must reach nothing. */
function refuseOpenPickles({ allowUnsafePickle, network }: ReleaseWorkflowsProps): void {
  if (allowUnsafePickle === true && network?.isolated !== true)
    throw new Error(
      "allowUnsafePickle lets model files run whatever they say, and is for models that reach nothing: give a vpc and 'isolated: true' with it, or leave allowUnsafePickle out",
    )
}

/** The four state machines, and one function for each of their steps with just what that step needs. */
export class ReleaseWorkflows extends Construct {
  readonly machines: WorkflowMachines
  /** What every handler that leads or starts workflows is told. */
  readonly handlerEnvironment: Record<string, string>
  readonly platformName: string
  readonly registry: ModelRegistry
  readonly events: IEventBus
  readonly logGroup: ILogGroup
  private readonly props: ReleaseWorkflowsProps

  constructor(scope: Construct, id: string, props: ReleaseWorkflowsProps) {
    super(scope, id)
    this.props = props
    refuseOpenPickles(props)
    this.platformName = checkedPlatformName(props.platformName ?? props.repositories.platformName)
    this.registry = props.registry
    this.events = props.events ?? EventBus.fromEventBusName(this, 'Events', 'default')
    this.logGroup = props.logGroup ?? new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH })
    this.handlerEnvironment = {
      [environment.platform]: this.platformName,
      [environment.table]: props.registry.table.tableName,
      [environment.bucket]: props.store.bucket.bucketName,
      [environment.eventBus]: this.events.eventBusName,
      [environment.machineArnPrefix]: machineArnPrefix(this, this.platformName),
      [environment.repositoryPrefix]: props.repositories.prefix,
      [environment.imageProject]: props.images.project.projectName,
      [environment.dockerfileProject]: props.images.dockerfiles.projectName,
      [environment.templates]: props.images.templates,
      [environment.servingRole]: props.roles.lambdaRole.roleArn,
      [environment.servingLogGroup]: props.roles.logGroup.logGroupName,
      [environment.callers]: 'iam',
      [environment.tokenIssuer]: '{}',
      [environment.sagemakerRole]: props.roles.sageMakerRole.roleArn,
      [environment.modelNetwork]: props.network?.setting ?? '{}',
      [environment.approvals]: approvalSetting(props.approvals),
      [environment.approvalLinks]: String(props.approvalLinks ?? false),
      [environment.allowUnsafePickle]: String(props.allowUnsafePickle ?? false),
      [environment.capture]: String(props.capture ?? true),
      [environment.tags]: new InheritedTags(this, 'Tags', props.tags).json,
    }
    const functions = this.stepFunctions()
    props.network?.grantPlacing(functions.createEndpoint)
    props.network?.grantStanding(props.roles.lambdaRole, endpointArns(this, this.platformName))
    this.machines = {
      release: this.machine('release', functions),
      promotion: this.machine('promotion', functions),
      rollback: this.machine('rollback', functions),
      retirement: this.machine('retirement', functions),
    }
  }

  /** Let a function start machines of a kind. By name, not by reference: steps start the machine they belong to. */
  grantStart(grantee: IGrantable, ...machines: Machine[]): void {
    grantStart(this, this.platformName, grantee, ...machines)
  }

  /** Let a function finish or undo whatever a dead machine left: what the steps that clean up may, and start them all. */
  grantSweep(grantee: IGrantable): void {
    this.props.network?.grantPlacing(grantee)
    grantSweep(grantee, { ...this.props, platformName: this.platformName, events: this.events })
  }

  /** Let a function keep what monitoring leaves for itself: what was told of calls, what was found. */
  grantKeepMonitoring(grantee: IGrantable): void {
    grantKeepMonitoring(this.props.store, grantee)
  }

  /** Let a function keep what it finds of shadows, and forget what is old. */
  grantKeepShadows(grantee: IGrantable): void {
    grantKeepMonitoring(this.props.store, grantee)
    grantForgetFindings(this.props.store, grantee)
  }

  /** Let a function look at recorded calls, tell what it finds, and take an alias back where a manifest asks for it. */
  grantMonitor(grantee: IGrantable): void {
    const { store } = this.props
    grantReadCaptures(store, grantee)
    grantForgetCaptures(store, grantee)
    grantKeepMonitoring(store, grantee)
    grantForgetFindings(store, grantee)
    grantTable(this.registry, grantee, 'PutItem', 'DeleteItem', 'ConditionCheckItem')
    this.grantStart(grantee, 'rollback')
    this.events.grantPutEventsTo(grantee)
  }

  /** Let a function read the records that the machines write. */
  grantReadRecords(grantee: IGrantable): void {
    grantReadRecords(this.props.store, grantee)
  }

  /** Let a function that reads them write them, each once and locked: what moves no traffic has no machine that writes it. */
  grantAddRecords(grantee: IGrantable): void {
    grantAddRecords(this.props.store, grantee)
  }

  /** Let a function that keeps what monitoring found read recorded calls, and forget what is old. */
  grantCompare(grantee: IGrantable): void {
    grantReadCaptures(this.props.store, grantee)
    grantForgetFindings(this.props.store, grantee)
  }

  private machine(kind: Machine, functions: StepFunctions): StateMachine {
    const scope = new Construct(this, kind)
    const role = this.machineRole(scope, kind, functions)
    const machine = new StateMachine(scope, 'Machine', {
      role: role.withoutPolicyUpdates(),
      stateMachineName: `${this.platformName}-${kind}`,
      definitionBody: DefinitionBody.fromChainable(definitions[kind](scope, functions)),
      queryLanguage: QueryLanguage.JSON_PATH,
      tracingEnabled: this.props.tracing ?? true,
      // Without the data, which is people's: about 2.6 MB in an hour of a canary, 0.13 US cents.
      logs: { destination: this.logGroup, level: LogLevel.ALL, includeExecutionData: false },
    })
    // A machine is refused whose role may not deliver its log.
    machine.node.addDependency(role)
    ;(machine.node.defaultChild as CfnStateMachine).addMetadata(machineMetadata, kind)
    return machine
  }

  /** May call the functions of the machine's own steps, and none of their versions or aliases. */
  private machineRole(scope: Construct, kind: Machine, functions: StepFunctions): OwnRole {
    const role = new OwnRole(scope, 'Role', {
      service: 'states.amazonaws.com',
      sourceArn: `${machineArnPrefix(this, this.platformName)}${kind}`,
      description: `The ${kind} machine of Sluice.`,
    })
    const called = stepNames[kind].map((step) => functions[step].functionArn)
    allow(role, called, 'lambda:InvokeFunction')
    allow(role, ['*'], ...logDelivery)
    if (this.props.tracing !== false) allow(role, ['*'], ...traces)
    return role
  }

  private stepFunctions(): StepFunctions {
    const resources = { ...this.props, platformName: this.platformName, events: this.events }
    const made = Object.values(stepNames)
      .flat()
      .map((step) => {
        const fn = this.stepFunction(step)
        grantStep(step, fn, resources)
        return [step, fn] as const
      })
    return Object.fromEntries(made) as unknown as StepFunctions
  }

  private stepFunction(step: StepName): HandlerFunction {
    const readsModels = step === 'freezeArtifact' || step === 'inspectArtifact' || step === 'packImage'
    return new HandlerFunction(this, `${step[0]?.toUpperCase()}${step.slice(1)}`, {
      entry: 'steps',
      handler: step,
      step,
      environment: this.handlerEnvironment,
      logGroup: this.logGroup,
      timeout: Duration.seconds(stepSeconds(step)),
      memory: Size.mebibytes(readsModels ? 2048 : 512),
      // A young heap that is collected often: what streams by is dead at once, and would pile up.
      ...((step === 'packImage' || step === 'freezeArtifact') && {
        nodeOptions: ['--max-semi-space-size=1'],
      }),
    })
  }
}
