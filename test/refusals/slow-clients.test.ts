import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { timesModel } from '../harness/onnx-models.ts'
import { problemIn } from '../harness/problem-document.ts'
import { Stage } from '../journeys/stage.ts'
import { requestText, sentRaw, Wire } from './wire.ts'

// What a gateway in front of a platform must hold: headers within 10 s, a whole request within 30 s, and
// at most 1,000 connections. What breaks HTTP itself is answered with a problem document too.

/** The whole request's limit, with a little for the server to look. */
const patienceMs = 40_000
const head = requestText('POST /models/alpha/invocations', {
  headers: ['Content-Type: application/json', 'Content-Length: 1000'],
})

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
  await stage.write('alpha/1.0.0.onnx', timesModel(2))
  await stage.serves('alpha', '1.0.0')
}, 30_000)
afterAll(() => stage.close())

async function answersOthers(): Promise<void> {
  expect((await stage.ask('alpha', '', { x: 4 })).json).toEqual({ predictions: [8] })
}

/** A problem document of this status, whatever its code. */
async function isProblem(answer: Response, status: number): Promise<void> {
  expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
  const { code } = (await answer.clone().json()) as { code: Parameters<typeof problemIn>[1] }
  await problemIn(answer, code)
}

/** A client that was too slow is told so in a problem document, or finds the connection closed. */
async function cutOff(wire: Wire): Promise<void> {
  const answer = await wire.answer(patienceMs).catch((error: unknown) => {
    if (wire.closed) return undefined
    throw error
  })
  if (answer !== undefined) await isProblem(answer, 408)
}

describe('a client that is slow', () => {
  test('with its headers is cut off, and others are answered meanwhile', async () => {
    const wires = Array.from({ length: 20 }, () => new Wire(stage.url))
    for (const wire of wires)
      await wire.send('POST /models/alpha/invocations HTTP/1.1\r\nHost: localhost\r\n')
    await answersOthers()
    await Promise.all(wires.map(cutOff))
    await answersOthers()
  }, 60_000)

  test('with its body is cut off, one byte after the other or not', async () => {
    const wires = Array.from({ length: 20 }, () => new Wire(stage.url))
    for (const wire of wires) await wire.send(`${head}{`)
    const dripping = (async () => {
      for (let i = 0; i < 800 && wires.some((wire) => !wire.closed); i += 1) {
        await Promise.all(wires.map((wire) => wire.send(' ')))
        await pause(50)
      }
    })()
    await answersOthers()
    await Promise.all(wires.map(cutOff))
    for (const wire of wires) wire.leave()
    await dripping
    await answersOthers()
  }, 60_000)

  test('and never reads its answers takes no memory with it', async () => {
    const wire = new Wire(stage.url)
    wire.socket.pause()
    const before = process.memoryUsage().rss
    const ask = requestText('GET /models')
    for (let i = 0; i < 2000 && !wire.closed; i += 1) if (!wire.socket.write(ask)) break
    await answersOthers()
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
    wire.leave()
  }, 30_000)
})

test('a body of 128 KB in chunks of one byte is answered or refused, and others are answered meanwhile', async () => {
  const wire = new Wire(stage.url)
  await wire.send(
    requestText('POST /models/alpha/invocations', {
      headers: ['Content-Type: application/json', 'Transfer-Encoding: chunked'],
    }),
  )
  const chunks = '1\r\n \r\n'.repeat(1024)
  let longestMs = 0
  for (let kilobyte = 0; kilobyte < 128; kilobyte += 1) {
    await wire.send(chunks)
    if (kilobyte % 32 !== 0) continue
    const asked = performance.now()
    await answersOthers()
    longestMs = Math.max(longestMs, performance.now() - asked)
  }
  await wire.send('8\r\n{"x": 4}\r\n0\r\n\r\n')
  const answer = await wire.answer().catch((error: unknown) => {
    if (wire.closed) return undefined
    throw error
  })
  if (answer !== undefined) expect([200, 408]).toContain(answer.status)
  expect(longestMs).toBeLessThan(5000)
}, 60_000)

test('clients that leave in the middle of a request leave nothing behind', async () => {
  const before = await stage.client.model('alpha')
  for (let i = 0; i < 50; i += 1) {
    const wire = new Wire(stage.url)
    await wire.send(`${head}{"x": `)
    if (i % 2 === 0) await pause(2)
    wire.leave()
  }
  await answersOthers()
  expect(await stage.client.model('alpha')).toEqual(before)
}, 30_000)

test('of 1,100 connections at most 1,000 stay, and those are answered', async () => {
  const sockets: Socket[] = []
  let closed = 0
  for (let i = 0; i < 1100; i += 1) {
    const socket = connect(Number(new URL(stage.url).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.once('close', () => {
      closed += 1
    })
    await once(socket, 'connect').catch(() => {})
    sockets.push(socket)
  }
  await pause(200)
  expect(closed).toBeGreaterThanOrEqual(100)
  for (const socket of sockets) socket.destroy()
  await answersOthers()
}, 60_000)

describe('what breaks HTTP itself is answered with a problem document', () => {
  const body = '{"x": 4}'
  test.each<[string, string | Uint8Array, number]>([
    ['no HTTP at all', '\u0016\u0003\u0001 hello\r\n\r\n', 400],
    ['a method that there is not', requestText('BREW /health'), 400],
    ['NUL in the path', requestText('GET /models/\u0000'), 400],
    ['raw bytes in the path', Buffer.from(requestText('GET /models/\xff\xfe'), 'latin1'), 400],
    ['a path without its slash', requestText('POST models/alpha/invocations', { body }), 400],
    ['no Host', requestText('GET /health', { host: '' }), 403],
    ['two Hosts', requestText('GET /health', { headers: ['Host: evil.example'] }), 400],
    [
      'a length and chunks at once',
      requestText('POST /models/alpha/invocations', { body, headers: ['Transfer-Encoding: chunked'] }),
      400,
    ],
    [
      'two lengths',
      requestText('POST /models/alpha/invocations', { body, headers: ['Content-Length: 3'] }),
      400,
    ],
    [
      'a length below zero',
      requestText('POST /models/alpha/invocations', { headers: ['Content-Length: -1'] }),
      400,
    ],
    [
      'a chunk whose size is no number',
      `${requestText('POST /models/alpha/invocations', { headers: ['Transfer-Encoding: chunked'] })}zz\r\n`,
      400,
    ],
    ['a header of 100 kB', requestText('GET /health', { headers: [`X: ${'x'.repeat(100_000)}`] }), 431],
    [
      'an expectation of something else',
      requestText('POST /models/alpha/invocations', { body, headers: ['Expect: cake'] }),
      417,
    ],
  ])('%s', async (_, bytes, status) => {
    await isProblem(await sentRaw(stage.url, bytes), status)
    await answersOthers()
  })
})

describe('what only looks odd is answered', () => {
  const body = '{"x": 4}'
  const path = 'POST /models/alpha/invocations'
  test.each<[string, string]>([
    ['a byte order mark', requestText(path, { body: `\ufeff${body}` })],
    ['a key twice: the last counts', requestText(path, { body: '{"x": 1, "x": 4}' })],
    ['a query', requestText(`${path}?a=%2e%2e&b=%zz`, { body })],
    ['Expect: 100-continue', requestText(path, { body, headers: ['Expect: 100-continue'] })],
    ['HTTP/1.0 with a Host', requestText(path, { body }).replace('HTTP/1.1', 'HTTP/1.0')],
    [
      'an upgrade that is not asked for',
      requestText(path, { body, headers: ['Connection: Upgrade', 'Upgrade: websocket'] }),
    ],
  ])('%s', async (_, bytes) => {
    const answer = await sentRaw(stage.url, bytes)
    expect(await answer.json()).toEqual({ predictions: [8] })
  })

  test('100 requests in one breath are answered in their order', async () => {
    const wire = new Wire(stage.url)
    await wire.send(
      Array.from({ length: 100 }, (_, i) => requestText(path, { body: `{"x": ${i}}` })).join(''),
    )
    for (let i = 0; i < 100; i += 1) {
      const answer = await wire.answer()
      // So many at once may be more than a model takes.
      if (answer.status === 429) await problemIn(answer, 'model-busy')
      else expect(await answer.json()).toEqual({ predictions: [2 * i] })
    }
    wire.leave()
  })
})
