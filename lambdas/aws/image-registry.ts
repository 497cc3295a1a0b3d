import {
  described,
  type ImageConfig,
  type ImageManifest,
  type Layer,
  mediaTypes,
} from '../../lib/rules/image-layers.ts'
import type { LayerStream } from './artifact-layer.ts'
import { patiently } from './patience.ts'

/** An image as a registry has it. */
export interface HeldImage {
  readonly digest: string
  readonly manifest: ImageManifest
  readonly config: ImageConfig
}

/** How to reach a registry. */
export interface RegistryAccess {
  /** `https://HOST`, no path. */
  readonly endpoint: string
  /** The Authorization header; absent where nobody is asked. */
  readonly authorization?: string
}

/** One repository of an image registry, by the registry's own HTTP API (the OCI distribution specification). */
export class ImageRepository {
  readonly #access: RegistryAccess
  readonly #root: string

  constructor(access: RegistryAccess, name: string) {
    this.#access = access
    this.#root = `/v2/${name}`
  }

  /** The image under a tag; undefined where there is none. @throws Error where it is not of Docker v2 schema 2 */
  async image(tag: string): Promise<HeldImage | undefined> {
    const answer = await this.#ask('GET', `${this.#root}/manifests/${tag}`, {
      headers: { accept: mediaTypes.manifest },
      allowed: [200, 404],
    })
    const text = await answer.text()
    if (answer.status === 404) return undefined
    const manifest = JSON.parse(text) as ImageManifest
    if (manifest.mediaType !== mediaTypes.manifest)
      throw new Error(`the image ${tag} is ${manifest.mediaType}, and must be ${mediaTypes.manifest}`)
    const blob = await this.#ask('GET', `${this.#root}/blobs/${manifest.config.digest}`)
    return { digest: described(text).digest, manifest, config: (await blob.json()) as ImageConfig }
  }

  /** Upload a layer as it is made. What is broken off leaves an upload that the registry forgets, and nothing else. */
  async pushLayer(layer: LayerStream): Promise<Layer> {
    const begun = await this.#beginUpload()
    const answer = await this.#ask('PATCH', begun, {
      headers: { 'content-type': 'application/octet-stream' },
      body: layer.bytes,
      allowed: [202, 201, 204],
    })
    const made = layer.end()
    await this.#endUpload(locationOf(answer) ?? begun, made.digest)
    return made
  }

  /** Upload a small blob, unless it is there. */
  async pushText(text: string): Promise<void> {
    const { digest } = described(text)
    const there = await this.#ask('HEAD', `${this.#root}/blobs/${digest}`, { allowed: [200, 404] })
    if (there.status === 200) return
    const begun = await this.#beginUpload()
    const answer = await this.#ask('PATCH', begun, {
      headers: { 'content-type': 'application/octet-stream' },
      body: text,
      allowed: [202, 201, 204],
    })
    await this.#endUpload(locationOf(answer) ?? begun, digest)
  }

  /**
   * Give a manifest its tag, the last thing that is pushed: before it nobody sees the image, after it everybody.
   * @returns false where the tag, which is immutable, names another image
   */
  async tag(tag: string, manifest: string): Promise<boolean> {
    const answer = await this.#ask('PUT', `${this.#root}/manifests/${tag}`, {
      headers: { 'content-type': mediaTypes.manifest },
      body: manifest,
      allowed: [201, 400, 409],
    })
    if (answer.status === 201) return true
    const said = await answer.text()
    if (/immutable|TAG_INVALID|ALREADY/i.test(said)) return false
    throw new Error(`the registry refused the manifest: ${answer.status} ${said.slice(0, 300)}`)
  }

  async #beginUpload(): Promise<string> {
    const answer = await this.#ask('POST', `${this.#root}/blobs/uploads/`, { allowed: [202] })
    const location = locationOf(answer)
    if (location === undefined) throw new Error('the registry began an upload and did not say where')
    return location
  }

  async #endUpload(location: string, digest: string): Promise<void> {
    const url = new URL(location, this.#access.endpoint)
    url.searchParams.set('digest', digest)
    await this.#ask('PUT', url.href, { allowed: [201] })
  }

  async #ask(
    method: string,
    place: string,
    { headers = {}, body, allowed = [200] }: Asked = {},
  ): Promise<Response> {
    const url = new URL(place, this.#access.endpoint)
    const { authorization } = this.#access
    const send = async () => {
      const answer = await fetch(url, {
        method,
        headers: { ...headers, ...(authorization !== undefined && { authorization }) },
        ...(body !== undefined && { body: body as NonNullable<RequestInit['body']>, duplex: 'half' }),
      })
      if (allowed.includes(answer.status)) return answer
      throw new RegistryRefusal(method, url.pathname, answer.status, await answer.text())
    }
    // A stream has gone by once it was sent: what was made of it cannot be sent again.
    return body === undefined || typeof body === 'string' ? patiently(isPassing, send) : send()
  }
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | AsyncIterable<Uint8Array>
  /** The statuses that are an answer. */
  readonly allowed?: readonly number[]
}

class RegistryRefusal extends Error {
  readonly status: number

  constructor(method: string, path: string, status: number, said: string) {
    super(`the image registry answered ${status} to ${method} ${path}: ${said.slice(0, 300)}`)
    this.status = status
  }
}

/** Throttled, or out of order for a moment; or nobody answered. */
function isPassing(error: unknown): boolean {
  return error instanceof RegistryRefusal ? error.status === 429 || error.status >= 500 : true
}

function locationOf(answer: Response): string | undefined {
  return answer.headers.get('location') ?? undefined
}
