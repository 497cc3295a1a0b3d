import type { Shadows } from '../../lambdas/comparison/shadows.ts'
import { controlApp } from '../../lambdas/control/control.ts'
import type { ApiKeys, EndpointTruth, Ports, Registry } from '../../lambdas/ports.ts'
import type { Manifest } from '../../lib/rules/manifest.ts'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import type { PlatformEvent } from '../../lib/rules/platform-event.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { MemoryCaptures, MemoryMonitoring } from '../harness/captures.ts'
import { moveOf, readyRecord } from '../harness/records.ts'
import { settingsWith } from '../harness/settings.ts'
import { predicts, ScriptedHost } from '../serving/rig.ts'

export const began = Date.parse('2026-03-01T10:00:00Z')
export const hourMs = 3_600_000

export const scored: Signature = {
  inputs: [
    { name: 'tenure', type: 'float64', shape: [] },
    { name: 'plan', type: 'string', shape: [] },
  ],
  outputs: [{ name: 'probability', type: 'float64', shape: [] }],
}

/** Endpoints that do as the test says, and may sleep. */
class SleepyHost extends ScriptedHost {
  setAside?: (endpoint: Endpoint) => void
  readonly truths = new Map<string, EndpointTruth>()
  readonly woken: string[] = []

  override async describe({ name }: Endpoint): Promise<EndpointTruth> {
    return this.truths.get(name) ?? { state: 'absent' }
  }

  override async wake({ name }: Endpoint): Promise<void> {
    this.woken.push(name)
    const truth = this.truths.get(name)
    if (truth !== undefined) this.truths.set(name, { ...truth, state: 'active' })
  }
}

/** A model of which calls are recorded, and a platform that can ask its versions anew. */
export class Rig {
  readonly #database = openDatabase(':memory:')
  readonly registry: Registry = new SqliteRegistry(this.#database)
  readonly host = new SleepyHost()
  readonly captures = new MemoryCaptures()
  readonly monitoring = new MemoryMonitoring()
  readonly told: PlatformEvent[] = []
  now = began
  readonly ports: Ports = {
    registry: this.registry,
    host: this.host,
    captures: this.captures,
    monitoring: this.monitoring,
    clock: { now: () => this.now },
    random: { draw: () => 0.25 },
    settings: settingsWith(),
    store: { recordedRev: async () => 99, writeRecord: async () => {} },
    events: { publish: async (event: PlatformEvent) => void this.told.push(event) },
  } as unknown as Ports
  readonly #control = controlApp(this.ports, { store: 'file:///the/store', keys: {} as ApiKeys })

  close(): void {
    this.#database.close()
  }

  /** Release a version that predicts. @param predict what it makes of a record */
  async release(
    version: string,
    predict: (record: { readonly tenure: number }) => unknown,
    { manifest = '', signature = scored }: { manifest?: string; signature?: Signature | undefined } = {},
  ): Promise<Manifest> {
    const record = readyRecord('churn', version, signature, manifest)
    await this.registry.claim(record)
    const { endpoint, image } = record
    if (endpoint === undefined || image === undefined) throw new Error('it has no endpoint')
    this.host.truths.set(endpoint.name, { state: 'active', digest: image.digest })
    this.host.scripts.set(endpoint.name, (request) => {
      const { inputs } = JSON.parse(String(request.body)) as { inputs: Record<string, unknown[]> }
      const names = Object.keys(inputs)
      const recordAt = (i: number) => Object.fromEntries(names.map((name) => [name, inputs[name]?.[i]]))
      return predicts((i) => predict(recordAt(i) as { tenure: number }))(request)
    })
    return record.manifest as Manifest
  }

  /** Let `live` serve a version. */
  async serve(version: string): Promise<void> {
    const aliases = { live: { stable: version, by: 'p' } }
    await this.registry.commit(moveOf(await this.registry.model('churn'), 'churn', { aliases }))
  }

  /** Let the platform cast shadows. */
  castWith(shadows: Shadows): void {
    Object.assign(this.ports, { shadows })
  }

  async endpoint(version: string): Promise<string> {
    return (await this.registry.version('churn', version))?.endpoint?.name ?? ''
  }

  /** Record calls of a version, one record each. */
  record(version: string, records: readonly Record<string, unknown>[], atMs = began - hourMs / 2): void {
    for (const [i, inputs] of records.entries())
      this.captures.take({
        ...{ atMs: atMs + i, requestId: `${version}-${i}`, model: 'churn', version, variant: 'stable' },
        ...{ latencyMs: 1, asked: { records: [inputs] } },
        plan: { samplePercent: 100, mask: [], hash: [], retentionDays: 30 },
      })
  }

  async call(method: string, path: string, body?: unknown): Promise<{ status: number; json: never }> {
    const [plain = ''] = path.split('?')
    const request = new Request(`http://localhost${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer = await this.#control.fetch(request, { path: plain, actor: 'ada', grants: undefined })
    return { status: answer.status, json: (await answer.json()) as never }
  }
}

export const tenures = (count: number) =>
  Array.from({ length: count }, (_, tenure) => ({ tenure, plan: 'basic' }))
