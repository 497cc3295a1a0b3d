import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'

export const audience = 'sluice'

/** Who issues tokens: a server with a description and a set of keys, as OpenID Connect has them. */
export interface Issuer {
  readonly url: string
  /** What it describes itself as; a test may lie. */
  description: Record<string, unknown>
  /** What is asked of it so far, by path. */
  readonly asked: string[]
  /** Whether it answers with a fault. */
  broken: boolean
  /** A key that it signs with from now on, beside the others. */
  rotate(kid: string, alg?: string): Promise<CryptoKey>
  /** A token, right in every way but those that are named. */
  token(claims?: Record<string, unknown>, how?: Signed): Promise<string>
  close(): Promise<void>
}

export interface Signed {
  readonly alg?: string
  readonly kid?: string
  readonly key?: CryptoKey | Uint8Array
}

export async function startIssuer(): Promise<Issuer> {
  const keys: Record<string, unknown>[] = []
  const signers = new Map<string, { readonly alg: string; readonly key: CryptoKey }>()
  const server = createServer((request, response) => {
    issuer.asked.push(request.url ?? '')
    response.statusCode = issuer.broken ? 500 : 200
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(request.url === '/keys' ? { keys } : issuer.description))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer: Issuer = {
    url,
    description: { issuer: url, jwks_uri: `${url}/keys` },
    asked: [],
    broken: false,
    rotate: async (kid, alg = 'RS256') => {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
      keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })
      signers.set(kid, { alg, key: privateKey })
      return publicKey
    },
    token: (claims = {}, { kid = 'first', alg, key } = {}) => {
      const signer = signers.get(kid)
      const now = Math.floor(Date.now() / 1000)
      const all = {
        iss: url,
        aud: audience,
        sub: 'shop',
        iat: now,
        exp: now + 600,
        scope: 'invoke:alpha',
        ...claims,
      }
      return new SignJWT(all)
        .setProtectedHeader({ alg: alg ?? signer?.alg ?? 'RS256', kid, typ: 'JWT' })
        .sign(key ?? signer?.key ?? new Uint8Array())
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  await issuer.rotate('first')
  return issuer
}
