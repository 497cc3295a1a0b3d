import { toldOfContents } from '../../lib/rules/archive/archive-judgement.ts'
import { type ArchiveEnding, archiveEnding } from '../../lib/rules/archive/archive-kind.ts'
import type { FrozenArtifact, FrozenFile } from '../../lib/rules/artifact.ts'
import { counted } from '../../lib/rules/problem.ts'
import { filesOf, judgeArchive } from '../archive/judged-archive.ts'
import type { ArtifactStore, Promised } from '../ports.ts'

/** An artifact that came as an archive, and what was done with it, for people. */
export interface Unpacked {
  readonly artifact: FrozenArtifact
  readonly told: string
}

/** @returns the ending of an archive that is a whole release */
export function endingOfArchive(upload: { readonly object?: string }): ArchiveEnding | undefined {
  return archiveEnding(upload.object ?? '')
}

/**
 * Freeze the files that are in a frozen archive, once the whole of it has passed. It goes by twice; what was kept when
 * this ends half-way is no version's, and the next call keeps the same.
 * @throws Problem `archive-refused`, `artifact-too-large`
 */
export async function unpackArchive(
  store: ArtifactStore,
  archive: FrozenFile,
  ending: ArchiveEnding,
): Promise<Unpacked> {
  const source = {
    ending,
    size: archive.size,
    open: (first: number, end: number) => store.open(archive, first, end),
  }
  const judged = await judgeArchive(source)
  async function* promised(): AsyncGenerator<Promised> {
    for await (const { file, bytes } of filesOf(source, judged)) {
      const { path, size, sha256 } = file
      yield { file: { path, size, sha256 }, bytes }
    }
  }
  const files = await store.keep(promised())
  const sizeBytes = files.reduce((sum, { size }) => sum + size, 0)
  const contents = toldOfContents(judged)
  return {
    artifact: { digest: `sha256:${archive.sha256}`, sizeBytes, files, archive },
    told: `unpacked ${counted(files.length, 'file')}, ${sizeBytes} bytes${contents === undefined ? '' : `: ${contents}`}`,
  }
}
