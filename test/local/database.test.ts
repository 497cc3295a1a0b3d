import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { inTransaction, openCounters, openDatabase } from '../../local/database.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-database-'))
  path = join(folder, 'registry.sqlite')
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const pragma = (database: DatabaseSync, name: string) =>
  Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]

describe('the database', () => {
  test('writes ahead, and waits for the disk with every write', () => {
    const database = openDatabase(path)
    expect(pragma(database, 'journal_mode')).toBe('wal')
    expect(pragma(database, 'synchronous')).toBe(2)
    expect(pragma(database, 'busy_timeout')).toBe(5000)
    database.close()
  })

  test('has everything the platform keeps in it, in tables that hold to their types', () => {
    const database = openDatabase(path)
    const tables = database.prepare('select name, strict from pragma_table_list where schema = ?').all('main')
    const own = tables.filter(({ name }) => !String(name).startsWith('sqlite_'))
    expect(own.map(({ name }) => name).toSorted()).toEqual(
      expect.arrayContaining(['executions', 'history', 'journal', 'models', 'operations', 'versions']),
    )
    expect(own.filter(({ strict }) => strict !== 1)).toEqual([])
    database.close()
  })

  test('keeps what it holds when it is opened again', () => {
    const before = openDatabase(path)
    before.prepare('insert into models (model, rev, record) values (?, ?, ?)').run('churn', 1, '{}')
    before.close()
    const after = openDatabase(path)
    expect(after.prepare('select model, rev from models').all()).toEqual([{ model: 'churn', rev: 1 }])
    after.close()
  })

  test('keeps what was written when its process is killed, and drops what was not committed', () => {
    const module = pathToFileURL(join(import.meta.dirname, '..', '..', 'local', 'database.ts')).href
    const source = `
      import { inTransaction, openDatabase } from ${JSON.stringify(module)}
      const database = openDatabase(process.argv[1])
      const insert = database.prepare('insert into models (model, rev, record) values (?, 1, ?)')
      insert.run('alone', '{}')
      inTransaction(database, () => insert.run('together', '{}'))
      inTransaction(database, () => {
        insert.run('never', '{}')
        process.kill(process.pid, 'SIGKILL')
        for (;;);
      })`
    const ended = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', source, path], {
      timeout: 10_000,
      encoding: 'utf8',
    })
    expect([ended.signal, ended.stderr]).toEqual(['SIGKILL', ''])
    const database = openDatabase(path)
    expect(database.prepare('select model from models order by model').all()).toEqual([
      { model: 'alone' },
      { model: 'together' },
    ])
    database.close()
  })
})

test('what is only counted writes ahead too, and does not wait for the disk', () => {
  const database = openCounters(path)
  expect(pragma(database, 'journal_mode')).toBe('wal')
  expect(pragma(database, 'synchronous')).toBe(1)
  database.close()
})

describe('a transaction', () => {
  test('writes all of it, and answers what the work answered', () => {
    const database = openDatabase(path)
    const insert = database.prepare('insert into models (model, rev, record) values (?, ?, ?)')
    const answer = inTransaction(database, () => {
      insert.run('a', 1, '{}')
      insert.run('b', 1, '{}')
      return 'both'
    })
    expect(answer).toBe('both')
    expect(database.isTransaction).toBe(false)
    expect(database.prepare('select count(*) as n from models').get()).toEqual({ n: 2 })
    database.close()
  })

  test('writes nothing of it where the work fails, and fails as the work did', () => {
    const database = openDatabase(path)
    const insert = database.prepare('insert into models (model, rev, record) values (?, ?, ?)')
    const fault = new Error('half way')
    const half = () =>
      inTransaction(database, () => {
        insert.run('a', 1, '{}')
        throw fault
      })
    expect(half).toThrow(fault)
    expect(database.isTransaction).toBe(false)
    expect(database.prepare('select count(*) as n from models').get()).toEqual({ n: 0 })
    // And the next one begins as if nothing had been.
    inTransaction(database, () => insert.run('b', 1, '{}'))
    expect(database.prepare('select model from models').all()).toEqual([{ model: 'b' }])
    database.close()
  })

  test('on a disk that is full writes nothing, says so, and lets the next one go on', () => {
    const database = openDatabase(path)
    const pages = Number(pragma(database, 'page_count'))
    database.exec(`pragma max_page_count = ${pages}`)
    const insert = database.prepare('insert into models (model, rev, record) values (?, 1, ?)')
    const tooMuch = () =>
      inTransaction(database, () => {
        insert.run('a', '{}')
        insert.run('b', 'x'.repeat(100_000))
      })
    expect(tooMuch).toThrow(expect.objectContaining({ code: 'disk-full', status: 507 }))
    expect(database.isTransaction).toBe(false)
    inTransaction(database, () => insert.run('c', '{}'))
    expect(database.prepare('select model from models').all()).toEqual([{ model: 'c' }])
    database.close()
  })

  test('that its own fault has ended already fails with that fault, not with a second one', () => {
    const database = openDatabase(path)
    const fault = new Error('the first')
    const work = () =>
      inTransaction(database, () => {
        database.exec('rollback')
        throw fault
      })
    expect(work).toThrow(fault)
    database.close()
  })

  test('holds the right to write from its beginning, so that what it reads is still so when it writes', () => {
    const database = openDatabase(path)
    const other = new DatabaseSync(path, { timeout: 0 })
    const write = () => other.exec(`insert into models (model, rev, record) values ('other', 1, '{}')`)
    inTransaction(database, () => {
      expect(write).toThrow('locked')
    })
    expect(write).not.toThrow()
    other.close()
    database.close()
  })
})
