import type { DatabaseSync } from 'node:sqlite'
import type { Metrics, Outcome } from '../lambdas/ports.ts'
import { latencyBucket } from '../lib/rules/latency-histogram.ts'
import type { Variant } from '../lib/rules/routing.ts'
import type { StepCounts, VariantCounts } from '../lib/rules/verdict.ts'
import { inTransaction } from './database.ts'

const schema = `
create table if not exists outcomes (
  rollout text not null,
  step integer not null,
  variant text not null,
  counts text not null,
  primary key (rollout, step, variant)
) strict;
create table if not exists callers (
  rollout text not null,
  step integer not null,
  caller text not null,
  primary key (rollout, step, caller)
) strict;
create table if not exists failed_callers (
  rollout text not null,
  caller text not null,
  primary key (rollout, caller)
) strict`

const flushEveryMs = 200

type Counts = { -readonly [key in keyof VariantCounts]: VariantCounts[key] } & {
  latency: Record<number, number>
}

interface Rollout {
  readonly steps: Map<number, { readonly canary: Counts; readonly stable: Counts }>
  /** `{step} {caller}` of every caller seen. */
  readonly callers: Set<string>
  readonly failed: Set<string>
  readonly fresh: { readonly callers: [number, string][]; readonly failed: string[] }
  dirty: boolean
}

/**
 * Outcomes of rollouts, counted in memory and written down several times a second: a crash loses at most that much
 * evidence, and never any truth.
 */
export class OutcomeCounters implements Metrics {
  readonly #database: DatabaseSync
  readonly #rollouts = new Map<string, Rollout>()
  readonly #timer: NodeJS.Timeout
  readonly #onFault: (fault: unknown) => void

  #faulty = false

  /** @param onFault told once when the counts cannot be written, and again only after they could be */
  constructor(database: DatabaseSync, onFault: (fault: unknown) => void = console.error) {
    this.#database = database
    this.#onFault = onFault
    database.exec(schema)
    this.#timer = setInterval(() => this.#flush(), flushEveryMs).unref()
  }

  async count({ rollout: id, step, variant, caller, failed, latencyMs }: Outcome): Promise<void> {
    const rollout = this.#rollout(id)
    const counts = stepOf(rollout, step)[variant]
    rollout.dirty = true
    const bucket = latencyBucket(latencyMs)
    if (!failed) counts.latency[bucket] = (counts.latency[bucket] ?? 0) + 1
    if (caller === undefined) {
      counts.requests += 1
      if (failed) counts.errors += 1
      return
    }
    const seen = `${step} ${caller}`
    if (!rollout.callers.has(seen)) {
      rollout.callers.add(seen)
      rollout.fresh.callers.push([step, caller])
      counts.callers += 1
    }
    if (failed && !rollout.failed.has(caller)) {
      rollout.failed.add(caller)
      rollout.fresh.failed.push(caller)
      counts.failedCallers += 1
    }
  }

  async counts(id: string): Promise<ReadonlyMap<number, Pick<StepCounts, 'canary' | 'stable'>>> {
    return this.#rollout(id).steps
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#flush()
  }

  #rollout(id: string): Rollout {
    const known = this.#rollouts.get(id)
    if (known !== undefined) return known
    const rollout: Rollout = {
      steps: new Map(),
      callers: new Set(),
      failed: new Set(),
      fresh: { callers: [], failed: [] },
      dirty: false,
    }
    for (const row of this.#database
      .prepare('select step, variant, counts from outcomes where rollout = ?')
      .all(id))
      stepOf(rollout, Number(row['step']))[row['variant'] as Variant] = JSON.parse(String(row['counts']))
    for (const row of this.#database.prepare('select step, caller from callers where rollout = ?').all(id))
      rollout.callers.add(`${row['step']} ${row['caller']}`)
    for (const row of this.#database.prepare('select caller from failed_callers where rollout = ?').all(id))
      rollout.failed.add(String(row['caller']))
    this.#rollouts.set(id, rollout)
    return rollout
  }

  /**
   * Write down what is new; forget what nobody counts any more, since it can be read again. What cannot be written is
   * kept, and written later.
   */
  #flush(): void {
    try {
      for (const [id, rollout] of this.#rollouts)
        if (rollout.dirty) this.#write(id, rollout)
        else this.#rollouts.delete(id)
    } catch (fault) {
      if (!this.#faulty) this.#onFault(fault)
      this.#faulty = true
      return
    }
    this.#faulty = false
  }

  #write(id: string, rollout: Rollout): void {
    inTransaction(this.#database, () => {
      const put = this.#database.prepare(
        'insert or replace into outcomes (rollout, step, variant, counts) values (?, ?, ?, ?)',
      )
      for (const [step, variants] of rollout.steps)
        for (const [variant, counts] of Object.entries(variants))
          put.run(id, step, variant, JSON.stringify(counts))
      const caller = this.#database.prepare(
        'insert or ignore into callers (rollout, step, caller) values (?, ?, ?)',
      )
      for (const [step, name] of rollout.fresh.callers) caller.run(id, step, name)
      const failed = this.#database.prepare(
        'insert or ignore into failed_callers (rollout, caller) values (?, ?)',
      )
      for (const name of rollout.fresh.failed) failed.run(id, name)
    })
    rollout.fresh.callers.length = 0
    rollout.fresh.failed.length = 0
    rollout.dirty = false
  }
}

function stepOf(rollout: Rollout, step: number): { canary: Counts; stable: Counts } {
  const known = rollout.steps.get(step)
  if (known !== undefined) return known
  const none = (): Counts => ({ requests: 0, errors: 0, callers: 0, failedCallers: 0, latency: {} })
  const made = { canary: none(), stable: none() }
  rollout.steps.set(step, made)
  return made
}
