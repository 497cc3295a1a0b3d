import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { parseDocument } from 'yaml'
import { type ArchiveEnding, archiveEnding, mendOfOtherArchive } from '../lib/rules/archive/archive-kind.ts'
import { checkDeclared, manifestFile } from '../lib/rules/artifact.ts'
import { textOf } from '../lib/rules/body-text.ts'
import type { Manifest } from '../lib/rules/manifest.ts'
import { parseManifest } from '../lib/rules/manifest-text.ts'
import { parseModelName, parseVersion, wholeReleaseEndings } from '../lib/rules/names.ts'
import { oneOf, Problem } from '../lib/rules/problem.ts'
import { type ArchiveOnDisk, openArchive } from './archive-on-disk.ts'

/** What a person points at: a folder with a model in it, or one file that is the whole release. */
export interface ReleaseFiles {
  readonly model: string
  readonly version: string
  /** Absolute or as given, by path inside the release; `model.yaml` is not among them. */
  readonly files: ReadonlyMap<string, string>
  /** The manifest's text; '' where there is none. */
  readonly manifest: string
  /** The ending of the one file that is the whole release; undefined for a folder. */
  readonly ending?: (typeof wholeReleaseEndings)[number]
  /** What is in it, where that one file is an archive. */
  readonly archive?: ArchiveOnDisk
}

export interface Named {
  readonly model?: string | undefined
  readonly version?: string | undefined
}

/**
 * Read a release from a folder or a file. Its name comes from the options, else from the manifest.
 * @throws Problem `usage`, `manifest-invalid`, `model-name-malformed`, `version-malformed`; of an archive
 * `archive-refused`, `artifact-too-large`, `artifact-differs`
 */
export async function readRelease(path: string, named: Named): Promise<ReleaseFiles> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new Problem('usage', `there is nothing at ${path}`)
  if (found.isDirectory()) return readFolder(path, named)
  const ending = wholeReleaseEndings.find((end) => path.endsWith(end))
  if (ending === undefined)
    throw new Problem(
      'usage',
      `${basename(path)} is no model; ${mendOfOtherArchive(path) ?? `a file ends in ${oneOf(wholeReleaseEndings)}`}`,
    )
  const packed = archiveEnding(path)
  if (packed !== undefined) return readArchive(path, packed, named)
  return { ...nameOf(named, {}, path), files: new Map([[`model${ending}`, path]]), manifest: '', ending }
}

async function readFolder(folder: string, named: Named): Promise<ReleaseFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const files = new Map(paths.map((path) => [relative(folder, path), path]))
  const written = files.get(manifestFile)
  files.delete(manifestFile)
  const manifest = written === undefined ? '' : await readFile(written, 'utf8')
  return { ...nameOf(named, parseManifest(manifest), folder), files, manifest }
}

async function readArchive(path: string, ending: ArchiveEnding, named: Named): Promise<ReleaseFiles> {
  const archive = await openArchive(path, ending)
  const written = await archive.read(manifestFile)
  const manifest = written === undefined ? '' : textOf(written, manifestFile, 'manifest-invalid')
  const parsed = parseManifest(manifest)
  checkDeclared(archive.files, parsed.files)
  return {
    ...nameOf(named, parsed, path),
    files: new Map([[`model${ending}`, path]]),
    manifest,
    ending,
    archive,
  }
}

function nameOf(named: Named, manifest: Named, path: string): { model: string; version: string } {
  for (const what of ['model', 'version'] as const)
    if (named[what] !== undefined && manifest[what] !== undefined && named[what] !== manifest[what])
      throw new Problem(
        'usage',
        `${basename(path)}'s manifest says ${what} ${manifest[what]}, and --${what} says ${named[what]}; name one`,
      )
  const model = named.model ?? manifest.model
  const version = named.version ?? manifest.version
  if (model === undefined || version === undefined)
    throw new Problem(
      'usage',
      `${basename(path)} does not say which ${model === undefined ? 'model' : 'version'} it is; ` +
        'write `model:` and `version:` in model.yaml, or add --model NAME --version 1.0.0',
    )
  return { model: parseModelName(model), version: parseVersion(version) }
}

/** A file as `files:` of the manifest names it. */
export type DeclaredFile = Manifest['files'][number]

/**
 * Every file of a release with its size and digest, sorted: equal for equal files. Read one after the other.
 * @param signal stops the reading @throws AbortError when it does
 */
export async function declaredFiles({ files }: ReleaseFiles, signal?: AbortSignal): Promise<DeclaredFile[]> {
  const declared: DeclaredFile[] = []
  for (const [path, place] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    declared.push({ path, size: (await stat(place)).size, sha256: await sha256Of(place, signal) })
  return declared
}

/** The manifest with `files:` written into it, so that the release knows when it is whole. Comments stay. */
export function withFileList({ manifest }: ReleaseFiles, files: readonly DeclaredFile[]): string {
  const document = parseDocument(manifest === '' ? '{}' : manifest)
  document.set('files', files)
  return document.toString()
}

async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal && { signal }) }))
    hash.update(chunk)
  return hash.digest('hex')
}
