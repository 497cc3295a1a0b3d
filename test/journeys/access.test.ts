import { readFile, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { routeNeeds, type Scope, scopes } from '../../lib/rules/access.ts'
import { startPlatform } from '../../local/platform.ts'
import { audience, type Issuer, startIssuer } from '../access/issuer.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { problemIn } from '../harness/problem-document.ts'
import { Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open({ kind: 'keys' })
  for (const model of ['alpha', 'beta']) await stage.write(`${model}/1.0.0.onnx`, timesModel(2))
  for (const model of ['alpha', 'beta']) await stage.serves(model, '1.0.0')
}, 30_000)
afterAll(() => stage.close())

let made = 0
/** A key, and its id. */
async function newKey(
  scope: readonly Scope[],
  models: readonly string[],
  more: Record<string, unknown> = {},
) {
  made += 1
  return stage.client.createKey({ name: `key-${made}`, scopes: scope, models, ...more })
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

/** Ask for something that changes nothing, whoever may ask for it. */
function ask(method: string, path: string, headers: Record<string, string>, body = '{}'): Promise<Response> {
  return fetch(`${stage.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'POST' && { body }),
  })
}

const invokers: readonly Scope[] = ['invoke', 'admin']
const movers: readonly Scope[] = ['promote', 'admin']
const owners: readonly Scope[] = ['publish', 'promote', 'admin']

/** By hand, so that the rule does not judge itself: the route, a request of it, and who may of those with a scope of alpha. */
const table: readonly (readonly [route: string, path: string, mayOfAlpha: readonly Scope[]])[] = [
  ['POST /models/{model}/invocations', '/models/alpha/invocations', invokers],
  ['POST /models/{model}/aliases/{alias}/invocations', '/models/alpha/aliases/live/invocations', invokers],
  [
    'POST /models/{model}/versions/{version}/invocations',
    '/models/alpha/versions/1.0.0/invocations',
    invokers,
  ],
  ['GET /health', '/health', scopes],
  ['GET /models', '/models', scopes],
  ['GET /models/{model}', '/models/alpha', scopes],
  ['GET /models/{model}/versions', '/models/alpha/versions', scopes],
  ['GET /models/{model}/versions/{version}', '/models/alpha/versions/1.0.0', scopes],
  [
    'GET /models/{model}/versions/{version}/openapi.json',
    '/models/alpha/versions/1.0.0/openapi.json',
    scopes,
  ],
  ['GET /models/{model}/versions/{version}/log', '/models/alpha/versions/1.0.0/log', owners],
  ['GET /models/{model}/history', '/models/alpha/history', scopes],
  ['GET /models/{model}/openapi.json', '/models/alpha/openapi.json', scopes],
  ['GET /models/{model}/operations', '/models/alpha/operations', scopes],
  ['GET /models/{model}/verification', '/models/alpha/verification', scopes],
  ['POST /models/{model}/feedback', '/models/alpha/feedback', invokers],
  ['GET /models/{model}/quality', '/models/alpha/quality', scopes],
  ['GET /models/{model}/drift', '/models/alpha/drift', owners],
  ['POST /models/{model}/webhook-secret', '/models/alpha/webhook-secret', ['admin']],
  ['POST /models/{model}/shadows', '/models/alpha/shadows', movers],
  ['POST /models/{model}/aliases/{alias}/shadows', '/models/alpha/aliases/live/shadows', movers],
  ['DELETE /models/{model}/shadows/{alias}', '/models/alpha/shadows/live', movers],
  ['GET /models/{model}/shadows', '/models/alpha/shadows', owners],
  ['POST /models/{model}/comparisons', '/models/alpha/comparisons', owners],
  ['GET /models/{model}/comparisons', '/models/alpha/comparisons', owners],
  ['GET /models/{model}/comparisons/{id}', '/models/alpha/comparisons/none', owners],
  ['GET /models/{model}/traffic', '/models/alpha/traffic', scopes],
  ['GET /models/{model}/rights', '/models/alpha/rights', scopes],
  ['GET /traffic', '/traffic', scopes],
  ['GET /events', '/events', scopes],
  ['GET /verification', '/verification', scopes],
  ['GET /operations/{id}', '/operations/none', scopes],
  ['POST /models/{model}/promotions', '/models/alpha/promotions', movers],
  ['POST /models/{model}/rollbacks', '/models/alpha/rollbacks', movers],
  ['POST /models/{model}/retirements', '/models/alpha/retirements', movers],
  ['GET /approvals', '/approvals', scopes],
  ['POST /models/{model}/aliases/{alias}/promotions', '/models/alpha/aliases/live/promotions', movers],
  ['POST /models/{model}/aliases/{alias}/rollbacks', '/models/alpha/aliases/live/rollbacks', movers],
  [
    'POST /models/{model}/aliases/{alias}/operations/{id}/approval',
    '/models/alpha/aliases/live/operations/none/approval',
    movers,
  ],
  [
    'POST /models/{model}/aliases/{alias}/operations/{id}/approval/links',
    '/models/alpha/aliases/live/operations/none/approval/links',
    movers,
  ],
  ['POST /operations/{id}/approval', '/operations/none/approval', movers],
  ['POST /operations/{id}/approval/links', '/operations/none/approval/links', movers],
  ['POST /models/{model}/versions/{version}/deprecation', '/models/alpha/versions/1.0.0/deprecation', movers],
  [
    'DELETE /models/{model}/versions/{version}/deprecation',
    '/models/alpha/versions/1.0.0/deprecation',
    movers,
  ],
  ['GET /models/{model}/callers', '/models/alpha/callers', owners],
  ['GET /models/{model}/versions/{version}/callers', '/models/alpha/versions/1.0.0/callers', owners],

  ...['pause', 'resume', 'skip', 'abort'].flatMap((control) => [
    [`POST /operations/{id}/${control}`, `/operations/none/${control}`, movers] as const,
    [
      `POST /models/{model}/aliases/{alias}/operations/{id}/${control}`,
      `/models/alpha/aliases/live/operations/none/${control}`,
      movers,
    ] as const,
  ]),
  ['POST /reconciliations', '/reconciliations', []],
  ['GET /keys', '/keys', []],
  ['POST /keys', '/keys', []],
  ['DELETE /keys/{id}', '/keys/0000000000000000', []],
  ['GET nothing', '/nothing', []],
  ['DELETE a model', '/models/alpha', []],
]
/** Answered to every key that has the scope of any model: what is in the answer is cut down to what the key may see. */
const ofAnyModel = [
  'GET /health',
  'GET /models',
  'GET /traffic',
  'GET /events',
  'GET /verification',
  'GET /operations/{id}',
  'GET /approvals',
  'POST /operations/{id}/approval',
  'POST /operations/{id}/approval/links',
  ...['pause', 'resume', 'skip', 'abort'].map((control) => `POST /operations/{id}/${control}`),
]

describe('every route, for every scope', () => {
  const keyOf: { [who: string]: string } = {}
  beforeAll(async () => {
    for (const scope of scopes)
      for (const model of ['alpha', 'beta', '*'])
        keyOf[`${scope}:${model}`] = (await newKey([scope], [model])).key
  })

  test('stands in the table', () => {
    const routes = table.map(([route]) => route)
    for (const [method, path] of routeNeeds) expect(routes).toContain(`${method} ${path}`)
  })

  test.each(table)('%s', async (route, path, may) => {
    const method = route.split(' ')[0] ?? ''
    await problemIn(await ask(method, path, {}), 'not-signed-in')
    const outcomes: Record<string, unknown> = {}
    const wanted: Record<string, unknown> = {}
    for (const scope of scopes)
      for (const model of ['alpha', 'beta', '*']) {
        const who = `${scope}:${model}`
        const response = await ask(method, path, bearer(keyOf[who] ?? ''))
        const { code } = response.ok ? { code: 'in' } : ((await response.json()) as { code: string })
        expect(response.status).not.toBe(401)
        outcomes[who] = code !== 'scope-missing'
        wanted[who] =
          model === 'beta'
            ? ofAnyModel.includes(route) && may.includes(scope)
            : may.includes(scope) || (model === '*' && scope === 'admin')
      }
    expect(outcomes).toEqual(wanted)
  })
})

describe('a caller', () => {
  test('gets predictions with its key in either header', async () => {
    const { key } = await newKey(['invoke'], ['alpha'])
    for (const headers of [bearer(key), { 'x-api-key': key }])
      expect(await (await ask('POST', '/models/alpha/invocations', headers, '{"x": 4}')).json()).toEqual({
        predictions: [8],
      })
  })

  test('is told how to say who it is, and what it lacks, as a problem', async () => {
    const nobody = await ask('POST', '/models/alpha/invocations', {})
    expect(nobody.headers.get('www-authenticate')).toBe('Bearer realm="sluice"')
    await problemIn(nobody, 'not-signed-in')
    const { key, id, name } = await newKey(['invoke'], ['alpha'])
    const refused = await problemIn(
      await ask('POST', '/models/alpha/rollbacks', bearer(key)),
      'scope-missing',
    )
    expect(refused.instance).toBe('/models/alpha/rollbacks')
    expect(refused.detail).toBe(`key ${name} (${id}) may not do this; it needs promote:alpha or admin:alpha`)
  })

  test.each([
    '/models/beta/%2e%2e/alpha/invocations',
    '/models/alpha/%2e%2e/beta/invocations',
    '/models/alpha/..%2fbeta/invocations',
    '/models/%2561lpha/invocations',
    '/models/beta%2finvocations',
    '//models/beta/invocations',
    '/models/alpha;/../beta/invocations',
    '/Models/beta/invocations',
    '/models/BETA/invocations',
    '/models/beta/invocations/',
    '/models/beta/aliases/live/invocations',
    '/models/b%65ta/invocations',
    '/%6beys',
  ])('with a key of alpha gets nothing at %s', async (path) => {
    const { key } = await newKey(['invoke', 'publish', 'promote', 'admin'], ['alpha'])
    const response = await rawly('POST', path, bearer(key))
    expect(response).toMatch(/^HTTP\/1\.1 (?:400|403) /)
    expect(response).not.toMatch(/predictions|model-name|sluice_/i)
  })

  test('that may not come in is told so before its body is read', async () => {
    const { key } = await newKey(['invoke'], ['beta'])
    for (const [headers, status] of [
      [{}, 401],
      [bearer(key), 403],
    ] as const)
      for (const path of ['/models/alpha/invocations', '/models/alpha/promotions', '/keys'])
        expect(await rawly('POST', path, { ...headers, 'content-length': '1000000' })).toMatch(
          new RegExp(`^HTTP/1\\.1 ${status} `),
        )
  })

  test('is who the history names', async () => {
    const { key, id, name } = await newKey(['promote'], ['alpha'])
    const promote = await ask(
      'POST',
      '/models/alpha/promotions',
      bearer(key),
      '{"version": "1.0.0", "alias": "trial"}',
    )
    const { id: operation } = (await promote.json()) as { id: string }
    await stage.over(operation)
    expect((await stage.client.history('alpha')).at(-1)).toMatchObject({ actor: `key ${name} (${id})` })
  })

  test('sees its own models in a list, and no operation of another', async () => {
    const { key } = await newKey(['invoke'], ['alpha'])
    const { models } = (await (await ask('GET', '/models', bearer(key))).json()) as {
      models: { model: string }[]
    }
    expect(models.map(({ model }) => model)).toEqual(['alpha'])
    const { operations } = await stage.client.model('beta')
    await problemIn(await ask('GET', `/operations/${operations[0]?.id}`, bearer(key)), 'operation-unknown')
  })

  test('is out with the next request after its key was revoked', async () => {
    const { key, id } = await newKey(['invoke'], ['alpha'])
    const call = () => ask('POST', '/models/alpha/invocations', bearer(key), '{"x": 1}')
    expect((await call()).status).toBe(200)
    await stage.client.revokeKey(id)
    const { detail } = await problemIn(await call(), 'not-signed-in')
    expect(detail).toMatch(/^the key was revoked at 2/)
  })

  test('is out when its key has expired', async () => {
    const { key } = await newKey(['invoke'], ['alpha'], {
      expiresAt: new Date(Date.now() + 400).toISOString(),
    })
    const call = () => ask('POST', '/models/alpha/invocations', bearer(key), '{"x": 1}')
    expect((await call()).status).toBe(200)
    while ((await call()).status === 200);
    const { detail } = await problemIn(await call(), 'not-signed-in')
    expect(detail).toMatch(/^the key expired at 2/)
  })
})

describe('the key of a home', () => {
  const remembered = () => join(stage.home, 'access.json')

  test('is for the user of this machine alone, and survives a restart', async () => {
    const before = stage.owner?.key
    expect((await stat(remembered())).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(remembered(), 'utf8'))).toEqual({ url: stage.url, key: before })
    const { key } = await newKey(['invoke'], ['alpha'])
    await stage.stop()
    await stage.start()
    expect(stage.owner).toEqual({ key: before, isNew: false })
    expect(JSON.parse(await readFile(remembered(), 'utf8'))).toEqual({ url: stage.url, key: before })
    expect((await ask('GET', '/models/alpha', bearer(key))).status).toBe(200)
  })

  test.each([
    ['is lost', () => rm(remembered())],
    [
      'was revoked',
      async () => {
        const owner = (await stage.client.keys()).find(
          ({ name, state }) => name === 'owner' && state === 'active',
        )
        await stage.client.revokeKey(owner?.id ?? '')
      },
    ],
  ])('is made anew where it %s, and the old one is good no more', async (_, lose) => {
    const before = stage.owner?.key ?? ''
    await lose()
    await stage.stop()
    await stage.start()
    expect(stage.owner).toEqual({ key: expect.not.stringContaining(before), isNew: true })
    await problemIn(await ask('GET', '/models', bearer(before)), 'not-signed-in')
    const owners = (await stage.client.keys()).filter(
      ({ name, state }) => name === 'owner' && state === 'active',
    )
    expect(owners).toHaveLength(1)
  })

  test('is not asked for where nobody asks who calls', async () => {
    const open = await Stage.open()
    expect(open.owner).toBeUndefined()
    expect((await fetch(`${open.url}/models`)).status).toBe(200)
    expect((await fetch(`${open.url}/keys`)).status).toBe(200)
    await open.close()
  })

  test('is not touched by a start that is refused', async () => {
    const before = await readFile(remembered(), 'utf8')
    const port = Number(new URL(stage.url).port)
    const other = await Stage.open()
    await other.stop()
    await expect(startPlatform({ home: other.home, port, auth: { kind: 'keys' } })).rejects.toThrow(/in use/)
    await expect(stat(join(other.home, 'access.json'))).rejects.toThrow(/ENOENT/)
    expect(await readFile(remembered(), 'utf8')).toBe(before)
    await other.close()
  })
})

describe('with tokens of an issuer', () => {
  let issuer: Issuer
  let tokens: Stage
  beforeAll(async () => {
    issuer = await startIssuer()
    tokens = await Stage.open({ kind: 'jwt', issuer: issuer.url, audience })
    await tokens.write('alpha/1.0.0.onnx', timesModel(3))
    await tokens.serves('alpha', '1.0.0')
  }, 30_000)
  afterAll(async () => {
    await tokens.close()
    await issuer.close()
  })
  const call = (path: string, token: string, method = 'POST', body = '{"x": 1}') =>
    fetch(`${tokens.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...bearer(token) },
      ...(method === 'POST' && { body }),
    })

  test('a caller may what its token says, and no more', async () => {
    const token = await issuer.token({ scope: 'openid invoke:alpha' })
    expect(await (await call('/models/alpha/invocations', token)).json()).toEqual({ predictions: [3] })
    await problemIn(await call('/models/beta/invocations', token), 'scope-missing')
    await problemIn(await call('/models/alpha/promotions', token), 'scope-missing')
    await problemIn(await call('/keys', token, 'GET'), 'scope-missing')
  })

  test('the history names the subject of a token', async () => {
    const token = await issuer.token({ scope: 'promote:alpha', sub: 'ada@example.org' })
    const promote = await call(
      '/models/alpha/promotions',
      token,
      'POST',
      '{"version": "1.0.0", "alias": "trial"}',
    )
    const { id } = (await promote.json()) as { id: string }
    await tokens.over(id)
    expect((await tokens.client.history('alpha')).at(-1)).toMatchObject({ actor: 'token ada@example.org' })
  })

  test('a token that is none of the issuer opens nothing', async () => {
    const expired = await issuer.token({ exp: 1 })
    await problemIn(await call('/models/alpha/invocations', expired), 'not-signed-in')
    await problemIn(await call('/models/alpha/invocations', 'x.y.z'), 'not-signed-in')
  })

  test('the key of the home is good, and no other key', async () => {
    expect((await call('/models', tokens.owner?.key ?? '', 'GET')).status).toBe(200)
    const { key } = await tokens.client.createKey({ name: 'shop', scopes: ['admin'] })
    const { detail } = await problemIn(await call('/models', key, 'GET'), 'not-signed-in')
    expect(detail).toMatch(/takes tokens/)
  })
})

/** What is answered to a request whose path goes over the wire as it is written here, and whose body never comes. */
async function rawly(method: string, path: string, headers: Record<string, string>): Promise<string> {
  const socket = connect(Number(new URL(stage.url).port), '127.0.0.1')
  const lines = Object.entries({ host: 'localhost', connection: 'close', ...headers })
  socket.write(
    `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  )
  let answer = ''
  for await (const chunk of socket) {
    answer += chunk
    if (answer.includes('}')) break
  }
  socket.destroy()
  return answer
}
