import type { Image } from '../../lib/rules/model-version.ts'
import type { Engine } from '../harness/containers/engine.ts'
import { type ContainerRegistry, startRegistry } from '../harness/containers/registry.ts'
import { type Append, append, type Files, runtimeTag } from './appending.ts'

/** Images of versions, made by our own code in a real registry that has the runtime's image, and pulled from there. */
export class ModelImages {
  /** The registry's host and port. */
  readonly host: string
  /** The runtime's image, by its tag in the registry. */
  readonly runtime: string
  readonly #engine: Engine
  readonly #registry: ContainerRegistry
  readonly #as: NonNullable<Append['as']>
  readonly #names: string[] = []
  #versions = 0

  private constructor(engine: Engine, registry: ContainerRegistry, as: NonNullable<Append['as']>) {
    this.#as = as
    this.#engine = engine
    this.#registry = registry
    this.host = registry.host
    this.runtime = `${registry.host}/sluice/${as.runtime ?? 'onnx'}:${runtimeTag}`
  }

  /** @param runtimeImage the name that the engine has for it @param as what its versions are, unless they say otherwise */
  static async open(engine: Engine, runtimeImage: string, as: Append['as'] = {}): Promise<ModelImages> {
    const images = new ModelImages(engine, await startRegistry(), as)
    try {
      await engine.docker('tag', runtimeImage, images.runtime)
      images.#names.push(images.runtime)
      await engine.docker('push', '--quiet', images.runtime)
    } catch (error) {
      await images.close()
      throw error
    }
    return images
  }

  /** The image of a version of its own for this model. @returns what the engine, which has pulled it, knows it by */
  async of(model: string | Uint8Array): Promise<string> {
    const { uri } = await this.append({ 'model.onnx': model })
    await this.pull(uri)
    return uri
  }

  /** Make the image of a version, the next one if none is said. */
  append(files: Files, { as, ...more }: Partial<Append> = {}): Promise<Image> {
    this.#versions += 1
    const version = `${this.#versions}.0.0`
    return append({
      ...{ host: this.host, model: 'small', version, files, ...more },
      as: { ...this.#as, ...as },
    })
  }

  /** Have the engine take an image, until this is closed. */
  async pull(name: string): Promise<void> {
    await this.#engine.docker('pull', '--quiet', name)
    this.#names.push(name)
  }

  /** End the registry. No container of these images may be there. */
  async close(): Promise<void> {
    if (this.#names.length > 0) await this.#engine.docker('rmi', '--force', ...this.#names)
    await this.#registry.stop()
  }
}
