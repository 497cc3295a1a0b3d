import type { DatabaseSync } from 'node:sqlite'
import type { Machine } from '../lib/rules/operation.ts'
import { inTransaction, written } from './database.ts'

/** What a task came to: an answer, or an error by its name. */
export type TaskOutcome = { readonly output: unknown } | { readonly error: string; readonly message: string }

/** An execution of a state machine. */
export interface Execution {
  readonly name: string
  readonly machine: Machine
  /** Its machine as it was when it began, as JSON: an upgrade in between changes nothing. */
  readonly definition: string
  readonly input: string
}

/**
 * What executions have done so far. After a crash a machine is run again from its start with the same input: tasks
 * that had ended answer from here, and only what was in flight runs a second time.
 */
export class Journal {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** @returns false where an execution of this name exists. @throws StorageFault */
  open({ name, machine, definition, input }: Execution): boolean {
    const { changes } = written(() =>
      this.#database
        .prepare('insert or ignore into executions (name, machine, definition, input) values (?, ?, ?, ?)')
        .run(name, machine, definition, input),
    )
    return changes === 1
  }

  /** Executions that have not ended. */
  unfinished(): Execution[] {
    const rows = this.#database.prepare('select * from executions where outcome is null order by rowid').all()
    return rows.map((row) => ({
      name: String(row['name']),
      machine: String(row['machine']) as Machine,
      definition: String(row['definition']),
      input: String(row['input']),
    }))
  }

  recall(execution: string, task: string, visit: number): TaskOutcome | undefined {
    const row = this.#database
      .prepare('select outcome from journal where execution = ? and task = ? and visit = ?')
      .get(execution, task, visit)
    return row === undefined ? undefined : JSON.parse(String(row['outcome']))
  }

  record(execution: string, task: string, visit: number, outcome: TaskOutcome): void {
    this.#database
      .prepare('insert into journal (execution, task, visit, outcome) values (?, ?, ?, ?)')
      .run(execution, task, visit, JSON.stringify(outcome))
  }

  /** An execution has ended: neither its tasks nor its machine need be recalled any more. @throws StorageFault */
  close(execution: string, outcome: string): void {
    inTransaction(this.#database, () => {
      this.#database
        .prepare(`update executions set outcome = ?, definition = '' where name = ?`)
        .run(outcome, execution)
      this.#database.prepare('delete from journal where execution = ?').run(execution)
    })
  }
}
