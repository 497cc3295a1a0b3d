import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3'
import { monitoringPrefix } from '../../lib/wiring/capture-layout.ts'
import type { MonitoringStore } from '../monitoring-ports.ts'

/** What monitoring leaves for itself, each document an object of the store's bucket. */
export class S3Monitoring implements MonitoringStore {
  readonly #client: S3Client
  readonly #bucket: string

  constructor(client: S3Client, bucket: string) {
    this.#client = client
    this.#bucket = bucket
  }

  async read(key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: monitoringPrefix + key }),
      )
      return await text(Body as Readable)
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined
      throw error
    }
  }

  async write(key: string, content: string): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: monitoringPrefix + key,
        Body: content,
        ContentType: 'application/json',
      }),
    )
  }

  async list(prefix: string): Promise<readonly string[]> {
    const keys: string[] = []
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: this.#client },
      { Bucket: this.#bucket, Prefix: monitoringPrefix + prefix },
    ))
      keys.push(...Contents.map(({ Key = '' }) => Key.slice(monitoringPrefix.length)))
    return keys.toSorted()
  }

  async remove(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: monitoringPrefix + key }))
  }
}
