import { DatabaseSync } from 'node:sqlite'
import { storageFaultOf } from './storage-fault.ts'

const schema = `
create table if not exists models (
  model text primary key,
  rev integer not null,
  record text not null
) strict;
create table if not exists versions (
  model text not null,
  version text not null,
  state text not null,
  owner text not null,
  record text not null,
  primary key (model, version)
) strict;
create table if not exists history (
  model text not null,
  rev integer not null,
  entry text not null,
  primary key (model, rev)
) strict;
create table if not exists operations (
  id text primary key,
  model text not null,
  state text not null,
  started_at text not null,
  record text not null
) strict;
create index if not exists operations_by_model on operations (model, started_at desc);
create index if not exists operations_unfinished on operations (started_at) where state in ('running', 'waiting');
create table if not exists executions (
  name text primary key,
  machine text not null,
  definition text not null,
  input text not null,
  outcome text
) strict;
create table if not exists journal (
  execution text not null,
  task text not null,
  visit integer not null,
  outcome text not null,
  primary key (execution, task, visit)
) strict, without rowid;
create table if not exists api_keys (
  id text primary key,
  record text not null
) strict;
`

/**
 * The platform's database: registry, executions and journal in one file, so that one write makes one truth.
 * What was acknowledged outlives a power cut.
 */
export function openDatabase(path: string): DatabaseSync {
  const database = openFile(path, 'full')
  database.exec(schema)
  return database
}

/** A database of its own for what is counted: it may lose its last moments in a power cut, and nothing else. */
export function openCounters(path: string): DatabaseSync {
  return openFile(path, 'normal')
}

function openFile(path: string, synchronous: 'full' | 'normal'): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5000 })
  database.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}`)
  return database
}

/**
 * Do something in one transaction that writes: taken at once, since a read that turns into a write cannot wait.
 * @throws StorageFault where the disk is full or cannot be written, with nothing changed; whatever the work throws
 */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  return written(() => {
    database.exec('begin immediate')
    try {
      const result = work()
      database.exec('commit')
      return result
    } catch (error) {
      // A full disk may have ended the transaction already; a second fault would hide the first.
      if (database.isTransaction) database.exec('rollback')
      throw error
    }
  })
}

/** Write. @throws StorageFault where the disk is full or cannot be written, with nothing changed */
export function written<T>(write: () => T): T {
  try {
    return write()
  } catch (error) {
    throw storageFaultOf(error) ?? error
  }
}
