import { once } from 'node:events'
import { request } from 'node:http'
import { request as requestSafely } from 'node:https'
import { text } from 'node:stream/consumers'
import { Sha256 } from '@smithy/core/checksum'
import { HttpRequest } from '@smithy/core/transport'
import { SignatureV4 } from '@smithy/signature-v4'
import { isIamOnly } from '../../../lib/wiring/iam-only-paths.ts'
import type { Outputs } from './cdk.ts'
import type { Door, Place } from './place.ts'

/** What came back over HTTP. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

type Headers = Readonly<Record<string, string>>

/** The platform as an engineer deploys it, and as people and applications call it. */
export class DeployedPlatform {
  readonly place: Place
  readonly door: Door
  /** Where it answers: a REST API's has its stage in the path. */
  readonly apiUrl: string
  readonly bucket: string
  /** The key by which it is called, where callers have keys. */
  key: string | undefined

  private constructor(place: Place, door: Door, apiUrl: string, bucket: string) {
    this.place = place
    this.door = door
    this.apiUrl = apiUrl
    this.bucket = bucket
  }

  /** @param outputs of the stack by which it was deployed */
  static async open(place: Place, door: Door, outputs: Outputs): Promise<DeployedPlatform> {
    const { StoreBucket = '' } = outputs
    await place.prepareStore(StoreBucket)
    const platform = new DeployedPlatform(place, door, place.addressOf(outputs), StoreBucket)
    if (door.callers === 'keys') platform.key = await platform.#makeKey()
    return platform
  }

  /** Where the command is told that the platform is. */
  get commandUrl(): string {
    return this.place.commandAddressOf(this.apiUrl, this.door)
  }

  /** Who calls, as the environment of the command says it. */
  get environment(): Readonly<Record<string, string>> {
    return {
      ...this.place.environment,
      ...(this.key !== undefined && { SLUICE_API_KEY: this.key }),
    }
  }

  /** Ask the platform through its API: with its key, or signed as AWS's own tools sign. */
  async call(method: string, path: string, body?: unknown, more: Headers = {}): Promise<Answer> {
    const headers = { 'content-type': 'application/json', ...more }
    const sent = body === undefined ? undefined : JSON.stringify(body)
    const introduced =
      this.key === undefined || isIamOnly(path)
        ? await this.#signed(method, path, headers, sent)
        : { ...headers, authorization: `Bearer ${this.key}` }
    return this.send(method, path, introduced, sent)
  }

  /** Ask with just these headers. */
  async send(method: string, path: string, headers: Headers, body?: string): Promise<Answer> {
    const { protocol, host, hostname, port, pathname } = new URL(this.apiUrl)
    const asked = (protocol === 'https:' ? requestSafely : request)({
      host: this.place.machine ?? hostname,
      port,
      method,
      path: `${pathname.replace(/\/$/, '')}${path}`,
      // Of a DELETE Node does not say by itself how long its body is, and the body is taken for the next request.
      headers: { ...headers, host, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
    })
    asked.end(body)
    const [answer] = await once(asked, 'response')
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
  }

  async #signed(method: string, path: string, headers: Headers, body: string | undefined): Promise<Headers> {
    const { host, hostname, pathname } = new URL(this.apiUrl)
    const [plain = '', query = ''] = path.split('?')
    const { region, credentials } = this.place.client
    const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 })
    const signed = await signer.sign(
      new HttpRequest({
        method,
        hostname,
        path: `${pathname.replace(/\/$/, '')}${plain}`,
        query: Object.fromEntries(new URLSearchParams(query)),
        headers: { host, ...headers },
        body,
      }),
    )
    return signed.headers
  }

  /** Made as people make keys: at the platform's own `/keys`, signed as somebody whom IAM knows. */
  async #makeKey(): Promise<string> {
    const asked = { name: 'journey', scopes: ['admin'] }
    const { status, body } = await this.call('POST', '/keys', asked)
    if (status !== 201) throw new Error(`no key was made: ${status} ${body}`)
    return JSON.parse(body).key
  }
}
