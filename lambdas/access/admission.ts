import { type Access, decideAccess, requiredAccess } from '../../lib/rules/access.ts'
import { Problem } from '../../lib/rules/problem.ts'

/** Knows callers by what they present: a key or a token. */
export interface Callers {
  /** @throws Problem `not-signed-in`, `issuer-unreachable` */
  identify(credential: string): Promise<Access>
}

/** What of a request decides whether it is let in. Its body is not read for that. */
export interface KnockingRequest {
  readonly method: string
  /** As `checkedPath` returned it. */
  readonly path: string
  readonly authorization: string | undefined
  readonly apiKey: string | undefined
}

/**
 * Let a request in, or not: the one rule of every gateway of ours.
 * @returns who calls. @throws Problem `not-signed-in`, `scope-missing`, `issuer-unreachable`
 */
export async function admit(callers: Callers, request: KnockingRequest): Promise<Access> {
  const credential = credentialOf(request)
  if (credential === undefined)
    throw new Problem(
      'not-signed-in',
      'the request says not who calls; send Authorization: Bearer KEY, or X-Api-Key: KEY',
    )
  const access = await callers.identify(credential)
  const decision = decideAccess(access, requiredAccess(request.method, request.path))
  if (!decision.allowed)
    throw new Problem('scope-missing', `${access.actor} may not do this; it needs ${decision.missing}`)
  return access
}

function credentialOf({ authorization, apiKey }: KnockingRequest): string | undefined {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? []
  return bearer ?? (apiKey === '' ? undefined : apiKey)
}
