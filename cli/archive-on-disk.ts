import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { ArchiveSource } from '../lambdas/archive/archive-source.ts'
import { filesOf, type JudgedArchive, judgeArchive } from '../lambdas/archive/judged-archive.ts'
import type { ReadFile } from '../lambdas/release/inspection.ts'
import type { ArchiveEnding } from '../lib/rules/archive/archive-kind.ts'

/** An archive on this machine that passed. Nothing of it is ever written to the disk. */
export interface ArchiveOnDisk extends JudgedArchive {
  readonly read: ReadFile
}

/** Files up to here are remembered as they go by, so long as they are few: manifests, programs, examples. */
const smallBytes = 2 ** 20
const mostSmallBytes = 64 * 2 ** 20

/** Judge an archive, as a platform would. @throws Problem `archive-refused`, `artifact-too-large` */
export async function openArchive(place: string, ending: ArchiveEnding): Promise<ArchiveOnDisk> {
  const source: ArchiveSource = {
    ending,
    size: (await stat(place)).size,
    open: (first, end) => createReadStream(place, { start: first, end: end - 1, highWaterMark: 2 ** 18 }),
  }
  const small = new Map<string, Uint8Array[]>()
  let heldBytes = 0
  const judged = await judgeArchive(source, (within, size, piece) => {
    const pieces = small.get(within) ?? []
    if (size > smallBytes || (pieces.length === 0 && heldBytes + size > mostSmallBytes)) return
    if (pieces.length === 0) heldBytes += size
    small.set(within, [...pieces, new Uint8Array(piece)])
  })
  return {
    ...judged,
    read: async (path, first = Number.POSITIVE_INFINITY) => {
      const file = judged.files.find((one) => one.path === path)
      if (file === undefined) return undefined
      const pieces = small.get(file.within)
      if (pieces !== undefined) return Buffer.concat(pieces).subarray(0, first)
      return readFrom(source, judged, path, first)
    },
  }
}

/** The beginning of one file: everything before it goes by once more. */
async function readFrom(
  source: ArchiveSource,
  judged: JudgedArchive,
  path: string,
  first: number,
): Promise<Uint8Array> {
  for await (const { file, bytes } of filesOf(source, judged)) {
    if (file.path !== path) continue
    const pieces: Uint8Array[] = []
    let length = 0
    for await (const piece of bytes) {
      pieces.push(piece)
      length += piece.length
      if (length >= first) break
    }
    return Buffer.concat(pieces).subarray(0, first)
  }
  throw new Error(`${path} was in the archive a moment ago`)
}
