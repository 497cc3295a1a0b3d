import { type FileHandle, open } from 'node:fs/promises'
import type { LimitFunction } from 'p-limit'
import { Problem } from '../../lib/rules/problem.ts'
import type { Bucket, PartedUpload } from './bucket.ts'

/** A file, and the key that it is to have. */
export interface OutgoingFile {
  readonly key: string
  readonly place: string
  readonly size: number
}

/** The least that S3 takes for a part, 5 MiB: what is shown on the way moves in such steps. */
const leastPartBytes = 5 * 1024 ** 2
const mostParts = 10_000

/**
 * Send one file, in parts where it is large. Each piece waits for a lane, so that all the files together hold no more
 * than a piece for each lane in memory. A large file that fails leaves no parts behind.
 * @param moved told of each piece that has arrived, in bytes
 */
export async function sendFile(
  bucket: Bucket,
  lanes: LimitFunction,
  { key, place, size }: OutgoingFile,
  moved: (bytes: number) => void,
): Promise<void> {
  const partBytes = Math.max(leastPartBytes, Math.ceil(size / mostParts))
  await using file = await open(place)
  if (size <= partBytes) {
    await lanes(async () => bucket.put(key, await pieceOf(file, place, 0, size)))
    moved(size)
    return
  }
  const upload = await bucket.begin(key)
  try {
    await allParts(Math.ceil(size / partBytes), (i) =>
      lanes(async () => {
        bucket.signal.throwIfAborted()
        const from = i * partBytes
        const piece = await pieceOf(file, place, from, Math.min(partBytes, size - from))
        await upload.part(i + 1, piece)
        moved(piece.length)
      }),
    )
    await upload.complete()
  } catch (error) {
    await abandon(upload)
    throw error
  }
}

/** All of them, or the first error, but only after every one has ended: parts are thrown away when none can arrive. */
async function allParts(count: number, send: (i: number) => Promise<void>): Promise<void> {
  const ended = await Promise.allSettled(Array.from({ length: count }, (_, i) => send(i)))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}

/** Parts that cannot be thrown away now are no reason to hide why the upload failed. */
async function abandon(upload: PartedUpload): Promise<void> {
  await upload.abandon().catch(() => undefined)
}

async function pieceOf(file: FileHandle, place: string, from: number, length: number): Promise<Uint8Array> {
  const piece = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(piece, filled, length - filled, from + filled)
    if (bytesRead === 0)
      throw new Problem('usage', `${place} became shorter while it was uploaded; push again`)
    filled += bytesRead
  }
  return piece
}
