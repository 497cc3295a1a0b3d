import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A file, and the room that it takes. */
export interface FileOnDisk {
  readonly place: string
  readonly ino: number
  /** Of 512 bytes each. */
  readonly blocks: number
}

/** Every file below a folder; one under two names there is on the disk once. */
export async function filesOnDisk(folder: string): Promise<FileOnDisk[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const places = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const found: FileOnDisk[] = []
  // One after the other: an environment has tens of thousands of them.
  for (const place of places) {
    const { ino, blocks } = await stat(place)
    found.push({ place, ino, blocks })
  }
  return [...new Map(found.map((file) => [file.ino, file])).values()]
}

export function megabytes(files: readonly FileOnDisk[]): number {
  return (files.reduce((all, { blocks }) => all + blocks, 0) * 512) / 1e6
}
