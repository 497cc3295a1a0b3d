import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { Sha256 } from '@smithy/core/checksum'
import { HttpRequest } from '@smithy/core/transport'
import { SignatureV4 } from '@smithy/signature-v4'
import { isIamOnly } from '../../lib/wiring/iam-only-paths.ts'
import { emulated } from '../harness/emulator/ministack.ts'
import type { Account } from './account.ts'
import { lockObjects, type Outputs } from './deploy.ts'

/** What came back over HTTP. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

type Headers = Readonly<Record<string, string>>

/** How a platform was deployed, and how it is called. */
export interface Door {
  /** The stack, and what begins the names of all that the platform makes. */
  readonly stack: string
  readonly platformName: string
  readonly gateway: 'HTTP' | 'REST'
  readonly callers: 'iam' | 'keys'
}

/**
 * The platform as an engineer deploys it, on an emulator: `cdk bootstrap` and `cdk deploy` as they are, model functions
 * in a real engine of containers. What stands in for AWS is the emulator and what `test/harness/emulator` names.
 */
export class DeployedPlatform {
  readonly account: Account
  readonly door: Door
  /** Where it answers: a REST API's has its stage in the path. */
  readonly apiUrl: string
  readonly bucket: string
  /** The key by which it is called, where callers have keys. */
  key: string | undefined

  private constructor(account: Account, door: Door, apiUrl: string, bucket: string) {
    this.account = account
    this.door = door
    this.apiUrl = apiUrl
    this.bucket = bucket
  }

  /** @param outputs of the stack by which it was deployed */
  static async open(account: Account, door: Door, outputs: Outputs): Promise<DeployedPlatform> {
    const { ApiUrl = '', StoreBucket = '' } = outputs
    await lockObjects(account.emulator, StoreBucket)
    const platform = new DeployedPlatform(account, door, onEmulator(account, ApiUrl), StoreBucket)
    if (door.callers === 'keys') platform.key = await platform.#makeKey()
    return platform
  }

  /** Where the command is told that the platform is. The emulator keeps /health for itself, unless a stage is named. */
  get commandUrl(): string {
    return this.door.gateway === 'HTTP' ? `${this.apiUrl}/$default` : this.apiUrl
  }

  /** Who calls, as the environment of the command says it. */
  get environment(): Readonly<Record<string, string>> {
    return {
      ...this.account.emulator.environment,
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
    const { host, port, pathname } = new URL(this.apiUrl)
    // The API's name ends in .localhost, which not every machine resolves.
    const asked = request({
      host: '127.0.0.1',
      port,
      method,
      path: `${pathname.replace(/\/$/, '')}${path}`,
      headers: { ...headers, host },
    })
    asked.end(body)
    const [answer] = await once(asked, 'response')
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
  }

  async #signed(method: string, path: string, headers: Headers, body: string | undefined): Promise<Headers> {
    const { host, hostname, pathname } = new URL(this.apiUrl)
    const [plain = '', query = ''] = path.split('?')
    const { region, credentials } = emulated
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

/** The address of a REST API is put together by the template, of AWS's own domain, which does not lead here. */
function onEmulator({ emulator }: Account, url: string): string {
  const suffix = `.execute-api.${emulated.region}.amazonaws.com`
  const { host, protocol, pathname } = new URL(url)
  if (!host.endsWith(suffix)) return url
  const api = host.slice(0, -suffix.length)
  return `${protocol.replace('https', 'http')}//${api}.execute-api.localhost:${new URL(emulator.endpoint).port}${pathname}`
}
