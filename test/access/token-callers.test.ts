import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { base64url, exportSPKI, generateKeyPair } from 'jose'
import { TokenCallers } from '../../lambdas/access/token-callers.ts'
import type { ProblemCode } from '../../lib/rules/problem.ts'
import { audience, type Issuer, startIssuer } from './issuer.ts'

let issuer: Issuer
let callers: TokenCallers
beforeAll(async () => {
  issuer = await startIssuer()
  await issuer.rotate('elliptic', 'ES256')
  callers = new TokenCallers({ issuer: issuer.url, audience })
})
afterAll(() => issuer.close())
beforeEach(() => {
  issuer.broken = false
  issuer.description = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }
})

const seconds = () => Math.floor(Date.now() / 1000)

async function refused(token: string, told: RegExp, code: ProblemCode = 'not-signed-in', by = callers) {
  await expect(by.identify(token)).rejects.toMatchObject({ code, message: expect.stringMatching(told) })
}

describe('a token', () => {
  test.each(['first', 'elliptic'])('signed with the key %s says who calls, and what for', async (kid) => {
    expect(
      await callers.identify(await issuer.token({ scope: 'openid invoke:alpha promote:*' }, { kid })),
    ).toEqual({
      actor: 'token shop',
      grants: [
        { scope: 'invoke', model: 'alpha' },
        { scope: 'promote', model: '*' },
      ],
    })
  })

  test.each([
    [['invoke:alpha', 'profile'], [{ scope: 'invoke', model: 'alpha' }]],
    [undefined, []],
    [7, []],
    [{ admin: '*' }, []],
    ['admin', []],
    ['ADMIN:*', []],
    ['admin:*\u0000', []],
  ])('with the scope %j opens %j', async (scope, grants) => {
    expect((await callers.identify(await issuer.token({ scope }))).grants).toEqual(grants)
  })

  test('may carry its grants in another claim, and then in no other', async () => {
    const other = new TokenCallers({ issuer: issuer.url, audience, claim: 'permissions' })
    const token = await issuer.token({ scope: 'admin:*', permissions: ['invoke:beta'] })
    expect((await other.identify(token)).grants).toEqual([{ scope: 'invoke', model: 'beta' }])
  })

  test('for several audiences is good for each', async () => {
    const token = await issuer.token({ aud: ['others', audience] })
    expect((await callers.identify(token)).actor).toBe('token shop')
  })

  test('is good a little after its end, for a clock that is late, and no longer', async () => {
    await callers.identify(await issuer.token({ exp: seconds() - 20 }))
    await callers.identify(await issuer.token({ nbf: seconds() + 20 }))
    await refused(await issuer.token({ exp: seconds() - 40 }), /has expired/)
    await refused(await issuer.token({ nbf: seconds() + 40 }), /nbf is missing, or not what is allowed/)
  })

  test.each([
    ['of another issuer', { iss: 'https://evil.example' }, /iss/],
    ['of an issuer that begins alike', { iss: 'http://127.0.0.1:1' }, /iss/],
    ['of no issuer', { iss: undefined }, /iss/],
    ['for another audience', { aud: 'others' }, /aud/],
    ['for nobody', { aud: undefined }, /aud/],
    ['without an end', { exp: undefined }, /exp/],
    ['without a subject', { sub: undefined }, /sub/],
    ['with a subject that would break a line of the history', { sub: 'shop\nada' }, /sub/],
    ['with an empty subject', { sub: '' }, /sub/],
  ])('%s is refused', async (_, claims, told) => {
    await refused(await issuer.token(claims), told)
  })

  test('signed by another with the name of a key is refused', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    await refused(await issuer.token({}, { key: privateKey }), /not signed by the issuer/)
  })

  test('with a key that the issuer has not is refused', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    await refused(await issuer.token({}, { key: privateKey, kid: 'unknown' }), /not signed by the issuer/)
  })

  test('that is not signed at all is refused', async () => {
    const part = (value: object) => base64url.encode(JSON.stringify(value))
    const claims = { iss: issuer.url, aud: audience, sub: 'eve', exp: seconds() + 600, scope: 'admin:*' }
    for (const alg of ['none', 'None', 'NONE', ''])
      await refused(`${part({ alg, kid: 'first' })}.${part(claims)}.`, /none|not signed/)
  })

  test('signed with the public key as if it were a shared secret is refused', async () => {
    const publicKey = await issuer.rotate('public')
    const secret = new TextEncoder().encode(await exportSPKI(publicKey))
    for (const alg of ['HS256', 'HS384', 'HS512'])
      await refused(await issuer.token({}, { alg, kid: 'public', key: secret }), /not signed in a way/)
  })

  test('with one letter changed anywhere is refused', async () => {
    const token = await issuer.token()
    const [head = '', claims = '', signature = ''] = token.split('.')
    const admin = base64url.encode(
      JSON.stringify({ iss: issuer.url, aud: audience, sub: 'shop', exp: seconds() + 600, scope: 'admin:*' }),
    )
    await refused(`${head}.${admin}.${signature}`, /not signed by the issuer/)
    for (const changed of [
      `${head}x.${claims}.${signature}`,
      `${head}.${claims}.${signature.slice(0, -8)}`,
      `${head}.${claims}`,
      'a.b.c',
      '..',
      'x',
    ])
      await refused(changed, /not signed by the issuer|is none|not signed in a way/)
  })
})

describe('an issuer', () => {
  test('is asked for its keys once, however many call', async () => {
    const own = await startIssuer()
    const mine = new TokenCallers({ issuer: own.url, audience })
    await Promise.all(Array.from({ length: 20 }, async () => mine.identify(await own.token())))
    expect(own.asked.toSorted()).toEqual(['/.well-known/openid-configuration', '/keys'])
    await own.close()
  })

  test('that cannot be read lets nobody in, and everybody again afterwards', async () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {})
    const mine = new TokenCallers({ issuer: issuer.url, audience })
    const token = await issuer.token()
    issuer.broken = true
    await refused(token, /cannot be read/, 'issuer-unreachable', mine)
    issuer.broken = false
    expect((await mine.identify(token)).actor).toBe('token shop')
    const nobody = new TokenCallers({ issuer: 'http://127.0.0.1:1', audience })
    await refused(token, /cannot be read/, 'issuer-unreachable', nobody)
    log.mockRestore()
  })

  test.each([
    ['says that it is another', { issuer: 'https://evil.example' }],
    ['keeps its keys where anybody on the way can change them', { jwks_uri: 'http://keys.example/keys' }],
    ['has its keys in a text instead of at an address', { jwks_uri: 'data:application/json,KEYS' }],
    ['has its keys nowhere', { jwks_uri: undefined }],
  ])('that %s is not believed', async (_, lie) => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {})
    const keys = await (await fetch(`${issuer.url}/keys`)).text()
    const described = JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, ...lie })
    issuer.description = JSON.parse(described.replace('KEYS', encodeURIComponent(keys)))
    const mine = new TokenCallers({ issuer: issuer.url, audience })
    await refused(await issuer.token(), /cannot be read/, 'issuer-unreachable', mine)
    log.mockRestore()
  })
})
