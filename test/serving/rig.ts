import type { ShadowedCall } from '../../lambdas/comparison/shadows.ts'
import type {
  EndpointAnswer,
  EndpointHost,
  EndpointRequest,
  EndpointTruth,
  Metrics,
  Outcome,
  Registry,
} from '../../lambdas/ports.ts'
import { routerApp } from '../../lambdas/serving/router.ts'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { RememberedCalls } from '../harness/calls.ts'
import { MemoryCaptures } from '../harness/captures.ts'
import { moveOf, readyRecord } from '../harness/records.ts'

/** Two named inputs and one output. */
export const churn: Signature = {
  inputs: [
    { name: 'tenure', type: 'float32', shape: [] },
    { name: 'plan', type: 'string', shape: [], values: ['basic', 'gold'] },
  ],
  outputs: [{ name: 'probability', type: 'float64', shape: [] }],
}

/** One tensor input, two outputs. */
export const tensor: Signature = {
  inputs: [{ name: 'features', type: 'float32', shape: [3] }],
  outputs: [
    { name: 'label', type: 'int64', shape: [] },
    { name: 'probabilities', type: 'float32', shape: [2] },
  ],
}

/** Two numbers under names. */
export const sums: Signature = {
  inputs: [
    { name: 'a', type: 'float64', shape: [] },
    { name: 'b', type: 'float64', shape: [] },
  ],
  outputs: [{ name: 'sum', type: 'float64', shape: [] }],
}

type Script = (request: EndpointRequest) => EndpointAnswer | Promise<EndpointAnswer>

/** What an endpoint says: JSON with a status. */
export function says(body: unknown, status = 200): EndpointAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, body: new TextEncoder().encode(text), contentType: 'application/json' }
}

/** One prediction for each record: whatever `predict` makes of its index. */
export function predicts(predict: (i: number) => unknown): Script {
  return ({ body }) => {
    const { inputs } = JSON.parse(String(body)) as { inputs: Record<string, unknown[]> }
    const [column = []] = Object.values(inputs)
    return says({ predictions: column.map((_, i) => predict(i)) })
  }
}

/** Endpoints that do as the test says, and remember what they were sent. */
export class ScriptedHost implements EndpointHost {
  readonly scripts = new Map<string, Script>()
  /** Endpoints that have no room. */
  readonly full = new Set<string>()
  readonly sent: { readonly endpoint: string; readonly body: unknown; readonly request: EndpointRequest }[] =
    []

  async invoke({ name }: Endpoint, request: EndpointRequest): Promise<EndpointAnswer> {
    const { body } = request
    this.sent.push({ endpoint: name, body: typeof body === 'string' ? JSON.parse(body) : body, request })
    return (this.scripts.get(name) ?? predicts(() => 0.5))(request)
  }

  hasRoom({ name }: Endpoint): boolean {
    return !this.full.has(name)
  }

  async log(): Promise<never> {
    throw new Error('a router reads no logs')
  }

  endpointOf(): never {
    throw new Error('a router names nothing')
  }

  async create(): Promise<Endpoint> {
    throw new Error('a router creates nothing')
  }

  async describe(_: Endpoint): Promise<EndpointTruth> {
    throw new Error('a router describes nothing')
  }

  async park(): Promise<void> {
    throw new Error('a router parks nothing')
  }

  async wake(_: Endpoint): Promise<void> {
    throw new Error('a router wakes nothing')
  }

  made(): never {
    throw new Error('a router lists nothing')
  }

  async remove(): Promise<void> {
    throw new Error('a router removes nothing')
  }
}

class CountedOutcomes implements Metrics {
  readonly outcomes: Outcome[] = []
  fault: Error | undefined

  async count(outcome: Outcome): Promise<void> {
    if (this.fault !== undefined) throw this.fault
    this.outcomes.push(outcome)
  }

  async counts(): Promise<undefined> {
    return undefined
  }
}

/** A router over a real registry, with endpoints, draws and counters in the test's hand. */
export class Rig {
  readonly #database = openDatabase(':memory:')
  readonly registry: Registry = new SqliteRegistry(this.#database)
  readonly host = new ScriptedHost()
  readonly metrics = new CountedOutcomes()
  readonly calls = new RememberedCalls()
  readonly captures = new MemoryCaptures()
  /** Calls that were handed over to shadows. */
  readonly shadowed: ShadowedCall[] = []
  /** The next draws of chance. */
  draw = 0.5
  readonly #app = routerApp({
    registry: this.registry,
    host: this.host,
    metrics: this.metrics,
    callers: this.calls,
    captures: this.captures,
    shadows: { cast: (call) => void this.shadowed.push(call) },
    random: { draw: () => this.draw },
    clock: { now: () => Date.parse('2026-03-01T10:00:00Z') },
  })

  close(): void {
    this.#database.close()
  }

  /** Release a version, without traffic. */
  async release(
    model: string,
    version: string,
    signature: Signature | undefined,
    manifest = '',
  ): Promise<void> {
    await this.registry.claim(readyRecord(model, version, signature, manifest))
  }

  /** Move a model's record to what it is to be. */
  async move(model: string, after: Partial<Pick<ModelRecord, 'aliases' | 'accepted'>>): Promise<void> {
    await this.registry.commit(moveOf(await this.registry.model(model), model, after))
  }

  /** Ask as the gateway does: the path as text, beside the request. */
  async call(path: string, init: RequestInit = {}): Promise<Response> {
    const request = new Request('http://localhost/', { method: 'POST', ...init })
    return this.#app.fetch(request, { path, actor: 'ada' })
  }

  /** Ask with a JSON body. */
  json(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.call(path, {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    })
  }
}
