import { Gunzip, Unzlib } from 'fflate/browser'

/** The most that a file is unpacked to, in bytes. */
export const mostUnpackedBytes = 256 * 2 ** 20

/** Bytes given to the unpacker at once: deflate makes at most 1032 times as many of them (zlib's own bound), 17 MB. */
export const pieceBytes = 16 * 1024

/**
 * Unpack zlib or gzip.
 * @returns the bytes, or undefined where there are more than `mostUnpackedBytes`
 * @throws Error where they are no such stream, or end too early
 */
export function inflated(bytes: Uint8Array, by: 'zlib' | 'gzip'): Uint8Array | undefined {
  const chunks: Uint8Array[] = []
  let length = 0
  const stream = new (by === 'zlib' ? Unzlib : Gunzip)((chunk) => {
    length += chunk.length
    if (length <= mostUnpackedBytes) chunks.push(chunk)
  })
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    stream.push(bytes.subarray(at, at + pieceBytes), at + pieceBytes >= bytes.length)
    if (length > mostUnpackedBytes) return undefined
  }
  return joined(chunks, length)
}

export function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
