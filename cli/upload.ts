import { fileURLToPath } from 'node:url'
import { isProblem, Problem, shown } from '../lib/rules/problem.ts'
import { putInFolder } from './folder-upload.ts'
import type { PlatformClient, VersionDetails } from './platform-client.ts'
import type { ReleaseFiles } from './release-files.ts'
import { Talk } from './terminal/talk.ts'

/**
 * Put a release into the platform's model store, a folder or a bucket. A version that failed is replaced, and an upload
 * into a bucket that was interrupted is gone on with.
 * @param talk where to show what takes long; without it, nowhere
 * @returns the operation that released the version before, and failed
 * @throws Problem `version-exists` where the version was released before, when nothing was uploaded yet
 */
export async function upload(
  platform: PlatformClient,
  release: ReleaseFiles,
  talk = new Talk(true),
): Promise<string | undefined> {
  const { model, version } = release
  const { store } = await platform.health()
  const inBucket = placeOf(platform, store) === 's3:'
  const standing = await versionOf(platform, model, version)
  const replaces = standing?.state === 'FAILED'
  const mayWait = inBucket && standing?.state === 'CREATING'
  if (standing !== undefined && !replaces && !mayWait)
    throw new Problem(
      'version-exists',
      `${model} ${version} is ${standing.state} already, and versions are immutable; push under a new version`,
    )
  if (inBucket) {
    const { putInBucket } = await import('./aws/bucket-upload.ts')
    await putInBucket(release, { store, hostname: platform.address.hostname, replaces }, talk)
  } else await putInFolder(release, fileURLToPath(store), replaces)
  return replaces ? standing?.operation : undefined
}

/** @returns the protocol of the store's URL. @throws Problem `platform-fault` for a store that cannot be written to here */
function placeOf(platform: PlatformClient, store: unknown): 's3:' | 'file:' {
  const protocol = URL.parse(String(store))?.protocol
  if (protocol === 's3:' || protocol === 'file:') return protocol
  throw new Problem(
    'platform-fault',
    `${platform.url} says that its model store is ${shown(store)}; a bucket (s3://) and a folder (file://) are what this command can write to`,
  )
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
