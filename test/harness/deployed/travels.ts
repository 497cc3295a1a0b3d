import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation'
import { InvokeCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import {
  paginateListExecutions,
  paginateListStateMachines,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import type { HistoryEntry } from '../../../lib/rules/audit.ts'
import type { Operation } from '../../../lib/rules/operation.ts'
import type { RolloutControl } from '../../../lib/rules/rollout-control.ts'
import type { ModelRecord } from '../../../lib/rules/routing.ts'
import { until } from '../until.ts'
import type { Answer, DeployedPlatform } from './deployed-platform.ts'

export const iris = join(import.meta.dirname, '..', '..', '..', 'examples', 'iris')
export const oneRow = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 }
/** What stands in for Lambda starts and stalls as it likes: these journeys are about errors, and latency is the judge's. */
export const aside = { alias: 'none', limits: { maxLatencyP95Ratio: 20 } }
export const canary = { kind: 'canary', steps: [{ weightPercent: 40, bakeTimeSeconds: 10 }] }

export const model = (version: string) => readFile(join(iris, version, 'model.onnx'))
export const versionOf = ({ headers }: Answer) => headers['model-version']
/** What tells intake of an upload. */
export const created = (key: string) => ({ detail: { object: { key }, requester: 'ada' } })

/** What people do with a platform: they upload, wait, ask and move; and what they find in its account. */
export class Travels {
  readonly platform: DeployedPlatform
  readonly #s3: S3Client

  constructor(platform: DeployedPlatform) {
    this.platform = platform
    this.#s3 = new S3Client({ ...platform.place.client, forcePathStyle: true })
  }

  close(): void {
    this.#s3.destroy()
  }

  put(Key: string, Body: Uint8Array) {
    return this.#s3.send(new PutObjectCommand({ Bucket: this.platform.bucket, Key, Body }))
  }

  /** What lies in the store under a key. */
  async text(Key: string): Promise<string> {
    const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.platform.bucket, Key }))
    return (await Body?.transformToString()) ?? ''
  }

  /** A folder, its manifest last, which names every file. */
  async putRelease(
    name: string,
    version: string,
    files: Readonly<Record<string, Uint8Array | string>>,
    manifest: object,
  ): Promise<void> {
    const contents = Object.entries(files).map(([path, content]) => ({ path, bytes: Buffer.from(content) }))
    const named = contents.map(({ path, bytes }) => ({
      path,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    }))
    const place = `models/${name}/${version}`
    for (const { path, bytes } of contents) await this.put(`${place}/${path}`, bytes)
    await this.put(`${place}/model.yaml`, Buffer.from(JSON.stringify({ ...manifest, files: named })))
  }

  model(name: string): Promise<Pick<ModelRecord, 'aliases'>> {
    return this.read(`/models/${name}`)
  }

  async history(name: string): Promise<HistoryEntry[]> {
    return (await this.read<{ entries: HistoryEntry[] }>(`/models/${name}/history`)).entries
  }

  async read<T>(path: string): Promise<T> {
    return JSON.parse((await this.platform.call('GET', path)).body)
  }

  ask(path: string, row: unknown = oneRow): Promise<Answer> {
    return this.platform.call('POST', `/models/${path}/invocations`, row)
  }

  async state(name: string, version: string): Promise<string | undefined> {
    return (await this.read<{ state?: string }>(`/models/${name}/versions/${version}`)).state
  }

  ready(name: string, version: string, within = this.platform.place.patienceMs) {
    return until(
      `${name} ${version} is ready`,
      async () => {
        const now = await this.state(name, version)
        if (now === 'FAILED')
          throw new Error((await this.platform.call('GET', `/models/${name}/operations`)).body)
        return now === 'READY'
      },
      within,
    )
  }

  ended(id: string, within = this.platform.place.patienceMs) {
    return until(
      `${id} ends`,
      async () => {
        const operation = await this.read<Operation>(`/operations/${id}`)
        return operation.state !== 'running' && operation
      },
      within,
    )
  }

  async promote(name: string, version: string, rollout: unknown): Promise<Operation> {
    const asked = { version, rollout }
    return JSON.parse((await this.platform.call('POST', `/models/${name}/promotions`, asked)).body)
  }

  /** Wait until a rollout bakes at a step. */
  bakes(id: string, step: number): Promise<Operation> {
    return until(
      `${id} bakes at step ${step}`,
      async () => {
        const operation = await this.read<Operation>(`/operations/${id}`)
        return operation.rollout?.step === step && operation
      },
      this.platform.place.patienceMs,
    )
  }

  /** Hold, push or end a rollout. */
  async control(id: string, what: RolloutControl, asked: object): Promise<void> {
    const { status, body } = await this.platform.call('POST', `/operations/${id}/${what}`, asked)
    if (status !== 200) throw new Error(`${what} of ${id} was answered ${status} ${body}`)
  }

  /** An application that keeps asking the live alias until something has come about. @returns what it was answered */
  async underTraffic<T>(
    name: string,
    rows: readonly unknown[],
    work: Promise<T>,
  ): Promise<{ readonly result: T; readonly answers: readonly Answer[] }> {
    const answers: Answer[] = []
    let over = false
    const result = work.finally(() => {
      over = true
    })
    const caller = async (first: number) => {
      for (let i = first; !over; i += 1) answers.push(await this.ask(name, rows[i % rows.length]))
    }
    await Promise.all([0, 40, 80, 120].map(caller))
    return { result: await result, answers }
  }

  /** Call one of the platform's own functions. @param id how its logical id in the stack begins: AWS may cut its name */
  async invoke(id: string, event: unknown) {
    const { place, door } = this.platform
    const stacks = new CloudFormationClient(place.client)
    const found: string[] = []
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client: stacks },
      { StackName: door.stack },
    ))
      for (const { ResourceType, LogicalResourceId = '', PhysicalResourceId = '' } of StackResourceSummaries)
        if (ResourceType === 'AWS::Lambda::Function' && LogicalResourceId.startsWith(id))
          found.push(PhysicalResourceId)
    stacks.destroy()
    const [FunctionName, ...others] = found
    if (FunctionName === undefined || others.length > 0)
      throw new Error(`${door.stack} has ${found.length} functions whose ids begin with ${id}`)
    const client = new LambdaClient(place.client)
    return client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }))
  }

  /** The functions of the account whose names begin so. */
  async functions(prefix: string): Promise<string[]> {
    const client = new LambdaClient(this.platform.place.client)
    const names: string[] = []
    for await (const { Functions = [] } of paginateListFunctions({ client }, {}))
      names.push(...Functions.map(({ FunctionName = '' }) => FunctionName))
    return names.filter((name) => name.startsWith(prefix))
  }

  /** The executions of one of the platform's machines. */
  async executionsOf(kind: string): Promise<string[]> {
    const client = new SFNClient(this.platform.place.client)
    return (await this.#executions(client, kind)).map(({ name = '' }) => name)
  }

  /** Let the executions of an operation die, as nothing of ours would end them. */
  async stopExecutions(kind: string, operation: string): Promise<void> {
    const client = new SFNClient(this.platform.place.client)
    const found = (await this.#executions(client, kind)).filter(({ name }) => name?.startsWith(operation))
    if (found.length === 0) throw new Error(`${operation} has no execution`)
    for (const { executionArn } of found) await client.send(new StopExecutionCommand({ executionArn }))
  }

  async #executions(client: SFNClient, kind: string) {
    const found: { readonly name?: string | undefined; readonly executionArn?: string | undefined }[] = []
    for await (const { stateMachines = [] } of paginateListStateMachines({ client }, {}))
      for (const { name, stateMachineArn } of stateMachines) {
        if (name !== `${this.platform.door.platformName}-${kind}`) continue
        for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn }))
          found.push(...executions)
      }
    return found
  }
}
