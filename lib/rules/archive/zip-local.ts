import { archiveRefused, entryRefused } from './archive-kind.ts'
import { type ZipMember, zipFlags } from './zip-directory.ts'
import { numberAt } from './zip-end.ts'
import { extraFields } from './zip-extra.ts'

/** The fixed part of what stands before an entry's bytes. */
export const localHeaderBytes = 30

const localSign = 0x04034b50
const describedSign = 0x08074b50

/**
 * How long the name and the extra fields behind the fixed part are. @throws Problem `archive-refused` where there is no
 * header
 */
export function lengthsBehind(header: Uint8Array, { name }: ZipMember): { name: number; extra: number } {
  const view = viewOf(header)
  if (header.length < localHeaderBytes || view.getUint32(0, true) !== localSign) throw misplaced(name)
  return { name: view.getUint16(26, true), extra: view.getUint16(28, true) }
}

/**
 * Compare what stands before an entry's bytes with the directory: tools differ in which they believe, so both must say
 * the same. @throws Problem `archive-refused`
 */
export function checkLocalHeader(
  header: Uint8Array,
  rawName: Uint8Array,
  extra: Uint8Array,
  member: ZipMember,
): void {
  const view = viewOf(header)
  const { large, unicodeName } = extraFields(extra)
  const isDescribed = (member.flags & zipFlags.described) !== 0
  const said = (at: number, largeAt: number) => {
    const short = view.getUint32(at, true)
    return short === 0xffffffff && large !== undefined && large.byteLength >= largeAt + 8
      ? numberAt(large, largeAt)
      : short
  }
  // What is told behind the bytes is 0 before them, or told already.
  const agrees = (found: number, expected: number) => found === expected || (isDescribed && found === 0)
  const differs =
    view.getUint16(6, true) !== member.flags ||
    view.getUint16(8, true) !== member.method ||
    !isEqual(rawName, member.rawName) ||
    (unicodeName !== undefined && !isEqual(unicodeName, member.rawName)) ||
    !agrees(view.getUint32(14, true), member.sum) ||
    !agrees(said(18, 8), member.packedBytes) ||
    !agrees(said(22, 0), member.size)
  if (differs)
    throw entryRefused(
      member.name,
      "is one thing in the zip's directory and another where it lies",
      'tools differ in which they take: pack it anew',
    )
}

/**
 * Check what stands behind an entry's bytes: nothing, or its sum and sizes once more.
 * @param behind all of it up to the next entry @throws Problem `archive-refused`
 */
export function checkBehind(behind: Uint8Array, { name, flags, sum, size, packedBytes }: ZipMember): void {
  if ((flags & zipFlags.described) === 0) {
    if (behind.length > 0) throw misplaced(name)
    return
  }
  const view = viewOf(behind)
  const signed = behind.length === 16 || behind.length === 24 ? 4 : 0
  const isLarge = behind.length >= 20
  const agrees =
    [12, 16, 20, 24].includes(behind.length) &&
    (signed === 0 || view.getUint32(0, true) === describedSign) &&
    view.getUint32(signed, true) === sum &&
    (isLarge ? numberAt(view, signed + 4) : view.getUint32(signed + 4, true)) === packedBytes &&
    (isLarge ? numberAt(view, signed + 12) : view.getUint32(signed + 8, true)) === size
  if (!agrees)
    throw entryRefused(name, 'has other sizes behind its bytes than the directory says', 'pack it anew')
}

/** The most that may stand behind an entry's bytes. */
export const mostBehindBytes = 24

export function misplaced(name: string) {
  return archiveRefused(
    `its entries overlap, or something lies between them, at '${name}'; tools differ in what they see there: pack it anew`,
  )
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
