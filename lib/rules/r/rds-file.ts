import { inflated, mostUnpackedBytes } from '../python/bounded-inflate.ts'
import { brokenRds } from './rds-cursor.ts'
import { RdsStream, TooMuchOfRds } from './rds-stream.ts'
import type { RdsFacts, RValue } from './rds-value.ts'

/** What a file of saveRDS holds. */
export interface RdsFile {
  readonly value: RValue
  readonly facts: RdsFacts
}

/** How files begin that saveRDS has compressed in another way than gzip. */
const otherCompressions: readonly (readonly [string, readonly number[]])[] = [
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
]

/**
 * Read what `saveRDS` wrote, compressed by gzip or not at all, without running any of it.
 * @returns why it cannot be looked through, where it may be well
 * @throws Problem `artifact-corrupt` where it is no such file
 */
export function readRdsFile(bytes: Uint8Array): RdsFile | { readonly unread: string } {
  const begins = (magic: readonly number[]) => magic.every((byte, i) => bytes[i] === byte)
  const other = otherCompressions.find(([, magic]) => begins(magic))
  if (other !== undefined)
    return { unread: `it is compressed by ${other[0]}; save it with saveRDS(x, file), which uses gzip` }
  const plain = isGzip(bytes) ? unzipped(bytes) : bytes
  if (plain === undefined) return { unread: `it unpacks to more than ${mostUnpackedBytes / 2 ** 20} MiB` }
  const stream = new RdsStream(plain)
  try {
    return { value: stream.read(), facts: stream.facts }
  } catch (error) {
    if (error instanceof TooMuchOfRds)
      return { unread: 'it holds too many values, or values too deep in each other' }
    throw error
  }
}

/**
 * Read a crate of MLflow: saveRDS of a raw vector that `serialize` has written.
 * @returns why it cannot be looked through, where it may be well
 * @throws Problem `artifact-corrupt` where it is no such file
 */
export function readCrate(bytes: Uint8Array): RdsFile | { readonly unread: string } {
  const outer = readRdsFile(bytes)
  if ('unread' in outer || outer.value.type !== 'raw') return outer
  const begun = isGzip(bytes) ? unzipped(bytes) : bytes
  // The elements of a vector without attributes are the last of its stream.
  return readRdsFile(begun?.subarray(begun.length - outer.value.length) ?? bytes)
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function unzipped(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return inflated(bytes, 'gzip')
  } catch {
    throw brokenRds('it begins as gzip and cannot be unpacked')
  }
}
