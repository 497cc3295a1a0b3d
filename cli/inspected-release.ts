import { stat } from 'node:fs/promises'
import { inspect } from '../lambdas/release/inspect-artifact.ts'
import { manifestFile } from '../lib/rules/artifact.ts'
import { readBeginning } from '../local/file-beginning.ts'
import type { ReleaseFiles } from './release-files.ts'

/** What a release on this machine is, found out as a platform would; and how its files are read. */
export async function inspectRelease(release: ReleaseFiles) {
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
  return { ...(await inspect({ model, version }, files, read)), read, sizeBytes, paths }
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
