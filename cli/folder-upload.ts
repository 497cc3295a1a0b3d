import { randomUUID } from 'node:crypto'
import { copyFile, link, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { manifestFile } from '../lib/rules/artifact.ts'
import { Problem } from '../lib/rules/problem.ts'
import { modelsPrefix, releasePrefix } from '../lib/wiring/store-layout.ts'
import { declaredFiles, type ReleaseFiles, withFileList } from './release-files.ts'

/**
 * Put a release into a store that is a folder: it appears there whole, by one rename.
 * @param replaces what lies there failed, and makes room @throws Problem `version-exists`
 */
export async function putInFolder(release: ReleaseFiles, root: string, replaces: boolean): Promise<void> {
  const { model, version, ending } = release
  const draft = join(root, 'incoming', randomUUID())
  const place = join(
    root,
    ending === undefined ? releasePrefix(model, version) : `${modelsPrefix}${model}/${version}${ending}`,
  )
  await mkdir(dirname(place), { recursive: true })
  if (replaces) await rm(place, { recursive: true, force: true })
  if (ending === undefined) await writeFolder(draft, release)
  else await copyFile([...release.files.values()][0] ?? '', draft)
  await (ending === undefined ? rename(draft, place) : link(draft, place)).catch(async () => {
    await rm(draft, { recursive: true, force: true })
    throw new Problem(
      'version-exists',
      `${model} ${version} lies in the store already; push under a new version`,
    )
  })
  await rm(draft, { recursive: true, force: true })
}

async function writeFolder(draft: string, release: ReleaseFiles): Promise<void> {
  await mkdir(draft, { recursive: true })
  for (const [path, source] of release.files) {
    await mkdir(dirname(join(draft, path)), { recursive: true })
    await copyFile(source, join(draft, path))
  }
  await writeFile(join(draft, manifestFile), withFileList(release, await declaredFiles(release)))
}
