import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openDatabase } from '../database.ts'
import type { Home } from '../home.ts'

/** What SQLite keeps beside a database while it is open, and after a crash. */
const companions = ['-wal', '-shm'] as const
const halfCopied = '-half'

/**
 * A registry in the making, beside the one that stands. It takes its place in one rename when it is whole: a process
 * that is killed before leaves the old one as it was.
 */
export class RegistryDraft {
  readonly database: DatabaseSync
  readonly #home: Home
  readonly #path: string

  constructor(home: Home) {
    this.#home = home
    this.#path = join(home.root, 'registry-draft.sqlite')
    this.drop()
    this.database = openDatabase(this.#path)
  }

  /**
   * Copy the old registry aside, with all that SQLite keeps beside it. It stands as it was.
   * @param time part of the name of the copy
   * @returns the name of the copy; undefined where there is no old registry
   */
  copyOldAside(time: string): string | undefined {
    const old = this.#home.database
    const aside = join(this.#home.root, `registry-${time}.sqlite`)
    const files = ['', ...companions].filter((end) => existsSync(`${old}${end}`))
    for (const end of files) {
      const half = `${this.#path}${halfCopied}`
      copyFileSync(`${old}${end}`, half, constants.COPYFILE_FICLONE)
      sync(half)
      renameSync(half, `${aside}${end}`)
    }
    sync(this.#home.root)
    return files.length === 0 ? undefined : basename(aside)
  }

  /** Put the draft in the registry's place. Nobody else may have the home. */
  place(): void {
    this.database.exec('pragma wal_checkpoint(truncate); pragma journal_mode = delete')
    this.database.close()
    sync(this.#path)
    settle(this.#home.database)
    // What SQLite left beside the old registry would be taken for a part of the new one.
    for (const end of companions) rmSync(`${this.#home.database}${end}`, { force: true })
    renameSync(this.#path, this.#home.database)
    sync(this.#home.root)
  }

  /** Leave everything as it was. */
  drop(): void {
    if (this.database?.isOpen) this.database.close()
    for (const end of ['', ...companions, halfCopied]) rmSync(`${this.#path}${end}`, { force: true })
  }
}

/**
 * Let SQLite bring what it keeps beside a database into it, so that the file alone is all of it until it is replaced.
 * One that is too broken for that was copied as it is.
 */
function settle(path: string): void {
  if (!existsSync(path)) return
  try {
    const database = new DatabaseSync(path)
    try {
      database.exec('pragma wal_checkpoint(truncate)')
    } finally {
      database.close()
    }
  } catch {
    // It cannot be read: that may be why it is made anew.
  }
}

/** Have a file, or the names in a folder, on the disk for good. */
function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
