import type { EntryKind } from './archive-entry.ts'
import { archiveBroken, archiveRefused } from './archive-kind.ts'

/** A header of a tar, as it stands there. */
export interface TarHeader {
  readonly name: Uint8Array
  readonly size: number
  readonly mode: number
  readonly type: string
}

export const blockBytes = 512

const checksumAt = 148
const space = 0x20
const ustar = 'ustar\0'
const gnu = 'ustar '
const v7 = '\0\0\0\0\0\0'

/**
 * Read a header of 512 bytes (POSIX pax, its format ustar; GNU and version 7 as well).
 * @returns undefined for a block of zeros, with which a tar ends @throws Problem `archive-refused`
 */
export function readTarHeader(block: Uint8Array): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined
  const sum = block.reduce(
    (total, byte, at) => total + (at >= checksumAt && at < checksumAt + 8 ? space : byte),
    0,
  )
  if (Number.parseInt(latin1.decode(block.subarray(checksumAt, checksumAt + 8)), 8) !== sum)
    throw archiveBroken('what it holds is no tar, or a damaged one: the sum of a header is wrong')
  const magic = latin1.decode(block.subarray(257, 263))
  if (magic !== ustar && magic !== gnu && magic !== v7)
    throw archiveRefused('what it holds is a tar of an unknown format; pack it with tar --format=pax')
  const type = String.fromCharCode(block[156] ?? 0)
  return {
    name: nameIn(block, magic === ustar),
    size: numberIn(block, 124, 12),
    mode: numberIn(block, 100, 8),
    type: type === '\0' ? '0' : type,
  }
}

const latin1 = new TextDecoder('latin1')

function nameIn(block: Uint8Array, hasPrefix: boolean): Uint8Array {
  const name = untilZero(block.subarray(0, 100))
  const prefix = hasPrefix ? untilZero(block.subarray(345, 500)) : new Uint8Array()
  return prefix.length === 0 ? name : Uint8Array.of(...prefix, 0x2f, ...name)
}

export function untilZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0)
  return end === -1 ? bytes : bytes.subarray(0, end)
}

/** A number in octal digits, or where its first bit is set in base 256, as GNU has it for large ones. */
function numberIn(block: Uint8Array, at: number, length: number): number {
  const field = block.subarray(at, at + length)
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const large = field.reduce((value, byte, i) => value * 256 + (i === 0 ? byte & 0x7f : byte), 0)
    if (!Number.isSafeInteger(large)) throw archiveBroken('a number in a header is out of range')
    return large
  }
  const text = latin1.decode(field)
  const [, digits] = /^ *([0-7]*)[ \0]*$/.exec(text) ?? []
  if (digits === undefined) throw archiveBroken('a number in a header is none')
  return Number.parseInt(`0${digits}`, 8)
}

const kinds: Readonly<Record<string, EntryKind>> = {
  '0': 'file',
  '1': 'hard-link',
  '2': 'symbolic-link',
  '3': 'device',
  '4': 'device',
  '5': 'folder',
  '6': 'pipe',
  S: 'sparse',
  M: 'part',
  D: 'part',
  V: 'part',
  N: 'part',
}

/** What an entry is by the letter of its header. A folder of version 7 is a file whose name ends in a slash. */
export function kindOfTar(type: string, name: string): EntryKind {
  const kind = kinds[type] ?? 'other'
  return kind === 'file' && name.endsWith('/') ? 'folder' : kind
}
