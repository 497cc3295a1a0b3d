import { checkExtent } from '../artifact.ts'
import { counted } from '../problem.ts'
import { type ArchiveEntry, entryPath, isMacsOwn } from './archive-entry.ts'
import { archiveRefused, entryRefused } from './archive-kind.ts'

/** A file that an archive gives a release. */
export interface ArchivedFile {
  /** Its path in the release. */
  readonly path: string
  /** Its path from the top of the archive. */
  readonly within: string
  readonly size: number
}

export interface ArchiveContents {
  readonly files: readonly ArchivedFile[]
  /** The one folder that everything lay in, which is no part of the paths; '' where there is none. */
  readonly top: string
  /** So many entries are a Mac's own, and were left out. */
  readonly leftOut: number
}

/** Folders and what is left out count as well. */
const mostEntries = 2000
/**
 * A version record has two lists of at most 500 files, with about 220 bytes a file beside its path: 220 KB of the 400 KB
 * that an item of DynamoDB has.
 */
const mostNameBytes = 80 * 1024

/** What unpacks to less is no bomb, however well it packs. */
const harmlessBytes = 64 * 2 ** 20
/** Weights pack to no less than half, text to a tenth; gzip makes a thousandth of zeros. */
const mostTimes = 100

const utf8 = new TextEncoder()

/** Where a SageMaker archive has its script: it is looked for there. */
const keptTop = 'code'

/**
 * Refuse what unpacks to far more than it is. @param packed the bytes of the whole archive
 * @throws Problem `archive-refused`, `artifact-too-large`
 */
export function checkExpansion(packed: number, unpacked: number): void {
  if (unpacked > Math.max(harmlessBytes, mostTimes * packed))
    throw archiveRefused(
      `it has ${packed} bytes and unpacks to ${unpacked} or more; allowed are ${mostTimes} times its size, ` +
        'or 64 MiB; upload the files as a folder',
    )
}

/** Judges the entries of an archive, one after the other and before any is taken. */
export class ArchiveJudgement {
  readonly #packed: number
  readonly #files: { readonly within: string; readonly size: number }[] = []
  /** Every path that is taken, folders on the way included, by what a disk may take for the same. */
  readonly #taken = new Map<string, { readonly path: string; readonly kind: 'file' | 'folder' }>()
  #entries = 0
  #nameBytes = 0
  #bytes = 0
  #leftOut = 0

  /** @param packed the bytes of the whole archive */
  constructor(packed: number) {
    this.#packed = packed
  }

  /**
   * @returns its path from the top of the archive; undefined for what is no file of the release
   * @throws Problem `archive-refused`, `artifact-too-large`
   */
  add(entry: ArchiveEntry): string | undefined {
    this.#count(entry)
    const path = entryPath(entry)
    if (path === '') return undefined
    this.#take(entry.name, path, entry.kind === 'folder' ? 'folder' : 'file')
    this.#bytes += entry.size
    checkExpansion(this.#packed, this.#bytes)
    if (isMacsOwn(path)) {
      this.#leftOut += 1
      return undefined
    }
    if (entry.kind === 'folder') return undefined
    this.#files.push({ within: path, size: entry.size })
    checkExtent(this.#files)
    return path
  }

  /** @throws Problem `archive-refused` where it holds no file */
  end(): ArchiveContents {
    if (this.#files.length === 0)
      throw archiveRefused('it holds no file; pack the model, and what belongs to it')
    const top = topOf(this.#files.map(({ within }) => within))
    const files = this.#files.map((file) => ({ ...file, path: file.within.slice(top.length) }))
    return { files, top, leftOut: this.#leftOut }
  }

  #count({ name }: ArchiveEntry): void {
    this.#entries += 1
    this.#nameBytes += utf8.encode(name).length
    if (this.#entries > mostEntries)
      throw archiveRefused(
        `it holds more than ${mostEntries} entries; allowed are 500 files and their folders; pack many small files into one`,
      )
    if (this.#nameBytes > mostNameBytes)
      throw archiveRefused(`the paths in it are longer than ${mostNameBytes} bytes together; shorten them`)
  }

  #take(name: string, path: string, kind: 'file' | 'folder'): void {
    const parts = path.split('/')
    for (let length = 1; length <= parts.length; length += 1) {
      const way = parts.slice(0, length).join('/')
      const is = length < parts.length ? 'folder' : kind
      const key = folded(way)
      const before = this.#taken.get(key)
      if (before === undefined) this.#taken.set(key, { path: way, kind: is })
      else if (before.path !== way)
        throw entryRefused(
          name,
          `differs from '${before.path}' in nothing but capitals or the way accents are written`,
          'many disks take both for one file: rename one',
        )
      else if (before.kind !== is)
        throw entryRefused(name, `makes '${way}' a file and a folder at once`, 'leave one of them')
      else if (is === 'file')
        throw entryRefused(name, 'stands in the archive twice', 'one path is one file: pack it anew')
    }
  }
}

/** Equal for paths that a disk may take for the same. */
function folded(path: string): string {
  return path.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}

/** People pack the folder: what all files lie in is no part of the release. */
function topOf(paths: readonly string[]): string {
  const [top = ''] = paths[0]?.split('/') ?? []
  const holdsAll = paths.every((path) => path.startsWith(`${top}/`))
  return holdsAll && top !== keptTop ? `${top}/` : ''
}

/** What was done with an archive, for people; `undefined` where there is nothing to say beside its files. */
export function toldOfContents({ top, leftOut }: Omit<ArchiveContents, 'files'>): string | undefined {
  const told = [
    ...(top === '' ? [] : [`took what is in its folder ${top}`]),
    ...(leftOut === 0 ? [] : [`left out ${counted(leftOut, 'entry', 'entries')} of a Mac's own`]),
  ]
  return told.length === 0 ? undefined : told.join(', ')
}
