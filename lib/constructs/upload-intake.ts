import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { machines } from '../rules/operation.ts'
import { allowEvents } from './encryption.ts'
import { HandlerFunction } from './handler-function.ts'
import type { ModelStore } from './model-store.ts'
import type { ReleaseWorkflows } from './release-workflows.ts'
import { grantListKeys, grantListUploads, grantTable, grantWriteRecords } from './rights.ts'

export interface UploadIntakeProps {
  /** Where uploads arrive. */
  readonly store: ModelStore
  /** What makes versions of them. */
  readonly workflows: ReleaseWorkflows
  /** What encrypts the events that could not be taken in. @default - SQS's own keys, free of charge */
  readonly encryptionKey?: IKey
  /** What becomes of lost events when the stack is destroyed. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy
}

/**
 * Uploads become releases: by the store's events, and by a listing that finds the events that were lost. What neither
 * could take lies in a queue, which costs nothing while it is empty.
 */
export class UploadIntake extends Construct {
  /** Events that were not delivered, or whose function failed at every try. Kept for 14 days, as long as SQS can. */
  readonly lostEvents: Queue
  private readonly props: UploadIntakeProps

  constructor(scope: Construct, id: string, props: UploadIntakeProps) {
    super(scope, id)
    this.props = props
    const { encryptionKey, removalPolicy = RemovalPolicy.RETAIN } = props
    this.lostEvents = new Queue(this, 'LostEvents', {
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      ...(encryptionKey === undefined
        ? { encryption: QueueEncryption.SQS_MANAGED }
        : { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }),
      removalPolicy,
    })
    if (encryptionKey !== undefined) allowEvents(this, encryptionKey)
    const created = this.handler('created', Duration.minutes(1))
    props.workflows.grantStart(created, 'release')
    props.workflows.events.grantPutEventsTo(created)
    new Rule(this, 'Uploaded', {
      description: 'Every object that arrives under models/ is taken in.',
      eventPattern: props.store.uploads,
      targets: [this.target(created)],
    })
    const listed = this.handler('listed', Duration.minutes(10))
    grantListKeys(props.store, listed)
    grantTable(props.workflows.registry, listed, 'Query', 'BatchGetItem')
    // The listing also starts what was written down and never started, of whatever kind.
    props.workflows.grantStart(listed, ...machines)
    // What nobody approved in time is ended: taken off the list of the unfinished, entered, recorded and told.
    grantTable(props.workflows.registry, listed, 'DeleteItem')
    grantWriteRecords(props.store, listed)
    props.workflows.events.grantPutEventsTo(listed)
    new Rule(this, 'FindLostUploads', {
      description: 'Events may be lost; the listing is not.',
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [this.target(listed)],
    })
  }

  private handler(handler: 'created' | 'listed', timeout: Duration): HandlerFunction {
    const { store, workflows } = this.props
    const fn = new HandlerFunction(this, handler === 'created' ? 'Created' : 'Listed', {
      entry: 'intake',
      handler,
      environment: workflows.handlerEnvironment,
      logGroup: workflows.logGroup,
      timeout,
      deadLetterQueue: this.lostEvents,
    })
    grantListUploads(store, fn)
    grantTable(workflows.registry, fn, 'GetItem', 'PutItem')
    return fn
  }

  /** The queue twice: EventBridge puts in what it could not deliver, Lambda what the function failed at. */
  private target(fn: IFunction): LambdaFunction {
    return new LambdaFunction(fn, { retryAttempts: 185, deadLetterQueue: this.lostEvents })
  }
}
