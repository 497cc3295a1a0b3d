import { dependencyForm } from '../../lib/rules/dependency-lock.ts'
import { canonicalJson } from '../../lib/rules/digest.ts'
import {
  dependencyTag,
  described,
  type ImageOf,
  imageTag,
  isImageOf,
  lockedKey,
  withLayer,
} from '../../lib/rules/image-layers.ts'
import type { Image } from '../../lib/rules/model-version.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { servedVersion } from '../../lib/rules/served-version.ts'
import type { Building, ImageFactory, PackInput } from '../ports.ts'
import { artifactLayer } from './artifact-layer.ts'
import type { DependencyLocks, RuntimeTemplate } from './dependency-locks.ts'
import { DockerfileImages, type DockerfileImagesProps } from './dockerfile-images.ts'
import { type ForeignGround, ForeignImages } from './foreign-images.ts'
import { type HeldImage, ImageRepository, type RegistryAccess } from './image-registry.ts'

/** Where SageMaker puts a model, and images that were made for it look. */
const sagemakersFolder = 'opt/ml/model'

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

/** What images are put together with. */
export interface LayeredImagesProps extends DockerfileImagesProps {
  readonly registry: Registry
  readonly locks: DependencyLocks
  /** The template of the runtime for the processor; undefined where there is none. */
  readonly templateOf: (input: PackInput) => RuntimeTemplate | undefined
}

/**
 * Images of versions without a build: the runtime's dependency image and the artifact as one layer more, put together
 * in the registry over its HTTP API. Whatever is broken off half-way leaves blobs that no image names.
 */
export class LayeredImages implements ImageFactory {
  readonly #props: LayeredImagesProps
  readonly #foreign: ForeignImages
  readonly #dockerfiles: DockerfileImages
  readonly #runtimes = new Map<string, HeldImage>()

  constructor(props: LayeredImagesProps) {
    this.#props = props
    this.#foreign = new ForeignImages(props.registry)
    this.#dockerfiles = new DockerfileImages(props)
  }

  async pack(input: PackInput): Promise<Image | Building> {
    const { registry, open } = this.#props
    const { runtime, model, version, digest: artifact, files } = input
    const name = `${registry.repositoryPrefix}${runtime}`
    const ground = await this.#dependencies(input, name)
    if ('building' in ground) return ground
    const { below, repository, lock, from } = ground
    const at = (digest: string): Image => ({
      digest,
      uri: `${ground.uri}@${digest}`,
      ...(lock !== undefined && { lock }),
      ...(from !== undefined && { from }),
    })
    const told = toldOf(input)
    const of: ImageOf = { model, version, artifact, told }
    const tag = imageTag(of, below.digest)
    const pushed = await repository.image(tag)
    if (pushed !== undefined) {
      if (!isImageOf(pushed, below.manifest, of)) throw foreign(tag)
      return at(pushed.digest)
    }
    const brought = await ground.bring?.()
    if (brought !== undefined) return brought
    const linkedAt = from === undefined ? undefined : sagemakersFolder
    const { layer, kept } = await repository.pushLayer(artifactLayer({ files, open, told, linkedAt }))
    const made = withLayer(below.manifest, below.config, layer, of)
    await Promise.all([kept, repository.pushText(made.config)])
    const { digest } = described(made.manifest)
    if (await repository.tag(tag, made.manifest)) return at(digest)
    // The tag is taken: by another pack of the same, which is as good, or by something else.
    if ((await repository.image(tag))?.digest !== digest) throw foreign(tag)
    return at(digest)
  }

  async remove({ uri, digest }: Image): Promise<void> {
    const repository = uri.slice(uri.indexOf('/') + 1, uri.lastIndexOf('@'))
    if (!repository.startsWith(this.#props.registry.repositoryPrefix))
      throw new Error(`the image ${digest} lies in no repository of this platform`)
    await this.#props.registry.remove(repository, digest)
  }

  /** What the artifact is laid upon, or what is being built of it. */
  async #dependencies(input: PackInput, name: string): Promise<Ground | Building> {
    const { registry, builds, locks, templateOf } = this.#props
    const { runtime, architecture, requirements } = input
    const template = templateOf(input)
    if (template === undefined)
      throw new Problem(
        'host-unable',
        `the ${runtime} runtime is served on the laptop today; on AWS there is no image of it yet: release this model on the laptop, or as ONNX`,
      )
    const lock = requirements === undefined ? undefined : await locks.of(input, template)
    if (lock !== undefined && 'building' in lock) return lock
    const key = lock === undefined ? template.key : lockedKey(template.key, lock.hex)
    const uri = `${await registry.host()}/${name}`
    const repository = new ImageRepository(await registry.access(), name)
    const below = await this.#runtimeImage(repository, name, dependencyTag(key))
    if (below !== undefined && runtime === 'container')
      return this.#container(input, below, { repository, uri })
    if (below !== undefined)
      return { below, repository, uri, ...(lock !== undefined && { lock: `sha256:${lock.hex}` }) }
    await locks.refuseAgain(runtime, key)
    const locked = lock === undefined ? {} : { lock: lock.hex }
    await builds.request({ task: 'image', runtime, architecture, key, repository: uri, ...locked })
    const packages = lock === undefined ? '' : ` with ${dependencyForm(runtime).locked(lock.text)}`
    return { building: `building the ${runtime} runtime${packages}` }
  }

  async #container(
    input: PackInput,
    adapter: HeldImage,
    place: Pick<Ground, 'repository' | 'uri'>,
  ): Promise<Ground | Building> {
    const ground =
      input.image === undefined
        ? await this.#dockerfiles.ground(input, adapter, place)
        : await this.#foreign.ground(input, adapter, place.repository)
    return 'building' in ground ? ground : { ...ground, ...place }
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

/** What a version is laid upon, and the repository that it comes to lie in. */
interface Ground extends Partial<Pick<ForeignGround, 'from' | 'bring'>> {
  readonly below: HeldImage
  readonly repository: ImageRepository
  readonly uri: string
  readonly lock?: string
}

/** What lies beside the artifact for the server to read; the one of ONNX finds out by itself. */
function toldOf({ runtime, entry, ...input }: PackInput): string | undefined {
  if (runtime === 'onnx' || entry === undefined) return undefined
  return canonicalJson(servedVersion({ ...input, entry }))
}

function foreign(tag: string): Problem {
  return new Problem(
    'served-is-not-ours',
    `the image ${tag} is there already, and is not made of this artifact`,
  )
}
