import { text } from 'node:stream/consumers'
import { unbuilt } from '../../lib/rules/container/build-output.ts'
import { builtTag, contextImage, contextTag, dockerfileKey } from '../../lib/rules/container/context-image.ts'
import { type ServerImage, serverImage } from '../../lib/rules/container/server-image.ts'
import { lockKeys } from '../../lib/wiring/store-layout.ts'
import type { Building, PackInput } from '../ports.ts'
import { artifactLayer, type LayerContent } from './artifact-layer.ts'
import type { LockTexts } from './dependency-locks.ts'
import { imageUnder } from './foreign-images.ts'
import type { HeldImage, ImageRepository } from './image-registry.ts'
import { type RuntimeBuilds, reasonStandsMs } from './runtime-builds.ts'

/** What Dockerfiles are built with. */
export interface DockerfileImagesProps {
  readonly builds: RuntimeBuilds
  /** Where builds tell why they could not. */
  readonly texts: LockTexts
  readonly open: LayerContent['open']
}

/** Where an image is to come to lie. */
interface Place {
  readonly repository: ImageRepository
  /** `HOST/REPOSITORY`. */
  readonly uri: string
}

/** Images of Dockerfiles, each built once for the files that it came with. */
export class DockerfileImages {
  readonly #props: DockerfileImagesProps

  constructor(props: DockerfileImagesProps) {
    this.#props = props
  }

  /**
   * What a version is laid upon: the image of its Dockerfile, or what is being done to make it.
   * @param adapter what every one of them gets on top
   * @throws Problem `image-build-failed` with the line and the words of the step that failed
   */
  async ground(
    input: PackInput,
    adapter: HeldImage,
    { repository, uri }: Place,
  ): Promise<{ readonly below: ServerImage } | Building> {
    const { architecture, container } = input
    const key = dockerfileKey(input.digest, architecture)
    const built = await imageUnder(repository, builtTag(key), 'the image of the Dockerfile', architecture)
    if (built !== undefined)
      return { below: serverImage(built.held, adapter, container, `${uri}@${built.digest}`) }
    await this.#refuseAgain(input, key)
    await this.#offer(input, key, repository)
    const { runtime } = input
    await this.#props.builds.request({ task: 'dockerfile', runtime, architecture, key, repository: uri })
    return { building: 'building the image of the Dockerfile' }
  }

  async #refuseAgain(input: PackInput, key: string): Promise<void> {
    const refused = await this.#props.texts.read(lockKeys.unbuilt(key))
    if (refused === undefined || refused.writtenAt + reasonStandsMs < Date.now()) return
    throw unbuilt(refused.text.split('\n'), await this.#dockerfile(input))
  }

  /** The files of the release lie in the repository, where those who build may read: the store they may not. */
  async #offer({ files, architecture }: PackInput, key: string, repository: ImageRepository): Promise<void> {
    if ((await repository.image(contextTag(key))) !== undefined) return
    const { layer, kept } = await repository.pushLayer(artifactLayer({ files, open: this.#props.open }))
    const { config, manifest } = contextImage(layer, architecture)
    await Promise.all([kept, repository.pushText(config)])
    // Where the tag is taken, it is by another pack of the same.
    await repository.tag(contextTag(key), manifest)
  }

  async #dockerfile({ files }: PackInput): Promise<string> {
    const file = files.find(({ path }) => path === 'Dockerfile')
    return file === undefined ? '' : text(await this.#props.open(file))
  }
}
