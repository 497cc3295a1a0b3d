import { setTimeout as pause } from 'node:timers/promises'
import type { KeptComparison } from '../lambdas/comparison/kept-comparisons.ts'
import type { KeptShadow } from '../lambdas/comparison/shadows.ts'
import type { requestLink } from '../lambdas/control/approvals.ts'
import type { Deprecated } from '../lambdas/control/deprecations.ts'
import type { modelDetails, modelSummary, versionDetails } from '../lambdas/control/descriptions.ts'
import type { DryRun } from '../lambdas/control/dry-run.ts'
import type { createKey, keyDetails } from '../lambdas/control/keys.ts'
import type { ShadowAnswer } from '../lambdas/control/shadow-requests.ts'
import type { ModelQuality } from '../lambdas/feedback/live-quality.ts'
import type { driftOf } from '../lambdas/monitoring/drift-view.ts'
import type { LogLine } from '../lambdas/ports.ts'
import type { HistoryEntry } from '../lib/rules/audit.ts'
import type { VersionCaller } from '../lib/rules/calls.ts'
import type { HistoryPage } from '../lib/rules/history.ts'
import type { ServedThen } from '../lib/rules/history-served.ts'
import { parseMovableAlias } from '../lib/rules/names.ts'
import type { Operation } from '../lib/rules/operation.ts'
import { isProblem, Problem } from '../lib/rules/problem.ts'
import type { Sweep } from '../lib/rules/reconcile.ts'
import type { RolloutControl } from '../lib/rules/rollout-control.ts'
import type { ModelTraffic } from '../lib/rules/traffic.ts'
import type { Verification } from '../lib/rules/verification.ts'
import { isIamOnly } from '../lib/wiring/iam-only-paths.ts'
import { foreignAnswer, problemOf } from './foreign-answer.ts'
import { type PlatformAddress, platformAddress } from './platform-address.ts'
import type { PlatformRequest, RequestSigner, SentAs } from './signed-request.ts'

export type ModelSummary = Awaited<ReturnType<typeof modelSummary>>
export type ModelDetails = Awaited<ReturnType<typeof modelDetails>>
export type VersionDetails = ReturnType<typeof versionDetails>
export type KeyDetails = ReturnType<typeof keyDetails>
export type CreatedKey = Awaited<ReturnType<typeof createKey>>
export type ApprovalLinkMade = Awaited<ReturnType<typeof requestLink>>

/** Which entries of a history are asked for; moments as the platform reads them. */
export interface HistoryAsked {
  readonly alias?: string
  readonly since?: string
  readonly until?: string
  readonly version?: string
  /** One kind of entries, or several with commas between. */
  readonly kind?: string
}

/** What was sent to a model, and what came back. */
export interface Invocation {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/**
 * A platform, spoken to over HTTP, wherever it runs. Every refusal is thrown as the Problem that it is. Requests to a
 * deployed one are signed; what that takes is loaded with the first of them.
 */
export class PlatformClient {
  readonly url: string
  readonly #credential: string | undefined
  #signer: Promise<RequestSigner> | undefined

  /** @param credential a key or a token: sent instead of a signature */
  constructor(url: string, credential?: string) {
    this.url = url.replace(/\/$/, '')
    this.#credential = credential
  }

  /** @throws Problem `usage` where the URL is none */
  get address(): PlatformAddress {
    return platformAddress(this.url)
  }

  /** How it is told who calls; undefined where it asks nobody. */
  get askedAs(): 'iam' | 'keys' | undefined {
    if (this.#credential !== undefined) return 'keys'
    return this.address.deployed ? 'iam' : undefined
  }

  /** How long to wait between two looks at something that changes, milliseconds. */
  get lookEveryMs(): number {
    return this.address.deployed ? 500 : 20
  }

  health(): Promise<{ readonly status: string; readonly platform: string; readonly store: string }> {
    return this.#get('/health')
  }

  async models(): Promise<ModelSummary[]> {
    return (await this.#get<{ models: ModelSummary[] }>('/models')).models
  }

  /** What was answered in the last ten minutes. @throws Problem `traffic-elsewhere` */
  async traffic(): Promise<ModelTraffic[]> {
    return (await this.#get<{ models: ModelTraffic[] }>('/traffic')).models
  }

  model(model: string): Promise<ModelDetails> {
    return this.#get(`/models/${model}`)
  }

  version(model: string, version: string): Promise<VersionDetails> {
    return this.#get(`/models/${model}/versions/${version}`)
  }

  /** The lines of a version's log; only those after the one at `after`, where that is given. */
  async log(model: string, version: string, after?: string): Promise<LogLine[]> {
    const since = after === undefined ? '' : `?after=${encodeURIComponent(after)}`
    return (await this.#get<{ lines: LogLine[] }>(`/models/${model}/versions/${version}/log${since}`)).lines
  }

  /** Every entry of a model's history that is asked for, however many pages they are. */
  async history(model: string, asked: HistoryAsked = {}): Promise<HistoryEntry[]> {
    const entries: HistoryEntry[] = []
    for (let after: number | undefined = 0; after !== undefined; ) {
      const query = queryText({ ...asked, ...(after > 0 && { after: `${after}` }) })
      const page: HistoryPage = await this.#get(`/models/${model}/history${query}`)
      entries.push(...page.entries)
      after = page.next
    }
    return entries
  }

  /** The same as text for other programs. */
  async historyText(model: string, type: string, asked: HistoryAsked = {}): Promise<string> {
    const pages: string[] = []
    for (let path: string | undefined = `/models/${model}/history${queryText(asked)}`; path !== undefined; ) {
      const answer: Answer = await this.#send(path, { method: 'GET', headers: { accept: type } })
      if (!answer.response.ok) throw problemOf(answer.body) ?? this.#foreign(answer)
      pages.push(answer.body)
      path = /^<(\/[^>]+)>; rel="next"$/.exec(answer.response.headers.get('link') ?? '')?.[1]
    }
    return pages.join('')
  }

  servedAt(model: string, at: string, alias?: string): Promise<ServedThen> {
    return this.#get(`/models/${model}/history${queryText({ at, ...(alias !== undefined && { alias }) })}`)
  }

  /** How a model, or one version of it, is called: OpenAPI 3.1. */
  openApi(model: string, version?: string): Promise<Record<string, unknown>> {
    return this.#get(`/models/${model}${version === undefined ? '' : `/versions/${version}`}/openapi.json`)
  }

  /** Every model that there is something to verify of, also those that the registry has lost. */
  async verifiableModels(): Promise<string[]> {
    return (await this.#get<{ models: string[] }>('/verification')).models
  }

  verification(model: string): Promise<Verification> {
    return this.#get(`/models/${model}/verification`)
  }

  operation(id: string): Promise<Operation> {
    return this.#get(`/operations/${id}`)
  }

  /** An alias that is named stands in the path, where rights can tell it from others. */
  promote(model: string, { alias, ...asked }: Record<string, unknown>): Promise<Operation> {
    return this.#post(`/models/${model}${ofAlias(alias)}/promotions`, asked)
  }

  /** @param control what is asked of the rollout: pause, resume, skip or abort */
  async controlRollout(
    id: string,
    control: RolloutControl,
    asked: Record<string, unknown>,
  ): Promise<Operation> {
    return this.#post(`${await this.#placeOf(id)}/${control}`, asked)
  }

  rollback(model: string, { alias, ...asked }: Record<string, unknown>): Promise<Operation> {
    return this.#post(`/models/${model}${ofAlias(alias)}/rollbacks`, asked)
  }

  /** What waits for a person. */
  async approvals(): Promise<Operation[]> {
    return (await this.#get<{ approvals: Operation[] }>('/approvals')).approvals
  }

  async decide(id: string, asked: Record<string, unknown>): Promise<Operation> {
    return this.#post(`${await this.#placeOf(id)}/approval`, asked)
  }

  async approvalLink(id: string, asked: Record<string, unknown>): Promise<ApprovalLinkMade> {
    return this.#post(`${await this.#placeOf(id)}/approval/links`, asked)
  }

  /** An operation under its model and alias, where rights can tell it from others. */
  async #placeOf(id: string): Promise<string> {
    const { model, alias } = await this.operation(id)
    const place = alias === undefined ? '' : `/models/${model}${ofAlias(alias)}`
    return `${place}/operations/${id}`
  }

  retire(model: string, asked: Record<string, unknown>): Promise<Operation> {
    return this.#post(`/models/${model}/retirements`, asked)
  }

  sweep(asked: { readonly dryRun: boolean }): Promise<Sweep> {
    return this.#post('/reconciliations', asked)
  }

  /** Have a request checked, and nothing done. */
  dryRun(
    model: string,
    what: 'promotions' | 'rollbacks' | 'retirements',
    asked: Record<string, unknown>,
  ): Promise<DryRun> {
    return this.#post(`/models/${model}/${what}`, { ...asked, dryRun: true })
  }

  deprecate(model: string, version: string, asked: Record<string, unknown>): Promise<Deprecated | DryRun> {
    return this.#post(`/models/${model}/versions/${version}/deprecation`, asked)
  }

  async undoDeprecation(
    model: string,
    version: string,
    asked: Record<string, unknown>,
  ): Promise<Deprecated | DryRun> {
    const body = JSON.stringify(asked)
    const headers = { 'content-type': 'application/json' }
    const path = `/models/${model}/versions/${version}/deprecation`
    return this.#read(await this.#send(path, { method: 'DELETE', headers, body }))
  }

  /** Who calls a model, or one version of it. */
  async callers(model: string, version?: string): Promise<VersionCaller[]> {
    const of = version === undefined ? '' : `/versions/${version}`
    return (await this.#get<{ callers: VersionCaller[] }>(`/models/${model}${of}/callers`)).callers
  }

  feedback(model: string, feedback: readonly unknown[]): Promise<{ readonly taken: number }> {
    return this.#post(`/models/${model}/feedback`, { feedback })
  }

  /** @param since a moment as the platform reads it */
  quality(model: string, since?: string): Promise<ModelQuality> {
    return this.#get(`/models/${model}/quality${since === undefined ? '' : queryText({ since })}`)
  }

  /** How what is recorded of a model differs from what it was trained on; of one version with each of its columns. */
  drift(model: string, version?: string): Promise<Awaited<ReturnType<typeof driftOf>>> {
    return this.#get(`/models/${model}/drift${queryText({ ...(version !== undefined && { version }) })}`)
  }

  renewWebhookSecret(
    model: string,
  ): Promise<{ readonly secret: string; readonly formerSignsUntil?: string }> {
    return this.#post(`/models/${model}/webhook-secret`, {})
  }

  /** Have recorded requests sent to two versions anew; what was found in the time that there is. */
  compare(model: string, asked: Record<string, unknown>): Promise<KeptComparison> {
    return this.#post(`/models/${model}/comparisons`, asked)
  }

  comparison(model: string, id: string): Promise<KeptComparison> {
    return this.#get(`/models/${model}/comparisons/${id}`)
  }

  castShadow(model: string, { alias, ...asked }: Record<string, unknown>): Promise<ShadowAnswer | DryRun> {
    return this.#post(`/models/${model}${ofAlias(alias)}/shadows`, asked)
  }

  async liftShadow(
    model: string,
    alias: string,
    asked: Record<string, unknown>,
  ): Promise<ShadowAnswer | DryRun> {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(asked)
    return this.#read(
      await this.#send(`/models/${model}/shadows/${alias}`, { method: 'DELETE', headers, body }),
    )
  }

  /** What was found of versions that answered in the shadow of others. */
  async shadows(model: string): Promise<KeptShadow[]> {
    return (await this.#get<{ shadows: KeptShadow[] }>(`/models/${model}/shadows`)).shadows
  }

  async keys(): Promise<KeyDetails[]> {
    return (await this.#get<{ keys: KeyDetails[] }>('/keys')).keys
  }

  createKey(asked: Record<string, unknown>): Promise<CreatedKey> {
    return this.#post('/keys', asked)
  }

  async revokeKey(id: string): Promise<KeyDetails> {
    return this.#read(await this.#send(`/keys/${id}`, { method: 'DELETE', headers: {} }))
  }

  /**
   * Ask for predictions. Any status that the platform gives is an answer.
   * @param target '' for live, 'versions/1.0.0', 'aliases/staging'
   */
  async invoke(
    model: string,
    target: string,
    body: string | Uint8Array,
    contentType: string,
  ): Promise<Invocation> {
    const path = ['', 'models', model, ...(target === '' ? [] : [target]), 'invocations'].join('/')
    const answer = await this.#send(path, { method: 'POST', headers: { 'content-type': contentType }, body })
    const { status, headers } = answer.response
    if (status >= 400 && problemOf(answer.body) === undefined) throw this.#foreign(answer)
    return { status, headers, body: answer.body }
  }

  /**
   * Ask on behalf of another, and hand the answer on as it comes. @param path with its query @param signal ends it
   * @throws Problem for what the gateway refuses by itself, and where nobody answers
   */
  async pass(path: string, asked: PlatformRequest, signal: AbortSignal): Promise<Response> {
    const { response, sentAs } = await this.#ask(path, asked, signal)
    if (response.status < 400) return response
    const body = await response.text()
    if (problemOf(body) === undefined) throw this.#foreign({ response, body, sentAs })
    return new Response(body, response)
  }

  /** A deployed platform may be busy for a moment, and who watches a rollout of an hour should not notice. */
  async #get<T>(path: string): Promise<T> {
    for (const waitMs of this.address.deployed ? [250, 500, 1000] : []) {
      try {
        return this.#read(await this.#send(path, { method: 'GET', headers: {} }))
      } catch (error) {
        if (!isProblem(error) || error.code !== 'platform-unreachable') throw error
        await pause(waitMs)
      }
    }
    return this.#read(await this.#send(path, { method: 'GET', headers: {} }))
  }

  async #post<T>(path: string, body: Record<string, unknown>): Promise<T> {
    const headers = { 'content-type': 'application/json' }
    return this.#read(await this.#send(path, { method: 'POST', headers, body: JSON.stringify(body) }))
  }

  #read<T>(answer: Answer): T {
    if (!answer.response.ok) throw problemOf(answer.body) ?? this.#foreign(answer)
    try {
      return JSON.parse(answer.body) as T
    } catch {
      throw this.#foreign(answer)
    }
  }

  #foreign({ response, body, sentAs }: Answer): Problem {
    return foreignAnswer(this.url, response, body, sentAs)
  }

  async #send(path: string, asked: PlatformRequest): Promise<Answer> {
    const { response, sentAs } = await this.#ask(path, asked)
    try {
      return { response, body: await response.text(), sentAs }
    } catch {
      throw this.#unreachable()
    }
  }

  async #ask(path: string, asked: PlatformRequest, signal?: AbortSignal): Promise<Omit<Answer, 'body'>> {
    const { underLocalhost } = this.address
    const url = new URL(`${this.url}${path}`)
    const { headers, sentAs } = await this.#introduced(url, path, asked)
    try {
      const response = await fetch(url, {
        method: asked.method,
        headers,
        ...(signal !== undefined && { signal }),
        ...(asked.body !== undefined && { body: asked.body as string | Uint8Array<ArrayBuffer> }),
        ...(underLocalhost && (await import('./localhost-names.ts')).throughLocalhost),
      })
      return { response, sentAs }
    } catch (error) {
      if (isProblem(error)) throw error
      throw this.#unreachable()
    }
  }

  #unreachable(): Problem {
    const advice = this.address.deployed
      ? 'see that the URL is right, and the network'
      : 'start one with `sluice up`'
    return new Problem(
      'platform-unreachable',
      `no platform answers at ${this.url}; ${advice}, or name another with --platform URL`,
    )
  }

  /** A request with what says who calls. */
  async #introduced(url: URL, path: string, asked: PlatformRequest): Promise<Introduced> {
    const { deployed, hostname } = this.address
    if (this.#credential !== undefined && !(deployed && isIamOnly(path)))
      return {
        headers: { ...asked.headers, authorization: `Bearer ${this.#credential}` },
        ...(deployed && { sentAs: 'key' as const }),
      }
    if (!deployed) return { headers: asked.headers }
    const { headers, signedAs } = await (await this.#signerFor(hostname))(url, asked)
    return { headers, sentAs: signedAs }
  }

  #signerFor(hostname: string): Promise<RequestSigner> {
    this.#signer ??= import('./aws/signing.ts').then(({ requestSigner }) => requestSigner(hostname))
    return this.#signer
  }
}

/** @throws Problem `alias-malformed`: what is no alias must not become another path */
function ofAlias(alias: unknown): string {
  return alias === undefined ? '' : `/aliases/${parseMovableAlias(String(alias))}`
}

interface Introduced {
  readonly headers: Readonly<Record<string, string>>
  readonly sentAs?: SentAs
}

interface Answer {
  readonly response: Response
  readonly body: string
  readonly sentAs: SentAs | undefined
}

function queryText(asked: object): string {
  const query = Object.entries(asked).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return query.length === 0 ? '' : `?${query.join('&')}`
}
