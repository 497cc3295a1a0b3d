import { createHash, randomUUID } from 'node:crypto'
import { constants, globSync } from 'node:fs'
import { access, copyFile, link, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ImageFactory, PackInput } from '../lambdas/ports.ts'
import { sha256Hex } from '../lib/rules/digest.ts'
import type { Runtime } from '../lib/rules/manifest.ts'
import type { Image } from '../lib/rules/model-version.ts'
import type { FolderStore } from './folder-store.ts'
import type { Home } from './home.ts'
import { draftPrefix, onDisk } from './on-disk.ts'

const templates = join(import.meta.dirname, '..', 'model-templates')

/**
 * Images as folders: the artifact's files, under a digest of runtime and artifact together. Nothing is copied: the
 * files are links to the frozen bytes, and read-only.
 */
export class ImageFolder implements ImageFactory {
  readonly #home: Home
  readonly #store: FolderStore
  readonly #runtimes = new Map<Runtime, Promise<string>>()

  constructor(home: Home, store: FolderStore) {
    this.#home = home
    this.#store = store
  }

  async pack({ runtime, digest, files }: PackInput): Promise<Image> {
    const image = `sha256:${sha256Hex(`${await this.#runtimeHash(runtime)}\n${digest}`)}`
    const place = join(this.#home.images, image.slice('sha256:'.length))
    if (await exists(place)) return { digest: image, uri: place }
    const draft = join(this.#home.incoming, `${draftPrefix}${randomUUID()}`)
    try {
      await this.#fill(draft, files)
      // Whole or not there; another pack of the same may have been faster.
      await rename(draft, place).catch(async (error) => {
        if (!(await exists(place))) throw error
      })
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
    await onDisk(this.#home.images)
    return { digest: image, uri: place }
  }

  async #fill(draft: string, files: PackInput['files']): Promise<void> {
    for (const file of files) {
      const target = join(draft, file.path)
      await mkdir(dirname(target), { recursive: true })
      const frozen = this.#store.frozenPath(file)
      await link(frozen, target).catch(() => copyFile(frozen, target))
    }
    for (const folder of new Set([draft, ...files.map((file) => dirname(join(draft, file.path)))]))
      await onDisk(folder)
  }

  #runtimeHash(runtime: Runtime): Promise<string> {
    const known = this.#runtimes.get(runtime) ?? hashOfTemplate(runtime)
    this.#runtimes.set(runtime, known)
    return known
  }
}

async function hashOfTemplate(runtime: Runtime): Promise<string> {
  const folder = join(templates, runtime)
  const hash = createHash('sha256').update(process.arch)
  for (const file of globSync('**/*', { cwd: folder, withFileTypes: true }))
    if (file.isFile()) hash.update(await readFile(join(file.parentPath, file.name)))
  return hash.digest('hex')
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  )
}
