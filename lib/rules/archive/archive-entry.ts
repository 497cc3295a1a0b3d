import { entryRefused } from './archive-kind.ts'

/** What an archive says of one thing in it. */
export interface ArchiveEntry {
  /** Its path, as the archive has it. */
  readonly name: string
  readonly kind: EntryKind
  /** Of its bytes when they are unpacked. */
  readonly size: number
  /** The bits of its access and of whom it runs as. */
  readonly mode: number
}

export type EntryKind = 'file' | 'folder' | keyof typeof refusedKinds

const refusedKinds = {
  'symbolic-link': [
    'is a symbolic link',
    'allowed are files and folders; pack what it points at in its place: tar -h, or zip without -y',
  ],
  'hard-link': [
    'is a hard link to another entry',
    'allowed are files and folders; pack the bytes again in its place: tar --hard-dereference',
  ],
  device: ['is a device', 'allowed are files and folders; leave it out'],
  pipe: ['is a named pipe', 'allowed are files and folders; leave it out'],
  sparse: ['is a sparse file with holes', 'allowed are whole files; pack it without tar -S'],
  part: [
    'is of an archive in several parts, or of a backup of changes',
    'pack the files anew, without these',
  ],
  other: ['is of a kind that no model needs', 'allowed are files and folders; leave it out'],
} as const

const longestPathBytes = 512
/** What file systems take for a name. */
const longestNameBytes = 255
const mostFolders = 32
/** Objects of S3 that are written in one go have at most 5 GiB. */
const mostFileBytes = 5 * 2 ** 30
const setIdBits = 0o7000

const utf8 = new TextEncoder()
/** Turns of the direction of writing, and what is not seen at all: with these a name reads as another. */
const unseen = /[\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u

/**
 * Judge one entry by itself.
 * @returns its path from the top of the archive; '' for the top itself
 * @throws Problem `archive-refused`
 */
export function entryPath({ name, kind, size, mode }: ArchiveEntry): string {
  if (kind !== 'file' && kind !== 'folder')
    throw entryRefused(name, refusedKinds[kind][0], refusedKinds[kind][1])
  const path = pathIn(name, kind)
  if (kind === 'folder' && size !== 0)
    throw entryRefused(name, `is a folder with ${size} bytes of its own`, 'pack it with another tool')
  if (kind === 'file' && (mode & setIdBits) !== 0)
    throw entryRefused(
      name,
      `has the mode ${mode.toString(8)}, which runs as its owner`,
      'allowed are plain files: chmod u-s,g-s,-t, and pack again',
    )
  if (size > mostFileBytes)
    throw entryRefused(
      name,
      `has ${size} bytes`,
      `allowed in an archive are ${mostFileBytes}; upload the files as a folder`,
    )
  return path
}

function pathIn(name: string, kind: 'file' | 'folder'): string {
  const refuse = (found: string, mend: string) => entryRefused(name, found, mend)
  if (name === '') throw refuse('has no name', 'pack it with another tool')
  if (/\p{Cc}/u.test(name))
    throw refuse('has a control character in its name', 'allowed are letters that can be seen; rename it')
  if (unseen.test(name))
    throw refuse('has a character in its name that is not seen', 'allowed are visible letters; rename it')
  if (name.includes('\\'))
    throw refuse('has a backslash in its path', 'folders are parted by /: pack it with another tool')
  if (name.startsWith('/') || /^[a-z]:/i.test(name))
    throw refuse('has an absolute path', 'allowed are paths inside the archive: pack the folder by tar -C')
  const parts = name.replace(/^(?:\.\/)+/, '').split('/')
  // A folder ends in a slash, and `tar -C folder .` begins with `./`.
  if (kind === 'folder' && parts.at(-1) === '') parts.pop()
  if (kind === 'folder' && (parts.length === 0 || (parts.length === 1 && parts[0] === '.'))) return ''
  if (parts.includes('..'))
    throw refuse(
      'has .. in its path, which leads out of a folder',
      'allowed are paths inside the archive: pack the folder by tar -C',
    )
  if (parts.includes('') || parts.includes('.'))
    throw refuse('has an empty or dotted part in its path', 'allowed are plain paths: pack it again')
  checkLengths(name, parts)
  return parts.join('/')
}

function checkLengths(name: string, parts: readonly string[]): void {
  const bytes = utf8.encode(name).length
  if (bytes > longestPathBytes)
    throw entryRefused(name, `has a path of ${bytes} bytes`, `allowed are ${longestPathBytes}; shorten it`)
  if (parts.some((part) => utf8.encode(part).length > longestNameBytes))
    throw entryRefused(
      name,
      'has a name that no disk takes',
      `allowed are ${longestNameBytes} bytes; shorten it`,
    )
  if (parts.length > mostFolders)
    throw entryRefused(name, `lies ${parts.length - 1} folders deep`, `allowed are ${mostFolders - 1}`)
}

/** What a Mac adds to an archive, and no model reads. */
export function isMacsOwn(path: string): boolean {
  return /(?:^|\/)(?:__MACOSX(?:\/|$)|\._[^/]*$|\.DS_Store$)/.test(path)
}
