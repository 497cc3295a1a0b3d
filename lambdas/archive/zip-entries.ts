import { crc32 } from 'node:zlib'
import { archiveBroken, archiveRefused, entryRefused } from '../../lib/rules/archive/archive-kind.ts'
import { ByteReader } from '../../lib/rules/archive/byte-reader.ts'
import type { OpenEntry } from '../../lib/rules/archive/tar-entries.ts'
import {
  mostDirectoryBytes,
  readZipDirectory,
  type ZipMember,
  zipMethods,
} from '../../lib/rules/archive/zip-directory.ts'
import { mostZipEndBytes, readZipEnd } from '../../lib/rules/archive/zip-end.ts'
import {
  checkBehind,
  checkLocalHeader,
  lengthsBehind,
  localHeaderBytes,
  misplaced,
  mostBehindBytes,
} from '../../lib/rules/archive/zip-local.ts'
import { type ArchiveSource, bytesOf, partOf } from './archive-source.ts'
import { inflating } from './inflated.ts'

/**
 * The entries of a zip, in the order in which they lie in it, read from the front: each must begin where the one before
 * ends, so that nothing overlaps and nothing lies between. @throws Problem `archive-refused`
 */
export async function* zipEntries(source: ArchiveSource): AsyncGenerator<OpenEntry> {
  const { size } = source
  const end = readZipEnd(await bytesOf(source, size - mostZipEndBytes, size), size)
  if (end.directoryBytes > mostDirectoryBytes)
    throw archiveRefused('it holds far more entries than a model has files; pack many small files into one')
  const directory = await bytesOf(source, end.directoryAt, end.directoryAt + end.directoryBytes)
  const members = readZipDirectory(directory, end)
  if (members.length === 0) return
  const reader = new ByteReader(partOf(source, 0, end.directoryAt))
  try {
    let at = 0
    for (const [i, member] of members.entries()) {
      if (member.headerAt !== at) throw misplaced(member.name)
      const next = members[i + 1]?.headerAt ?? end.directoryAt
      at += await passHeader(reader, member)
      const behind = next - at - member.packedBytes
      if (behind < 0 || behind > mostBehindBytes) throw misplaced(member.name)
      yield* memberBytes(reader, member)
      checkBehind(await reader.exactly(behind), member)
      at = next
    }
  } finally {
    await reader.close()
  }
}

/** @returns how many bytes stand before the entry's own */
async function passHeader(reader: ByteReader, member: ZipMember): Promise<number> {
  const header = await reader.exactly(localHeaderBytes)
  const { name, extra } = lengthsBehind(header, member)
  checkLocalHeader(header, await reader.exactly(name), await reader.exactly(extra), member)
  return localHeaderBytes + name + extra
}

async function* memberBytes(reader: ByteReader, member: ZipMember): AsyncGenerator<OpenEntry> {
  let left = member.packedBytes
  async function* packed(): AsyncGenerator<Uint8Array> {
    while (left > 0) {
      const piece = await reader.some(left)
      if (piece.length === 0) throw archiveBroken(`it ends in the middle of ${member.name}`)
      left -= piece.length
      yield piece
    }
  }
  yield { entry: member, bytes: checked(packed, member) }
  for await (const _ of packed());
}

/** An entry's bytes, which must be as long as its header says, and have its sum. */
async function* checked(
  packed: () => AsyncGenerator<Uint8Array>,
  { name, method, size, sum, packedBytes }: ZipMember,
): AsyncGenerator<Uint8Array> {
  const { bytes, consumed } =
    method === zipMethods.stored ? { bytes: packed(), consumed: () => packedBytes } : inflating(packed())
  let found = 0
  let length = 0
  for await (const piece of bytes) {
    found = crc32(piece, found)
    length += piece.length
    if (length > size) break
    yield piece
  }
  if (length !== size || consumed() !== packedBytes)
    throw entryRefused(name, `does not unpack to the ${size} bytes that the directory says`, 'pack it anew')
  if (found !== sum)
    throw entryRefused(name, 'is damaged: its sum is another than the directory says', 'pack it anew')
}
