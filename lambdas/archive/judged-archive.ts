import { createHash } from 'node:crypto'
import { entryPath } from '../../lib/rules/archive/archive-entry.ts'
import {
  type ArchiveContents,
  type ArchivedFile,
  ArchiveJudgement,
} from '../../lib/rules/archive/archive-judgement.ts'
import { checkKind, kindBytes } from '../../lib/rules/archive/archive-kind.ts'
import type { OpenEntry } from '../../lib/rules/archive/tar-entries.ts'
import { type ArchiveSource, bytesOf } from './archive-source.ts'
import { gzipEntries } from './gzip-entries.ts'
import { zipEntries } from './zip-entries.ts'

/** A file of an archive that was judged. */
export interface JudgedFile extends ArchivedFile {
  /** Hex SHA-256 of its bytes. */
  readonly sha256: string
}

export interface JudgedArchive extends Omit<ArchiveContents, 'files'> {
  readonly files: readonly JudgedFile[]
}

/**
 * Judge an archive to its last byte. It goes by once and nothing of it is kept, however much it unpacks to.
 * @param keep is given the bytes of each file as they go by; which files are refused is not known yet
 * @throws Problem `archive-refused`, `artifact-too-large`
 */
export async function judgeArchive(
  source: ArchiveSource,
  keep: (within: string, size: number, piece: Uint8Array) => void = () => undefined,
): Promise<JudgedArchive> {
  checkKind(source.ending, await bytesOf(source, 0, kindBytes))
  const judgement = new ArchiveJudgement(source.size)
  const sums = new Map<string, string>()
  for await (const { entry, bytes } of entriesOf(source)) {
    const within = judgement.add(entry)
    const hash = createHash('sha256')
    for await (const piece of bytes) {
      hash.update(piece)
      if (within !== undefined) keep(within, entry.size, piece)
    }
    if (within !== undefined) sums.set(within, hash.digest('hex'))
  }
  const { files, ...contents } = judgement.end()
  return { ...contents, files: files.map((file) => ({ ...file, sha256: sums.get(file.within) ?? '' })) }
}

/** The files of an archive that passed, in the order in which they lie in it: the bytes of each are to be read, or not. */
export async function* filesOf(
  source: ArchiveSource,
  { files }: JudgedArchive,
): AsyncGenerator<{ readonly file: JudgedFile; readonly bytes: AsyncIterable<Uint8Array> }> {
  const byPath = new Map(files.map((file) => [file.within, file]))
  for await (const { entry, bytes } of entriesOf(source)) {
    const file = entry.kind === 'file' ? byPath.get(entryPath(entry)) : undefined
    if (file !== undefined) yield { file, bytes }
  }
}

function entriesOf(source: ArchiveSource): AsyncGenerator<OpenEntry> {
  return source.ending === '.zip' ? zipEntries(source) : gzipEntries(source)
}
