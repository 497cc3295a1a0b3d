import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { archiveBroken } from '../../lib/rules/archive/archive-kind.ts'

/** What comes out of DEFLATE, and once all has gone by, how many bytes went in. */
export interface Inflating {
  readonly bytes: AsyncIterable<Uint8Array>
  consumed(): number
}

/**
 * Unpack DEFLATE (RFC 1951) up to its own end: what stands behind it is not taken.
 * @throws Problem `archive-refused` while it is read, where it is damaged or ends too early
 */
export function inflating(packed: AsyncIterable<Uint8Array>): Inflating {
  // In pieces of 16 KiB: with 64 the process is 40 MiB larger, until the garbage is collected.
  const inflate = createInflateRaw()
  async function* bytes(): AsyncGenerator<Uint8Array> {
    // Why it ended is told by the side that is read.
    const fed = pipeline(packed, inflate).catch((error) => error)
    try {
      yield* inflate
    } catch (error) {
      if (isOfZlib(error)) throw archiveBroken('it is damaged, or ends in the middle')
      throw error
    } finally {
      inflate.destroy()
      await fed
    }
  }
  return { bytes: bytes(), consumed: () => inflate.bytesWritten }
}

function isOfZlib(error: unknown): boolean {
  return Error.isError(error) && 'code' in error && /^Z_/.test(String(error.code))
}
