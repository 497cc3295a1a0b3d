import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import type { FrozenFile } from '../../lib/rules/artifact.ts'
import { unpackedKey } from '../../lib/wiring/store-layout.ts'
import { asPromised } from '../as-promised.ts'
import { patiently } from './patience.ts'

/** A file of no more is held in memory, so that the SDK may send it again by itself. */
const heldBytes = 8 * 2 ** 20

/**
 * Keep a file that came out of an archive, by its SHA-256: once, whoever brings it and however often. S3 checks the
 * digest too, and takes nothing else.
 */
export async function keepUnpacked(
  client: S3Client,
  bucket: string,
  file: Omit<FrozenFile, 'ref'>,
  bytes: AsyncIterable<Uint8Array>,
): Promise<FrozenFile> {
  const key = unpackedKey(file.sha256)
  const checked = asPromised(file, bytes)
  const body = file.size > heldBytes ? Readable.from(checked, { objectMode: false }) : await buffer(checked)
  const put = () =>
    client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentLength: file.size,
        ChecksumSHA256: base64Of(file),
        IfNoneMatch: '*',
      }),
    )
  try {
    // A stream goes by once: what was raced is done again with the whole step.
    const { VersionId = 'null' } = await (body instanceof Readable ? put() : patiently(isRaced, put))
    return { ...file, ref: `${key}@${VersionId}` }
  } catch (error) {
    if (!(error instanceof S3ServiceException && error.name === 'PreconditionFailed')) throw error
    return { ...file, ref: `${key}@${await standingVersion(client, bucket, key, file)}` }
  }
}

/** The version that stands under a key. @throws Error where it does not hold what its key says */
async function standingVersion(
  client: S3Client,
  bucket: string,
  key: string,
  file: Pick<FrozenFile, 'sha256'>,
): Promise<string> {
  const { VersionId = 'null', ChecksumSHA256 } = await client.send(
    new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }),
  )
  const found = ChecksumSHA256 ?? (await readChecksum(client, bucket, key))
  if (found !== base64Of(file)) throw new Error(`what lies at ${key} is not what its name says`)
  return VersionId
}

/** The SHA-256 of an object, in Base64, where the store tells none of it. */
async function readChecksum(client: S3Client, bucket: string, key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  const hash = createHash('sha256')
  for await (const chunk of Body as Readable) hash.update(chunk)
  return hash.digest('base64')
}

function base64Of({ sha256 }: Pick<FrozenFile, 'sha256'>): string {
  return Buffer.from(sha256, 'hex').toString('base64')
}

/** Two wrote the same key at once, and S3 has let neither win yet. */
export function isRaced(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === 'ConditionalRequestConflict'
}
