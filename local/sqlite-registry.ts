import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Move, Registry, VersionChange } from '../lambdas/ports.ts'
import type { HistoryEntry } from '../lib/rules/audit.ts'
import type { VersionRecord } from '../lib/rules/model-version.ts'
import type { Operation } from '../lib/rules/operation.ts'
import type { RebuiltModel } from '../lib/rules/rebuild.ts'
import type { ModelRecord } from '../lib/rules/routing.ts'
import { inTransaction, written } from './database.ts'

/**
 * The registry in SQLite. This process owns the file, so records that the hot path reads are also kept in memory and
 * dropped when they change: a read costs no disk, and never sees yesterday's table.
 */
export class SqliteRegistry implements Registry {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #models = new Map<string, ModelRecord>()
  readonly #versions = new Map<string, VersionRecord>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  async model(model: string): Promise<ModelRecord | undefined> {
    return kept(this.#models, model, () => this.#one('select record from models where model = ?', model))
  }

  async version(model: string, version: string): Promise<VersionRecord | undefined> {
    return this.#version(model, version)
  }

  async versions(model: string): Promise<VersionRecord[]> {
    return this.#all('select record from versions where model = ?', model)
  }

  async modelNames(): Promise<string[]> {
    const rows = this.#prepared('select distinct model from versions order by model').all()
    return rows.map((row) => String(row['model']))
  }

  async history(model: string, afterRev = 0): Promise<HistoryEntry[]> {
    return this.#all(
      'select entry as record from history where model = ? and rev > ? order by rev',
      model,
      afterRev,
    )
  }

  async operation(id: string): Promise<Operation | undefined> {
    return this.#one('select record from operations where id = ?', id)
  }

  async operations(model: string): Promise<Operation[]> {
    return this.#all(
      'select record from operations where model = ? order by started_at desc, rowid desc',
      model,
    )
  }

  async unfinished(): Promise<Operation[]> {
    return this.#all(
      "select record from operations where state in ('running', 'waiting') order by started_at, rowid",
    )
  }

  async claim(version: VersionRecord): Promise<VersionRecord> {
    return inTransaction(this.#database, () => {
      const standing = this.#version(version.model, version.version)
      if (standing !== undefined && (standing.state !== 'FAILED' || standing.owner === version.owner))
        return standing
      this.#writeVersion(version)
      return version
    })
  }

  async changeVersion(model: string, change: VersionChange): Promise<boolean> {
    return inTransaction(this.#database, () => this.#change(model, change))
  }

  async commit({ next, entry, ready, change }: Move): Promise<boolean> {
    const { model, rev } = next
    try {
      inTransaction(this.#database, () => {
        const seen = this.#one<ModelRecord>('select record from models where model = ?', model)
        require((seen?.rev ?? 0) === rev - 1)
        require(ready === undefined || this.#version(model, ready)?.state === 'READY')
        require(change === undefined || this.#change(model, change))
        this.#writeModel(next)
        this.#writeEntry(entry)
      })
    } catch (error) {
      // What a transaction that failed has left is read again.
      this.#models.delete(model)
      if (change !== undefined) this.#versions.delete(versionKey(model, change.version))
      if (error === unmet) return false
      throw error
    }
    this.#models.set(model, next)
    return true
  }

  async open(operation: Operation): Promise<boolean> {
    const { id, model, state, startedAt } = operation
    const open = this.#prepared(
      'insert or ignore into operations (id, model, state, started_at, record) values (?, ?, ?, ?, ?)',
    )
    const { changes } = written(() => open.run(id, model, state, startedAt, JSON.stringify(operation)))
    return changes === 1
  }

  async replaceOperation(seen: Operation, next: Operation): Promise<boolean> {
    const replace = this.#prepared('update operations set state = ?, record = ? where id = ? and record = ?')
    const { changes } = written(() =>
      replace.run(next.state, JSON.stringify(next), seen.id, JSON.stringify(seen)),
    )
    return changes === 1
  }

  /** Write models that were made anew from their records, into a registry that knows nothing of them. */
  restore(models: readonly RebuiltModel[]): void {
    inTransaction(this.#database, () => {
      for (const { record, entries, versions } of models) {
        this.#writeModel(record)
        for (const entry of entries) this.#writeEntry(entry)
        for (const version of versions) this.#writeVersion(version)
      }
    })
  }

  #version(model: string, version: string): VersionRecord | undefined {
    return kept(this.#versions, versionKey(model, version), () =>
      this.#one('select record from versions where model = ? and version = ?', model, version),
    )
  }

  #change(model: string, { version, seen, facts }: VersionChange): boolean {
    const standing = this.#version(model, version)
    if (standing === undefined || standing.state !== seen.state) return false
    if (seen.owner !== undefined && standing.owner !== seen.owner) return false
    this.#writeVersion({ ...standing, ...facts })
    return true
  }

  #writeModel(record: ModelRecord): void {
    this.#prepared(
      'insert into models (model, rev, record) values (?, ?, ?) on conflict (model) do update set rev = excluded.rev, record = excluded.record',
    ).run(record.model, record.rev, JSON.stringify(record))
  }

  #writeEntry(entry: HistoryEntry): void {
    this.#prepared('insert into history (model, rev, entry) values (?, ?, ?)').run(
      entry.model,
      entry.rev,
      JSON.stringify(entry),
    )
  }

  #writeVersion(record: VersionRecord): void {
    const { model, version, state, owner } = record
    this.#versions.delete(versionKey(model, version))
    this.#prepared(
      'insert into versions (model, version, state, owner, record) values (?, ?, ?, ?, ?) on conflict (model, version) do update set state = excluded.state, owner = excluded.owner, record = excluded.record',
    ).run(model, version, state, owner, JSON.stringify(record))
  }

  #one<T>(sql: string, ...values: (string | number)[]): T | undefined {
    const row = this.#prepared(sql).get(...values)
    return row === undefined ? undefined : (JSON.parse(String(row['record'])) as T)
  }

  #all<T>(sql: string, ...values: (string | number)[]): T[] {
    const rows = this.#prepared(sql).all(...values)
    return rows.map((row) => JSON.parse(String(row['record'])) as T)
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const made = this.#database.prepare(sql)
    this.#statements.set(sql, made)
    return made
  }
}

/** Thrown inside a commit to undo it: a condition does not hold. */
const unmet = new Error('a condition of the move does not hold')

function require(holds: boolean): void {
  if (!holds) throw unmet
}

function versionKey(model: string, version: string): string {
  return `${model} ${version}`
}

/** What is not there is not remembered: strangers may ask for any number of names. */
function kept<T>(memory: Map<string, T>, key: string, read: () => T | undefined): T | undefined {
  const known = memory.get(key)
  if (known !== undefined) return known
  const value = read()
  if (value !== undefined) memory.set(key, value)
  return value
}
