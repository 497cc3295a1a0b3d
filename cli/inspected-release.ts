import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { inspect } from '../lambdas/release/inspect-artifact.ts'
import type { ReadFile, Surroundings } from '../lambdas/release/inspection.ts'
import { readBaseline } from '../lambdas/release/read-baseline.ts'
import { manifestFile } from '../lib/rules/artifact.ts'
import { readBeginning } from '../local/file-beginning.ts'
import type { ReleaseFiles } from './release-files.ts'

/**
 * What a release on this machine is, found out as a platform would; and how its files are read.
 * @param around where the nodes of a graph are looked up @default nowhere
 */
export async function inspectRelease(release: ReleaseFiles, around: Surroundings = {}) {
  const { model, version } = release
  const read = async (file: string, first?: number) => {
    if (file === manifestFile) return new TextEncoder().encode(release.manifest)
    if (release.archive !== undefined) return release.archive.read(file, first)
    const place = release.files.get(file)
    return place === undefined ? undefined : readBeginning(place, first)
  }
  const files = await listed(release)
  const sizeBytes = files.reduce((sum, { size }) => sum + size, 0)
  const paths = files.map(({ path }) => path)
  const inspected = await inspect({ model, version }, files, read, around)
  const watched = { signature: inspected.signature, hidden: inspected.manifest.capture }
  const baseline = await readBaseline(files, watched, (path) => (first, end) => {
    const place = release.archive === undefined ? release.files.get(path) : undefined
    return place === undefined
      ? inOnePiece(read, path, first, end)
      : createReadStream(place, { start: first, end: end - 1 })
  })
  return { ...inspected, baseline, read, sizeBytes, paths }
}

/** A file that is packed, which is read as a whole. */
async function* inOnePiece(
  read: ReadFile,
  path: string,
  first: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  yield ((await read(path)) ?? new Uint8Array()).subarray(first, end)
}

/** The files of a release with their sizes, as a release lists them. */
async function listed({
  files,
  manifest,
  archive,
}: ReleaseFiles): Promise<readonly { path: string; size: number }[]> {
  if (archive !== undefined) return archive.files
  const found = [...files].map(async ([path, place]) => ({ path, size: (await stat(place)).size }))
  return [
    ...(await Promise.all(found)),
    ...(manifest === '' ? [] : [{ path: manifestFile, size: manifest.length }]),
  ]
}
