import type { Readable } from 'node:stream'
import type { FrozenFile } from '../../lib/rules/artifact.ts'
import {
  dependencyTag,
  described,
  type ImageOf,
  imageTag,
  isImageOf,
  withLayer,
} from '../../lib/rules/image-layers.ts'
import type { Runtime } from '../../lib/rules/manifest.ts'
import type { Image } from '../../lib/rules/model-version.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type { Building, ImageFactory, PackInput } from '../ports.ts'
import { artifactLayer } from './artifact-layer.ts'
import { type HeldImage, ImageRepository, type RegistryAccess } from './image-registry.ts'

/** Where images of a platform lie. */
export interface Registry {
  /** How to reach it now: what is allowed in changes by the hour. */
  access(): Promise<RegistryAccess>
  /** The host by which those who run images know it. */
  host(): Promise<string>
  /** Take an image away by its digest, with every tag of it, or find it gone. */
  remove(repository: string, digest: string): Promise<void>
  /** A runtime's repository is this and the runtime's name. */
  readonly repositoryPrefix: string
}

/** Builds the dependency image of a runtime, once, when a release finds none. */
export interface RuntimeBuilds {
  /** Have it built, or find it being built. @throws Problem where it could not be */
  request(build: RuntimeBuild): Promise<void>
}

export interface RuntimeBuild {
  readonly runtime: Runtime
  readonly architecture: PackInput['architecture']
  /** What the image is made of, in one word. */
  readonly key: string
  /** `HOST/REPOSITORY`, without a tag. */
  readonly repository: string
}

/**
 * Images of versions without a build: the runtime's dependency image and the artifact as one layer more, put together
 * in the registry over its HTTP API. Whatever is broken off half-way leaves blobs that no image names.
 */
export class LayeredImages implements ImageFactory {
  readonly #registry: Registry
  readonly #builds: RuntimeBuilds
  readonly #keyOf: (input: PackInput) => string | undefined
  readonly #open: (file: FrozenFile) => Promise<Readable>
  readonly #runtimes = new Map<string, HeldImage>()

  /**
   * @param keyOf what a runtime's dependency image is made of, in one word: template, lock file and architecture
   * @param open a frozen file's bytes as they come
   */
  constructor(
    registry: Registry,
    builds: RuntimeBuilds,
    keyOf: (input: PackInput) => string | undefined,
    open: (file: FrozenFile) => Promise<Readable>,
  ) {
    this.#registry = registry
    this.#builds = builds
    this.#keyOf = keyOf
    this.#open = open
  }

  async pack(input: PackInput): Promise<Image | Building> {
    const { runtime, architecture, model, version, digest: artifact, files } = input
    const key = this.#keyOf(input)
    if (key === undefined)
      throw new Problem(
        'host-unable',
        `the ${runtime} runtime is served on the laptop today; on AWS there is no image of it yet: release this model on the laptop, or as ONNX`,
      )
    const name = `${this.#registry.repositoryPrefix}${runtime}`
    const uri = `${await this.#registry.host()}/${name}`
    const repository = new ImageRepository(await this.#registry.access(), name)
    const below = await this.#runtimeImage(repository, name, dependencyTag(key))
    if (below === undefined) {
      await this.#builds.request({ runtime, architecture, key, repository: uri })
      return { building: `building the ${runtime} runtime` }
    }
    const of: ImageOf = { model, version, artifact }
    const tag = imageTag(of, below.digest)
    const pushed = await repository.image(tag)
    if (pushed !== undefined) {
      if (!isImageOf(pushed, below.manifest, of)) throw foreign(tag)
      return imageAt(uri, pushed.digest)
    }
    const { layer, kept } = await repository.pushLayer(artifactLayer(files, this.#open))
    const made = withLayer(below.manifest, below.config, layer, of)
    await Promise.all([kept, repository.pushText(made.config)])
    const { digest } = described(made.manifest)
    if (await repository.tag(tag, made.manifest)) return imageAt(uri, digest)
    // The tag is taken: by another pack of the same, which is as good, or by something else.
    if ((await repository.image(tag))?.digest !== digest) throw foreign(tag)
    return imageAt(uri, digest)
  }

  async remove({ uri, digest }: Image): Promise<void> {
    const repository = uri.slice(uri.indexOf('/') + 1, uri.lastIndexOf('@'))
    if (!repository.startsWith(this.#registry.repositoryPrefix))
      throw new Error(`the image ${digest} lies in no repository of this platform`)
    await this.#registry.remove(repository, digest)
  }

  /** A dependency image: its tag is immutable, so what was read once stays true. */
  async #runtimeImage(
    repository: ImageRepository,
    name: string,
    tag: string,
  ): Promise<HeldImage | undefined> {
    const known = this.#runtimes.get(`${name}:${tag}`)
    if (known !== undefined) return known
    const found = await repository.image(tag)
    if (found !== undefined) this.#runtimes.set(`${name}:${tag}`, found)
    return found
  }
}

function imageAt(repository: string, digest: string): Image {
  return { digest, uri: `${repository}@${digest}` }
}

function foreign(tag: string): Problem {
  return new Problem(
    'served-is-not-ours',
    `the image ${tag} is there already, and is not made of this artifact`,
  )
}
