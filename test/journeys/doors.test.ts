import { once } from 'node:events'
import { type OutgoingHttpHeaders, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { timesModel } from '../harness/onnx-models.ts'
import { problemIn } from '../harness/problem-document.ts'
import { Stage } from './stage.ts'

const largest = 10 * 1024 * 1024

let stage: Stage
let port: number
beforeAll(async () => {
  stage = await Stage.open()
  port = Number(new URL(stage.url).port)
  for (const [model, factor] of [
    ['alpha', 2],
    ['beta', 3],
  ] as const) {
    await stage.write(`${model}/1.0.0.onnx`, timesModel(factor))
    await stage.serves(model, '1.0.0')
  }
}, 30_000)
afterAll(() => stage.close())

/** Send a request whose path goes over the wire as it is written here. */
async function raw(
  path: string,
  headers: OutgoingHttpHeaders = {},
  { method = 'POST', body = '{"x": 1}' } = {},
): Promise<Response> {
  const sent = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: { 'content-type': 'application/json', ...headers },
  })
  sent.end(method === 'POST' ? body : undefined)
  const [response] = await once(sent, 'response')
  const content = await text(response)
  return new Response(content === '' ? null : content, {
    status: response.statusCode,
    headers: response.headers as Record<string, string>,
  })
}

/** What is answered on a connection, up to the end of a JSON document. */
async function answerOn(socket: Socket): Promise<string> {
  let answer = ''
  while (!answer.includes('}')) answer += String((await once(socket, 'data'))[0])
  socket.destroy()
  return answer
}

describe('a path', () => {
  test('that is written plainly reaches the model that it names', async () => {
    for (const [path, answer] of [
      ['/models/alpha/invocations', '{"predictions":[2]}'],
      ['/models/beta/invocations?a=%2e%2e', '{"predictions":[3]}'],
      ['/models/beta/versions/~1.0/invocations', '{"predictions":[3]}'],
      ['/models/beta/versions/%5E1.0/invocations', '{"predictions":[3]}'],
      ['/models/%61lpha/invocations', '{"predictions":[2]}'],
    ] as const)
      expect(await (await raw(path)).text()).toBe(answer)
  })

  test.each([
    '/models/beta/%2e%2e/alpha/invocations',
    '/models/beta/../alpha/invocations',
    '/models/beta/./invocations',
    '/models/beta/%2e/invocations',
    '/models/beta/%252e%252e/alpha/invocations',
    '/models/%2561lpha/invocations',
    '/models/alpha%252finvocations',
    '/models/beta/..%2falpha/invocations',
    '/models/beta/%2e%2e%2falpha/invocations',
    '/models/beta%2f..%2falpha/invocations',
    '/models/beta/%25%32%65%25%32%65/alpha/invocations',
    '/models/beta\\..\\alpha/invocations',
    '/models\\alpha/invocations',
    '/models/beta/%5c..%5calpha/invocations',
    '//models/alpha/invocations',
    '/models//alpha/invocations',
    '/models/alpha//invocations',
    '/models/alpha/%2f/invocations',
    '/models/alpha/invocations//',
    '/models/alpha%00/invocations',
    '/models/alpha%20/invocations',
    '/models/alpha%0d%0a/invocations',
    '/models/alpha;v=1/invocations',
    '/models/alpha%3fx/invocations',
    '/models/alpha%23/invocations',
    '/models/alpha%/invocations',
    '/models/alpha%zz/invocations',
    '/models/alpha%c0%ae%c0%ae/invocations',
    '/models/alph%C3%A4/invocations',
    '/models/%E2%80%AEalpha/invocations',
  ])('that is written %s is refused, and no model answers', async (path) => {
    const response = await raw(path)
    expect(response.headers.get('model-name')).toBeNull()
    await problemIn(response, 'path-malformed')
  })

  test.each(['http://evil.example/models/alpha/invocations', '*', 'models/alpha/invocations'])(
    'that is no path is refused: %s',
    async (target) => {
      const socket = connect(port, '127.0.0.1')
      socket.end(
        `POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8\r\nConnection: close\r\n\r\n{"x": 1}`,
      )
      const answer = await text(socket)
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      expect(answer).not.toMatch(/model-name|predictions/i)
    },
  )

  test.each([
    ['POST', '/models/alpha/invocations/'],
    ['POST', '/models/alpha/versions/1.0.0/invocations/'],
    ['GET', '/models/alpha/invocations'],
    ['GET', '/models/alpha/'],
    ['POST', '/models/alpha/more/invocations'],
    ['DELETE', '/models/alpha'],
  ])('that leads nowhere is refused as a problem: %s %s', async (method, path) => {
    await problemIn(await raw(path, {}, { method }), 'path-unknown')
  })
})

describe('a request', () => {
  test.each(['localhost', 'LOCALHOST', '127.0.0.1', '[::1]', 'localhost:1', '127.0.0.1:65535'])(
    'to the host %s is answered',
    async (host) => {
      expect((await raw('/models/alpha/invocations', { host })).status).toBe(200)
      expect((await raw('/health', { host }, { method: 'GET' })).status).toBe(200)
    },
  )

  test.each([
    'evil.example',
    'localhost.evil.example',
    'evil.example:8080',
    '127.0.0.1.evil.example',
    '127.0.0.2',
    'localhost.',
    '0.0.0.0',
    'sluice',
  ])('to the host %s is refused, whatever it asks for', async (host) => {
    for (const [path, method] of [
      ['/models/alpha/invocations', 'POST'],
      ['/models/alpha/rollbacks', 'POST'],
      ['/models', 'GET'],
      ['/health', 'GET'],
      ['/nowhere', 'GET'],
    ] as const) {
      const response = await raw(path, { host }, { method })
      expect(response.headers.get('model-name')).toBeNull()
      await problemIn(response, 'host-refused')
    }
  })

  test.each(['https://evil.example', 'http://localhost.evil.example', 'null', 'file://'])(
    'from a page of %s is refused',
    async (origin) => {
      await problemIn(
        await raw('/models/alpha/rollbacks', { origin }, { body: '{"reason": "x"}' }),
        'host-refused',
      )
    },
  )

  test('comes from this machine alone: no other address is listened at', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
    for (const { address } of others) {
      const socket = connect(port, address)
      const outcome = await Promise.race([
        once(socket, 'connect').then(() => 'connected'),
        once(socket, 'error').then(() => 'refused'),
      ]).catch(() => 'refused')
      socket.destroy()
      expect(outcome).toBe('refused')
    }
  })

  test('that declares too large a body is refused before it has sent it', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `POST /models/alpha/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${largest + 1}\r\nConnection: close\r\n\r\n{"x"`,
    )
    expect(await answerOn(socket)).toMatch(/^HTTP\/1\.1 413 .*"code":"body-too-large"/s)
  })

  test('that sends too large a body without saying so is refused, and the next one is answered', async () => {
    const socket = connect(port, '127.0.0.1')
    // The rest of it meets a closed door.
    socket.on('error', () => {})
    socket.write(
      'POST /models/alpha/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    const chunk = `${(1 << 20).toString(16)}\r\n${' '.repeat(1 << 20)}\r\n`
    for (let sent = 0; sent <= largest; sent += 1 << 20) socket.write(chunk)
    expect(await answerOn(socket)).toMatch(/^HTTP\/1\.1 413 .*"code":"body-too-large"/s)
    expect((await raw('/models/alpha/invocations')).status).toBe(200)
  })
})
