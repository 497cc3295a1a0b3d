import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { callerCredentials } from './credentials.ts'
import { storeProblem } from './store-problem.ts'

/** An object as the bucket lists it. */
export interface StoredObject {
  readonly key: string
  readonly size: number
}

/** An object that is sent in parts, and seen by nobody before it is completed. */
export interface PartedUpload {
  /** @param number 1 to 10,000 */
  part(number: number, bytes: Uint8Array): Promise<void>
  complete(): Promise<void>
  /** Throw away what was sent. */
  abandon(): Promise<void>
}

const deletedAtOnce = 1000

/**
 * The bucket of a deployed platform. Every object is written with its SHA-256, which the bucket checks, and only where
 * there is none of its key. Every refusal is thrown as a Problem.
 */
export class Bucket {
  readonly url: string
  /** Aborted by the caller, or by the first write that failed: what is still to be written fails for that reason. */
  readonly signal: AbortSignal
  readonly #name: string
  readonly #client: S3Client
  readonly #failed = new AbortController()

  /** @param interrupted stops every write that is under way, but not the throwing away of parts */
  constructor(name: string, region: string, interrupted: AbortSignal) {
    this.url = `s3://${name}`
    this.signal = AbortSignal.any([interrupted, this.#failed.signal])
    this.#name = name
    this.#client = new S3Client({
      region,
      credentials: callerCredentials(),
      followRegionRedirects: true,
      // A network that is lost says nothing, and Node would wait for a quarter of an hour.
      requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
      // An endpoint of one's own seldom has a host name for each bucket.
      forcePathStyle: Object.keys(process.env).some((key) => /^AWS_ENDPOINT_URL(?:_S3)?$/.test(key)),
    })
  }

  async list(prefix: string): Promise<StoredObject[]> {
    return this.#told(async () => {
      const objects: StoredObject[] = []
      const asked = { Bucket: this.#name, Prefix: prefix }
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, asked))
        objects.push(...Contents.map(({ Key = '', Size = 0 }) => ({ key: Key, size: Size })))
      return objects
    })
  }

  async text(key: string): Promise<string> {
    return this.#told(async () => {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#name, Key: key }))
      return (await Body?.transformToString()) ?? ''
    })
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.#told(async () => {
      for (let i = 0; i < keys.length; i += deletedAtOnce) {
        const Objects = keys.slice(i, i + deletedAtOnce).map((Key) => ({ Key }))
        const { Errors = [] } = await this.#client.send(
          new DeleteObjectsCommand({ Bucket: this.#name, Delete: { Objects, Quiet: true } }),
        )
        const [first] = Errors
        if (first !== undefined)
          throw Object.assign(new Error(first.Message), {
            name: first.Code,
            $metadata: { httpStatusCode: 403 },
          })
      }
    })
  }

  /** @throws Problem `version-exists` where there is an object of this key */
  async put(key: string, bytes: Uint8Array): Promise<void> {
    const ChecksumSHA256 = sha256Base64(bytes)
    const object = { Bucket: this.#name, Key: key, Body: bytes, ChecksumSHA256, IfNoneMatch: '*' }
    await this.#create(key, ChecksumSHA256, (options) =>
      this.#client.send(new PutObjectCommand(object), options),
    )
  }

  async begin(key: string): Promise<PartedUpload> {
    const upload = { Bucket: this.#name, Key: key }
    const { UploadId } = await this.#write((options) =>
      this.#client.send(
        new CreateMultipartUploadCommand({ ...upload, ChecksumAlgorithm: 'SHA256' }),
        options,
      ),
    )
    const parts: CompletedPart[] = []
    return {
      part: async (PartNumber, Body) => {
        const ChecksumSHA256 = sha256Base64(Body)
        const part = { ...upload, UploadId, PartNumber, Body, ChecksumSHA256 }
        const { ETag } = await this.#write((options) =>
          this.#client.send(new UploadPartCommand(part), options),
        )
        parts.push({ PartNumber, ETag, ChecksumSHA256 })
      },
      complete: async () => {
        const Parts = parts.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0))
        const whole = { ...upload, UploadId, MultipartUpload: { Parts }, IfNoneMatch: '*' }
        await this.#create(key, digestOfParts(Parts), (options) =>
          this.#client.send(new CompleteMultipartUploadCommand(whole), options),
        )
      },
      abandon: async () => {
        await this.#client.send(new AbortMultipartUploadCommand({ ...upload, UploadId }))
      },
    }
  }

  close(): void {
    this.#client.destroy()
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw storeProblem(this.url, error)
    }
  }

  /** Create an object, or find it there with the same bytes: then the answer to an earlier try was lost. */
  async #create(key: string, sha256: string, send: (options: Stoppable) => Promise<unknown>): Promise<void> {
    await this.#write((options) =>
      send(options).catch(async (error) => {
        if ((await this.#sha256Of(key)) !== sha256) throw error
      }),
    )
  }

  async #sha256Of(key: string): Promise<string | undefined> {
    const asked = { Bucket: this.#name, Key: key, ChecksumMode: 'ENABLED' } as const
    return this.#client.send(new HeadObjectCommand(asked), { abortSignal: this.signal }).then(
      ({ ChecksumSHA256 }) => ChecksumSHA256,
      () => undefined,
    )
  }

  async #write<T>(send: (options: Stoppable) => Promise<T>): Promise<T> {
    try {
      this.signal.throwIfAborted()
      return await send({ abortSignal: this.signal })
    } catch (error) {
      if (!this.signal.aborted) this.#failed.abort(storeProblem(this.url, error))
      throw this.signal.reason
    }
  }
}

interface Stoppable {
  readonly abortSignal: AbortSignal
}

/** What S3 calls the SHA-256 of an object in parts: that of the parts' digests, and how many they are. */
function digestOfParts(parts: readonly CompletedPart[]): string {
  const digests = parts.map(({ ChecksumSHA256 = '' }) => Buffer.from(ChecksumSHA256, 'base64'))
  return `${sha256Base64(Buffer.concat(digests))}-${parts.length}`
}

function sha256Base64(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64')
}
