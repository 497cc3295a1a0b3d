import type { ModelDetails, PlatformClient, VersionDetails } from '../../cli/platform-client.ts'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import { isOver, type Operation } from '../../lib/rules/operation.ts'

/**
 * Everything that a client was told: what it may hold a platform to for ever. Each look at the platform is compared
 * with all looks before it, across any number of kills.
 */
export class Ledger {
  readonly #history = new Map<string, HistoryEntry[]>()
  readonly #revs = new Map<string, { readonly rev: number; readonly head: string }>()
  readonly #versions = new Map<string, VersionDetails['state']>()
  readonly #operations = new Map<string, Operation>()
  /** Retirements that were asked for, acknowledged or not. */
  readonly retirementsAsked = new Set<string>()
  /** Uploads whose last rename or write had returned. */
  readonly uploads = new Map<string, { readonly model: string; readonly version: string }>()

  get operations(): readonly Operation[] {
    return [...this.#operations.values()]
  }

  acknowledged(operation: Operation): void {
    if (!this.#operations.has(operation.id)) this.#operations.set(operation.id, operation)
  }

  uploaded(model: string, version: string): void {
    this.uploads.set(`${model} ${version}`, { model, version })
  }

  /** Look at a model, and find whatever was told before there again. @throws Error naming what is lost */
  async look(client: PlatformClient, model: string): Promise<ModelDetails> {
    const details = await client.model(model)
    const entries = await client.history(model)
    this.#holdHistory(model, details, entries)
    for (const { version, state } of details.versions) this.#holdVersion(`${model} ${version}`, state)
    const told = new Set(details.versions.map(({ version }) => `${model} ${version}`))
    for (const known of this.#versions.keys())
      must(!known.startsWith(`${model} `) || told.has(known), `${known} was told of, and is gone`)
    return details
  }

  /** Find every operation that was told of again. @throws Error naming the one that is lost */
  async lookAtOperations(client: PlatformClient): Promise<void> {
    for (const known of this.#operations.values()) {
      if (isOver(known)) continue
      const now = await client.operation(known.id)
      must(now.kind === known.kind && now.version === known.version, `${known.id} is another operation now`)
      this.#operations.set(now.id, now)
    }
  }

  /** At the end every operation is asked for once more, also those that were over long ago. */
  async lookAtEnds(client: PlatformClient): Promise<void> {
    for (const known of this.#operations.values()) {
      const now = await client.operation(known.id)
      must(
        !isOver(known) || (now.state === known.state && now.endedAt === known.endedAt),
        `${known.id} was ${known.state}, and is ${now.state}`,
      )
    }
  }

  #holdHistory(model: string, { rev, head }: ModelDetails, entries: readonly HistoryEntry[]): void {
    const before = this.#revs.get(model)
    must(before === undefined || rev >= before.rev, `the rev of ${model} went from ${before?.rev} to ${rev}`)
    must(
      before === undefined || before.rev === 0 || entries[before.rev - 1]?.hash === before.head,
      `${model} has another entry ${before?.rev} than it had`,
    )
    for (const [i, entry] of (this.#history.get(model) ?? []).entries())
      must(
        JSON.stringify(entries[i]) === JSON.stringify(entry),
        `entry ${entry.rev} of ${model} was changed or lost`,
      )
    for (const [i, entry] of entries.entries())
      must(
        entry.at >= (entries[i - 1]?.at ?? ''),
        `entry ${entry.rev} of ${model} is older than the one before`,
      )
    this.#revs.set(model, { rev, head })
    this.#history.set(model, [...entries])
  }

  #holdVersion(name: string, state: VersionDetails['state']): void {
    const before = this.#versions.get(name)
    const settled = before === 'READY' || before === 'RETIRED' || before === 'DELETING'
    const follows: readonly string[] = this.retirementsAsked.has(name)
      ? ['READY', 'RETIRED', 'DELETING']
      : ['READY']
    if (settled) {
      must(follows.includes(state), `${name} was ${before}, and is ${state}`)
      must(follows.indexOf(state) >= follows.indexOf(before), `${name} was ${before}, and is ${state}`)
    }
    this.#versions.set(name, state)
  }
}

export function must(holds: boolean, fault: string): asserts holds {
  if (!holds) throw new Error(fault)
}
