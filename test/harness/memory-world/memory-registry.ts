import type { Move, Registry, VersionChange } from '../../../lambdas/ports.ts'
import type { HistoryEntry } from '../../../lib/rules/audit.ts'
import type { VersionRecord } from '../../../lib/rules/model-version.ts'
import type { Operation } from '../../../lib/rules/operation.ts'
import type { ModelRecord } from '../../../lib/rules/routing.ts'

/** A record as it was written down: whoever changes what was handed out changes nothing here. */
interface Written<T> {
  readonly text: string
  readonly record: T
}

function written<T>(record: T): Written<T> {
  const text = JSON.stringify(record)
  return { text, record: frozen(JSON.parse(text)) }
}

/** A step that writes into what it has read is found at once. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}

/** The registry in memory: every method is one transaction, and every read is of the last one. */
export class MemoryRegistry implements Registry {
  readonly #models = new Map<string, Written<ModelRecord>>()
  readonly #versions = new Map<string, Map<string, Written<VersionRecord>>>()
  readonly #history = new Map<string, HistoryEntry[]>()
  readonly #operations = new Map<string, Written<Operation>>()
  /** Those that are not over, so that nobody looks through all there ever were. */
  readonly #unfinished = new Set<string>()
  readonly #onMove: (move: Move) => void
  /** How often anything was written: whoever looks again and again looks only where there is something new. */
  changes = 0

  /** @param onMove hears of every move in the moment in which it is committed */
  constructor(onMove: (move: Move) => void = () => {}) {
    this.#onMove = onMove
  }

  /** What stands now, for those who look on: no port, and no time passes. */
  get standing() {
    const records = <T>(from: Iterable<Written<T>>): readonly T[] => [...from].map(({ record }) => record)
    return {
      models: () => records(this.#models.values()),
      model: (model: string) => this.#models.get(model)?.record,
      version: (model: string, version: string) => this.#versions.get(model)?.get(version)?.record,
      versions: () => [...this.#versions.values()].flatMap((all) => records(all.values())),
      history: (model: string): readonly HistoryEntry[] => this.#history.get(model) ?? [],
      operation: (id: string) => this.#operations.get(id)?.record,
      unfinished: () => [...this.#unfinished].flatMap((id) => this.#operations.get(id)?.record ?? []),
    }
  }

  async model(model: string): Promise<ModelRecord | undefined> {
    return this.#models.get(model)?.record
  }

  async version(model: string, version: string): Promise<VersionRecord | undefined> {
    return this.#versions.get(model)?.get(version)?.record
  }

  async versions(model: string): Promise<VersionRecord[]> {
    return [...(this.#versions.get(model)?.values() ?? [])].map(({ record }) => record)
  }

  async modelNames(): Promise<string[]> {
    return [...this.#versions.keys()].toSorted()
  }

  async history(model: string, afterRev = 0): Promise<HistoryEntry[]> {
    return (this.#history.get(model) ?? []).slice(afterRev)
  }

  async operation(id: string): Promise<Operation | undefined> {
    return this.#operations.get(id)?.record
  }

  async operations(model: string): Promise<Operation[]> {
    const all = [...this.#operations.values()].map(({ record }) => record)
    return byStart(all.filter((one) => one.model === model)).toReversed()
  }

  async unfinished(): Promise<Operation[]> {
    return byStart([...this.#unfinished].flatMap((id) => this.#operations.get(id)?.record ?? []))
  }

  async claim(version: VersionRecord): Promise<VersionRecord> {
    const standing = this.#versions.get(version.model)?.get(version.version)?.record
    if (standing !== undefined && (standing.state !== 'FAILED' || standing.owner === version.owner))
      return standing
    return this.#writeVersion(version)
  }

  async changeVersion(model: string, change: VersionChange): Promise<boolean> {
    const next = this.#changed(model, change)
    if (next !== undefined) this.#writeVersion(next)
    return next !== undefined
  }

  async commit({ next, entry, ready, change }: Move): Promise<boolean> {
    const { model, rev } = next
    const changed = change === undefined ? undefined : this.#changed(model, change)
    if ((this.#models.get(model)?.record.rev ?? 0) !== rev - 1) return false
    if (ready !== undefined && this.#versions.get(model)?.get(ready)?.record.state !== 'READY') return false
    if (change !== undefined && changed === undefined) return false
    if (changed !== undefined) this.#writeVersion(changed)
    this.#models.set(model, written(next))
    const entries = this.#history.get(model) ?? []
    this.#history.set(model, entries)
    entries.push(written(entry).record)
    this.changes += 1
    this.#onMove({ next, entry })
    return true
  }

  async open(operation: Operation): Promise<boolean> {
    if (this.#operations.has(operation.id)) return false
    this.#writeOperation(operation)
    return true
  }

  async replaceOperation(seen: Operation, next: Operation): Promise<boolean> {
    if (this.#operations.get(seen.id)?.text !== JSON.stringify(seen)) return false
    this.#writeOperation(next)
    return true
  }

  #changed(model: string, { version, seen, facts }: VersionChange): VersionRecord | undefined {
    const standing = this.#versions.get(model)?.get(version)?.record
    if (standing === undefined || standing.state !== seen.state) return undefined
    if (seen.owner !== undefined && standing.owner !== seen.owner) return undefined
    return { ...standing, ...facts }
  }

  #writeVersion(record: VersionRecord): VersionRecord {
    const versions = this.#versions.get(record.model) ?? new Map<string, Written<VersionRecord>>()
    this.#versions.set(record.model, versions)
    const kept = written(record)
    versions.set(record.version, kept)
    this.changes += 1
    return kept.record
  }

  #writeOperation(operation: Operation): void {
    this.#operations.set(operation.id, written(operation))
    this.changes += 1
    if (operation.state === 'running' || operation.state === 'waiting') this.#unfinished.add(operation.id)
    else this.#unfinished.delete(operation.id)
  }
}

/** Oldest first; those of one moment in the order in which they were opened. */
function byStart(operations: readonly Operation[]): Operation[] {
  return operations.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0))
}
