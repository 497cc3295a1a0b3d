import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import type { Clock, Registry } from '../ports.ts'

/** A record that was read longer ago is read again before it serves. */
export const recordFreshMs = 500

/** A record that is only being looked up again is waited for this long; then the last good one serves. */
export const rereadLimitMs = 50

/** A registry so slow that every read of it is too old when it ends is believed in the end. */
const mostAttempts = 3

/** What the hot path reads of the registry. */
export type RoutingRecords = Pick<Registry, 'model' | 'version' | 'versions'>

interface Known {
  readonly record: object
  readonly text: string
  /** When the read of it began: it is at least as new as that. */
  readonly asOf: number
}

/**
 * Records of the registry, never older than half a second as long as the registry can be read: whoever moves an alias
 * is obeyed everywhere within a second. A process may be frozen at any point and thawed hours later, so age is told by
 * the clock on the wall, from before a read began, and looked at again after it.
 */
export class RecentRecords implements RoutingRecords {
  readonly #registry: RoutingRecords
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()
  readonly #reading = new Map<string, { readonly since: number; readonly read: Promise<Known | undefined> }>()

  constructor(registry: RoutingRecords, clock: Clock) {
    this.#registry = registry
    this.#clock = clock
  }

  model(model: string): Promise<ModelRecord | undefined> {
    return this.#recent(model, () => this.#registry.model(model))
  }

  version(model: string, version: string): Promise<VersionRecord | undefined> {
    return this.#recent(`${model} ${version}`, () => this.#registry.version(model, version))
  }

  /** Asked only for models that nobody released: not worth remembering. */
  versions(model: string): Promise<readonly VersionRecord[]> {
    return this.#registry.versions(model)
  }

  async #recent<T extends object>(key: string, look: () => Promise<T | undefined>): Promise<T | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const known = this.#known.get(key)
      if (known !== undefined && this.#isFresh(known.asOf)) return known.record as T
      const { since, read } = this.#read(key, look)
      const found = await (known === undefined
        ? read
        : withinLimit(
            read.catch(() => known),
            known,
          ))
      // Frozen meanwhile: what was read, or not read in time, tells nothing about now.
      if (this.#isFresh(since) || attempt === mostAttempts) return found?.record as T | undefined
    }
  }

  /** One read of a key at a time, joined by whoever asks meanwhile, unless it began too long ago. */
  #read<T extends object>(key: string, look: () => Promise<T | undefined>) {
    const joined = this.#reading.get(key)
    if (joined !== undefined && this.#isFresh(joined.since)) return joined
    const since = this.#clock.now()
    const read = look().then((record) => this.#keep(key, record, since))
    const reading = { since, read }
    this.#reading.set(key, reading)
    const over = () => {
      if (this.#reading.get(key) === reading) this.#reading.delete(key)
    }
    read.then(over, over)
    return reading
  }

  /** What is not there is not remembered: strangers may ask for any number of names. */
  #keep(key: string, record: object | undefined, asOf: number): Known | undefined {
    if (record === undefined) {
      this.#known.delete(key)
      return undefined
    }
    const text = JSON.stringify(record)
    const before = this.#known.get(key)
    // An older read that ends late does not undo a newer one.
    if (before !== undefined && before.asOf > asOf) return before
    // An equal record stays the same object: what was prepared for it, a validator say, stays good.
    const known = { record: before?.text === text ? before.record : record, text, asOf }
    this.#known.set(key, known)
    return known
  }

  #isFresh(asOf: number): boolean {
    const age = this.#clock.now() - asOf
    // A clock that was set back tells nothing.
    return age >= 0 && age <= recordFreshMs
  }
}

/** What is read within the limit, else what is known. */
async function withinLimit<T>(read: Promise<T>, known: T): Promise<T> {
  const limit = Promise.withResolvers<T>()
  const timer = setTimeout(() => limit.resolve(known), rereadLimitMs)
  try {
    return await Promise.race([read, limit.promise])
  } finally {
    clearTimeout(timer)
  }
}
