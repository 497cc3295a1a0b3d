import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { environment } from '../../lib/wiring/environment.ts'
import { audience, type Issuer, startIssuer } from '../access/issuer.ts'
import { httpAuthorizerEvent } from './gateway-events.ts'

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer()
})
afterAll(() => issuer.close())
beforeEach(() => {
  jest.resetModules()
  jest.spyOn(console, 'info').mockImplementation(() => {})
  process.env[environment.table] = 'table'
})

/** The function as Lambda loads it, told so by its environment. */
async function loaded(callers: string, tokenIssuer: object = {}) {
  process.env[environment.callers] = callers
  process.env[environment.tokenIssuer] = JSON.stringify(tokenIssuer)
  return (await import('../../lambdas/aws/authorizer.ts')).handler
}

test('takes tokens where it is told of their issuer, and no key', async () => {
  const handler = await loaded('jwt', { issuer: issuer.url, audience, claim: 'grants' })
  const asked = (token: string) =>
    handler(httpAuthorizerEvent('POST', '/models/alpha/invocations', { authorization: `Bearer ${token}` }))
  expect(await asked(await issuer.token({ grants: ['invoke:alpha'] }))).toEqual({
    isAuthorized: true,
    context: { actor: 'token shop', grants: 'invoke:alpha' },
  })
  expect(await asked(await issuer.token({ grants: ['invoke:beta'] }))).toEqual({ isAuthorized: false })
  expect(await asked('sluice_0707070707070707_x')).toEqual({ isAuthorized: false })
})

test('takes keys where it is told so, and no token', async () => {
  const handler = await loaded('keys')
  const authorization = `Bearer ${await issuer.token({ scope: 'admin:*' })}`
  expect(await handler(httpAuthorizerEvent('GET', '/models', { authorization }))).toEqual({
    isAuthorized: false,
  })
})

test.each(['iam', 'everybody', 'KEYS'])(
  'does not start where callers are %s: a gateway lets nobody in then',
  async (kind) => {
    await expect(loaded(kind)).rejects.toThrow(`no callers of the kind '${kind}'`)
  },
)
