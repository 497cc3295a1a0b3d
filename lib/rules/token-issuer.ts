/** Whose tokens (JWT) are good, and how they say what their bearer may do. */
export interface TokenIssuer {
  /** As it stands in `iss`: an https address under which `.well-known/openid-configuration` lies. */
  readonly issuer: string
  /** What must stand in `aud`. */
  readonly audience: string
  /** The claim with the bearer's grants: a text such as `invoke:churn promote:*`, or a list of such. @default 'scope' */
  readonly claim?: string
}

/** Whether nobody on the way to an address can put in keys of their own: https, or this machine. */
export function isTrustworthy(address: string): boolean {
  const url = URL.parse(address)
  if (url === null) return false
  const here = url.hostname === 'localhost' || url.hostname === '127.0.0.1'
  return url.protocol === 'https:' || (here && url.protocol === 'http:')
}
