import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const keyBytes = 32

/** What a home hashes values with: made once, readable by its owner alone. Without it nobody finds a value by trying them all. */
export function captureKeyOf(home: string): Uint8Array {
  const path = join(home, 'capture-key')
  try {
    writeFileSync(path, randomBytes(keyBytes), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(path)
}
