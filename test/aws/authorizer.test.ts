import { beforeEach, describe, expect, jest, test } from '@jest/globals'
import { admit } from '../../lambdas/access/admission.ts'
import { KeyCallers } from '../../lambdas/access/key-callers.ts'
import { authorizerOver } from '../../lambdas/aws/authorizer-answer.ts'
import type { Scope } from '../../lib/rules/access.ts'
import { type ApiKeyRecord, formKey, keyHash } from '../../lib/rules/api-key.ts'
import { httpAuthorizerEvent, restAuthorizerEvent } from './gateway-events.ts'

const now = Date.parse('2026-03-01T10:00:00Z')
const stored = new Map<string, ApiKeyRecord>()
let fault: Error | undefined

function newKey(number: number, scopes: readonly Scope[], models: readonly string[], more = {}): string {
  const key = formKey(new Uint8Array(8).fill(number), new Uint8Array(32).fill(number))
  const [createdAt, createdBy] = ['2026-01-01T00:00:00.000Z', 'ada']
  stored.set(key.id, {
    id: key.id,
    name: `key-${number}`,
    hash: keyHash(key),
    scopes,
    models,
    createdAt,
    createdBy,
    ...more,
  })
  return key.text
}

const invoker = newKey(1, ['invoke'], ['alpha'])
const admin = newKey(2, ['admin'], ['*'])
const revoked = newKey(3, ['admin'], ['*'], { revokedAt: '2026-02-01T00:00:00.000Z' })
const expired = newKey(4, ['admin'], ['*'], { expiresAt: '2026-02-01T00:00:00.000Z' })

const find = async (id: string) => {
  if (fault !== undefined) throw fault
  return stored.get(id)
}
const authorize = authorizerOver((request) => admit(new KeyCallers({ find }, { now: () => now }), request))

beforeEach(() => {
  fault = undefined
  jest.restoreAllMocks()
  jest.spyOn(console, 'info').mockImplementation(() => {})
  jest.spyOn(console, 'error').mockImplementation(() => {})
})

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const alpha = '/models/alpha/invocations'
const context = { actor: 'key key-1 (0101010101010101)', grants: 'invoke:alpha' }

describe('an HTTP API', () => {
  test.each([
    ['authorization', `Bearer ${invoker}`],
    ['authorization', `bearer ${invoker}`],
    ['authorization', `BEARER   ${invoker} `],
    ['x-api-key', invoker],
  ])('lets a caller in whose key comes as %s: %s', async (name, value) => {
    const answer = await authorize(httpAuthorizerEvent('POST', alpha, { [name]: value }))
    expect(answer).toEqual({ isAuthorized: true, context })
  })

  test.each([
    ['nothing', {}],
    ['an empty header', { authorization: '' }],
    ['an empty key', { 'x-api-key': '' }],
    ['another scheme', { authorization: `Basic ${invoker}` }],
    ['no scheme', { authorization: invoker }],
    ['a scheme alone', { authorization: 'Bearer ' }],
    ['two keys', { authorization: `Bearer ${invoker}, Bearer ${invoker}` }],
    ['a mistyped key', bearer(`${invoker.slice(0, -1)}?`)],
    ['a revoked key', bearer(revoked)],
    ['an expired key', bearer(expired)],
    ['a key nobody made', bearer(formKey(new Uint8Array(8).fill(1), new Uint8Array(32).fill(9)).text)],
    ['a name of what every object has', bearer('constructor')],
  ])('lets nobody in with %s', async (_, headers) => {
    expect(await authorize(httpAuthorizerEvent('POST', alpha, headers))).toEqual({ isAuthorized: false })
  })

  test.each([
    ['POST', '/models/beta/invocations'],
    ['POST', '/models/alpha/promotions'],
    ['GET', '/models/beta'],
    ['GET', '/nowhere'],
    ['POST', '/models/beta/../alpha/invocations'],
    ['POST', '/models/%61lpha/invocations'],
    ['POST', '/models/alpha/invocations/'],
    ['POST', '/models/*/invocations'],
    ['POST', ''],
  ])('does not let a key of one model further than that: %s %s', async (method, path) => {
    expect(await authorize(httpAuthorizerEvent(method, path, bearer(invoker)))).toEqual({
      isAuthorized: false,
    })
  })

  test.each(['/models/beta/../alpha/invocations', '/models/%61lpha/invocations', '//models', '/models/a b'])(
    'does not let a path in that no path here is, whoever asks: %s',
    async (path) => {
      expect(await authorize(httpAuthorizerEvent('POST', path, bearer(admin)))).toEqual({
        isAuthorized: false,
      })
    },
  )

  test.each(['/keys', '/keys/0101010101010101', '/keys/', '/keys/a/b'])(
    'lets no key near keys, not even one that may do everything: %s',
    async (path) => {
      for (const method of ['GET', 'POST', 'DELETE'])
        expect(await authorize(httpAuthorizerEvent(method, path, bearer(admin)))).toEqual({
          isAuthorized: false,
        })
      expect(await authorize(httpAuthorizerEvent('GET', '/models', bearer(admin)))).toMatchObject({
        isAuthorized: true,
      })
    },
  )

  test("lets nobody in where keys cannot be read, or its question cannot, and does not call it the key's fault", async () => {
    const bare = httpAuthorizerEvent('POST', alpha)
    for (const event of [{ ...bare, rawPath: undefined }, { version: '2.0' }])
      await expect(authorize(event as never)).rejects.toThrow(/cannot be told now/)
    const { headers: _, ...silent } = bare
    expect(await authorize(silent)).toEqual({ isAuthorized: false })
    fault = new Error('the table does not answer')
    await expect(authorize(httpAuthorizerEvent('POST', alpha, bearer(invoker)))).rejects.toThrow(
      /cannot be told now/,
    )
  })

  test('says why in the log, and never writes the key', async () => {
    const log = jest.spyOn(console, 'info')
    await authorize(httpAuthorizerEvent('POST', '/models/beta/invocations', bearer(invoker)))
    await authorize(httpAuthorizerEvent('POST', alpha, bearer(`${invoker.slice(0, -1)}?`)))
    const said = log.mock.calls.flat().join('\n')
    expect(said).toContain(
      '"refused":"scope-missing","reason":"key key-1 (0101010101010101) may not do this; it needs invoke:beta',
    )
    expect(said).toContain('not-signed-in')
    expect(said).not.toContain(invoker.slice(24))
  })
})

describe('a REST API', () => {
  test.each(['Authorization', 'authorization', 'AUTHORIZATION'])(
    'lets a caller in, for exactly the path that was asked for: %s',
    async (name) => {
      const event = restAuthorizerEvent('POST', alpha, { [name]: `Bearer ${invoker}` })
      expect(await authorize(event)).toEqual({
        principalId: context.actor,
        policyDocument: {
          Version: '2012-10-17',
          Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: event.methodArn }],
        },
        context,
      })
    },
  )

  test.each([{}, null, bearer(revoked), { 'X-Api-Key': 'none' }])(
    'says 401 to those it does not know: %j',
    async (headers) => {
      await expect(authorize(restAuthorizerEvent('POST', alpha, headers))).rejects.toThrow(/^Unauthorized$/)
    },
  )

  test.each([
    ['POST', '/models/beta/invocations', /scope-missing: .* invoke:beta/],
    ['POST', '/models/beta/%2e%2e/alpha/invocations', /path-malformed/],
    ['POST', '/models/%2561lpha/invocations', /path-malformed/],
    ['POST', '/models/*/invocations', /path-malformed/],
    ['POST', '/models/?/invocations', /path-malformed/],
    ['GET', '/%6beys', /path-malformed/],
    ['GET', '/keys', /scope-missing: keys are made/],
    ['DELETE', '/keys/0101010101010101', /scope-missing: keys are made/],
  ])('refuses with its reason: %s %s', async (method, path, reason) => {
    const answer = await authorize(restAuthorizerEvent(method, path, bearer(invoker)))
    expect(answer.policyDocument.Statement[0]).toMatchObject({ Effect: 'Deny', Resource: '*' })
    expect(answer.context).toEqual({ reason: expect.stringMatching(reason) })
  })

  test('reads a path as the function behind it does: ^ and ~ of a range decoded once', async () => {
    const event = restAuthorizerEvent('POST', '/models/alpha/versions/%5E1.2/invocations', bearer(invoker))
    const { policyDocument } = await authorize(event)
    expect(policyDocument.Statement[0]).toMatchObject({ Effect: 'Allow', Resource: event.methodArn })
  })

  test('allows no pattern, whatever the name of the method says', async () => {
    for (const methodArn of [
      '*',
      'arn:aws:execute-api:eu-central-1:1:a/prod/*',
      'arn:aws:execute-api:eu-central-1:1:a/prod/POST/models/a?pha',
    ])
      expect(
        (await authorize({ ...restAuthorizerEvent('POST', alpha, bearer(admin)), methodArn })).policyDocument
          .Statement[0].Effect,
      ).toBe('Deny')
  })

  test('is told nothing where keys cannot be read, and lets nobody in', async () => {
    fault = new Error('the table does not answer')
    await expect(authorize(restAuthorizerEvent('POST', alpha, bearer(invoker)))).rejects.toThrow(
      /cannot be told now/,
    )
  })
})
