import {
  type ForeignImage,
  foreignTypes,
  readForeign,
  refuseUnfit,
} from '../../lib/rules/container/foreign-manifest.ts'
import { noSuchImage, sourceOf, unreadImage } from '../../lib/rules/container/image-sources.ts'
import { type ServerImage, serverImage } from '../../lib/rules/container/server-image.ts'
import { described, type ImageConfig } from '../../lib/rules/image-layers.ts'
import { counted } from '../../lib/rules/problem.ts'
import type { Building, PackInput } from '../ports.ts'
import { type HeldImage, ImageRepository, type RegistryAccess, RegistryRefusal } from './image-registry.ts'

/** The account's own registry, as far as images are read out of it. */
export interface SourceRegistry {
  access(): Promise<RegistryAccess>
  /** The host by which images name it. */
  host(): Promise<string>
  /** What the names of the platform's own repositories begin with. */
  readonly repositoryPrefix: string
}

/** A step looks up after this: progress is told, and no function is worked to its end. */
const copiesForMs = 60_000

/** An image of somebody else's, ready for a version's own layer: what of it lies elsewhere is still to be brought. */
export interface ForeignGround {
  readonly below: ServerImage
  /** The image by its digest, where the manifest named one. */
  readonly from: string
  /** Bring what is not here yet; answers with what is being done where that takes its time. */
  bring(): Promise<Building | undefined>
}

/** Images that manifests name, as the ground that versions are laid upon. Nothing is built, and no engine is asked. */
export class ForeignImages {
  readonly #registry: SourceRegistry

  constructor(registry: SourceRegistry) {
    this.#registry = registry
  }

  /**
   * Find the image that a version names, for its processor.
   * @param adapter what every one of them gets on top @param into where it is brought
   * @throws Problem `image-unavailable`
   */
  async ground(
    { image = '', architecture, container }: PackInput,
    adapter: HeldImage,
    into: ImageRepository,
  ): Promise<ForeignGround> {
    const { repositoryPrefix: prefix } = this.#registry
    const host = await this.#registry.host()
    const reference = sourceOf(image, host, prefix)
    const source = new ImageRepository(await this.#registry.access(), reference.repository)
    try {
      const name = reference.digest ?? reference.tag ?? ''
      const found = await imageUnder(source, name, `the image ${image}`, architecture)
      if (found === undefined) throw noSuchImage(image)
      const { digest, held } = found
      const from = `${host}/${reference.repository}@${digest}`
      return {
        from,
        below: serverImage(held, adapter, container, from),
        bring: () => bring(held, source, into),
      }
    } catch (error) {
      if (error instanceof RegistryRefusal && [401, 403].includes(error.status))
        throw unreadImage(image, prefix)
      throw error
    }
  }
}

/** An image for one processor, and its digest: that of a list that it was chosen of is another. */
export interface FoundImage {
  readonly digest: string
  readonly held: ForeignImage & { readonly settings: ImageConfig }
}

/**
 * Read an image that somebody else has pushed.
 * @param named a tag, or a digest @param which the image, as a sentence names it
 * @returns undefined where there is none @throws Problem `image-unavailable` for what cannot be served
 */
export async function imageUnder(
  source: ImageRepository,
  named: string,
  which: string,
  architecture: PackInput['architecture'],
): Promise<FoundImage | undefined> {
  let reference = named
  // A list of images names images, and no lists.
  for (let depth = 0; depth < 2; depth += 1) {
    const document = await source.document(reference, foreignTypes)
    if (document === undefined) return undefined
    const { digest } = described(document.text)
    if (reference.startsWith('sha256:') && digest !== reference)
      throw new Error(`the registry gave another image for ${reference}`)
    const found = readForeign(JSON.parse(document.text), document.contentType, architecture, which)
    if ('config' in found) {
      const settings = JSON.parse(await source.text(found.config.digest)) as ImageConfig
      refuseUnfit(settings, found, architecture, which)
      return { digest, held: { ...found, settings } }
    }
    reference = found.digest
  }
  return undefined
}

/** Layer by layer: what was brought stays, so that whoever comes back goes on. */
async function bring(
  { layers }: ForeignImage,
  source: ImageRepository,
  into: ImageRepository,
): Promise<Building | undefined> {
  const since = performance.now()
  for (const [i, { digest }] of layers.entries()) {
    if (await into.has(digest)) continue
    if (performance.now() - since > copiesForMs)
      return { building: `copying the image, ${i} of ${counted(layers.length, 'layer')}` }
    await into.take(digest, source)
  }
  return undefined
}
