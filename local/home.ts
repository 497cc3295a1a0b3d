import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** What the platform of a laptop is called. */
export const laptopPlatform = 'sluice'

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
  /** Recorded calls, and what monitoring made of them. */
  readonly captures: string
  readonly monitoring: string
  readonly cache: string
  readonly logs: string
  readonly database: string
}

/** The folders of a home, made where they are not there yet. @throws HomeUnusable */
export function homeAt(folder: string): Home {
  const root = resolve(folder)
  const home = {
    root,
    store: join(root, 'store'),
    incoming: join(root, 'store', 'incoming'),
    frozen: join(root, 'frozen'),
    images: join(root, 'images'),
    environments: join(root, 'environments'),
    captures: join(root, 'captures'),
    monitoring: join(root, 'monitoring'),
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
    home.captures,
    home.monitoring,
    home.cache,
    home.logs,
  ])
    usable(root, () => {
      // On a disk that can only be read `mkdir` speaks of what is not there; what is there tells the reason.
      accessSync(nearest(path), constants.R_OK | constants.W_OK)
      mkdirSync(path, { recursive: true })
    })
  return home
}

/** A path, or the nearest folder above it that is there. */
function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path))
}

/** Nothing can live in this home: it is a file, or cannot be written, or the disk is full. */
export class HomeUnusable extends Error {
  override readonly name = 'HomeUnusable'
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'its disk can only be read',
  ENOSPC: 'its disk is full',
  EDQUOT: 'its disk is full',
  EEXIST: 'there is a file where a folder must be',
  ENOTDIR: 'there is a file where a folder must be',
  ELOOP: 'its path goes in circles',
  ENAMETOOLONG: 'its path is too long',
  // Primary result codes of SQLite.
  '8': 'it can only be read',
  '10': 'its disk does not answer as it should',
  '11': 'a database in it is damaged',
  '13': 'its disk is full',
  '14': 'its files cannot be opened',
  '26': 'a file in it is no database',
}

/** Use a home for the first time. @throws HomeUnusable where the system says that it cannot be */
export function usable<T>(root: string, use: () => T): T {
  try {
    return use()
  } catch (error) {
    const { code, errcode } = error as { code?: string; errcode?: number }
    const reason = reasons[errcode === undefined ? (code ?? '') : String(errcode & 0xff)]
    if (reason === undefined) throw error
    throw new HomeUnusable(
      `no platform can live in ${root}: ${reason}; mend that, or choose another home with --home DIR`,
      { cause: error },
    )
  }
}

/** Another platform lives in this home. */
export class HomeTaken extends Error {
  override readonly name = 'HomeTaken'
}

/**
 * Take a home for this process: one platform owns it. The lock is an open transaction of SQLite, so that the system
 * lets go of it when the process ends, however it ends.
 * @returns a function that lets go. @throws HomeTaken, HomeUnusable
 */
export function takeHome(home: Home): () => void {
  const lock = usable(home.root, () => new DatabaseSync(join(home.root, 'lock.sqlite'), { timeout: 0 }))
  try {
    usable(home.root, () => lock.exec('pragma journal_mode = delete; begin exclusive'))
  } catch (error) {
    lock.close()
    if (!Error.isError(error) || !error.message.includes('locked')) throw error
    throw new HomeTaken(
      `another platform runs in ${home.root}; stop it, or choose another home with --home DIR`,
    )
  }
  return () => lock.close()
}
