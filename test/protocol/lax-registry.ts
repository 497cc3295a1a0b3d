import type { Move } from '../../lambdas/ports.ts'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { MemoryRegistry } from '../harness/memory-world/memory-registry.ts'

/** What keeps the promises when events are late, doubled and out of order; each is taken away once, to see that it is missed. */
export const protections = {
  revision: 'a move is committed only on the revision that it was decided on',
  claim: 'a version belongs to the release that claimed it first',
  executionName: 'an execution has the name of its operation, and a name is given once',
  once: 'an operation moves an alias once, which the history tells',
} as const
export type Protection = keyof typeof protections

/** A registry without one of its protections. */
export class LaxRegistry extends MemoryRegistry {
  readonly #without: Protection

  constructor(without: Protection) {
    super()
    this.#without = without
  }

  override async history(model: string, afterRev = 0): Promise<HistoryEntry[]> {
    return this.#without === 'once' ? [] : super.history(model, afterRev)
  }

  override async claim(version: VersionRecord): Promise<VersionRecord> {
    const standing = this.standing.version(version.model, version.version)
    if (this.#without !== 'claim' || standing === undefined) return super.claim(version)
    await super.changeVersion(version.model, { ...version, seen: standing, facts: version })
    return version
  }

  override async commit(move: Move): Promise<boolean> {
    if (this.#without !== 'revision') return super.commit(move)
    const rev = (this.standing.model(move.next.model)?.rev ?? 0) + 1
    return super.commit({ ...move, next: { ...move.next, rev } })
  }
}
