import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import {
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import type { KeptText, LockTexts } from './dependency-locks.ts'
import { patiently } from './patience.ts'
import { isRaced } from './unpacked-objects.ts'

/** Locks and what becomes of them, in the model store beside the models. */
export class S3Locks implements LockTexts {
  readonly #client: S3Client
  readonly #bucket: string

  constructor(client: S3Client, bucket: string) {
    this.#client = client
    this.#bucket = bucket
  }

  async read(key: string): Promise<KeptText | undefined> {
    try {
      const { Body, LastModified } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: key }),
      )
      return { text: await text(Body as Readable), writtenAt: LastModified?.getTime() ?? 0 }
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined
      throw error
    }
  }

  async keep(key: string, content: string): Promise<void> {
    try {
      await patiently(isRaced, () =>
        this.#client.send(
          new PutObjectCommand({
            Bucket: this.#bucket,
            Key: key,
            Body: content,
            ContentType: 'text/plain; charset=utf-8',
            IfNoneMatch: '*',
          }),
        ),
      )
    } catch (error) {
      // Its key tells what is in it: whoever was first has written the same.
      if (!(error instanceof S3ServiceException && error.name === 'PreconditionFailed')) throw error
    }
  }
}
