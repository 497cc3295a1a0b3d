import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { PlatformClient } from '../../cli/platform-client.ts'
import { Problem, type ProblemCode, problemDocument } from '../../lib/rules/problem.ts'
import { refused } from '../harness/refused.ts'

let server: Server
let client: PlatformClient
let asked = 0
let received:
  | { readonly url?: string | undefined; readonly headers: IncomingHttpHeaders; readonly body: string }
  | undefined
let answers: { readonly status: number; readonly body: string; readonly date?: string }[]
beforeAll(async () => {
  server = createServer(async (request, response) => {
    asked += 1
    received = { url: request.url, headers: request.headers, body: await text(request) }
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    const { status = 200, body, date } = answer ?? {}
    response.writeHead(status, date === undefined ? {} : { date }).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  client = new PlatformClient(`http://a1b2c3d4.execute-api.localhost:${port}`)
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-west-1',
  })
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked = 0
})
const invoke = () => client.invoke('iris', '', '{}', 'application/json')

describe('what a gateway answers by itself', () => {
  test.each<[number, string, ProblemCode, RegExp]>([
    [403, '{"message":"Forbidden"}', 'access-refused', /\(Forbidden\).*AKIAEXAMPLE.*eu-west-1.*sts/],
    // A REST API's has the shape of a problem, and cannot know who asked.
    [
      403,
      JSON.stringify({
        ...problemDocument(new Problem('access-refused', 'the signature is wrong, or too old'), 'r1', '/'),
        message: 'Signature expired',
      }),
      'access-refused',
      /\(Signature expired\).*AKIAEXAMPLE.*eu-west-1.*sts/,
    ],
    [401, '{"message":"Unauthorized"}', 'access-refused', /\(Unauthorized\)/],
    [404, '{"message":"Not Found"}', 'usage', /no such path/],
    [413, '{"message":"Request Entity Too Large"}', 'body-too-large', /10 MB/],
    [429, '{"message":"Too Many Requests"}', 'platform-unreachable', /try again/],
    [503, '{"message":"Service Unavailable"}', 'platform-unreachable', /try again/],
    [500, '{"message":"Internal Server Error"}', 'platform-fault', /answered 500/],
    [502, '<html>', 'platform-unreachable', /no message/],
  ])('with %i %s is a problem: %s', async (status, body, code, told) => {
    answers = [{ status, body }]
    const problem = await refused(invoke())
    expect(problem.code).toBe(code)
    expect(problem.message).toMatch(told)
    expect(asked).toBe(1)
  })

  test('tells a clock that is wrong, and only that', async () => {
    const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toUTCString()
    answers = [{ status: 403, body: '{"message":"Forbidden"}', date: at(-20) }]
    expect((await refused(invoke())).message).toMatch(/clock is 20 minutes ahead/)
    answers = [{ status: 403, body: '{"message":"Forbidden"}', date: at(20) }]
    expect((await refused(invoke())).message).toMatch(/clock is 20 minutes behind/)
    answers = [{ status: 403, body: '{"message":"Forbidden"}', date: at(1) }]
    expect((await refused(invoke())).message).not.toMatch(/clock/)
  })

  test('is no reason to stop watching, where it passes', async () => {
    const busy = { status: 429, body: '{"message":"Too Many Requests"}' }
    answers = [busy, busy, { status: 200, body: '{"models": []}' }]
    expect(await client.models()).toEqual([])
    expect(asked).toBe(3)
  })

  test('is not asked for again where something would be done twice', async () => {
    answers = [{ status: 503, body: '{"message":"Service Unavailable"}' }]
    await refused(client.promote('iris', { version: '1.0.0' }))
    expect(asked).toBe(1)
  })
})

test('a request is signed for the gateway and its Region, with the digest of exactly the body that arrives', async () => {
  answers = [{ status: 200, body: '{}' }]
  await client.invoke('iris', '', '{"x": "süß"}', 'application/json')
  const { headers, body } = received ?? { headers: {}, body: '' }
  expect(body).toBe('{"x": "süß"}')
  expect(headers.authorization).toMatch(/Credential=AKIAEXAMPLE\/\d{8}\/eu-west-1\/execute-api\/aws4_request/)
  expect(headers.authorization).toMatch(/SignedHeaders=[^,]*\bhost;x-amz-content-sha256;x-amz-date\b/)
  expect(headers['x-amz-content-sha256']).toBe(createHash('sha256').update(body).digest('hex'))
})

describe('a request with a key', () => {
  const key = 'sluice_0707070707070707_secret'
  const withKey = () => new PlatformClient(client.url, key)

  test('carries it, and no signature', async () => {
    answers = [{ status: 200, body: '{"models": []}' }]
    await withKey().models()
    expect(received?.headers.authorization).toBe(`Bearer ${key}`)
    expect(Object.keys(received?.headers ?? {})).not.toContain('x-amz-date')
  })

  test('is signed all the same, and without the key, where it is about keys: they are IAM on AWS', async () => {
    answers = [{ status: 200, body: '{"keys": []}' }]
    for (const ask of [
      () => withKey().keys(),
      () => withKey().createKey({ name: 'shop', scopes: ['invoke'] }),
      () => withKey().revokeKey('0707070707070707'),
    ]) {
      await ask()
      expect(received?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/)
      expect(JSON.stringify(received)).not.toContain('secret')
    }
  })

  test.each([401, 403])('that is refused with %d is told so, and the key is not', async (status) => {
    answers = [{ status, body: '{"message":"Forbidden"}' }]
    const { code, message } = await refused(withKey().models())
    expect(code).toBe('access-refused')
    expect(message).toMatch(/the key is unknown to it, has expired or was revoked, or has no scope/)
    expect(message).not.toMatch(/secret|AKIA|sts/)
  })
})

test.each(['/prod', '/prod/'])('every path begins after the stage of a REST API: %s', async (stage) => {
  answers = [{ status: 200, body: '{"models": []}' }]
  await new PlatformClient(`${client.url}${stage}`).models()
  expect(received?.url).toBe('/prod/models')
})

test("a platform's own problem goes through as it was written", async () => {
  const problem = new Problem('version-retired', 'it is gone')
  answers = [{ status: 410, body: JSON.stringify(problemDocument(problem, 'x', '')) }]
  expect((await refused(client.model('iris'))).facts).toEqual(problem.facts)
  expect(await invoke()).toMatchObject({ status: 410 })
})

test('on the laptop, what is no Sluice platform is called that', async () => {
  const laptop = new PlatformClient(client.url.replace('a1b2c3d4.execute-api.', ''))
  answers = [{ status: 403, body: '{"message":"Forbidden"}' }]
  const { code, message } = await refused(laptop.models())
  expect(code).toBe('platform-fault')
  expect(message).toMatch(/403, and not as a Sluice platform does/)
})
