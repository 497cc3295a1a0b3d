import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  paginateListExecutions,
  SFNClient,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { DynamoApiKeys } from '../../lambdas/aws/dynamo-api-keys.ts'
import { DynamoCallBook } from '../../lambdas/aws/dynamo-call-book.ts'
import { DynamoOutcomes } from '../../lambdas/aws/dynamo-outcomes.ts'
import { DynamoRegistry } from '../../lambdas/aws/dynamo-registry.ts'
import { Ecr } from '../../lambdas/aws/ecr.ts'
import { EventBridge } from '../../lambdas/aws/event-bridge.ts'
import { LayeredImages } from '../../lambdas/aws/layered-images.ts'
import { LoggedCaptures } from '../../lambdas/aws/logged-captures.ts'
import { S3Captures } from '../../lambdas/aws/s3-captures.ts'
import { S3Monitoring } from '../../lambdas/aws/s3-monitoring.ts'
import { S3Store } from '../../lambdas/aws/s3-store.ts'
import { StepFunctions } from '../../lambdas/aws/step-functions.ts'
import type { CapturedRecord } from '../../lib/rules/capture/captured-call.ts'
import { machines } from '../../lib/rules/operation.ts'
import type { PublishedEvent } from '../../lib/rules/platform-event.ts'
import { capturesPrefix, hourPartition } from '../../lib/wiring/capture-layout.ts'
import { type Emulator, emulated, startEmulator } from '../harness/emulator/ministack.ts'
import { withoutBuilds } from '../harness/unasked.ts'
import type { KeysWorld } from '../ports/api-keys-contract.ts'
import type { StoreWorld } from '../ports/artifact-store-contract.ts'
import type { CallBookWorld } from '../ports/call-book-contract.ts'
import type { CapturesWorld } from '../ports/capture-store-contract.ts'
import type { EventsWorld } from '../ports/events-contract.ts'
import type { ImageWorld } from '../ports/image-factory-contract.ts'
import type { MetricsWorld } from '../ports/metrics-contract.ts'
import type { MonitoringWorld } from '../ports/monitoring-store-contract.ts'
import type { RegistryWorld } from '../ports/registry-contract.ts'
import type { WorkflowsWorld } from '../ports/workflows-contract.ts'
import { pushSmallBase } from './small-base.ts'

/** The adapters of AWS over one emulator, which each test file starts for itself. */
export class AwsWorld {
  readonly emulator: Pick<Emulator, 'endpoint' | 'stop'>
  #made = 0

  constructor(emulator: Pick<Emulator, 'endpoint' | 'stop'>) {
    this.emulator = emulator
  }

  static async start(): Promise<AwsWorld> {
    return new AwsWorld(await startEmulator())
  }

  stop(): Promise<void> {
    return this.emulator.stop()
  }

  /** What every client of the AWS SDK is made with. */
  get client() {
    const { region, credentials } = emulated
    return { region, credentials, endpoint: this.emulator.endpoint }
  }

  /** A name that nothing here has yet. */
  name(what: string): string {
    this.#made += 1
    return `${what}-${this.#made}`
  }

  /** A table as the registry's construct makes it. */
  async table(): Promise<{ readonly client: DynamoDBDocumentClient; readonly table: string }> {
    const table = this.name('registry')
    const client = new DynamoDBClient(this.client)
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
      }),
    )
    await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName: table })
    return { client: DynamoDBDocumentClient.from(client), table }
  }

  async registry(): Promise<RegistryWorld> {
    const { client, table } = await this.table()
    // Two hundred would be twenty thousand transactions, each of a millisecond in Python.
    return {
      registry: new DynamoRegistry(client, table),
      moversAtOnce: 60,
      close: async () => client.destroy(),
    }
  }

  async keys(): Promise<KeysWorld> {
    const { client, table } = await this.table()
    return {
      keys: new DynamoApiKeys(client, table),
      reopen: () => new DynamoApiKeys(client, table),
      close: async () => client.destroy(),
    }
  }

  /** A bucket as the store's construct makes it: versioned, with objects that can be locked. */
  async store(): Promise<
    StoreWorld & { readonly store: S3Store; readonly client: S3Client; readonly bucket: string }
  > {
    const bucket = this.name('store')
    const client = new S3Client({ ...this.client, forcePathStyle: true })
    await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }))
    const put = async (Key: string, Body: string | Uint8Array) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(Body) }))
    }
    return { store: new S3Store(client, bucket), client, bucket, put, close: async () => client.destroy() }
  }

  /** What the router logs is delivered by the test, in the partitions that Firehose makes of it. */
  async captures(): Promise<CapturesWorld> {
    const [{ client, bucket, put, close }, { client: documents, table }] = [
      await this.store(),
      await this.table(),
    ]
    let logged: string[] = []
    const taking = new LoggedCaptures({ client: documents, table, write: (line) => logged.push(line) })
    const delivered = async () => {
      // A line whose values are hashed waits for the key.
      await pause(200)
      const lines = logged
      logged = []
      const partitionOf = (line: string) => {
        const { model, version, at } = JSON.parse(line) as CapturedRecord
        return hourPartition(model, version, Date.parse(at))
      }
      for (const [partition, some] of Map.groupBy(lines, partitionOf))
        await put(`${capturesPrefix}${partition}${this.name('delivery')}.gz`, gzipSync(some.join('')))
    }
    const place = { client: documents, name: table }
    const captures = new S3Captures({ s3: client, bucket, table: place, taking })
    const closeAll = async () => {
      documents.destroy()
      await close()
    }
    return { captures, delivered, close: closeAll }
  }

  async monitoring(): Promise<MonitoringWorld> {
    const { client, bucket, close } = await this.store()
    return { monitoring: new S3Monitoring(client, bucket), close }
  }

  /** A registry with a runtime that can be appended to; it is never built here. */
  async images(): Promise<ImageWorld> {
    const { store, put, close } = await this.store()
    const client = new ECRClient(this.client)
    const prefix = `${this.name('images')}/`
    await client.send(
      new CreateRepositoryCommand({ repositoryName: `${prefix}onnx`, imageTagMutability: 'IMMUTABLE' }),
    )
    const ecr = new Ecr(client, prefix, this.emulator.endpoint)
    await pushSmallBase(await ecr.access(), `${prefix}onnx`, 'deps-small')
    const images = new LayeredImages({
      registry: ecr,
      ...withoutBuilds('small'),
      open: (file) => store.openFrozen(file),
    })
    return { store, put, images, close }
  }

  async metrics(): Promise<MetricsWorld> {
    const { client, table } = await this.table()
    const open = () => new DynamoOutcomes(client, table, { now: () => Date.now() })
    return { metrics: open(), reopen: async () => open(), close: async () => client.destroy() }
  }

  async callBook(): Promise<CallBookWorld> {
    const { client, table } = await this.table()
    return {
      open: (clock) => new DynamoCallBook(client, table, clock),
      close: async () => client.destroy(),
    }
  }

  /** Machines that end at once: that the real ones run is shown by the journey. */
  async workflows(): Promise<WorkflowsWorld> {
    const client = new SFNClient(this.client)
    const prefix = `${this.name('machines')}-`
    const arns = await Promise.all(machines.map((kind) => this.#machine(client, `${prefix}${kind}`)))
    const kind = machines[0]?.length ?? 0
    const arnPrefix = arns[0]?.slice(0, -kind) ?? ''
    const waits = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 600, End: true } } }
    return {
      workflows: new StepFunctions(client, arnPrefix),
      // The machine is another one for a moment: what has begun goes by what it was then.
      hold: async (operation) => {
        const stateMachineArn = `${arnPrefix}${operation.kind}`
        const changed = async (definition: object) =>
          client.send(
            new UpdateStateMachineCommand({ stateMachineArn, definition: JSON.stringify(definition) }),
          )
        await changed(waits)
        await new StepFunctions(client, arnPrefix).start(operation)
        await changed(endsAtOnce)
      },
      began: async () => {
        const begun = await Promise.all(
          machines.map(async (machine, i) => {
            const inputs = await inputsOf(client, arns[i] ?? '')
            return inputs.map((input) => ({ machine, ...JSON.parse(input) }))
          }),
        )
        return begun.flat()
      },
      close: async () => client.destroy(),
    }
  }

  /** Whoever listens is a state machine that a rule starts with each event. */
  async events(): Promise<EventsWorld> {
    const client = new EventBridgeClient(this.client)
    const listeners = new SFNClient(this.client)
    const name = this.name('listener')
    const listener = await this.#machine(listeners, name)
    await client.send(
      new PutRuleCommand({ Name: name, EventPattern: JSON.stringify({ source: ['sluice'] }) }),
    )
    await client.send(
      new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'listener', Arn: listener, RoleArn: anyRole }] }),
    )
    return {
      events: new EventBridge(client, 'default', 'test', { now: () => Date.now() }),
      heard: async () =>
        (await inputsOf(listeners, listener)).map((input) => JSON.parse(input) as PublishedEvent),
      close: async () => {
        client.destroy()
        listeners.destroy()
      },
    }
  }

  async #machine(client: SFNClient, name: string): Promise<string> {
    const definition = JSON.stringify(endsAtOnce)
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({ name, definition, roleArn: anyRole }),
    )
    return stateMachineArn ?? ''
  }
}

const endsAtOnce = { StartAt: 'End', States: { End: { Type: 'Succeed' } } }

const anyRole = `arn:aws:iam::${emulated.account}:role/any`

/** The input of every execution of a machine. */
async function inputsOf(client: SFNClient, stateMachineArn: string): Promise<string[]> {
  const found: (string | undefined)[] = []
  for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn }))
    found.push(...executions.map(({ executionArn }) => executionArn))
  const described = await Promise.all(
    found.map((executionArn) => client.send(new DescribeExecutionCommand({ executionArn }))),
  )
  return described.map(({ input = '{}' }) => input)
}
