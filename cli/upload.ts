import { randomUUID } from 'node:crypto'
import { copyFile, link, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manifestFile } from '../lib/rules/artifact.ts'
import { isProblem, Problem } from '../lib/rules/problem.ts'
import { modelsPrefix, releasePrefix } from '../lib/wiring/store-layout.ts'
import type { PlatformClient, VersionDetails } from './platform-client.ts'
import { type ReleaseFiles, withFileList } from './release-files.ts'

/**
 * Put a release into the platform's model store, whole or not at all.
 * @throws Problem `version-exists` where the version was released before; a failed one is replaced
 */
export async function upload(platform: PlatformClient, release: ReleaseFiles): Promise<void> {
  const { model, version, ending } = release
  const { store } = await platform.health()
  const root = fileURLToPath(store)
  const standing = await versionOf(platform, model, version)
  if (standing !== undefined && standing.state !== 'FAILED')
    throw new Problem(
      'version-exists',
      `${model} ${version} is ${standing.state} already, and versions are immutable; push under a new version`,
    )
  const draft = join(root, 'incoming', randomUUID())
  const place = join(
    root,
    ending === undefined ? releasePrefix(model, version) : `${modelsPrefix}${model}/${version}${ending}`,
  )
  await mkdir(dirname(place), { recursive: true })
  if (standing !== undefined) await rm(place, { recursive: true, force: true })
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
  await writeFile(join(draft, manifestFile), await withFileList(release))
}

/** A version as the platform knows it; undefined where it does not. */
export async function versionOf(
  platform: PlatformClient,
  model: string,
  version: string,
): Promise<VersionDetails | undefined> {
  return platform.version(model, version).catch((error) => {
    if (isProblem(error) && error.status === 404) return undefined
    throw error
  })
}
