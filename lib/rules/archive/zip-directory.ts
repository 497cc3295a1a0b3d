import type { ArchiveEntry, EntryKind } from './archive-entry.ts'
import { archiveBroken, archiveRefused, entryRefused } from './archive-kind.ts'
import { numberAt, type ZipEnd } from './zip-end.ts'
import { extraFields, type ZipExtra } from './zip-extra.ts'

/** An entry of a zip as its directory has it. */
export interface ZipMember extends ArchiveEntry {
  readonly rawName: Uint8Array
  readonly flags: number
  readonly method: number
  readonly sum: number
  readonly packedBytes: number
  readonly headerAt: number
}

export const zipMethods = { stored: 0, deflated: 8 } as const
export const zipFlags = { encrypted: 0x2041, described: 0x8, utf8: 0x800, allowed: 0x80e } as const
const methodNames: Readonly<Record<number, string>> = {
  9: 'deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
  99: 'AES encryption',
}

/** At 46 bytes and a path each: a directory of more is not read. */
export const mostDirectoryBytes = 2 ** 21
const recordSign = 0x02014b50
const recordBytes = 46

/**
 * Read the directory of a zip (APPNOTE 4.3.12), in the order in which the entries lie in it.
 * @throws Problem `archive-refused`
 */
export function readZipDirectory(directory: Uint8Array, { entries }: ZipEnd): readonly ZipMember[] {
  const members: ZipMember[] = []
  let at = 0
  while (at < directory.length) {
    const { member, next } = memberAt(directory, at)
    members.push(member)
    at = next
  }
  if (members.length !== entries)
    throw archiveRefused(
      `its directory has ${members.length} entries, and its end says ${entries}; pack it anew`,
    )
  return members.toSorted((a, b) => a.headerAt - b.headerAt)
}

function memberAt(directory: Uint8Array, at: number): { member: ZipMember; next: number } {
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength)
  const name = at + recordBytes
  if (name > directory.length || view.getUint32(at, true) !== recordSign)
    throw archiveBroken('its directory is damaged')
  const extra = name + view.getUint16(at + 28, true)
  const comment = extra + view.getUint16(at + 30, true)
  const next = comment + view.getUint16(at + 32, true)
  if (next > directory.length) throw archiveBroken('its directory is damaged')
  const rawName = directory.subarray(name, extra)
  const flags = view.getUint16(at + 8, true)
  const extras = extraFields(directory.subarray(extra, comment))
  const text = nameOf(rawName, flags, extras)
  const sizes = sizesOf(view, at, extras)
  const attributes = view.getUint32(at + 38, true)
  const member = {
    name: text,
    kind: kindOf(text, attributes, view.getUint8(at + 5)),
    mode: (attributes >>> 16) & 0o7777,
    rawName,
    flags,
    method: view.getUint16(at + 10, true),
    sum: view.getUint32(at + 16, true),
    ...sizes,
  }
  checkReadable(member)
  return { member, next }
}

function checkReadable({ name, flags, method, size, packedBytes }: ZipMember): void {
  if ((flags & zipFlags.encrypted) !== 0)
    throw entryRefused(name, 'is encrypted', 'nobody here has the password: pack it without')
  if ((flags & ~zipFlags.allowed) !== 0)
    throw entryRefused(name, 'is packed in a way that few tools read', 'pack it as a plain zip')
  if (method !== zipMethods.stored && method !== zipMethods.deflated)
    throw entryRefused(
      name,
      `is compressed by ${methodNames[method] ?? `method ${method}`}`,
      'allowed are deflate and none: pack it so',
    )
  if (method === zipMethods.stored && size !== packedBytes)
    throw entryRefused(name, `is stored as ${packedBytes} bytes and has ${size}`, 'pack it anew')
}

/** The sizes and the place; where one is all ones, the extra field has it (APPNOTE 4.5.3), in this order. */
function sizesOf(view: DataView, at: number, { large }: ZipExtra) {
  let used = 0
  const read = (short: number) => {
    if (short !== 0xffffffff) return short
    if (large === undefined || used + 8 > large.byteLength) throw archiveBroken('an entry of it has no size')
    used += 8
    return numberAt(large, used - 8)
  }
  const disk = view.getUint16(at + 34, true)
  const size = read(view.getUint32(at + 24, true))
  const packedBytes = read(view.getUint32(at + 20, true))
  const headerAt = read(view.getUint32(at + 42, true))
  if (disk !== 0) throw archiveRefused('it is one of several parts; pack it as one')
  return { size, packedBytes, headerAt }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Names that are UTF-8 are taken as such, flagged or not: that is what every tool of today means. */
function nameOf(raw: Uint8Array, flags: number, { unicodeName }: ZipExtra): string {
  const decoded = (bytes: Uint8Array) => {
    try {
      return utf8.decode(bytes)
    } catch {
      throw entryRefused(
        new TextDecoder().decode(bytes),
        `has a name that is not UTF-8${(flags & zipFlags.utf8) === 0 ? '' : ', and says it is'}`,
        'rename it, or pack it where names are UTF-8',
      )
    }
  }
  const name = decoded(raw)
  if (unicodeName !== undefined && decoded(unicodeName) !== name)
    throw entryRefused(name, 'has two names', 'tools differ in which they take: pack it anew')
  return name
}

/** The bits of Unix that say what an entry is. */
const unixKind = { all: 0xf000, folder: 0x4000, file: 0x8000 } as const
const unixKinds: ReadonlyMap<number, EntryKind> = new Map([
  [0xa000, 'symbolic-link'],
  [0x1000, 'pipe'],
  [0x2000, 'device'],
  [0x6000, 'device'],
])
const dosFolder = 0x10
const reparsePoint = 0x400
/** FAT and NTFS: by them the lower half of the attributes is Windows' own. */
const windowsMade = [0, 10]

function kindOf(name: string, attributes: number, madeBy: number): EntryKind {
  const unix = (attributes >>> 16) & unixKind.all
  const saysFolder = unix === unixKind.folder || (unix === 0 && (attributes & dosFolder) !== 0)
  if (windowsMade.includes(madeBy) && (attributes & reparsePoint) !== 0) return 'symbolic-link'
  if (unix !== 0 && unix !== unixKind.file && unix !== unixKind.folder) return unixKinds.get(unix) ?? 'other'
  if (name.endsWith('/') ? unix === unixKind.file : saysFolder)
    throw entryRefused(
      name,
      'is a file by its name and a folder by its attributes, or the other way',
      'pack it anew',
    )
  return name.endsWith('/') ? 'folder' : 'file'
}
