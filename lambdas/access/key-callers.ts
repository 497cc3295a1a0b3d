import type { Access } from '../../lib/rules/access.ts'
import { judgeKey, parseKey } from '../../lib/rules/api-key.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type { ApiKeys, Clock } from '../ports.ts'
import type { Callers } from './admission.ts'

/** Callers with keys of ours. */
export class KeyCallers implements Callers {
  readonly #keys: Pick<ApiKeys, 'find'>
  readonly #clock: Clock

  constructor(keys: Pick<ApiKeys, 'find'>, clock: Clock) {
    this.#keys = keys
    this.#clock = clock
  }

  async identify(credential: string): Promise<Access> {
    const presented = parseKey(credential)
    if (presented === undefined)
      throw new Problem(
        'not-signed-in',
        'what was sent is no key: a letter was mistyped, or a part is missing',
      )
    const verdict = judgeKey(await this.#keys.find(presented.id), presented, this.#clock.now())
    if (!verdict.good) throw new Problem('not-signed-in', verdict.reason)
    return verdict.access
  }
}
