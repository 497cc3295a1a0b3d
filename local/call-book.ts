import type { DatabaseSync } from 'node:sqlite'
import type { CallBook, Clock } from '../lambdas/ports.ts'
import { NotedCalls } from '../lambdas/serving/noted-calls.ts'
import {
  type CallWay,
  callerKeptDays,
  lastFirst,
  type VersionCall,
  type VersionCaller,
} from '../lib/rules/calls.ts'

const schema = `
create table if not exists version_callers (
  model text not null,
  version text not null,
  way text not null,
  caller text not null,
  last_at integer not null,
  primary key (model, version, way, caller)
) strict, without rowid`

const keptMs = callerKeptDays * 24 * 3600 * 1000

/** Who calls which version, beside the counters of outcomes: a power cut may lose the last notes, and no truth. */
export class SqliteCallBook implements CallBook {
  readonly #database: DatabaseSync
  readonly #clock: Clock
  readonly #noted: NotedCalls

  constructor(database: DatabaseSync, clock: Clock, onFault: (fault: unknown) => void = console.error) {
    this.#database = database
    this.#clock = clock
    database.exec(schema)
    database.prepare('delete from version_callers where last_at < ?').run(this.#since())
    const put = database.prepare(
      'insert into version_callers (model, version, way, caller, last_at) values (?, ?, ?, ?, ?) on conflict do update set last_at = max(last_at, excluded.last_at)',
    )
    const write = ({ model, version, way, caller }: VersionCall, atMs: number) => {
      put.run(model, version, way, caller, atMs)
    }
    this.#noted = new NotedCalls(write, clock, { onFault })
  }

  note(call: VersionCall): void {
    this.#noted.note(call)
  }

  async of(model: string): Promise<VersionCaller[]> {
    const rows = this.#database
      .prepare('select version, way, caller, last_at from version_callers where model = ? and last_at >= ?')
      .all(model, this.#since())
    const callers = rows.map((row) => ({
      version: String(row['version']),
      caller: String(row['caller']),
      way: row['way'] as CallWay,
      lastAt: new Date(Number(row['last_at'])).toISOString(),
    }))
    return callers.toSorted(lastFirst)
  }

  #since(): number {
    return this.#clock.now() - keptMs
  }
}
