import { inflated, mostUnpackedBytes } from './bounded-inflate.ts'
import { brokenStream } from './pickle-cursor.ts'
import { TooMuchToRead } from './pickle-stack.ts'
import { type PickledValue, readPickle } from './pickle-stream.ts'

/** The most of a file that is looked through, in bytes: all of it lies in memory for that. */
export const mostReadBytes = 256 * 2 ** 20

/** A file that may be well, of which nothing could be read here. */
export interface Unread {
  /** Why, as the end of a sentence. */
  readonly unread: string
}

/** How the files begin that joblib compresses in another way than zlib and gzip. */
const otherCompressions: readonly (readonly [string, readonly number[]])[] = [
  ['bz2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['lzma', [0x5d, 0x00, 0x00]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
]

/**
 * Read what `joblib.dump` or `pickle.dump` wrote, compressed by zlib, by gzip or not at all, without calling anything.
 * @throws Problem `artifact-corrupt` where it is no such file
 */
export function readPickleFile(bytes: Uint8Array): PickledValue | Unread {
  const other = otherCompressions.find(([, magic]) => begins(bytes, magic))
  if (other !== undefined)
    return {
      unread: `it is compressed by ${other[0]}, which is not unpacked here; save it with compress=0 or compress='zlib'`,
    }
  const plain = unpacked(bytes)
  if (plain === undefined) return { unread: `it unpacks to more than ${mostUnpackedBytes / 2 ** 20} MiB` }
  try {
    return readPickle(plain)
  } catch (error) {
    if (error instanceof TooMuchToRead) return { unread: 'it holds too many values to look through' }
    throw error
  }
}

function unpacked(bytes: Uint8Array): Uint8Array | undefined {
  const gzip = begins(bytes, [0x1f, 0x8b])
  if (!gzip && bytes[0] !== 0x78) return bytes
  try {
    return inflated(bytes, gzip ? 'gzip' : 'zlib')
  } catch {
    throw brokenStream(`it begins as ${gzip ? 'gzip' : 'zlib'} and cannot be unpacked`)
  }
}

function begins(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte)
}
