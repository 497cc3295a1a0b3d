import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, copyFile, link, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Building, ImageFactory, PackInput } from '../lambdas/ports.ts'
import { serverAddress } from '../lib/rules/container/server-address.ts'
import { canonicalJson, sha256Hex } from '../lib/rules/digest.ts'
import type { Runtime } from '../lib/rules/manifest.ts'
import type { Image } from '../lib/rules/model-version.ts'
import { Problem } from '../lib/rules/problem.ts'
import { type ServedVersion, servedVersion } from '../lib/rules/served-version.ts'
import { type ContainerImage, containerImageAt } from './docker/container-image.ts'
import { ContainerImages } from './docker/container-images.ts'
import type { Environments, OwnServerRuntime } from './environments/environments.ts'
import type { FolderStore } from './folder-store.ts'
import type { Home } from './home.ts'
import { draftPrefix, onDisk, unless } from './on-disk.ts'
import { hashOfTemplate } from './template-hash.ts'

const templates = join(import.meta.dirname, '..', 'model-templates')

/** Beside the folder of an image that a server of its own serves: what the server is told, and how it is started. */
export interface OwnServerImage extends ServedVersion {
  readonly runtime: OwnServerRuntime
  /** Which environment of its runtime it runs in. */
  readonly environment: string
}

/**
 * Images as folders: the artifact's files, under a digest of runtime and artifact together, and where a version has
 * a server of its own, of its environment as well. Nothing is copied: the files are links to the frozen bytes, and read-only.
 */
export class ImageFolder implements ImageFactory {
  readonly #home: Home
  readonly #store: FolderStore
  readonly #environments: Environments
  readonly #containers: ContainerImages
  readonly #runtimes = new Map<Runtime, Promise<string>>()

  constructor(home: Home, store: FolderStore, environments: Environments) {
    this.#home = home
    this.#store = store
    this.#environments = environments
    this.#containers = new ContainerImages(home, store)
  }

  async pack(input: PackInput): Promise<Image | Building> {
    if (input.runtime === 'container') return this.#container(input)
    const template = await this.#runtimeHash(input.runtime)
    const { runtime, entry, requirements = '' } = input
    if (!this.#environments.has(runtime)) return this.#folder(input, `${template}\n${input.digest}`)
    if (entry === undefined)
      throw new Problem('platform-fault', 'it was not recorded which file is the model')
    const made = await this.#environments.ready(runtime, requirements)
    if ('building' in made) return made
    const facts: OwnServerImage = {
      runtime,
      environment: made.name,
      ...servedVersion({ ...input, entry }),
    }
    // One artifact may have another signature in another version: what is served is not the same then.
    const text = canonicalJson(facts)
    const image = await this.#folder(input, `${template}\n${text}\n${input.digest}`, text)
    return made.lock === undefined ? image : { ...image, lock: `sha256:${made.lock}` }
  }

  /** The folder beside which stands which image of the Docker engine serves it. */
  async #container(input: PackInput): Promise<Image | Building> {
    const made = await this.#containers.ready(input)
    if ('building' in made) return made
    const { entry = '', layout, signature, image, container } = input
    const startCommand = container?.startCommand ?? made.startCommand
    const facts: ContainerImage = {
      ...{ runtime: 'container', entry, imageId: made.id, imageName: made.name },
      address: serverAddress(container),
      ...(layout !== undefined && { layout }),
      ...(signature !== undefined && { signature }),
      ...(image !== undefined && { image }),
      ...(startCommand !== undefined && { startCommand }),
    }
    const text = canonicalJson(facts)
    return this.#folder(input, `container\n${text}\n${input.digest}`, text)
  }

  async remove({ digest }: Image): Promise<void> {
    const place = join(this.#home.images, hexOf(digest))
    const inContainer = containerImageAt(place)
    if (inContainer !== undefined) await this.#containers.forget(inContainer.imageName)
    const draft = join(this.#home.incoming, `${draftPrefix}${randomUUID()}`)
    // Whole or not there, for whoever packs the same meanwhile.
    await rename(place, draft).catch(unless('ENOENT'))
    await rm(draft, { recursive: true, force: true })
    await rm(`${place}.json`, { force: true })
  }

  /** End what is being made for an image. */
  stop(): void {
    this.#containers.stop()
  }

  /** @param madeOf what its digest is the hash of @param facts what stands beside the folder, before it is there */
  async #folder({ files }: PackInput, madeOf: string, facts?: string): Promise<Image> {
    const hex = sha256Hex(madeOf)
    const image = `sha256:${hex}`
    const place = join(this.#home.images, hex)
    if (await exists(place)) return { digest: image, uri: place }
    const draft = join(this.#home.incoming, `${draftPrefix}${randomUUID()}`)
    try {
      if (facts !== undefined) {
        await writeFile(draft, facts, { flush: true })
        await rename(draft, `${place}.json`)
      }
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
    const known = this.#runtimes.get(runtime) ?? hashOfTemplate(join(templates, runtime))
    this.#runtimes.set(runtime, known)
    return known
  }
}

function hexOf(digest: string): string {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? []
  if (hex === undefined) throw new Error(`${digest} is no digest of an image`)
  return hex
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  )
}
