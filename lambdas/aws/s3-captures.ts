import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { CapturedRecord } from '../../lib/rules/capture/captured-call.ts'
import { recordBatches } from '../../lib/rules/capture/record-batches.ts'
import { capturesPrefix, hourMs, hourOf, lateMs, versionPartition } from '../../lib/wiring/capture-layout.ts'
import type { CapturedRange, CaptureStanding, CaptureStore } from '../monitoring-ports.ts'
import { lostCaptures } from './capture-counts.ts'

export interface S3CapturesProps {
  readonly s3: S3Client
  readonly bucket: string
  readonly table: { readonly client: DynamoDBDocumentClient; readonly name: string }
  /** Takes calls to be recorded. */
  readonly taking: Pick<CaptureStore, 'take'>
}

/** Recorded calls in the store's bucket, where Firehose has put them. */
export class S3Captures implements CaptureStore {
  readonly #props: S3CapturesProps

  constructor(props: S3CapturesProps) {
    this.#props = props
  }

  take(call: Parameters<CaptureStore['take']>[0]): void {
    this.#props.taking.take(call)
  }

  async *read({ model, version, fromMs, untilMs }: CapturedRange): AsyncGenerator<readonly CapturedRecord[]> {
    const [from, until] = [new Date(fromMs).toISOString(), new Date(untilMs).toISOString()]
    for (const key of await this.#keys(model, version)) {
      const hour = hourOf(key) ?? 0
      // A delivery lies where it arrived, which is after its calls came.
      if (hour + hourMs <= fromMs || hour >= untilMs + lateMs) continue
      for await (const records of this.#recordsIn(key)) {
        const within = records.filter(({ at }) => at >= from && at < until)
        if (within.length > 0) yield within
      }
    }
  }

  standing(model: string): Promise<readonly CaptureStanding[]> {
    const { client, name } = this.#props.table
    return lostCaptures(client, name, model)
  }

  async forget({ model, version, beforeMs }: Parameters<CaptureStore['forget']>[0]): Promise<void> {
    const old = (await this.#keys(model, version)).filter(
      (key) => (hourOf(key) ?? Number.POSITIVE_INFINITY) + hourMs <= beforeMs,
    )
    const { s3, bucket } = this.#props
    for (let at = 0; at < old.length; at += 1000) {
      const Objects = old.slice(at, at + 1000).map((Key) => ({ Key }))
      const { Errors = [] } = await s3.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
      )
      const [error] = Errors
      if (error !== undefined) throw new Error(`${error.Key} was not removed: ${error.Code} ${error.Message}`)
    }
  }

  async #keys(model: string, version: string): Promise<string[]> {
    const { s3, bucket } = this.#props
    const keys: string[] = []
    const Prefix = `${capturesPrefix}${versionPartition(model, version)}`
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix }))
      keys.push(...Contents.map(({ Key = '' }) => Key))
    return keys
  }

  async *#recordsIn(key: string): AsyncGenerator<CapturedRecord[]> {
    const { s3, bucket } = this.#props
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    const bytes = Body as Readable
    const input = key.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
    yield* recordBatches(createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
  }
}
