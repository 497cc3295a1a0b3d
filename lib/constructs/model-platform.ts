import { Annotations, RemovalPolicy, Stack } from 'aws-cdk-lib'
import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2'
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch'
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import { acknowledgeFindings } from './acknowledged-findings.ts'
import type { Approval } from './approval.ts'
import { CaptureDelivery } from './capture-delivery.ts'
import { allowLogs } from './encryption.ts'
import { askOfFunctions } from './every-function.ts'
import type { Callers } from './gateways/callers.ts'
import type { Gateway } from './gateways/gateway.ts'
import { ImageFactory } from './image-factory.ts'
import { ImportedPlatform, publish } from './imported-platform.ts'
import { ModelApi } from './model-api.ts'
import { ModelNetwork } from './model-network.ts'
import { ModelRegistry } from './model-registry.ts'
import { ModelStore } from './model-store.ts'
import { Monitoring } from './monitoring.ts'
import { Operations } from './operations.ts'
import { checkedPlatformName } from './platform-name.ts'
import { type IModelPlatform, PlatformSurface } from './platform-surface.ts'
import { ReleaseWorkflows } from './release-workflows.ts'
import { RuntimeRepositories } from './runtime-repositories.ts'
import { ServingRoles } from './serving-roles.ts'
import { Sweeper } from './sweeper.ts'
import { Upkeep } from './upkeep.ts'
import { UploadIntake } from './upload-intake.ts'

export interface ModelPlatformProps {
  /**
   * Begins the name of everything that releases make; two platforms in one account differ in it. 2 to 12 of a-z and
   * 0-9, a letter first. @default 'sluice'
   */
  readonly platformName?: string
  /** Which kind of API the platform answers through. @default Gateway.HTTP */
  readonly gateway?: Gateway
  /** Who may call, and how a caller shows who it is. @default Callers.iam() */
  readonly callers?: Callers
  /** How many requests the gateway takes. @default - 500 a second, 500 at once */
  readonly throttle?: ThrottleSettings
  /** Let anybody ask for predictions; control always asks who calls. @default false */
  readonly allowAnonymousInvoke?: boolean
  /**
   * Who must agree before an alias moves, such as `{ live: Approval.fourEyes() }`. A version's own manifest may ask for
   * more, never for less. @default - nobody, unless a manifest asks for it
   */
  readonly approvals?: { readonly [alias: string]: Approval }
  /**
   * Offer links by which a person without an account approves: one path of the API then asks nobody who calls, and
   * tells and decides only for who has a link's secret. @default false
   */
  readonly approvalLinks?: boolean
  /**
   * Show the console at `/console`, which asks whoever opens it for a key or a token. Under IAM `sluice console` shows
   * it instead, on the machine of whoever may call. @default - where callers have keys or tokens
   */
  readonly console?: boolean
  /**
   * The ECR repositories of this account and Region whose images manifests may name by `image:`, by their names; a `*`
   * stands for any part of one. Whoever may upload a model can have these images run, and read what is in them.
   * @default - those whose names begin with the platform's name and `/images/`, as `sluice/images/*`
   */
  readonly imageSources?: string[]
  /** What becomes of models, records, images and logs when the platform is destroyed. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy
  /** How long the platform's log and the models' log are kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays
  /**
   * What encrypts the store, the registry, images, logs, lost events and what functions are told. A key costs 1 USD a
   * month and 3 US cents in 10,000 requests. @default - keys of AWS's own, free of charge
   */
  readonly encryptionKey?: IKey
  /** A bucket for the log of every access to the store. @default - accesses are not logged */
  readonly accessLogBucket?: IBucket
  /** Where model functions stand; the platform's own functions stand in no network. @default - no network */
  readonly vpc?: IVpc
  /** The subnets of the `vpc` that models stand in. @default - private subnets with egress, else isolated ones; with `isolated` the isolated ones */
  readonly vpcSubnets?: SubnetSelection
  /** What the models' interfaces are in. @default - one group made here: no ingress, and with `isolated` no egress either */
  readonly securityGroups?: ISecurityGroup[]
  /** Models reach nothing at all: isolated subnets, no egress. Needs a `vpc` that has such subnets. @default false */
  readonly isolated?: boolean
  /**
   * Let manifests ask for `unsafePickle`: such a model file runs whatever it says as it is loaded. Needs
   * `isolated: true`. @default false
   */
  readonly allowUnsafePickle?: boolean
  /**
   * Record calls where a manifest asks for it (`capture`). Off, nothing is recorded, whatever manifests ask for, and
   * there is no stream. @default true
   */
  readonly capture?: boolean
  /**
   * Look at recorded calls: for drift, for what predictions turned out to be, and for what is older than its manifest
   * keeps it. Off needs `capture: false`, since nobody would remove what is recorded. @default true
   */
  readonly monitoring?: boolean
  /**
   * Follow calls with X-Ray. Off, because `Server-Timing` tells the same, and a trace costs 5 USD in a million. The few
   * executions of state machines are followed in any case. @default false
   */
  readonly tracing?: boolean
  /** Who is told when an alarm begins and when it is over. @default - nobody */
  readonly alarmTopic?: ITopic
  /** What else is done when an alarm begins. @default - nothing */
  readonly alarmActions?: IAlarmAction[]
}

/** The whole platform, in the order in which a model travels through it. */
export class ModelPlatform extends PlatformSurface {
  /**
   * A platform of another stack in the same account and Region, to be granted, measured and listened to. Read at
   * deployment from the parameters /sluice/NAME/… that the platform wrote.
   */
  static fromPlatformName(scope: Construct, id: string, platformName: string): IModelPlatform {
    return new ImportedPlatform(scope, id, platformName)
  }

  readonly platformName: string
  readonly eventBus: IEventBus
  readonly logGroup: LogGroup
  readonly store: ModelStore
  readonly repositories: RuntimeRepositories
  readonly images: ImageFactory
  readonly registry: ModelRegistry
  readonly roles: ServingRoles
  /** Undefined where models stand in no network. */
  readonly network?: ModelNetwork
  readonly workflows: ReleaseWorkflows
  readonly intake: UploadIntake
  readonly api: ModelApi
  /** Undefined where no calls are recorded. */
  readonly captures?: CaptureDelivery
  /** Undefined where nobody looks at recorded calls. */
  readonly monitoring?: Monitoring
  readonly upkeep: Upkeep
  readonly sweeper: Sweeper
  readonly operations: Operations

  constructor(scope: Construct, id: string, props: ModelPlatformProps = {}) {
    super(scope, id)
    const { encryptionKey, tracing, removalPolicy = RemovalPolicy.RETAIN } = props
    const { logRetention = RetentionDays.ONE_MONTH } = props
    const kept = { encryptionKey, removalPolicy }
    this.platformName = checkedPlatformName(props.platformName)
    this.refuseTwin()
    this.noteProtection()
    this.eventBus = EventBus.fromEventBusName(this, 'Events', 'default')
    this.logGroup = new LogGroup(this, 'Logs', { ...kept, retention: logRetention })
    if (encryptionKey !== undefined) allowLogs(this, encryptionKey)
    const { platformName, logGroup } = this

    this.store = new ModelStore(this, 'Store', { ...kept, accessLogBucket: props.accessLogBucket })
    this.repositories = new RuntimeRepositories(this, 'Runtimes', {
      ...kept,
      platformName,
      imageSources: props.imageSources,
    })
    this.roles = new ServingRoles(this, 'Serving', { ...kept, repositories: this.repositories, logRetention })
    this.images = new ImageFactory(this, 'Images', {
      repositories: this.repositories,
      store: this.store,
      encryptionKey,
      logGroup,
      dockerfileLogGroup: this.roles.logGroup,
    })
    this.registry = new ModelRegistry(this, 'Registry', kept)
    const network = this.networkOf(props)
    if (network !== undefined) this.network = network
    this.workflows = new ReleaseWorkflows(this, 'Workflows', {
      store: this.store,
      registry: this.registry,
      repositories: this.repositories,
      images: this.images,
      roles: this.roles,
      events: this.eventBus,
      logGroup,
      network,
      approvals: props.approvals,
      approvalLinks: props.approvalLinks,
      allowUnsafePickle: props.allowUnsafePickle,
      capture: props.capture,
    })
    const { workflows } = this
    this.intake = new UploadIntake(this, 'Intake', { ...kept, store: this.store, workflows })
    this.api = new ModelApi(this, 'Api', {
      workflows,
      gateway: props.gateway,
      callers: props.callers,
      throttle: props.throttle,
      allowAnonymousInvoke: props.allowAnonymousInvoke,
      approvalLinks: props.approvalLinks,
      console: props.console,
    })
    const { capture = true, monitoring = true } = props
    if (capture && !monitoring)
      throw new Error(
        'monitoring: false was given beside records of calls, which nobody would ever remove; give capture: false as well, or leave monitoring out',
      )
    if (capture)
      this.captures = new CaptureDelivery(this, 'Captures', {
        platformName,
        store: this.store,
        logGroup,
        encryptionKey,
      })
    if (monitoring)
      this.monitoring = new Monitoring(this, 'Monitoring', { workflows, lostEvents: this.intake.lostEvents })
    this.upkeep = new Upkeep(this, 'Upkeep', { workflows, lostEvents: this.intake.lostEvents })
    this.sweeper = new Sweeper(this, 'Sweeper', { workflows, lostEvents: this.intake.lostEvents })
    this.operations = new Operations(this, 'Operations', {
      workflows,
      api: this.api,
      intake: this.intake,
      captures: this.captures,
      monitoring: this.monitoring,
      alarmTopic: props.alarmTopic,
      alarmActions: props.alarmActions,
    })
    askOfFunctions(this, { encryptionKey, tracing })
    publish(this, this.api)
    acknowledgeFindings(this, { ...props, console: this.api.console !== undefined })
  }

  get apiUrl(): string {
    return this.api.url
  }

  get storeBucket(): IBucket {
    return this.store.bucket
  }

  protected override apiArnFor(method: string, path: string): string {
    return this.api.arnFor(method, path)
  }

  private networkOf(props: ModelPlatformProps): ModelNetwork | undefined {
    const { vpc, vpcSubnets, securityGroups, isolated } = props
    if (vpc !== undefined)
      return new ModelNetwork(this, 'Network', { vpc, vpcSubnets, securityGroups, isolated })
    const [alone] = Object.entries({ vpcSubnets, securityGroups, isolated: isolated === true || undefined })
      .filter(([, value]) => value !== undefined)
      .map(([name]) => name)
    if (alone !== undefined)
      throw new Error(
        `${alone} was given without a vpc, which it belongs to; give a vpc with private isolated subnets, or leave ${alone} out`,
      )
    return undefined
  }

  /** CloudFormation would find out after minutes, by the first name that is there already. */
  private refuseTwin(): void {
    const twin = Stack.of(this)
      .node.findAll()
      .find((one) => one instanceof ModelPlatform && one !== this && one.platformName === this.platformName)
    if (twin !== undefined)
      throw new Error(
        `platformName '${this.platformName}' is that of ${twin.node.path} already; each platform of an account and Region needs its own`,
      )
  }

  private noteProtection(): void {
    if (Stack.of(this).terminationProtection === true) return
    Annotations.of(this).addInfoV2(
      'sluice:termination-protection',
      `the stack of platform '${this.platformName}' may be deleted by one call, and its endpoints would answer no more; ` +
        'give the stack terminationProtection: true, as PlatformStack has it',
    )
  }
}
