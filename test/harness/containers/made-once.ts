import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

const cache = join(import.meta.dirname, '..', '..', '..', '.cache')

/**
 * A folder under .cache, complete or absent, made once a checkout: what takes long, and does not change.
 * @param name says what is in it and of which version @param make fills the empty folder it is given
 */
export async function madeOnce(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const place = join(cache, name)
  if (existsSync(place)) return place
  const draft = `${place}.draft-${process.pid}`
  await mkdir(draft, { recursive: true })
  try {
    await make(draft)
    // Whoever was first is as good.
    await rename(draft, place).catch((error) => {
      if (!existsSync(place)) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return place
}
