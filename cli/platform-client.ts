import type { modelDetails, modelSummary, servedAt, versionDetails } from '../lambdas/control/descriptions.ts'
import type { HistoryEntry } from '../lib/rules/audit.ts'
import type { Operation } from '../lib/rules/operation.ts'
import { Problem, type ProblemFacts } from '../lib/rules/problem.ts'

export type ModelSummary = Awaited<ReturnType<typeof modelSummary>>
export type ModelDetails = Awaited<ReturnType<typeof modelDetails>>
export type VersionDetails = ReturnType<typeof versionDetails>
export type ServedAt = ReturnType<typeof servedAt>

/** What was sent to a model, and what came back. */
export interface Invocation {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** A platform, spoken to over HTTP, wherever it runs. Every refusal is thrown as the Problem that it is. */
export class PlatformClient {
  readonly url: string

  constructor(url: string) {
    this.url = url.replace(/\/$/, '')
  }

  health(): Promise<{ readonly status: string; readonly platform: string; readonly store: string }> {
    return this.#get('/health')
  }

  async models(): Promise<ModelSummary[]> {
    return (await this.#get<{ models: ModelSummary[] }>('/models')).models
  }

  model(model: string): Promise<ModelDetails> {
    return this.#get(`/models/${model}`)
  }

  version(model: string, version: string): Promise<VersionDetails> {
    return this.#get(`/models/${model}/versions/${version}`)
  }

  async history(model: string): Promise<HistoryEntry[]> {
    return (await this.#get<{ entries: HistoryEntry[] }>(`/models/${model}/history`)).entries
  }

  servedAt(model: string, at: string): Promise<ServedAt> {
    return this.#get(`/models/${model}/history?at=${encodeURIComponent(at)}`)
  }

  operation(id: string): Promise<Operation> {
    return this.#get(`/operations/${id}`)
  }

  promote(model: string, asked: Record<string, unknown>): Promise<Operation> {
    return this.#post(`/models/${model}/promotions`, asked)
  }

  rollback(model: string, asked: Record<string, unknown>): Promise<Operation> {
    return this.#post(`/models/${model}/rollbacks`, asked)
  }

  retire(model: string, asked: Record<string, unknown>): Promise<Operation> {
    return this.#post(`/models/${model}/retirements`, asked)
  }

  /** Ask for predictions. Any status is an answer. @param target '' for live, 'versions/1.0.0', 'aliases/staging' */
  async invoke(
    model: string,
    target: string,
    body: string | Uint8Array,
    contentType: string,
  ): Promise<Invocation> {
    const path = ['', 'models', model, ...(target === '' ? [] : [target]), 'invocations'].join('/')
    const response = await this.#fetch(path, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body: body as string | Uint8Array<ArrayBuffer>,
    })
    return { status: response.status, headers: response.headers, body: await response.text() }
  }

  async #get<T>(path: string): Promise<T> {
    return this.#read(await this.#fetch(path))
  }

  async #post<T>(path: string, body: Record<string, unknown>): Promise<T> {
    return this.#read(await this.#fetch(path, { method: 'POST', body: JSON.stringify(body) }))
  }

  async #read<T>(response: Response): Promise<T> {
    const body = await response.json().catch(() => undefined)
    if (response.ok && body !== undefined) return body as T
    const facts = body as ProblemFacts | undefined
    if (facts?.code === undefined)
      throw new Problem(
        'platform-fault',
        `${this.url} answered ${response.status}, and not as a Sluice platform does`,
      )
    throw Problem.of({ ...facts, errors: facts.errors ?? [] })
  }

  async #fetch(path: string, init?: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.url}${path}`, init)
    } catch {
      throw new Problem(
        'platform-unreachable',
        `no platform answers at ${this.url}; start one with \`sluice up\`, or name another with --platform URL`,
      )
    }
  }
}
