import type { Building, ImageFactory, PackInput } from '../../../lambdas/ports.ts'
import { sha256Hex } from '../../../lib/rules/digest.ts'
import type { Image } from '../../../lib/rules/model-version.ts'

/** Images in memory: a digest of runtime and artifact, and what it was packed of. */
export class MemoryImages implements ImageFactory {
  readonly #artifacts = new Map<string, string>()
  /** Runtimes whose own image was built already. */
  readonly #built = new Set<string>()

  async pack({ runtime, architecture, digest }: PackInput): Promise<Image | Building> {
    const base = `${runtime} ${architecture}`
    if (!this.#built.has(base)) {
      this.#built.add(base)
      return { building: `building the ${runtime} runtime` }
    }
    const image = `sha256:${sha256Hex(`${base}\n${digest}`)}`
    this.#artifacts.set(image, digest)
    return { digest: image, uri: `memory/${runtime}@${image}` }
  }

  async remove({ digest }: Image): Promise<void> {
    this.#artifacts.delete(digest)
  }

  /** The digest of the artifact in an image. */
  artifactOf(image: string): string | undefined {
    return this.#artifacts.get(image)
  }
}
