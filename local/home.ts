import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The folder that a laptop platform lives in. Everything it knows is here; delete it, and it never was. */
export interface Home {
  readonly root: string
  /** The model store: what a bucket is on AWS. */
  readonly store: string
  /** Uploads on their way into the store, on the same disk, so that they arrive by one rename. */
  readonly incoming: string
  /** Frozen bytes, by their SHA-256. */
  readonly frozen: string
  /** Packed images, by their digest. */
  readonly images: string
  /** Environments of Python packages, by their lock. */
  readonly environments: string
  readonly cache: string
  readonly logs: string
  readonly database: string
}

export function homeAt(folder: string): Home {
  const root = resolve(folder)
  const home = {
    root,
    store: join(root, 'store'),
    incoming: join(root, 'store', 'incoming'),
    frozen: join(root, 'frozen'),
    images: join(root, 'images'),
    environments: join(root, 'environments'),
    cache: join(root, 'cache'),
    logs: join(root, 'logs'),
    database: join(root, 'registry.sqlite'),
  }
  for (const path of [
    join(home.store, 'models'),
    join(home.store, 'records'),
    home.incoming,
    home.frozen,
    home.images,
    home.environments,
    home.cache,
    home.logs,
  ])
    mkdirSync(path, { recursive: true })
  return home
}

/** Another platform lives in this home. */
export class HomeTaken extends Error {
  override readonly name = 'HomeTaken'
}

/**
 * Take a home for this process: one platform owns it. The lock is an open transaction of SQLite, so that the system
 * lets go of it when the process ends, however it ends.
 * @returns a function that lets go. @throws HomeTaken
 */
export function takeHome(home: Home): () => void {
  const lock = new DatabaseSync(join(home.root, 'lock.sqlite'), { timeout: 0 })
  try {
    lock.exec('pragma journal_mode = delete; begin exclusive')
  } catch (error) {
    lock.close()
    if (!Error.isError(error) || !error.message.includes('locked')) throw error
    throw new HomeTaken(
      `another platform runs in ${home.root}; stop it, or choose another home with --home DIR`,
    )
  }
  return () => lock.close()
}
