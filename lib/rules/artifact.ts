import { sha256Hex } from './digest.ts'
import type { Manifest } from './manifest.ts'
import { wholeReleaseEndings } from './names.ts'
import { type Finding, Problem } from './problem.ts'

/** The name of the manifest beside an artifact. */
export const manifestFile = 'model.yaml'

/** One file of a release as it was when the release froze it. */
export interface FrozenFile {
  readonly path: string
  readonly size: number
  /** Hex SHA-256 of the bytes. */
  readonly sha256: string
  /** The store's name for exactly these bytes (an S3 VersionId, a frozen copy): later uploads do not change it. */
  readonly ref: string
}

/** The bytes of a version, for ever. */
export interface FrozenArtifact {
  /** `artifactDigest` of the files, or of the archive that they came in. */
  readonly digest: string
  readonly sizeBytes: number
  readonly files: readonly FrozenFile[]
  /** The archive that the files came in, as it was uploaded. */
  readonly archive?: FrozenFile
}

/**
 * The digest that `Model-Digest` carries, the same in both worlds: of one file its own SHA-256, of several the
 * SHA-256 of their `sha256sum` listing sorted by path. The manifest is not part of it, unless there is nothing else:
 * then it names an image, and is all that there is.
 */
export function artifactDigest(files: readonly Pick<FrozenFile, 'path' | 'sha256'>[]): string {
  const besides = files.filter(({ path }) => path !== manifestFile)
  const bytes = besides.length === 0 ? files : besides
  const [only] = bytes
  if (bytes.length === 1 && only !== undefined) return `sha256:${only.sha256}`
  const listing = bytes
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ sha256, path }) => sumLine(sha256, path))
    .join('')
  return `sha256:${sha256Hex(listing)}`
}

/** A line of `sha256sum`: where a name holds a line break or a backslash, it is escaped and the line begins with one. */
function sumLine(sha256: string, path: string): string {
  if (!/[\n\r\\]/.test(path)) return `${sha256}  ${path}\n`
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  return `\\${sha256}  ${escaped}\n`
}

/** A file as the store's listing shows it, before it is frozen. */
export interface ListedFile {
  readonly path: string
  readonly size: number
  /** When it was last written, milliseconds since the epoch. */
  readonly writtenAt: number
  /** The store's name for the bytes that are there now (an S3 VersionId). */
  readonly ref: string
}

/** The path of the one file of a release that is one object: `model` with the object's ending. */
export function nameOfWhole(key: string): string {
  return `model${wholeReleaseEndings.find((end) => key.endsWith(end)) ?? ''}`
}

/** What was uploaded, in one word: equal for equal files, whoever lists them and in whatever order they came. */
export function uploadRef(listing: readonly ListedFile[]): string {
  const names = listing.map(({ path, ref }) => JSON.stringify([path, ref])).toSorted()
  return sha256Hex(names.join('\n')).slice(0, 16)
}

/** Without a list of files in the manifest, an upload is complete when its listing has been quiet this long. */
export const quietSeconds = 30

/** Whether an upload is whole, and if not, what it still waits for and when to look again. */
export type Completeness =
  | { readonly complete: true }
  | { readonly complete: false; readonly waitsFor: string; readonly lookAgainAt: number }

/**
 * Judge an upload folder. With `files:` in the manifest it is complete once every named file is there in its size
 * (the digests are checked when it is frozen); without, once nothing was written for `quietSeconds`.
 * @param now milliseconds since the epoch
 * @param since when the release began to wait, milliseconds: each wait is a tenth of what has passed, so that a day
 * of waiting takes fewer than 150 looks
 */
export function completeness(
  listing: readonly ListedFile[],
  declared: Manifest['files'],
  now: number,
  since: number,
): Completeness {
  const wait = Math.max(1000, (now - since) / 10)
  if (declared.length > 0) {
    const sizes = new Map(listing.map(({ path, size }) => [path, size]))
    const missing = declared.filter(({ path, size }) => sizes.get(path) !== size)
    return missing.length === 0
      ? { complete: true }
      : {
          complete: false,
          waitsFor: `${missing.length} of ${declared.length} files`,
          lookAgainAt: now + wait,
        }
  }
  if (listing.length === 0) return { complete: false, waitsFor: 'a first file', lookAgainAt: now + wait }
  const lastAt = listing.reduce((latest, { writtenAt }) => Math.max(latest, writtenAt), 0)
  const quietAt = lastAt + quietSeconds * 1000
  return quietAt <= now
    ? { complete: true }
    : {
        complete: false,
        waitsFor: `${quietSeconds} s without a new file`,
        lookAgainAt: now + wait,
      }
}

/** A version record names each file twice, with about 300 bytes each: an item of DynamoDB has at most 400 KB. */
const mostFiles = 500

/** A Lambda function's image has at most 10 GB, of which the runtime takes up to half a gigabyte. */
const mostBytes = 9.5e9

/** Refuse what no world could release, before its bytes are read. @throws Problem `artifact-too-large` */
export function checkExtent(listing: readonly Pick<ListedFile, 'size'>[]): void {
  const bytes = listing.reduce((sum, { size }) => sum + size, 0)
  const found = `${listing.length} files with ${bytes} bytes`
  if (listing.length > mostFiles || bytes > mostBytes)
    throw new Problem(
      'artifact-too-large',
      `the upload has ${found}; allowed are ${mostFiles} files with ${mostBytes} bytes`,
    )
}

/** Check frozen files against what the manifest declares. @throws Problem `artifact-differs` with every difference */
export function checkDeclared(files: readonly Omit<FrozenFile, 'ref'>[], declared: Manifest['files']): void {
  if (declared.length === 0) return
  const found = new Map(files.map((file) => [file.path, file]))
  const errors: Finding[] = declared.flatMap(({ path, size, sha256 }, i) => {
    const file = found.get(path)
    if (file?.size === size && file.sha256 === sha256) return []
    const seen = file === undefined ? 'nothing' : `${file.size} bytes, sha256 ${file.sha256}`
    return [{ pointer: `/files/${i}`, found: seen, allowed: `${size} bytes, sha256 ${sha256}` }]
  })
  if (errors.length > 0)
    throw new Problem('artifact-differs', 'the uploaded files are not those that the manifest names', errors)
}
