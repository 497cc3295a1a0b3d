import { createHash } from 'node:crypto'
import { requestPromotion, requestRetirement } from '../../lambdas/control/requested-operations.ts'
import { reconcile, type SweepLimits } from '../../lambdas/monitoring/reconcile.ts'
import type { EndpointHost, MadeEndpoint, Ports } from '../../lambdas/ports.ts'
import { takeIn } from '../../lambdas/release/intake.ts'
import { leavingError, type StepFailure } from '../../lambdas/step.ts'
import { type AnyStep, stepsOver } from '../../lambdas/steps.ts'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import { resourceName } from '../../lib/rules/names.ts'
import { executionName, type Operation } from '../../lib/rules/operation.ts'
import type { PlatformEvent } from '../../lib/rules/platform-event.ts'
import type { StepName } from '../../lib/wiring/handler-names.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { nobodyCalls } from '../harness/calls.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { settingsWith } from '../harness/settings.ts'

/** The process has died: nothing it does after that has any effect. */
class Killed extends Error {
  override readonly name = 'Killed'
}

const began = Date.parse('2026-03-01T10:00:00.000Z')
const second = 1000
const platform = 'test'
const rounds = ['freeze', 'inspect', 'pack', 'deploy', 'ready'] as const

/**
 * A platform whose steps are the real ones, over the real registry, and whose every write can be the last of its
 * process. What a machine would call is called here in the order of its definition.
 */
export class SweepWorld {
  readonly #database = openDatabase(':memory:')
  readonly registry = new SqliteRegistry(this.#database)
  readonly made = new Map<string, MadeEndpoint & { readonly digest: string }>()
  readonly records = new Map<string, HistoryEntry>()
  readonly events: PlatformEvent[] = []
  readonly ports: Ports
  now = began
  /** How many writes there were. */
  writes = 0
  /** The process dies instead of this write; 0: never. */
  killAt = 0
  /** Called before each write. */
  beforeWrite: () => Promise<void> = async () => {}
  #isDead = false
  #inside = false
  readonly #started = new Set<string>()
  readonly #running = new Map<string, Operation>()

  constructor() {
    this.ports = this.#ports()
  }

  close(): void {
    this.#database.close()
  }

  /** Everything that is kept, but for what is only counted. */
  snapshot(): string {
    const tables = ['models', 'versions', 'history', 'operations'].map((table) =>
      this.#database.prepare(`select * from ${table} order by 1, 2`).all(),
    )
    return JSON.stringify([tables, [...this.made], [...this.records.keys()].toSorted()])
  }

  /** Upload a version, and let the platform work until it has nothing to do. */
  async release(version: string, factor = 2): Promise<void> {
    this.#bytes.set(version, timesModel(factor))
    await this.#untilKilled(async () => {
      await takeIn(this.ports, `models/churn/${version}.onnx`, { actor: 'ada' })
      await this.work()
    })
  }

  async promote(version: string): Promise<void> {
    await this.#untilKilled(async () => {
      const rollout = 'canary:10%/60s,50%/60s'
      await requestPromotion(this.ports, { model: 'churn', version, actor: 'ada', reason: 'r', rollout })
      await this.work()
    })
  }

  async retire(version: string): Promise<void> {
    await this.#untilKilled(async () => {
      await requestRetirement(this.ports, { model: 'churn', version, actor: 'ada', reason: 'r' })
      await this.work()
    })
  }

  /** Run whatever was started to its end. */
  async work(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const [name, operation] = next
      try {
        await this.#run(operation)
      } finally {
        this.#running.delete(name)
      }
    }
  }

  /** A new process, that knows of nothing that ran before. */
  revive(): void {
    this.#isDead = false
    this.killAt = 0
    this.#running.clear()
  }

  sweep(limits: SweepLimits = {}) {
    return reconcile(this.ports, limits)
  }

  #next() {
    return this.#running.entries().next().value
  }

  async #untilKilled(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => {
      if (!this.#isDead) throw error
    })
  }

  readonly #bytes = new Map<string, Uint8Array>()

  async #run(operation: Operation): Promise<void> {
    const { id, kind, executions } = operation
    const steps = stepsOver(this.ports)
    const call = async (step: StepName, more: object = {}) =>
      (await steps[step]({ operation: id, execution: executions, ...more } as Parameters<AnyStep>[0])) as {
        readonly status?: string
        readonly step?: number
        readonly waitUntil?: string
      }
    const ways = { release: released, promotion: promoted, rollback: rolledBack, retirement: retired }
    try {
      await ways[kind](call, (ms) => {
        this.now += ms
      })
    } catch (error) {
      if (this.#isDead) throw error
      const { name, message } = leavingError(error)
      const failure: StepFailure = { Error: name, Cause: JSON.stringify({ errorMessage: message }) }
      const undo = {
        release: 'failRelease',
        promotion: 'abortPromotion',
        rollback: 'failRollback',
        retirement: 'failRetirement',
      } as const
      await call(undo[kind], { failure })
    }
  }

  /** A write of this process: it takes place, or the process dies before it. */
  async #write<T>(effect: () => Promise<T> | T): Promise<T> {
    if (this.#isDead) throw new Killed()
    if (!this.#inside) {
      this.#inside = true
      await this.beforeWrite().finally(() => {
        this.#inside = false
      })
    }
    this.writes += 1
    if (this.writes === this.killAt) {
      this.#isDead = true
      throw new Killed()
    }
    return effect()
  }

  #host(write: Write): Partial<EndpointHost> {
    const { made } = this
    return {
      endpointOf: ({ model, version }) => endpointOf(model, version),
      create: ({ model, version, image }) =>
        write(() => {
          const endpoint = endpointOf(model, version)
          made.set(endpoint.name, {
            endpoint,
            model,
            version,
            createdAt: this.now,
            digest: image.digest,
          })
          return endpoint
        }),
      describe: async ({ name }) => {
        const found = made.get(name)
        return found === undefined ? { state: 'absent' } : { state: 'active', digest: found.digest }
      },
      remove: ({ name }) => write(() => void made.delete(name)),
      made: async function* () {
        yield* made.values()
      },
      park: async () => {},
      wake: async () => {},
    }
  }

  #ports(): Ports {
    const { registry } = this
    const write: Write = (effect) => this.#write(effect)
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
    const bytesOf = (version: string) => this.#bytes.get(version) ?? new Uint8Array()
    return {
      registry: guarded(registry, registryWrites, write),
      host: this.#host(write),
      store: {
        listing: async ({ version }: { readonly version: string }) => [
          { path: 'model.onnx', size: bytesOf(version).length, writtenAt: began, ref: version },
        ],
        freeze: async ({ version }: { readonly version: string }) => [
          {
            path: 'model.onnx',
            size: bytesOf(version).length,
            sha256: sha256(bytesOf(version)),
            ref: version,
          },
        ],
        read: async ({ ref }: { readonly ref: string }) => bytesOf(ref),
        recordedRev: async (model: string) =>
          [...this.records.values()].filter((entry) => entry.model === model).length,
        writeRecord: (entry: HistoryEntry) =>
          write(() => void this.records.set(`${entry.model}/${String(entry.rev).padStart(4, '0')}`, entry)),
      },
      images: {
        pack: async ({ digest }: { readonly digest: string }) => ({
          digest: `${digest}-image`,
          uri: '/image',
        }),
        remove: () => write(() => {}),
      },
      callers: nobodyCalls,
      metrics: {
        counts: async () => {
          const canary = { requests: 1000, errors: 0, callers: 0, failedCallers: 0, latency: { 10: 1000 } }
          return new Map([0, 1].map((step) => [step, { canary, stable: canary }]))
        },
      },
      workflows: {
        start: (operation: Operation) =>
          write(() => {
            const name = executionName(operation)
            if (this.#started.has(name)) return
            this.#started.add(name)
            this.#running.set(name, operation)
          }),
        isRunning: async (operation: Operation) => this.#running.has(executionName(operation)),
      },
      events: { publish: (event: PlatformEvent) => write(() => void this.events.push(event)) },
      clock: { now: () => this.now },
      random: { draw: () => 0.5 },
      settings: settingsWith({ platform, lookIntervalMs: second, pollIntervalMs: second }),
    } as unknown as Ports
  }
}

type Write = <T>(effect: () => Promise<T> | T) => Promise<T>

const registryWrites: readonly string[] = ['claim', 'changeVersion', 'commit', 'open', 'replaceOperation']

/** The same port, each of whose writes goes through `write`. */
function guarded<Port extends object>(port: Port, writes: readonly string[], write: Write): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const method = Reflect.get(target, name, target) as (...of: unknown[]) => Promise<unknown>
      return (...of: unknown[]) =>
        writes.includes(String(name)) ? write(() => method.apply(target, of)) : method.apply(target, of)
    },
  })
}

function endpointOf(model: string, version: string): Endpoint {
  return { host: 'lambda', name: resourceName(platform, model, version) }
}

type Call = (
  step: StepName,
  more?: object,
) => Promise<{ readonly status?: string; readonly step?: number; readonly waitUntil?: string }>
type Wait = (ms: number) => void

async function released(call: Call): Promise<void> {
  const { status = '' } = await call('claimVersion')
  const stages: Record<(typeof rounds)[number], readonly StepName[]> = {
    freeze: ['freezeArtifact'],
    inspect: ['inspectArtifact'],
    pack: ['packImage'],
    deploy: ['createEndpoint', 'checkEndpoint', 'proveVersion', 'markReady'],
    ready: ['startPromotion', 'closeRelease'],
  }
  const from = rounds.indexOf(status as (typeof rounds)[number])
  if (from < 0) return
  for (const stage of rounds.slice(from)) for (const step of stages[stage]) await call(step)
}

async function promoted(call: Call, wait: Wait): Promise<void> {
  let { status } = await call('openPromotion')
  while (status === 'baking') {
    wait(30 * second)
    const judged = await call('judgeCanary')
    if (judged.status === 'advance') status = (await call('advanceRollout', { step: judged.step })).status
    else if (judged.status === 'rollback') {
      await call('returnTraffic')
      break
    } else if (judged.status === 'gone') break
  }
  if (status !== 'over') await call('closePromotion')
}

async function rolledBack(call: Call): Promise<void> {
  const { status } = await call('probeTarget')
  if (status !== 'over') await call('closeRollback')
}

async function retired(call: Call): Promise<void> {
  const { status } = await call('retireVersion')
  if (status === 'over') return
  await call('removeEndpoint')
  await call('closeRetirement')
}
