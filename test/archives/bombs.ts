import { open } from 'node:fs/promises'
import { constants, crc32, deflateRawSync } from 'node:zlib'
import { endOfTar, tarEntry } from './tar-bytes.ts'
import { zip } from './zip-bytes.ts'

const stretch = 2 ** 20

/** A tar in gzip of any length, made of one stretch of a MiB over and over: made in a moment, and small on the disk. */
export async function writeTarGz(
  place: string,
  {
    mebibytes,
    bytes,
    behindItsEnd = false,
  }: { mebibytes: number; bytes: Uint8Array; behindItsEnd?: boolean },
): Promise<void> {
  const size = mebibytes * stretch
  const header = tarEntry({ name: 'weights.bin', sizeField: `${size.toString(8).padStart(11, '0')}\0` })
  const head = behindItsEnd ? Buffer.concat([tarEntry({ name: 'a', body: 'x' }), endOfTar]) : header
  const tail = behindItsEnd ? Buffer.alloc(0) : endOfTar
  const flushed = { finishFlush: constants.Z_FULL_FLUSH }
  await using file = await open(place, 'w')
  await file.write(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255))
  await file.write(deflateRawSync(head, flushed))
  const packed = deflateRawSync(bytes, flushed)
  let sum = crc32(head)
  for (let i = 0; i < mebibytes; i += 1) {
    await file.write(packed)
    sum = crc32(bytes, sum)
  }
  await file.write(deflateRawSync(tail))
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(tail, sum), 0)
  trailer.writeUInt32LE((head.length + size + tail.length) % 2 ** 32, 4)
  await file.write(trailer)
}

/** A zip whose one entry unpacks to far more than it says. */
export function zipBomb(mebibytes: number, says: number): Buffer {
  const packed = deflateRawSync(Buffer.alloc(stretch), { finishFlush: constants.Z_FULL_FLUSH })
  const lies = Buffer.concat([...Array.from({ length: mebibytes }, () => packed), deflateRawSync('')])
  return zip([{ name: 'a', lies, size: says }])
}

/** A MiB that packs to a twentieth, as weights with many zeros do. */
export function sparseWeights(): Uint8Array {
  const bytes = new Uint8Array(stretch)
  let state = 7
  for (let at = 0; at < stretch; at += 16) {
    state = (state * 1103515245 + 12345) % 2 ** 31
    bytes[at] = state >> 16
  }
  return bytes
}
