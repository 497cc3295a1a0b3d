import type { ApiKeyRecord } from '../../lib/rules/api-key.ts'
import type { ApiKeys, Clock } from '../ports.ts'

/** A key that was read longer ago is read again: a revocation holds everywhere within this, in milliseconds. */
export const keyFreshMs = 15_000

/** So many keys are remembered; who has more reads some of them again. */
const mostKept = 1000

/**
 * Keys, read again where they were read some time ago. What cannot be read again opens nothing, and what is not there
 * is not remembered: strangers may present any number of ids.
 */
export class RecentKeys implements Pick<ApiKeys, 'find'> {
  readonly #keys: Pick<ApiKeys, 'find'>
  readonly #clock: Clock
  readonly #known = new Map<string, { readonly key: ApiKeyRecord; readonly asOf: number }>()

  constructor(keys: Pick<ApiKeys, 'find'>, clock: Clock) {
    this.#keys = keys
    this.#clock = clock
  }

  async find(id: string): Promise<ApiKeyRecord | undefined> {
    const now = this.#clock.now()
    const known = this.#known.get(id)
    // A clock that was set back tells nothing.
    if (known !== undefined && now >= known.asOf && now - known.asOf < keyFreshMs) return known.key
    this.#known.delete(id)
    const key = await this.#keys.find(id)
    if (key !== undefined) this.#keep(id, key, now)
    return key
  }

  #keep(id: string, key: ApiKeyRecord, asOf: number): void {
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size >= mostKept) this.#known.delete(oldest)
    this.#known.set(id, { key, asOf })
  }
}
