import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
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

/** What lies in a registry under the name of an image. */
export interface HeldDocument {
  readonly text: string
  /** What the registry says that it is. */
  readonly contentType: string
}

/** How to reach a registry. */
export interface RegistryAccess {
  /** `https://HOST`, no path. */
  readonly endpoint: string
  /** The Authorization header; absent where nobody is asked. */
  readonly authorization?: string
}

const octets = { 'content-type': 'application/octet-stream' }

/** What a registry may say of an image at most, its manifest or its configuration: what ECR takes of a manifest. */
const longestText = 4 * 1024 * 1024

/** One repository of an image registry, by the registry's own HTTP API (the OCI distribution specification). */
export class ImageRepository {
  readonly #access: RegistryAccess
  readonly #name: string
  readonly #root: string

  constructor(access: RegistryAccess, name: string) {
    this.#access = access
    this.#name = name
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

  /**
   * What lies under a tag or a digest, as it was pushed; undefined where there is nothing.
   * @param accept the kinds that are understood @throws RegistryRefusal, also where it may not be read
   */
  async document(reference: string, accept: string): Promise<HeldDocument | undefined> {
    const place = `${this.#root}/manifests/${reference}`
    const answer = await this.#ask('GET', place, { headers: { accept }, allowed: [200, 404] })
    if (answer.status === 404) return undefined
    return { text: await shortText(answer), contentType: answer.headers.get('content-type') ?? '' }
  }

  /** A small blob as text. @throws Error where it is another one than its digest says */
  async text(digest: string): Promise<string> {
    const text = await shortText(await this.#ask('GET', `${this.#root}/blobs/${digest}`))
    if (described(text).digest !== digest) throw new Error(`the registry gave other bytes for ${digest}`)
    return text
  }

  async has(digest: string): Promise<boolean> {
    const answer = await this.#ask('HEAD', `${this.#root}/blobs/${digest}`, { allowed: [200, 404] })
    return answer.status === 200
  }

  /**
   * Take a layer over from another repository: mounted where the registry does so, else streamed. The registry keeps
   * what it is given only if it has the digest that was promised.
   */
  async take(digest: string, from: ImageRepository): Promise<void> {
    const mount = from.#access.endpoint === this.#access.endpoint ? `?mount=${digest}&from=${from.#name}` : ''
    await patiently(isPassing, async () => {
      const begun = await this.#ask('POST', `${this.#root}/blobs/uploads/${mount}`, { allowed: [201, 202] })
      if (begun.status === 201) return
      const location = locationOf(begun)
      const { body } = await from.#ask('GET', `${from.#root}/blobs/${digest}`)
      if (body === null) throw new Error(`the registry gave nothing for ${digest}`)
      await this.#endUpload((await this.#stream(location, body)) ?? location, digest)
    })
  }

  /**
   * Upload a layer as it is made. What is broken off leaves an upload that the registry forgets, and nothing else.
   * @returns the layer once its bytes have gone by, and a promise that the registry keeps it
   */
  async pushLayer(layer: LayerStream): Promise<{ readonly layer: Layer; readonly kept: Promise<void> }> {
    const begun = await this.#beginUpload()
    const location = await this.#stream(begun, layer.bytes)
    const made = layer.end()
    const kept = this.#endUpload(location ?? begun, made.digest)
    // Whoever awaits it hears of its failure; until then it is nobody's fault.
    kept.catch(() => {})
    return { layer: made, kept }
  }

  /** Upload a small blob, unless it is there. */
  async pushText(text: string): Promise<void> {
    const { digest } = described(text)
    if (!(await this.has(digest))) await this.#endUpload(await this.#beginUpload(), digest, text)
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
    return locationOf(await this.#ask('POST', `${this.#root}/blobs/uploads/`, { allowed: [202] }))
  }

  /** @param rest what of the blob was not sent yet */
  async #endUpload(location: string, digest: string, rest?: string): Promise<void> {
    const url = new URL(location, this.#access.endpoint)
    url.searchParams.set('digest', digest)
    const sent = rest !== undefined && { headers: octets, body: rest }
    await this.#ask('PUT', url.href, { allowed: [201], ...sent })
  }

  /**
   * Send bytes as they are made, once: what has gone by cannot be sent again. By Node's own client, since fetch() takes
   * what it is to send into memory, however slowly it goes out.
   * @returns where the upload goes on, if the registry says
   */
  async #stream(place: string, bytes: AsyncIterable<Uint8Array>): Promise<string | undefined> {
    const url = new URL(place, this.#access.endpoint)
    const headers = { ...this.#authorized(), ...octets }
    const { request } = url.protocol === 'https:' ? https : http
    const sending = request(url, { method: 'PATCH', headers })
    const sent = pipeline(bytes, sending)
    sent.catch(() => {})
    const answered = once(sending, 'response').catch(async (error) => {
      // Bytes that could not be made look like a broken connection from here, and like themselves from there.
      await sent
      throw error
    })
    const [answer] = (await answered) as [IncomingMessage]
    const { statusCode = 0 } = answer
    const said = await text(answer)
    if (![201, 202, 204].includes(statusCode)) {
      sending.destroy()
      throw new RegistryRefusal('PATCH', url.pathname, statusCode, said)
    }
    await sent
    return answer.headers.location
  }

  async #ask(
    method: string,
    place: string,
    { headers = {}, body, allowed = [200] }: Asked = {},
  ): Promise<Response> {
    const url = new URL(place, this.#access.endpoint)
    const send = async () => {
      const answer = await fetch(url, {
        method,
        headers: { ...headers, ...this.#authorized() },
        ...(body !== undefined && { body }),
      })
      if (allowed.includes(answer.status)) return answer
      throw new RegistryRefusal(method, url.pathname, answer.status, await answer.text())
    }
    return patiently(isPassing, send)
  }

  #authorized(): Readonly<Record<string, string>> {
    const { authorization } = this.#access
    return authorization === undefined ? {} : { authorization }
  }
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The statuses that are an answer. */
  readonly allowed?: readonly number[]
}

/** That a registry has refused a request. */
export class RegistryRefusal extends Error {
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

/** Where an upload goes on that has begun. */
function locationOf(answer: Response): string {
  const location = answer.headers.get('location')
  if (location === null) throw new Error('the registry began an upload and did not say where')
  return location
}

/** What is to be held in memory. @throws Error where it is more than that */
async function shortText(answer: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of answer.body ?? []) {
    size += piece.length
    if (size > longestText) throw new Error(`the registry says more than ${longestText} bytes of an image`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}
