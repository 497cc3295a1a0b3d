import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Make a file, or the names in a folder, outlive a power cut: a rename or a link is on disk only once the folder that
 * it changed is.
 */
export async function onDisk(path: string): Promise<void> {
  const opened = await open(path, 'r')
  try {
    await opened.sync()
  } catch (error) {
    // Not every system lets a folder be synchronised.
    if (!Error.isError(error) || !('code' in error) || error.code !== 'EINVAL') throw error
  } finally {
    await opened.close()
  }
}

/** Drafts of the platform itself begin with this, so that the next process knows whose they were. */
export const draftPrefix = 'draft-'

/** An upload by another process that has not moved for this long is taken for dead. */
const deadUploadMs = 24 * 3600 * 1000

/**
 * Remove the drafts that this platform's earlier processes left in a folder when they were killed: nobody else owns its
 * home.
 */
export async function removeOwnDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith(draftPrefix)) await rm(join(folder, name), { recursive: true, force: true })
}

/**
 * Remove uploads that other processes began to make ready in a folder, and that have not changed for a day.
 * @param now milliseconds since the epoch
 */
export async function removeDeadUploads(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const draft = join(folder, name)
    if (now - (await lastChange(draft)) > deadUploadMs) await rm(draft, { recursive: true, force: true })
  }
}

/** When anything in a draft was last changed, as far as this machine's disk knows. */
async function lastChange(draft: string): Promise<number> {
  const inside = await readdir(draft, { recursive: true }).catch(() => [])
  const times = await Promise.all(
    ['', ...inside].map((path) =>
      stat(join(draft, path)).then(
        ({ ctimeMs }) => ctimeMs,
        () => 0,
      ),
    ),
  )
  return Math.max(...times)
}

/** Take one kind of system error for an answer, and no other. */
export function unless(...codes: string[]): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error
  }
}
