import pLimit from 'p-limit'
import { manifestFile } from '../../lib/rules/artifact.ts'
import { parseReleaseKey } from '../../lib/rules/names.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import { modelsPrefix, releasePrefix } from '../../lib/wiring/store-layout.ts'
import { interruptible } from '../interruptible.ts'
import { declaredFiles, type ReleaseFiles, withFileList } from '../release-files.ts'
import { liveLine } from '../terminal/live-line.ts'
import { bytes, type Talk } from '../terminal/talk.ts'
import { transfer } from '../terminal/transfer.ts'
import { Bucket, type StoredObject } from './bucket.ts'
import { type OutgoingFile, sendFile } from './object-upload.ts'
import { regionOf } from './region.ts'

/** So many pieces are under way at once, of all files together. */
const lanes = 4

export interface BucketUpload {
  /** The bucket's URL, `s3://…`. */
  readonly store: string
  /** Where the platform answers: its store lies in the same Region. */
  readonly hostname: string
  /** What lies there failed, and makes room. */
  readonly replaces: boolean
}

/**
 * Put a release into a bucket, where nobody can rename a whole folder into place. The platform takes notice with the
 * first object, so that is the manifest with its `files:`: until the last of them is there, whether in a second or
 * after an interruption tomorrow, the release waits instead of taking a part for the whole. Who writes the manifest has
 * the version; the same push again sends what is missing.
 * @throws Problem `version-exists`, `access-refused`, `platform-unreachable`
 */
export async function putInBucket(release: ReleaseFiles, to: BucketUpload, talk: Talk): Promise<void> {
  const region = await regionOf(to.hostname)
  await interruptible(async (interrupted) => {
    const bucket = new Bucket(new URL(to.store).hostname, region, interrupted)
    try {
      // A large file takes a while to read for its digest, before anything moves.
      const looking = liveLine(talk)
      looking.draw('looking at the files …')
      const missing = await (release.ending === undefined
        ? claimFolder(bucket, release, to.replaces)
        : claimObject(bucket, release, to.replaces)
      ).finally(looking.end)
      await sendAll(bucket, missing, talk)
    } catch (error) {
      if (interrupted.aborted)
        talk.say('  stopped; push the same again, and what has arrived is not sent twice')
      throw error
    } finally {
      bucket.close()
    }
  })
}

/** @returns the files of the folder that are not there yet */
async function claimFolder(
  bucket: Bucket,
  release: ReleaseFiles,
  replaces: boolean,
): Promise<OutgoingFile[]> {
  const declared = await declaredFiles(release, bucket.signal)
  const manifest = withFileList(release, declared)
  const prefix = releasePrefix(release.model, release.version)
  const wanted = declared.map(({ path, size }) => ({
    key: `${prefix}${path}`,
    place: release.files.get(path) ?? '',
    size,
  }))
  const present = await standing(bucket, release, replaces)
  if (present.length === 0) {
    await bucket.put(`${prefix}${manifestFile}`, new TextEncoder().encode(manifest))
    return wanted
  }
  const begun = present.some(({ key }) => key === `${prefix}${manifestFile}`)
  if (!begun || (await bucket.text(`${prefix}${manifestFile}`)) !== manifest) throw taken(bucket, release)
  const missing = wanted.filter(
    (file) => !present.some(({ key, size }) => key === file.key && size === file.size),
  )
  if (missing.length + present.length !== wanted.length + 1) throw taken(bucket, release)
  return missing
}

/** One object is there whole or not at all. */
async function claimObject(
  bucket: Bucket,
  release: ReleaseFiles,
  replaces: boolean,
): Promise<OutgoingFile[]> {
  if ((await standing(bucket, release, replaces)).length > 0) throw taken(bucket, release)
  const [file] = await declaredFiles(release, bucket.signal)
  const [place] = release.files.values()
  const { model, version, ending } = release
  if (file === undefined || place === undefined) return []
  return [{ key: `${modelsPrefix}${model}/${version}${ending}`, place, size: file.size }]
}

/** What lies there of this version, in either form; nothing, once what failed has made room. */
async function standing(
  bucket: Bucket,
  { model, version }: ReleaseFiles,
  replaces: boolean,
): Promise<StoredObject[]> {
  const listed = await bucket.list(`${modelsPrefix}${model}/${version}`)
  const present = listed.filter(({ key }) => isOf(version, key))
  if (!replaces) return present
  // The manifest goes last: while files go, a release that looks waits for them.
  const keys = present.map(({ key }) => key)
  const isManifest = (key: string) => key.endsWith(`/${version}/${manifestFile}`)
  await bucket.remove(keys.toSorted((a, b) => Number(isManifest(a)) - Number(isManifest(b))))
  return []
}

/** The prefix of 1.0.0 is that of 1.0.0-rc.1 as well. */
function isOf(version: string, key: string): boolean {
  try {
    return parseReleaseKey(key).version === version
  } catch (error) {
    if (isProblem(error)) return false
    throw error
  }
}

function taken({ url }: Bucket, { model, version }: ReleaseFiles): Problem {
  return new Problem(
    'version-exists',
    `${model} ${version} lies in ${url} already, with other files; push under a new version`,
  )
}

async function sendAll(bucket: Bucket, files: readonly OutgoingFile[], talk: Talk): Promise<void> {
  if (files.length === 0) return
  const total = files.reduce((sum, { size }) => sum + size, 0)
  talk.say(`  ${files.length === 1 ? '1 file' : `${files.length} files`}, ${bytes(total)}, to ${bucket.url}`)
  const shown = transfer(talk, total)
  const lane = pLimit(lanes)
  const ended = await Promise.allSettled(files.map((file) => sendFile(bucket, lane, file, shown.moved)))
  shown.end()
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}
