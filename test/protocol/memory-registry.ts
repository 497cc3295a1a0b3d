import type { Move, Registry, VersionChange } from '../../lambdas/ports.ts'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { isOver, type Operation } from '../../lib/rules/operation.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'

/** A protection of the registry that is taken away, to see that the schedules find it. */
export type Lax = 'revision' | 'claim' | 'executionName' | 'once'

/** A registry of one model in memory: a hundred thousand of them are made in a minute. */
export class MemoryRegistry implements Registry {
  readonly #lax: Lax | undefined
  #record: ModelRecord | undefined
  readonly #versions = new Map<string, VersionRecord>()
  readonly #operations = new Map<string, Operation>()
  readonly entries: HistoryEntry[] = []

  constructor(lax?: Lax) {
    this.#lax = lax
  }

  async model(): Promise<ModelRecord | undefined> {
    return this.#record
  }
  async version(_model: string, version: string): Promise<VersionRecord | undefined> {
    return this.#versions.get(version)
  }
  async versions(): Promise<VersionRecord[]> {
    return [...this.#versions.values()]
  }
  async modelNames(): Promise<string[]> {
    return this.#record === undefined ? [] : [this.#record.model]
  }
  async history(_model: string, afterRev = 0): Promise<HistoryEntry[]> {
    return this.#lax === 'once' ? [] : this.entries.slice(afterRev)
  }
  async operation(id: string): Promise<Operation | undefined> {
    return this.#operations.get(id)
  }
  async operations(): Promise<Operation[]> {
    return [...this.#operations.values()].toReversed()
  }
  async unfinished(): Promise<Operation[]> {
    return [...this.#operations.values()].filter((operation) => !isOver(operation))
  }

  async claim(version: VersionRecord): Promise<VersionRecord> {
    const standing = this.#versions.get(version.version)
    const isFree = standing === undefined || (standing.state === 'FAILED' && standing.owner !== version.owner)
    if (!isFree && this.#lax !== 'claim') return standing
    this.#versions.set(version.version, version)
    return version
  }

  async changeVersion(_model: string, change: VersionChange): Promise<boolean> {
    return this.#change(change)
  }

  async commit({ next, entry, ready, change }: Move): Promise<boolean> {
    if ((this.#record?.rev ?? 0) !== next.rev - 1 && this.#lax !== 'revision') return false
    if (ready !== undefined && this.#versions.get(ready)?.state !== 'READY') return false
    if (change !== undefined && !this.#change(change)) return false
    this.#record = next
    this.entries.push(entry)
    return true
  }

  async open(operation: Operation): Promise<boolean> {
    if (this.#operations.has(operation.id)) return false
    this.#operations.set(operation.id, operation)
    return true
  }

  /** What was read is what stands here: whoever replaces it holds the very record. */
  async replaceOperation(seen: Operation, next: Operation): Promise<boolean> {
    if (this.#operations.get(seen.id) !== seen) return false
    this.#operations.set(seen.id, next)
    return true
  }

  #change({ version, seen, facts }: VersionChange): boolean {
    const standing = this.#versions.get(version)
    if (standing === undefined || standing.state !== seen.state) return false
    if (seen.owner !== undefined && standing.owner !== seen.owner) return false
    this.#versions.set(version, { ...standing, ...facts })
    return true
  }
}
