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
import { openDatabase } from './database.ts'
import type { Home } from './home.ts'

/** What SQLite keeps beside a database while it is open, and after a crash. */
const companions = ['-wal', '-shm'] as const

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
   * Put the draft in the registry's place, and the old registry aside. Nobody else may have the home.
   * @param time part of the name of what is put aside
   * @returns the name of the file that the old registry is in now; undefined where there was none
   */
  place(time: string): string | undefined {
    this.database.exec('pragma wal_checkpoint(truncate); pragma journal_mode = delete')
    this.database.close()
    sync(this.#path)
    const old = this.#home.database
    const aside = join(this.#home.root, `registry-${time}.sqlite`)
    const kept = this.#copyAside(old, aside)
    // What SQLite left beside the old registry would be taken for a part of the new one.
    for (const end of companions) rmSync(`${old}${end}`, { force: true })
    renameSync(this.#path, old)
    sync(this.#home.root)
    return kept ? basename(aside) : undefined
  }

  /** Leave everything as it was. */
  drop(): void {
    if (this.database?.isOpen) this.database.close()
    for (const end of ['', ...companions]) rmSync(`${this.#path}${end}`, { force: true })
  }

  /** Copies, not renames: until the draft stands in its place, the old registry does. */
  #copyAside(old: string, aside: string): boolean {
    settle(old)
    const files = ['', ...companions].filter((end) => existsSync(`${old}${end}`))
    for (const end of files) {
      const draft = `${this.#path}-aside`
      copyFileSync(`${old}${end}`, draft, constants.COPYFILE_FICLONE)
      sync(draft)
      renameSync(draft, `${aside}${end}`)
    }
    sync(this.#home.root)
    return files.length > 0
  }
}

/** Let SQLite bring what it keeps beside a database into it. A registry too broken for that is put aside as it is. */
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
