import type { Callers } from '../lambdas/access/admission.ts'
import { KeyCallers } from '../lambdas/access/key-callers.ts'
import type { ApiKeys, Clock } from '../lambdas/ports.ts'
import type { Access } from '../lib/rules/access.ts'
import { looksLikeKey, parseKey } from '../lib/rules/api-key.ts'
import { Problem } from '../lib/rules/problem.ts'
import type { TokenIssuer } from '../lib/rules/token-issuer.ts'
import { ownerKeyMaker } from './owner-key.ts'

/** How a platform on a laptop asks who calls: by its own keys, or by tokens of an issuer. */
export type LaptopAuth = { readonly kind: 'keys' } | ({ readonly kind: 'jwt' } & TokenIssuer)

/** @returns who may call a platform on a laptop */
export async function laptopCallers(auth: LaptopAuth, keys: ApiKeys, clock: Clock): Promise<Callers> {
  const byKey = new KeyCallers(keys, clock)
  if (auth.kind === 'keys') return byKey
  const { TokenCallers } = await import('../lambdas/access/token-callers.ts')
  return new TokensAndOwner(new TokenCallers(auth), byKey, keys)
}

/** Callers with tokens, and the key of the home: who can read the home can do all that the key can. */
class TokensAndOwner implements Callers {
  readonly #byToken: Callers
  readonly #byKey: Callers
  readonly #keys: ApiKeys

  constructor(byToken: Callers, byKey: Callers, keys: ApiKeys) {
    this.#byToken = byToken
    this.#byKey = byKey
    this.#keys = keys
  }

  async identify(credential: string): Promise<Access> {
    if (!looksLikeKey(credential)) return this.#byToken.identify(credential)
    const access = await this.#byKey.identify(credential)
    const key = await this.#keys.find(parseKey(credential)?.id ?? '')
    if (key?.createdBy !== ownerKeyMaker)
      throw new Problem('not-signed-in', 'this platform takes tokens, and no key but that of its home')
    return access
  }
}
