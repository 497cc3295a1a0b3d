import type { DatabaseSync } from 'node:sqlite'
import type { CaptureStanding } from '../../lambdas/monitoring-ports.ts'
import { inTransaction } from '../database.ts'

const schema = `
create table if not exists captured_calls (
  model text not null,
  version text not null,
  written integer not null,
  lost integer not null,
  interruptions integer not null,
  primary key (model, version)
) strict, without rowid;
create table if not exists capturing (
  model text not null,
  version text not null,
  primary key (model, version)
) strict, without rowid`

/** So often what was counted is written down. */
const noteEveryMs = 1000

type Counts = { -readonly [key in 'written' | 'lost' | 'interruptions']: number }
const names = (model: string, version: string) => `${model} ${version}`

/**
 * What became of recorded calls. A version that is being recorded is marked so while calls of it are in hand: a mark that a new process
 * finds is left of one that died, and what that one had in its hands is lost.
 */
export class CaptureCounts {
  readonly #database: DatabaseSync
  readonly #fresh = new Map<string, Counts>()
  readonly #marked = new Set<string>()
  readonly #timer: NodeJS.Timeout
  readonly #onFault: (fault: unknown) => void
  #faulty = false

  constructor(database: DatabaseSync, onFault: (fault: unknown) => void) {
    this.#database = database
    this.#onFault = onFault
    database.exec(schema)
    for (const { model, version } of database.prepare('select model, version from capturing').all())
      this.#of(String(model), String(version)).interruptions += 1
    this.#timer = setInterval(() => this.#note(), noteEveryMs).unref()
    this.#note()
  }

  /** Calls of a version are in hand from now on. */
  begin(model: string, version: string): void {
    const name = names(model, version)
    if (this.#marked.has(name)) return
    this.#marked.add(name)
    this.#attempt(() =>
      this.#database.prepare('insert or ignore into capturing values (?, ?)').run(model, version),
    )
  }

  written(model: string, version: string, calls: number): void {
    this.#of(model, version).written += calls
  }

  lost(model: string, version: string, calls: number): void {
    this.#of(model, version).lost += calls
  }

  standing(model: string): CaptureStanding[] {
    const kept = new Map<string, Counts>()
    for (const row of this.#database.prepare('select * from captured_calls where model = ?').all(model))
      kept.set(String(row['version']), {
        written: Number(row['written']),
        lost: Number(row['lost']),
        interruptions: Number(row['interruptions']),
      })
    for (const [name, fresh] of this.#fresh) {
      const [of, version = ''] = name.split(' ')
      if (of === model) kept.set(version, sum(kept.get(version), fresh))
    }
    return [...kept]
      .map(([version, counts]) => ({ version, ...counts }))
      .sort((a, b) => (a.version < b.version ? -1 : 1))
  }

  /** Nothing is in hand any more. */
  stop(): void {
    clearInterval(this.#timer)
    this.#note()
    this.#attempt(() => this.#database.exec('delete from capturing'))
  }

  #of(model: string, version: string): Counts {
    const name = names(model, version)
    const counts = this.#fresh.get(name) ?? { written: 0, lost: 0, interruptions: 0 }
    this.#fresh.set(name, counts)
    return counts
  }

  /** What cannot be written down is kept, and written down later. */
  #note(): void {
    if (this.#fresh.size === 0) return
    const noted = this.#attempt(() =>
      inTransaction(this.#database, () => {
        const add = this.#database.prepare(
          'insert into captured_calls values (?, ?, ?, ?, ?) on conflict do update set ' +
            'written = written + excluded.written, lost = lost + excluded.lost, interruptions = interruptions + excluded.interruptions',
        )
        for (const [name, { written, lost, interruptions }] of this.#fresh) {
          const [model = '', version = ''] = name.split(' ')
          add.run(model, version, written, lost, interruptions)
        }
        // What the process before left: it has been counted now.
        const unmark = this.#database.prepare('delete from capturing where model = ? and version = ?')
        for (const [name, { interruptions }] of this.#fresh) {
          const [model = '', version = ''] = name.split(' ')
          if (interruptions > 0 && !this.#marked.has(name)) unmark.run(model, version)
        }
      }),
    )
    if (noted) this.#fresh.clear()
  }

  #attempt(work: () => unknown): boolean {
    try {
      work()
      this.#faulty = false
      return true
    } catch (fault) {
      if (!this.#faulty) this.#onFault(fault)
      this.#faulty = true
      return false
    }
  }
}

function sum(a: Counts | undefined, b: Counts): Counts {
  if (a === undefined) return { ...b }
  return {
    written: a.written + b.written,
    lost: a.lost + b.lost,
    interruptions: a.interruptions + b.interruptions,
  }
}
