import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { EventBus, type IEventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { machines } from '../rules/operation.ts'
import { HandlerFunction } from './handler-function.ts'
import { ImageFactory } from './image-factory.ts'
import { ModelApi } from './model-api.ts'
import { ModelRegistry } from './model-registry.ts'
import { ModelStore } from './model-store.ts'
import { Operations } from './operations.ts'
import { ReleaseWorkflows } from './release-workflows.ts'
import { grantListKeys, grantListUploads, grantTable } from './rights.ts'
import { RuntimeRepositories } from './runtime-repositories.ts'
import { ServingRoles } from './serving-roles.ts'

export interface ModelPlatformProps {
  /**
   * Begins the name of everything that releases make; two platforms in one account differ in it. 2 to 12 of a-z and
   * 0-9, a letter first. @default 'sluice'
   */
  readonly platformName?: string
  /** Let anybody ask for predictions; control always asks who calls. @default false */
  readonly allowAnonymousInvoke?: boolean
  /** What becomes of models and records when the platform is destroyed. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy
}

/** The runtimes that can be served so far. */
const runtimes = ['onnx']

/** The whole platform, in the order in which a model travels through it. */
export class ModelPlatform extends Construct {
  readonly store: ModelStore
  readonly repositories: RuntimeRepositories
  readonly images: ImageFactory
  readonly registry: ModelRegistry
  readonly roles: ServingRoles
  readonly workflows: ReleaseWorkflows
  readonly api: ModelApi
  readonly operations: Operations

  constructor(scope: Construct, id: string, props: ModelPlatformProps = {}) {
    super(scope, id)
    const platformName = checkedName(props.platformName ?? 'sluice')
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN
    const logGroup = new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH })
    const events = EventBus.fromEventBusName(this, 'Events', 'default')

    this.store = new ModelStore(this, 'Store', { removalPolicy })
    this.repositories = new RuntimeRepositories(this, 'Runtimes', {
      platformName,
      runtimes,
      removalPolicy,
    })
    this.images = new ImageFactory(this, 'Images', { repositories: this.repositories, runtimes })
    this.registry = new ModelRegistry(this, 'Registry', { removalPolicy })
    this.roles = new ServingRoles(this, 'Serving')
    this.workflows = new ReleaseWorkflows(this, 'Workflows', {
      platformName,
      store: this.store,
      registry: this.registry,
      repositories: this.repositories,
      images: this.images,
      roles: this.roles,
      events,
      logGroup,
    })
    this.feedStore(logGroup, events)
    this.api = new ModelApi(this, 'Api', {
      platformName,
      registry: this.registry,
      workflows: this.workflows,
      logGroup,
      ...(props.allowAnonymousInvoke !== undefined && { allowAnonymousInvoke: props.allowAnonymousInvoke }),
    })
    this.operations = new Operations(this, 'Operations', { workflows: this.workflows, api: this.api })
  }

  /** Uploads become releases: by the store's events, and by a listing that finds the events that were lost. */
  private feedStore(logGroup: ILogGroup, events: IEventBus): void {
    const intake = (handler: 'created' | 'listed') => {
      const fn = new HandlerFunction(this, handler === 'created' ? 'Intake' : 'LostUploads', {
        entry: 'intake',
        handler,
        environment: this.workflows.handlerEnvironment,
        logGroup,
        timeout: Duration.minutes(handler === 'created' ? 1 : 10),
      })
      grantListUploads(this.store, fn)
      grantTable(this.registry, fn, 'GetItem', 'PutItem')
      // The listing also starts what was written down and never started, of whatever kind.
      this.workflows.grantStart(fn, ...(handler === 'created' ? (['release'] as const) : machines))
      return fn
    }
    const created = intake('created')
    const listed = intake('listed')
    grantListKeys(this.store, listed)
    grantTable(this.registry, listed, 'Query', 'BatchGetItem')
    events.grantPutEventsTo(created)
    this.store.feed(created)
    new Rule(this, 'FindLostUploads', {
      description: 'Events may be lost; the listing is not.',
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [new LambdaFunction(listed)],
    })
  }
}

function checkedName(name: string): string {
  // No hyphen: the rights of one platform end at the first, and must not reach another whose name begins alike.
  if (!/^[a-z][a-z0-9]{1,11}$/.test(name))
    throw new Error(`platformName must be 2 to 12 of a-z and 0-9, a letter first, got: '${name}'`)
  return name
}
