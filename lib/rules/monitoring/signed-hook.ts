import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'

/** What a secret begins with, so that it is found where it must not be. */
export const secretMark = 'whsec_'

/** The secrets that a model's webhooks are signed with. */
export interface HookSecrets {
  readonly secret: string
  /** RFC 3339, UTC. */
  readonly madeAt: string
  /** The one before, which signs beside it until then: who checks signatures has time to take the new one. */
  readonly former?: { readonly secret: string; readonly until: string }
}

/** A secret that was replaced signs for so long. */
export const formerSecretMs = 24 * 3_600_000

/** @param random 32 bytes of chance */
export function hookSecret(random: Uint8Array): string {
  return `${secretMark}${base64(random)}`
}

export function renewedSecrets(known: HookSecrets | undefined, secret: string, now: number): HookSecrets {
  const madeAt = new Date(now).toISOString()
  if (known === undefined) return { secret, madeAt }
  return {
    secret,
    madeAt,
    former: { secret: known.secret, until: new Date(now + formerSecretMs).toISOString() },
  }
}

/**
 * The headers that say who tells, as Standard Webhooks has them: HMAC-SHA256 over `{id}.{timestamp}.{body}`, in Base64, one for
 * each secret that is good.
 * @param now milliseconds since the epoch @see https://www.standardwebhooks.com
 */
export function signedHeaders(
  id: string,
  body: string,
  secrets: HookSecrets,
  now: number,
): Record<string, string> {
  const seconds = Math.floor(now / 1000)
  const { secret, former } = secrets
  const good = [secret, ...(former !== undefined && now < Date.parse(former.until) ? [former.secret] : [])]
  // Dots part what is signed, so that there is none in the id; no version has a `_`.
  const plainId = id.replaceAll('.', '_')
  const signed = utf8ToBytes(`${plainId}.${seconds}.${body}`)
  return {
    'webhook-id': plainId,
    'webhook-timestamp': String(seconds),
    'webhook-signature': good.map((one) => `v1,${base64(hmac(sha256, keyOf(one), signed))}`).join(' '),
  }
}

function keyOf(secret: string): Uint8Array {
  return Uint8Array.from(atob(secret.slice(secretMark.length)), (char) => char.charCodeAt(0))
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
