import { everyVersion } from '../../lambdas/monitoring/every-version.ts'
import { type DriftLimits, lookForDrift } from '../../lambdas/monitoring/look-for-drift.ts'
import type { MonitoringStore } from '../../lambdas/monitoring-ports.ts'
import { addRecord, emptySketch } from '../../lib/rules/drift/version-sketch.ts'
import { baselineText } from '../../lib/rules/monitoring/baseline-document.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import { MemoryCaptures, MemoryMonitoring } from '../harness/captures.ts'
import { MemoryEvents } from '../harness/memory-world/memory-events.ts'
import { MemoryRegistry } from '../harness/memory-world/memory-registry.ts'
import { moveOf, readyRecord } from '../harness/records.ts'
import { settingsWith } from '../harness/settings.ts'
import { MemoryWebhooks } from '../harness/webhooks.ts'

export const hourMs = 3_600_000
/** When the versions of these tests became READY: `readyRecord` says so. */
export const begun = Date.parse('2026-03-01T10:00:00Z')

export const signature: Signature = {
  inputs: [
    { name: 'tenure', type: 'float64', shape: [] },
    { name: 'plan', type: 'string', shape: [] },
  ],
  outputs: [{ name: 'churn', type: 'float64', shape: [] }],
}

/** A customer: by chance that is the same in every run. @param shift added to the tenure, which has a deviation of about 3 */
export type Draw = () => number

export function draws(seed: number): Draw {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export function customer(draw: Draw, shift = 0) {
  const tenure = 14 + shift + 6 * (draw() + draw() + draw() - 1.5)
  return { tenure, plan: draw() < 0.3 ? 'a' : 'b' }
}

export const recorded = 'capture: {samplePercent: 100}\n'

/** All that drift is looked for with, in memory, under a clock of the test's. */
export class DriftWorld {
  now = begun
  readonly registry = new MemoryRegistry()
  readonly captures = new MemoryCaptures()
  readonly documents = new MemoryMonitoring()
  monitoring: MonitoringStore = this.documents
  readonly webhooks = new MemoryWebhooks()
  readonly events: MemoryEvents
  readonly #draw = draws(7)
  #calls = 0

  constructor() {
    this.events = new MemoryEvents('test', { now: () => this.now })
  }

  get ports() {
    const { registry, captures, monitoring, webhooks, events } = this
    const workflows = { start: async () => {}, isRunning: async () => false }
    const rest = { workflows, clock: { now: () => this.now }, settings: settingsWith() }
    return { registry, captures, monitoring, webhooks, events, ...rest }
  }

  async release(version: string, manifest = recorded): Promise<void> {
    await this.registry.claim(readyRecord('churn', version, signature, manifest))
  }

  /** What training saw, as its release keeps it. */
  async baseline(version: string, rows = 2000): Promise<void> {
    const [sketch, draw] = [emptySketch(signature), draws(1)]
    for (let row = 0; row < rows; row += 1) addRecord(sketch, customer(draw), draw())
    const text = baselineText({ kind: 'training', file: 'baseline.csv', sketch })
    await this.documents.write(monitoringKeys.baseline('churn', version), text)
  }

  async serve(version: string): Promise<void> {
    const seen = await this.registry.model('churn')
    const previous = seen?.aliases['live']?.stable
    const live = { stable: version, by: `p-${version}`, ...(previous !== undefined && { previous }) }
    await this.registry.commit(
      moveOf(seen, 'churn', { aliases: { live } }, {}, new Date(this.now).toISOString()),
    )
  }

  /** Calls within the hour that begins now; then the hour is over. */
  hour(version: string, calls: number, shift = 0): void {
    for (let call = 0; call < calls; call += 1) {
      const answer = new TextEncoder().encode(JSON.stringify({ predictions: [this.#draw()] }))
      this.#calls += 1
      this.captures.take({
        atMs: this.now + Math.floor((call * hourMs) / calls),
        ...{ requestId: `r${this.#calls}`, model: 'churn', version, variant: 'stable', latencyMs: 1, answer },
        asked: { records: [customer(this.#draw, shift)] },
        plan: { samplePercent: 100, mask: [], hash: [], retentionDays: 30, onlyOutput: 'churn' },
      })
    }
    this.now += hourMs
  }

  async look(limits: Partial<DriftLimits> = {}) {
    return lookForDrift(this.ports, await everyVersion(this.registry), { graceMs: 0, ...limits })
  }

  /** Every document with what stands in it. */
  async all(): Promise<Readonly<Record<string, string>>> {
    const keys = await this.documents.list('churn/')
    const texts = await Promise.all(keys.map(async (key) => [key, (await this.documents.read(key)) ?? '']))
    return Object.fromEntries(texts)
  }
}
