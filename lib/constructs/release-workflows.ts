import { Duration, Size } from 'aws-cdk-lib'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
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
import { HandlerFunction } from './handler-function.ts'
import type { StepFunctions } from './machines/machine-tasks.ts'
import { promotionDefinition } from './machines/promotion-machine.ts'
import { releaseDefinition } from './machines/release-machine.ts'
import { retirementDefinition } from './machines/retirement-machine.ts'
import { rollbackDefinition } from './machines/rollback-machine.ts'
import { OwnRole } from './own-role.ts'
import { allow, grantReadRecords, grantStart, machineArnPrefix } from './rights.ts'
import { grantStep, type StepResources } from './step-rights.ts'

export interface ReleaseWorkflowsProps extends StepResources {
  readonly logGroup: ILogGroup
}

const definitions: {
  readonly [machine in Machine]: (scope: Construct, functions: StepFunctions) => IChainable
} = {
  release: releaseDefinition,
  promotion: promotionDefinition,
  rollback: rollbackDefinition,
  retirement: retirementDefinition,
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

/** The four state machines, and one function for each of their steps with just what that step needs. */
export class ReleaseWorkflows extends Construct {
  readonly machines: { readonly [machine in Machine]: StateMachine }
  /** What every handler that leads or starts workflows is told. */
  readonly handlerEnvironment: Record<string, string>
  private readonly props: ReleaseWorkflowsProps

  constructor(scope: Construct, id: string, props: ReleaseWorkflowsProps) {
    super(scope, id)
    this.props = props
    this.handlerEnvironment = {
      [environment.platform]: props.platformName,
      [environment.table]: props.registry.table.tableName,
      [environment.bucket]: props.store.bucket.bucketName,
      [environment.eventBus]: props.events.eventBusName,
      [environment.machineArnPrefix]: machineArnPrefix(this, props.platformName),
      [environment.repositoryPrefix]: props.repositories.prefix,
      [environment.imageProject]: props.images.project.projectName,
      [environment.imageKeys]: JSON.stringify(props.images.keys),
      [environment.servingRole]: props.roles.lambda.roleArn,
      [environment.servingLogGroup]: props.roles.logGroup.logGroupName,
    }
    const functions = this.stepFunctions()
    this.machines = {
      release: this.machine('release', functions),
      promotion: this.machine('promotion', functions),
      rollback: this.machine('rollback', functions),
      retirement: this.machine('retirement', functions),
    }
  }

  /** Let a function start machines of a kind. By name, not by reference: steps start the machine they belong to. */
  grantStart(grantee: IGrantable, ...machines: Machine[]): void {
    grantStart(this, this.props.platformName, grantee, ...machines)
  }

  /** Let a function read the records that the machines write. */
  grantReadRecords(grantee: IGrantable): void {
    grantReadRecords(this.props.store, grantee)
  }

  private machine(kind: Machine, functions: StepFunctions): StateMachine {
    const scope = new Construct(this, kind)
    const role = this.machineRole(scope, kind, functions)
    const machine = new StateMachine(scope, 'Machine', {
      role: role.withoutPolicyUpdates(),
      stateMachineName: `${this.props.platformName}-${kind}`,
      definitionBody: DefinitionBody.fromChainable(definitions[kind](scope, functions)),
      queryLanguage: QueryLanguage.JSON_PATH,
      logs: { destination: this.props.logGroup, level: LogLevel.ERROR, includeExecutionData: false },
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
      sourceArn: `${machineArnPrefix(this, this.props.platformName)}${kind}`,
      description: `The ${kind} machine of Sluice.`,
    })
    const called = stepNames[kind].map((step) => functions[step].functionArn)
    allow(role, called, 'lambda:InvokeFunction')
    allow(role, ['*'], ...logDelivery)
    return role
  }

  private stepFunctions(): StepFunctions {
    const made = Object.values(stepNames)
      .flat()
      .map((step) => {
        const fn = this.stepFunction(step)
        grantStep(step, fn, this.props)
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
      logGroup: this.props.logGroup,
      timeout: Duration.seconds(stepSeconds(step)),
      memory: Size.mebibytes(readsModels ? 2048 : 512),
      // A young heap that is collected often: what streams by is dead at once, and would pile up.
      ...(step === 'packImage' && { nodeOptions: ['--max-semi-space-size=1'] }),
    })
  }
}
