import type { ArchiveEntry } from './archive-entry.ts'
import { archiveBroken, archiveRefused, entryRefused } from './archive-kind.ts'
import type { ByteReader } from './byte-reader.ts'
import { type PaxFacts, readPaxRecords } from './pax-records.ts'
import { blockBytes, kindOfTar, readTarHeader, type TarHeader, untilZero } from './tar-header.ts'

/** An entry and its bytes: to be read, or not, before the next one is asked for. */
export interface OpenEntry {
  readonly entry: ArchiveEntry
  readonly bytes: AsyncIterable<Uint8Array>
}

/** Names and attributes of a Mac may be long; nothing else is. */
const mostExtendedBytes = 2 ** 20

/** What headers before an entry say of it. */
interface Ahead extends PaxFacts {
  readonly longName?: Uint8Array
}

/**
 * The entries of a tar, in order. What one reader of tar would take otherwise than another is refused: two names for
 * one entry, half records, bytes behind the end.
 * @throws Problem `archive-refused`
 */
export async function* tarEntries(reader: ByteReader): AsyncGenerator<OpenEntry> {
  let ahead: Ahead = {}
  for (;;) {
    const block = await reader.exactly(blockBytes)
    if (block.length < blockBytes) throw archiveBroken('it ends in the middle, or without its end mark')
    const header = readTarHeader(block)
    if (header === undefined) break
    const more = await extended(header, reader, ahead)
    if (more !== undefined) {
      ahead = more
      continue
    }
    const entry = entryOf(header, ahead)
    ahead = {}
    let left = entry.kind === 'file' ? entry.size : 0
    const next = async () => {
      const piece = await reader.some(left)
      if (piece.length === 0) throw archiveBroken(`it ends in the middle of ${entry.name}`)
      left -= piece.length
      return piece
    }
    const bytes = async function* () {
      while (left > 0) yield await next()
    }
    yield { entry, bytes: bytes() }
    while (left > 0) await next()
    await skipPadding(reader, entry.size)
  }
  if (Object.keys(ahead).length > 0) throw archiveBroken('it ends where an entry was announced')
  await seeNothingBehind(reader)
}

/** @returns what is known ahead of the next entry; undefined where this header is the entry itself */
async function extended(header: TarHeader, reader: ByteReader, ahead: Ahead): Promise<Ahead | undefined> {
  if (!['x', 'g', 'L', 'K'].includes(header.type)) return undefined
  if (header.size > mostExtendedBytes)
    throw archiveRefused(
      `an extended header in it has ${header.size} bytes; allowed are ${mostExtendedBytes}`,
    )
  const bytes = await reader.exactly(header.size)
  if (bytes.length < header.size) throw archiveBroken('it ends in the middle of a header')
  await skipPadding(reader, header.size)
  // The target of a link: links are refused by their own header.
  if (header.type === 'K') return ahead
  if (header.type === 'L') return joinedFacts(ahead, { longName: untilZero(bytes) })
  const facts = readPaxRecords(bytes)
  if (header.type === 'x') return joinedFacts(ahead, facts)
  if (Object.keys(facts).length > 0)
    throw archiveRefused('a global header in it names, sizes or empties every entry; pack it anew')
  return ahead
}

function joinedFacts(ahead: Ahead, facts: Ahead): Ahead {
  const named = [ahead.path, ahead.longName, facts.path, facts.longName].filter((one) => one !== undefined)
  if (named.length > 1 || (ahead.size !== undefined && facts.size !== undefined))
    throw archiveRefused('an entry in it has two names or two sizes; pack it anew')
  return { ...ahead, ...facts }
}

function entryOf(header: TarHeader, { path, longName, size, sparse }: Ahead): ArchiveEntry {
  const name = nameOf(path ?? longName ?? header.name)
  // A size too long for its field stands in the extended header, and the field is 0 then.
  if (size !== undefined && header.size !== 0 && header.size !== size)
    throw entryRefused(name, `has two sizes, ${header.size} and ${size}`, 'pack it anew')
  const kind = sparse === true ? 'sparse' : kindOfTar(header.type, name)
  return { name, kind, size: size ?? header.size, mode: header.mode }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function nameOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    const shown = new TextDecoder().decode(bytes)
    throw entryRefused(shown, 'has a name that is not UTF-8', 'rename it, or pack it where names are UTF-8')
  }
}

async function skipPadding(reader: ByteReader, size: number): Promise<void> {
  const padding = (blockBytes - (size % blockBytes)) % blockBytes
  if ((await reader.exactly(padding)).length < padding)
    throw archiveBroken('it ends in the middle of an entry')
}

/** A tar ends in zeros, of which there may be many. */
async function seeNothingBehind(reader: ByteReader): Promise<void> {
  for (;;) {
    const piece = await reader.some(2 ** 20)
    if (piece.length === 0) return
    if (!isZeros(piece))
      throw archiveRefused('it goes on behind its end, where other tools see nothing; pack it anew')
  }
}

/** A plain loop: bytes by the gigabyte go through it. */
function isZeros(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i += 1) if (bytes[i] !== 0) return false
  return true
}
