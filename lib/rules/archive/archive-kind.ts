import { Problem, shown } from '../problem.ts'

/** The kinds of archive that may be a whole release, by how their names end. */
export const archiveEndings = ['.tar.gz', '.zip'] as const
export type ArchiveEnding = (typeof archiveEndings)[number]

/** @returns undefined for what is no archive by its name */
export function archiveEnding(name: string): ArchiveEnding | undefined {
  return archiveEndings.find((ending) => name.endsWith(ending))
}

const otherNames: readonly (readonly [RegExp, string])[] = [
  [/\.tgz$/i, 'it is taken under the name .tar.gz: rename it'],
  [/\.(?:tar\.gz|zip)$/i, 'write its ending in small letters'],
  [/\.tar$/i, 'it is taken compressed: gzip it, and name it .tar.gz'],
  [
    /\.(?:t?bz2?|tbz|txz|xz|lzma|tzst|zst|zstd|lz4|7z|rar)$/i,
    'of archives .tar.gz and .zip are taken: pack the files as one of these',
  ],
]

/** What to do with an archive that is named as none that is taken; undefined for what is no archive at all. */
export function mendOfOtherArchive(name: string): string | undefined {
  return otherNames.find(([ending]) => ending.test(name))?.[1]
}

/** So many bytes of a file tell what it is. */
export const kindBytes = 512

const signs: readonly (readonly [string, number, readonly number[]])[] = [
  ['a gzip file', 0, [0x1f, 0x8b]],
  ['a zip', 0, [0x50, 0x4b, 0x03, 0x04]],
  ['a zip', 0, [0x50, 0x4b, 0x05, 0x06]],
  ['a bzip2 file', 0, [0x42, 0x5a, 0x68]],
  ['an xz file', 0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['a zstd file', 0, [0x28, 0xb5, 0x2f, 0xfd]],
  ['a 7z archive', 0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ['a rar archive', 0, [0x52, 0x61, 0x72, 0x21]],
  ['a tar that is not compressed', 257, [0x75, 0x73, 0x74, 0x61, 0x72]],
]

/**
 * See that the first bytes of an archive are those of its kind.
 * @throws Problem `archive-refused` that says what they are
 */
export function checkKind(ending: ArchiveEnding, head: Uint8Array): void {
  const found =
    signs.find(([, at, bytes]) => bytes.every((byte, i) => head[at + i] === byte))?.[0] ?? otherwise(head)
  if (found === (ending === '.zip' ? 'a zip' : 'a gzip file')) return
  const mend =
    found === 'a zip' || found === 'a gzip file'
      ? `name it ${found === 'a zip' ? '.zip' : '.tar.gz'}`
      : `pack the files as ${ending}, or upload them as a folder`
  throw archiveRefused(`its name ends in ${ending}, and it is ${found}; ${mend}`)
}

function otherwise(head: Uint8Array): string {
  if (head.length === 0) return 'empty'
  const text = new TextDecoder('latin1').decode(head.subarray(0, 64)).trimStart().toLowerCase()
  if (text.startsWith('<!doctype html') || text.startsWith('<html'))
    return 'a web page, as a download gives that was refused'
  if (text.startsWith('version https://git-lfs')) return 'a pointer of Git LFS to a file that was not fetched'
  return 'no archive'
}

/** What is wrong with an archive as a whole. */
export function archiveRefused(reason: string): Problem {
  return new Problem('archive-refused', `the archive is refused: ${reason}`)
}

/** What is wrong with one entry of an archive. @param found follows on the name @param mend what is allowed, what to do */
export function entryRefused(name: string, found: string, mend: string): Problem {
  return new Problem('archive-refused', `the archive's entry ${shown(name)} ${found}; ${mend}`)
}

/** The archive ends too early, or its parts do not fit together. */
export function archiveBroken(reason: string): Problem {
  return archiveRefused(`${reason}; pack it again, and compare its size before and after the upload`)
}
