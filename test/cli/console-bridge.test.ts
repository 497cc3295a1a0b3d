import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ConsoleBridge } from '../../cli/console-bridge.ts'
import { PlatformClient } from '../../cli/platform-client.ts'
import { consoleFile } from '../../lambdas/console/console-files.ts'

const files = new Map([
  ['index.html', consoleFile('index.html', Buffer.from('<meta name="callers" content="">'))],
])

/** A platform that tells what it was asked, and one path that stays open. */
let platform: Server
let bridge: ConsoleBridge
let url: URL
let key: string
let isLeft: Promise<unknown> | undefined

beforeAll(async () => {
  platform = createServer(async (incoming, outgoing) => {
    const { method, headers } = incoming
    if (incoming.url === '/events') {
      outgoing.writeHead(200, { 'content-type': 'text/event-stream' })
      outgoing.write('data: first\n\n')
      isLeft = once(outgoing, 'close')
    } else if (incoming.url === '/forbidden') {
      outgoing.writeHead(403).end('{"message":"Forbidden"}')
    } else if (incoming.url === '/refused') {
      outgoing.writeHead(404, { 'content-type': 'application/problem+json' })
      outgoing.end('{"code":"model-unknown","status":404,"detail":"no such model"}')
    } else {
      outgoing.writeHead(200, { 'content-type': 'application/json', 'server-timing': 'router;dur=1' })
      outgoing.end(JSON.stringify({ method, url: incoming.url, headers, body: await text(incoming) }))
    }
  })
  platform.listen(0, '127.0.0.1')
  await once(platform, 'listening')
  const { port } = platform.address() as AddressInfo
  bridge = new ConsoleBridge(new PlatformClient(`http://localhost:${port}`, 'a-key'), files)
  url = new URL(await bridge.listen(0))
  key = url.hash.slice('#key='.length)
})
afterAll(async () => {
  await bridge.stop()
  platform.closeAllConnections()
  platform.close()
})

const ask = (path: string, init: RequestInit = {}) =>
  fetch(new URL(path, url), { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } })

describe('the bridge of `sluice console`', () => {
  test('asks the platform as whoever opened it, and hands the answer on', async () => {
    const answer = await ask('/models/churn/history?at=now', {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: 'a=b' },
      body: '{"x":1}',
    })
    expect(answer.headers.get('server-timing')).toBe('router;dur=1')
    const seen = (await answer.json()) as { headers: Record<string, string> }
    expect(seen).toMatchObject({ method: 'POST', url: '/models/churn/history?at=now', body: '{"x":1}' })
    expect(seen.headers).toMatchObject({ authorization: 'Bearer a-key', 'content-type': 'application/json' })
    expect(seen.headers).not.toHaveProperty('cookie')
  })

  test('asks for a key of its own, which the page alone is told', async () => {
    expect(key).toMatch(/^[\w-]{43}$/)
    for (const authorization of ['', 'Bearer a-key', `Bearer ${key}x`]) {
      const refused = await ask('/models', { headers: { authorization } })
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
        401,
        'not-signed-in',
      ])
    }
    const page = await fetch(new URL('/console/models/churn', url))
    expect([page.status, await page.text()]).toEqual([200, '<meta name="callers" content="keys">'])
  })

  test('is reached by no page of another site, by no name of another machine', async () => {
    const elsewhere = await ask('/models', { headers: { origin: 'https://evil.example' } })
    expect(((await elsewhere.json()) as { code: string }).code).toBe('host-refused')
    const asked = request(new URL('/models', url), { headers: { host: 'evil.example' } }).end()
    const [answer] = await once(asked, 'response')
    expect(JSON.parse(await text(answer)).code).toBe('host-refused')
  })

  test('says what a gateway refuses by itself, and hands on what the platform refuses', async () => {
    expect(await (await ask('/forbidden')).json()).toMatchObject({ code: 'platform-fault' })
    const refused = await ask('/refused')
    expect([refused.status, await refused.json()]).toMatchObject([404, { code: 'model-unknown' }])
  })

  test('tells what happens as it happens, and lets go when the page does', async () => {
    const leaving = new AbortController()
    const { body } = await ask('/events', { signal: leaving.signal })
    const { value } = (await body?.getReader().read()) ?? {}
    expect(Buffer.from(value ?? []).toString()).toBe('data: first\n\n')
    leaving.abort()
    await isLeft
  })
})
