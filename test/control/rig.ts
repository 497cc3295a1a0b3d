import { controlApp } from '../../lambdas/control/control.ts'
import type { ApiKeys, Ports, Registry } from '../../lambdas/ports.ts'
import type { Grant } from '../../lib/rules/access.ts'
import { completeRollout, giveStep, newModel } from '../../lib/rules/alias-move.ts'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteApiKeys } from '../../local/sqlite-api-keys.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { RememberedCalls } from '../harness/calls.ts'
import { MemoryCaptures, MemoryMonitoring } from '../harness/captures.ts'
import { moveOf, readyRecord } from '../harness/records.ts'
import { settingsWith } from '../harness/settings.ts'

export const churn: Signature = {
  inputs: [
    { name: 'tenure', type: 'int32', shape: [] },
    { name: 'plan', type: 'string', shape: [], values: ['basic', 'gold'] },
  ],
  outputs: [{ name: 'probability', type: 'float64', shape: [] }],
}

/** A machine that was started, and what the model's record was at that moment. */
interface Started {
  readonly operation: Operation
  readonly record: ModelRecord | undefined
}

/** The control API over a real registry, with machines that are only remembered. */
export class Rig {
  readonly #database = openDatabase(':memory:')
  readonly registry: Registry = new SqliteRegistry(this.#database)
  readonly keys: ApiKeys = new SqliteApiKeys(this.#database)
  readonly calls = new RememberedCalls()
  readonly captures = new MemoryCaptures()
  readonly monitoring = new MemoryMonitoring()
  /** The records that were written. */
  readonly recorded: HistoryEntry[] = []
  readonly started: Started[] = []
  /** Milliseconds since the epoch: stands still until the test moves it. */
  now = Date.parse('2026-03-01T10:00:00Z')
  #drawn = 0
  readonly #app = controlApp(
    {
      registry: this.registry,
      callers: this.calls,
      captures: this.captures,
      monitoring: this.monitoring,
      store: {
        recordedRev: async () => this.recorded.length,
        writeRecord: async (entry: HistoryEntry) => {
          this.recorded.push(entry)
        },
      },
      workflows: {
        start: async (operation: Operation) => {
          const record = await this.registry.model(operation.model)
          this.started.push({ operation, record })
        },
      },
      clock: { now: () => this.now },
      random: {
        draw: () => {
          this.#drawn += 1
          return (this.#drawn * 0.618) % 1
        },
      },
      settings: settingsWith({ platform: 'sluice', approvalLinks: true }),
    } as unknown as Ports,
    { store: 'file:///the/store', keys: this.keys },
  )

  close(): void {
    this.#database.close()
  }

  /** Release a version, without traffic. */
  async release(version: string, manifest = '', model = 'churn', signature = churn): Promise<void> {
    const record = readyRecord(model, version, signature, manifest)
    await this.registry.claim(record)
    await this.#move(model, (seen) => seen, { kind: 'released', version, released: record })
  }

  /** Give `live` to a version, as a promotion does. */
  async promote(version: string, alias = 'live'): Promise<void> {
    const of = { alias, version, rollout: `promotion-of-${version}` }
    await this.#move('churn', (seen) => completeRollout(seen, of), { kind: 'promoted', version, alias })
  }

  /** Give a version its first traffic, as a promotion does. */
  async startCanary(version: string, weightPercent = 10): Promise<void> {
    const of = { alias: 'live', version, rollout: `promotion-of-${version}` }
    const step = { weightPercent, bakeTimeSeconds: 600 }
    const told = { kind: 'canary-started', version, alias: 'live', weightPercent } as const
    await this.#move('churn', (seen) => giveStep(seen, of, 0, step), told)
  }

  async #move(
    model: string,
    decide: (seen: ModelRecord) => Pick<ModelRecord, 'aliases' | 'accepted'>,
    told: Parameters<typeof moveOf>[3],
  ): Promise<void> {
    const seen = (await this.registry.model(model)) ?? newModel(model)
    const { aliases, accepted } = decide(seen)
    const at = new Date(this.now).toISOString()
    if (!(await this.registry.commit(moveOf(seen, model, { aliases, accepted }, told, at))))
      throw new Error(`${model} was not moved`)
  }

  /** Ask as the gateway does. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    grants?: readonly Grant[],
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const [plain = ''] = path.split('?')
    const request = new Request(`http://localhost${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return this.#app.fetch(request, { path: plain, actor: 'ada', grants })
  }

  get(path: string): Promise<Response> {
    return this.call('GET', path)
  }

  /** Ask for a move of the model `churn`. */
  ask(what: 'promotions' | 'rollbacks' | 'retirements', body: unknown): Promise<Response> {
    return this.call('POST', `/models/churn/${what}`, body)
  }
}
