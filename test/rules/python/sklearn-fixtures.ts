import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPickleFile, type Unread } from '../../../lib/rules/python/pickle-file.ts'
import type { PickledValue } from '../../../lib/rules/python/pickle-stream.ts'
import { readSkopsFile } from '../../../lib/rules/python/skops-archive.ts'

export const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'sklearn')

/** What scikit-learn itself says of a model. */
export interface Truth {
  readonly estimator: string
  readonly features: number | null
  readonly names: readonly string[] | null
  readonly classes: number | null
  /** NumPy's letter for the type of an answer. */
  readonly kind: string
  /** Of one record's answer. */
  readonly shape: readonly number[]
  readonly probabilities: boolean
}

export function fixtureJson<T>(file: string): T {
  return JSON.parse(readFileSync(join(fixtures, file), 'utf8')) as T
}

export function fixtureBytes(file: string): Uint8Array {
  return new Uint8Array(readFileSync(join(fixtures, file)))
}

/** What a file of any of the formats says, or that nothing could be read of it. */
export function readModelFile(file: string, bytes: Uint8Array): PickledValue | Unread {
  return file.endsWith('.skops') ? readSkopsFile(bytes) : readPickleFile(bytes)
}

/** The same, of a fixture that can be read. */
export function readFixture(file: string): PickledValue {
  const found = readModelFile(file, fixtureBytes(file))
  if ('unread' in found) throw new Error(`${file}: ${found.unread}`)
  return found
}
