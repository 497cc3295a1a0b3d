import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { type Access, grantsIn } from '../../lib/rules/access.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import { isTrustworthy, type TokenIssuer } from '../../lib/rules/token-issuer.ts'
import type { Callers } from './admission.ts'

/** Signatures that only their issuer can make: a key that verifies must never be one that signs. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
/** How far two clocks may be apart. */
const clockToleranceSeconds = 30
/** A request waits for the issuer no longer than this. */
const issuerLimitMs = 3000

/** Callers with tokens (JWT) of an issuer that the platform trusts. */
export class TokenCallers implements Callers {
  readonly #issuer: TokenIssuer
  #signingKeys: Promise<JWTVerifyGetKey> | undefined

  constructor(issuer: TokenIssuer) {
    this.#issuer = issuer
  }

  async identify(credential: string): Promise<Access> {
    const { issuer, audience, claim = 'scope' } = this.#issuer
    try {
      const { payload } = await jwtVerify(credential, await this.#keys(), {
        issuer,
        audience,
        algorithms,
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['sub', 'exp'],
      })
      return { actor: actorOf(payload), grants: grantsIn(wordsOf(payload[claim])) }
    } catch (error) {
      throw refusalOf(error)
    }
  }

  /** The issuer's keys, found once; jose reads them again where a token names one that is new. */
  #keys(): Promise<JWTVerifyGetKey> {
    this.#signingKeys ??= signingKeysOf(this.#issuer.issuer).catch((error) => {
      this.#signingKeys = undefined
      throw error
    })
    return this.#signingKeys
  }
}

/** Where an issuer's keys are, as its own description says. @throws Problem `issuer-unreachable` */
async function signingKeysOf(issuer: string): Promise<JWTVerifyGetKey> {
  const described = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  try {
    const response = await fetch(described, { signal: AbortSignal.timeout(issuerLimitMs), redirect: 'error' })
    if (!response.ok) throw new Error(`${described} answered ${response.status}`)
    const { issuer: told, jwks_uri: keys } = (await response.json()) as Record<string, unknown>
    if (told !== issuer || typeof keys !== 'string' || !isTrustworthy(keys))
      throw new Error(`${described} describes ${told} with its keys at ${keys}`)
    return createRemoteJWKSet(new URL(keys), { timeoutDuration: issuerLimitMs })
  } catch (error) {
    throw unreachable(error)
  }
}

function actorOf({ sub = '' }: JWTPayload): string {
  if (!/^[\x20-\x7e]{1,200}$/.test(sub))
    throw new Problem('not-signed-in', "the token's sub is none of 1 to 200 printable characters")
  return `token ${sub}`
}

function wordsOf(claim: unknown): string {
  return Array.isArray(claim) ? claim.map(String).join(' ') : typeof claim === 'string' ? claim : ''
}

function refusalOf(error: unknown): Problem {
  if (isProblem(error)) return error
  if (error instanceof errors.JWTExpired) return new Problem('not-signed-in', 'the token has expired')
  if (error instanceof errors.JWTClaimValidationFailed)
    return new Problem('not-signed-in', `the token's ${error.claim} is missing, or not what is allowed here`)
  if (error instanceof errors.JOSEAlgNotAllowed)
    return new Problem('not-signed-in', 'the token is not signed in a way that is allowed here')
  if (isOfTheIssuer(error)) return unreachable(error)
  return new Problem('not-signed-in', 'the token is none, or not signed by the issuer')
}

/** The issuer did not answer, or not with keys: no fault of the token. */
function isOfTheIssuer(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true
  return (
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === 'ERR_JOSE_GENERIC'
  )
}

function unreachable(cause: unknown): Problem {
  console.error(cause)
  return new Problem(
    'issuer-unreachable',
    'the keys of the issuer of tokens cannot be read; nobody is let in until they can',
  ).after(5)
}
