import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openDatabase } from '../../local/database.ts'
import { type Execution, Journal } from '../../local/journal.ts'

let database: DatabaseSync
let journal: Journal

beforeEach(() => {
  database = openDatabase(':memory:')
  journal = new Journal(database)
})

afterEach(() => {
  database.close()
})

const execution = (name: string, facts: Partial<Execution> = {}): Execution => ({
  name,
  machine: 'release',
  definition: '{"definition":{},"tasks":{}}',
  input: '{"operation":"release-1","execution":0}',
  ...facts,
})

test('the first to open an execution opens it, and the second changes nothing', () => {
  expect(journal.open(execution('a'))).toBe(true)
  expect(journal.open(execution('a', { machine: 'rollback', definition: '{}', input: '{}' }))).toBe(false)
  expect(journal.unfinished()).toEqual([execution('a')])
})

test('an execution that was closed is not opened again', () => {
  journal.open(execution('a'))
  journal.close('a', 'succeeded')
  expect(journal.open(execution('a'))).toBe(false)
  expect(journal.unfinished()).toEqual([])
})

test('unfinished executions come in the order in which they began, as they were opened', () => {
  const all = [
    execution('z', { machine: 'retirement', input: '{"text":"ünï\\\\\\""}' }),
    execution('a', { machine: 'promotion' }),
    execution('m', { machine: 'rollback' }),
  ]
  for (const one of all) journal.open(one)
  expect(journal.unfinished()).toEqual(all)
  journal.close('a', 'failed')
  expect(journal.unfinished()).toEqual([all[0], all[2]])
})

test('an outcome is recalled for its execution, task and visit, and for no other', () => {
  journal.record('a', 'Task 1', 1, { output: { status: 'waiting', list: [0, null, ''] } })
  journal.record('a', 'Task 1', 2, { error: 'TypeError', message: 'no "such" thing' })
  journal.record('a', 'Task 2', 1, { output: {} })
  journal.record('b', 'Task 1', 1, { output: { status: 'frozen' } })
  expect(journal.recall('a', 'Task 1', 1)).toEqual({ output: { status: 'waiting', list: [0, null, ''] } })
  expect(journal.recall('a', 'Task 1', 2)).toEqual({ error: 'TypeError', message: 'no "such" thing' })
  expect(journal.recall('a', 'Task 2', 1)).toEqual({ output: {} })
  expect(journal.recall('b', 'Task 1', 1)).toEqual({ output: { status: 'frozen' } })
  expect(journal.recall('a', 'Task 1', 3)).toBeUndefined()
  expect(journal.recall('a', 'Task', 1)).toBeUndefined()
  expect(journal.recall('c', 'Task 1', 1)).toBeUndefined()
})

test('the end of an execution drops what it had done, and nothing of the others', () => {
  for (const name of ['a', 'b']) {
    journal.open(execution(name))
    journal.record(name, 'Task', 1, { output: { name } })
  }
  journal.close('a', 'failed')
  expect(journal.recall('a', 'Task', 1)).toBeUndefined()
  expect(journal.recall('b', 'Task', 1)).toEqual({ output: { name: 'b' } })
  const rows = database.prepare('select name, outcome from executions order by name').all()
  expect(rows).toEqual([
    { name: 'a', outcome: 'failed' },
    { name: 'b', outcome: null },
  ])
})

test('an execution either ends and drops what it had done, or neither', () => {
  journal.open(execution('a'))
  journal.record('a', 'Task', 1, { output: {} })
  database.exec(`create trigger full before delete on journal begin select raise(abort, 'disk is full'); end`)
  expect(() => journal.close('a', 'succeeded')).toThrow('disk is full')
  expect(journal.unfinished()).toEqual([execution('a')])
  expect(journal.recall('a', 'Task', 1)).toEqual({ output: {} })
  database.exec('drop trigger full')
  journal.close('a', 'succeeded')
  expect(journal.unfinished()).toEqual([])
})
