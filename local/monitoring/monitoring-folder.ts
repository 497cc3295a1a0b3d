import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { MonitoringStore } from '../../lambdas/monitoring-ports.ts'
import { draftPrefix, onDisk, unless } from '../on-disk.ts'

/** What monitoring leaves for itself, each document a file. */
export class MonitoringFolder implements MonitoringStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async read(key: string): Promise<string | undefined> {
    return readFile(join(this.#folder, key), 'utf8').catch(unless('ENOENT'))
  }

  async write(key: string, text: string): Promise<void> {
    const path = join(this.#folder, key)
    const draft = join(dirname(path), `${draftPrefix}${randomUUID()}`)
    await mkdir(dirname(path), { recursive: true })
    try {
      const file = await open(draft, 'wx')
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(draft, path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
    await onDisk(dirname(path))
  }

  async list(prefix: string): Promise<readonly string[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    const entries = await readdir(join(this.#folder, folder), { recursive: true, withFileTypes: true }).catch(
      unless('ENOENT'),
    )
    return (entries ?? [])
      .filter((entry) => entry.isFile() && !entry.name.startsWith(draftPrefix))
      .map(({ parentPath, name }) => join(parentPath, name).slice(join(this.#folder, '/').length))
      .filter((key) => key.startsWith(prefix))
      .sort()
  }

  async remove(key: string): Promise<void> {
    await rm(join(this.#folder, key), { force: true })
  }
}
