import { crc32 } from 'node:zlib'
import { checkExpansion } from '../../lib/rules/archive/archive-judgement.ts'
import { archiveRefused } from '../../lib/rules/archive/archive-kind.ts'
import { ByteReader } from '../../lib/rules/archive/byte-reader.ts'
import {
  checkGzipTrailer,
  gzipHeaderBytes,
  gzipTrailerBytes,
  mostGzipHeaderBytes,
} from '../../lib/rules/archive/gzip-header.ts'
import { type OpenEntry, tarEntries } from '../../lib/rules/archive/tar-entries.ts'
import { type ArchiveSource, bytesOf, partOf } from './archive-source.ts'
import { inflating } from './inflated.ts'

/** The entries of a `.tar.gz`, in order; its sum is checked behind the last. @throws Problem `archive-refused` */
export async function* gzipEntries(source: ArchiveSource): AsyncGenerator<OpenEntry> {
  const reader = new ByteReader(unpacked(source))
  try {
    yield* tarEntries(reader)
  } finally {
    await reader.close()
  }
}

/** What is in a gzip file: one stream, and nothing behind it. */
async function* unpacked(source: ArchiveSource): AsyncGenerator<Uint8Array> {
  const { size } = source
  const from = gzipHeaderBytes(await bytesOf(source, 0, mostGzipHeaderBytes))
  const { bytes, consumed } = inflating(partOf(source, from, size))
  let sum = 0
  let length = 0
  for await (const piece of bytes) {
    sum = crc32(piece, sum)
    length += piece.length
    checkExpansion(size, length)
    yield piece
  }
  if (from + consumed() !== size - gzipTrailerBytes)
    throw archiveRefused(
      'it goes on behind the end of its gzip stream, where other tools see nothing; pack it anew, as one',
    )
  checkGzipTrailer(await bytesOf(source, size - gzipTrailerBytes, size), sum, length)
}
