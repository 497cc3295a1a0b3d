import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Hono } from 'hono'
import type { Door } from '../../lambdas/problem-answer.ts'
import { openDatabase } from '../../local/database.ts'
import { type ClientLimits, Gateway } from '../../local/gateway.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { nobodyCalls } from '../harness/calls.ts'
import { nothingCaptured } from '../harness/captures.ts'
import { until } from '../harness/until.ts'
import { laptopHost, laptopMetrics } from '../ports/laptop-world.ts'

const headersMs = 400
const requestMs = 900
/** When it is over at the latest: the limits are looked at every 100 ms, and the machine is busy. */
const slackMs = 2000

let host: Awaited<ReturnType<typeof laptopHost>>
let metrics: Awaited<ReturnType<typeof laptopMetrics>>
let database: ReturnType<typeof openDatabase>
const open: Gateway[] = []

beforeAll(async () => {
  host = await laptopHost()
  metrics = await laptopMetrics()
  database = openDatabase(host.home.database)
})
afterAll(async () => {
  for (const gateway of open) await gateway.stop()
  database.close()
  await metrics.close()
  await host.close()
})

/** A gateway over real ports, and a control that answers after as long as is asked for. */
async function listening(limits: Partial<ClientLimits> = {}): Promise<number> {
  const control = new Hono<Door>({ getPath: () => '/' })
  control.all('/', async (context) => {
    await pause(Number(context.req.query('ms') ?? 0))
    return context.text(`${context.env.path} ${(await context.req.text()).length}`)
  })
  const ports = {
    host: host.host,
    metrics: metrics.metrics,
    callers: nobodyCalls,
    captures: nothingCaptured,
    registry: new SqliteRegistry(database),
    clock: { now: () => Date.now() },
    random: { draw: () => Math.random() },
  }
  const gateway = new Gateway(
    ports,
    control,
    { actor: 'ada' },
    { headersMs, requestMs, lookEveryMs: 100, ...limits },
  )
  open.push(gateway)
  return Number(new URL(await gateway.listen(0)).port)
}

/** A connection with something written on it. */
function caller(port: number, sent = ''): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  if (sent !== '') socket.write(sent)
  return socket
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`
const post = (path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

/** Everything that is said on a connection until it is closed. */
async function heard(socket: Socket): Promise<{ said: string; afterMs: number }> {
  const since = performance.now()
  let said = ''
  socket.on('data', (chunk) => {
    said += chunk
  })
  await once(socket, 'close').catch(() => {})
  return { said, afterMs: performance.now() - since }
}

function problemOf(said: string): { status: number; code: string; answers: number } {
  const [head = '', body = ''] = said.split('\r\n\r\n')
  expect(head).toMatch(/content-type: application\/problem\+json/i)
  expect(head).toMatch(/connection: close/i)
  const { status, code } = JSON.parse(body) as { status: number; code: string }
  expect(head.startsWith(`HTTP/1.1 ${status} `)).toBe(true)
  return { status, code, answers: said.split('HTTP/1.1 ').length - 1 }
}

/** Write a byte now and then, as long as somebody listens. */
function dribble(socket: Socket, byte: string): void {
  const timer = setInterval(() => socket.write(byte), 100)
  socket.on('close', () => clearInterval(timer))
}

describe('a client', () => {
  test('that dribbles its headers in is told that it is too late, and closed', async () => {
    const socket = caller(await listening(), 'GET /slow HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
    dribble(socket, 'x')
    const { said, afterMs } = await heard(socket)
    expect(problemOf(said)).toEqual({ status: 408, code: 'request-timeout', answers: 1 })
    expect(afterMs).toBeGreaterThan(headersMs - 50)
    expect(afterMs).toBeLessThan(headersMs + slackMs)
  })

  test.each(['/models/alpha/rollbacks', '/models/alpha/invocations'])(
    'that dribbles its body in is closed, having been answered once: %s',
    async (path) => {
      const socket = caller(await listening(), post(path, 1000))
      dribble(socket, ' ')
      const { said, afterMs } = await heard(socket)
      expect(said.split('HTTP/1.1 ')).toHaveLength(2)
      // A model that nobody knows is refused before its body is read.
      expect(said).toMatch(path.endsWith('rollbacks') ? /^HTTP\/1\.1 408 / : /^HTTP\/1\.1 404 /)
      expect(afterMs).toBeLessThan(requestMs + slackMs)
    },
  )

  test('that connects and says nothing is closed', async () => {
    const { afterMs } = await heard(caller(await listening()))
    expect(afterMs).toBeLessThan(requestMs + slackMs)
  })

  test('with headers beyond 16 KB is told so', async () => {
    const socket = caller(await listening(), get('/much', `X-Much: ${'x'.repeat(17_000)}\r\n`))
    expect(problemOf((await heard(socket)).said)).toMatchObject({ status: 431, code: 'headers-too-large' })
  })

  test('that speaks no HTTP is told so', async () => {
    const socket = caller(await listening(), 'EHLO example.org\r\n\r\n')
    expect(problemOf((await heard(socket)).said)).toMatchObject({ status: 400, code: 'http-malformed' })
  })

  test('that sends requests one upon another is answered in their order', async () => {
    const paths = ['/a?ms=80', '/b?ms=40', '/c', '/d']
    const last = get('/e', 'Connection: close\r\n')
    const { said } = await heard(caller(await listening(), paths.map((path) => get(path)).join('') + last))
    expect(said.match(/\/[a-e] 0/g)).toEqual(['/a 0', '/b 0', '/c 0', '/d 0', '/e 0'])
  })

  test('that leaves in the middle of its request, or before its answer, harms nobody', async () => {
    const port = await listening()
    for (let i = 0; i < 50; i += 1) {
      const socket = caller(port, i % 2 === 0 ? post('/models/alpha/rollbacks', 1000) : get('/late?ms=50'))
      await once(socket, 'connect')
      if (i % 3 === 0) socket.resetAndDestroy()
      else socket.destroy()
    }
    await pause(100)
    expect((await heard(caller(port, get('/next', 'Connection: close\r\n')))).said).toMatch(/\/next 0/)
  })
})

describe('a thousand and more connections', () => {
  test('are all answered up to the limit, and the rest closed at once', async () => {
    const connections = 1000
    const port = await listening({ headersMs: 20_000, requestMs: 30_000 })
    const sockets = Array.from({ length: connections }, () => caller(port))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    for (const socket of sockets) socket.write(get('/one'))
    const answers = await Promise.all(sockets.map(async (socket) => String((await once(socket, 'data'))[0])))
    expect(answers.every((said) => said.startsWith('HTTP/1.1 200'))).toBe(true)
    expect(
      await Promise.all([1, 2, 3].map(async () => (await heard(caller(port, get('/more')))).said)),
    ).toEqual(['', '', ''])
    for (const socket of sockets) socket.destroy()
    const again = async () =>
      (await heard(caller(port, get('/again', 'Connection: close\r\n')))).said.includes('200')
    await until('there is room again', again)
  }, 30_000)

  test('of clients that say nothing keep others out no longer than the limit', async () => {
    const port = await listening({ connections: 50 })
    const silent = Array.from({ length: 50 }, () => caller(port, 'GET /'))
    await Promise.all(silent.map((socket) => once(socket, 'connect')))
    const answered = async () =>
      (await heard(caller(port, get('/in', 'Connection: close\r\n')))).said.includes('200')
    expect(await answered()).toBe(false)
    await until('there is room again', answered, headersMs + slackMs)
  })
})
