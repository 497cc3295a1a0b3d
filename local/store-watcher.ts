import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import { modelsPrefix } from '../lib/wiring/store-layout.ts'
import type { Home } from './home.ts'

/** A file is taken in once it has not changed for this long: the system does not tell when a writer is done. */
const settleMs = 40

/** A file that could not be taken in is told of again after this long: the disk may have been full. */
const tellAgainMs = 2000

/** Events may be lost; a listing this often finds what they would have told. */
const listEveryMs = 30_000

/**
 * Tells of every file that arrives in the model store, once it has settled, and lists the store now and then.
 * @param created called with a file's key; may be called twice for one file, and is called again where it throws
 * @param list called now and then
 * @param onFault told what goes wrong; the watching goes on, and the listing finds what it missed
 */
export class StoreWatcher {
  readonly #watcher: FSWatcher
  readonly #pending = new Map<string, NodeJS.Timeout>()
  readonly #timer: NodeJS.Timeout
  readonly ready: Promise<void>

  #stopped = false

  constructor(
    home: Home,
    created: (key: string) => Promise<unknown>,
    list: () => void,
    onFault: (fault: unknown) => void,
  ) {
    const root = join(home.store, modelsPrefix)
    this.#watcher = watch(root, { ignoreInitial: true, alwaysStat: false })
    this.ready = new Promise((resolve) => this.#watcher.once('ready', resolve))
    const settle = (path: string, afterMs = settleMs) => {
      clearTimeout(this.#pending.get(path))
      const timer = setTimeout(() => {
        this.#pending.delete(path)
        created(relative(home.store, path)).catch((fault) => {
          onFault(fault)
          if (!this.#stopped && !this.#pending.has(path)) settle(path, tellAgainMs)
        })
      }, afterMs)
      this.#pending.set(path, timer)
    }
    // A folder that is moved in whole may be read before it is watched, and a file in it be missed.
    const lookInto = (folder: string) => {
      const timer = setTimeout(() => {
        this.#pending.delete(`${folder}/`)
        try {
          for (const path of filesIn(folder)) if (!this.#pending.has(path)) settle(path)
        } catch (fault) {
          onFault(fault)
        }
      }, settleMs)
      this.#pending.set(`${folder}/`, timer)
    }
    this.#watcher
      .on('add', (path) => settle(path))
      .on('change', (path) => settle(path))
      .on('addDir', lookInto)
      .on('error', onFault)
    this.#timer = setInterval(list, listEveryMs).unref()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    for (const timer of this.#pending.values()) clearTimeout(timer)
    await this.#watcher.close()
  }
}

/** The files below a folder; none where it is gone again. */
function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
