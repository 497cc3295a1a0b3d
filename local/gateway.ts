import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { admit, type Callers } from '../lambdas/access/admission.ts'
import { type ConsoleRequest, consoleAnswer } from '../lambdas/console/console-answer.ts'
import { type Door, pathUnknown, problemReply, type Reply, requestIdFrom } from '../lambdas/problem-answer.ts'
import { answerInvocation, type Invocation, type RouterPorts } from '../lambdas/serving/invocation.ts'
import { refuseTooLarge } from '../lib/rules/host-limits.ts'
import { Problem, shown } from '../lib/rules/problem.ts'
import { checkedPath, decodedOnce, parseInvocationPath } from '../lib/rules/request-path.ts'
import { isApprovalLink } from '../lib/wiring/approval-links.ts'
import { isConsolePath } from '../lib/wiring/console-routes.ts'
import { refuseStrangers } from './strangers.ts'

/** The port asked for is in use. */
export class PortInUse extends Error {
  override readonly name = 'PortInUse'
}

/** Who may come in: whoever is on this machine, as one actor, or callers who say who they are. */
export type Entrance = { readonly actor: string } | { readonly callers: Callers }

type Caller = Pick<Door['Bindings'], 'actor' | 'grants'>

/** Who comes by a link says by the link who it is. */
const nobody: Caller = { actor: 'anonymous', grants: [] }

/** Answers for the console. */
export type ConsoleSource = (asked: ConsoleRequest) => Promise<Reply>

/** How slow a client may be, and how many at once: who dribbles bytes in must not keep others out. */
export interface ClientLimits {
  /** Headers are there within this from the begin of a request, in milliseconds. */
  readonly headersMs: number
  /** The whole request is. */
  readonly requestMs: number
  /** A connection on which nothing is asked is closed after this. */
  readonly idleMs: number
  /** How often the first two are looked at. */
  readonly lookEveryMs: number
  /** Further connections are closed at once. */
  readonly connections: number
}

const usualLimits: ClientLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 60_000,
  lookEveryMs: 1000,
  connections: 1000,
}
/** A client that was refused has this long to read why, then its connection ends. */
const lastWordsMs = 500

/**
 * What API Gateway is on AWS: takes HTTP on the loopback address, decodes and checks the path once, and hands
 * predictions to the router and the rest to control. Predictions go without the detour over the Fetch standard's
 * objects, which costs more than all the router's own work (docs/decisions/0013).
 */
export class Gateway {
  readonly #server: Server
  readonly #ports: RouterPorts
  readonly #entrance: Entrance
  readonly #console: ConsoleSource
  readonly #control: (incoming: IncomingMessage, outgoing: ServerResponse, door: Door['Bindings']) => void
  /** The last answer on each connection. */
  readonly #answers = new WeakMap<Socket, ServerResponse>()

  /** @param limits those that are not to be the usual ones */
  constructor(
    ports: RouterPorts,
    control: Hono<Door>,
    entrance: Entrance,
    limits: Partial<ClientLimits> = {},
    console: ConsoleSource = async (asked) => consoleAnswer(new Map(), asked),
  ) {
    this.#console = console
    this.#ports = ports
    this.#entrance = entrance
    const doors = new WeakMap<IncomingMessage, Door['Bindings']>()
    const listener = getRequestListener(
      (request, env) => control.fetch(request, doors.get((env as { incoming: IncomingMessage }).incoming)),
      { overrideGlobalObjects: false },
    )
    this.#control = (incoming, outgoing, door) => {
      doors.set(incoming, door)
      // The path as text is the one that counts: what a URL object would make of it is not looked at.
      incoming.url = `/?${incoming.url?.split('?')[1] ?? ''}`
      void listener(incoming, outgoing)
    }
    const { headersMs, requestMs, idleMs, lookEveryMs, connections } = { ...usualLimits, ...limits }
    const options = {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: idleMs,
      connectionsCheckingInterval: lookEveryMs,
      // Hosts are checked by the rule below, whose answer is a problem document.
      requireHostHeader: false,
    }
    this.#server = createServer(options, (incoming, outgoing) => this.#take(incoming, outgoing))
    this.#server.maxConnections = connections
    this.#server.on('clientError', (error, socket: Socket) => this.#refuseClient(error, socket))
    this.#server.on('connect', ({ method = '' }, socket) => socket.end(refusal(pathUnknown(method, ''))))
    this.#server.on('checkExpectation', ({ headers: { expect } }, outgoing) =>
      write(outgoing, problemReply(unexpected(expect), requestIdFrom(undefined), '/')),
    )
  }

  /** @returns the URL it answers at. @throws PortInUse */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'EADDRINUSE'
            ? new PortInUse(
                `port ${port} is in use; choose another with --port N, or --port 0 for any free one`,
              )
            : error,
        ),
      )
      this.#server.listen(port, '127.0.0.1', resolve)
    })
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeIdleConnections()
    setTimeout(() => this.#server.closeAllConnections(), 2000).unref()
    await closed
  }

  #take(incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.#answers.set(incoming.socket, outgoing)
    try {
      refuseStrangers(incoming)
      const path = checkedPath(decodedOnce(incoming.url?.split('?', 1)[0] ?? ''))
      if (isConsolePath(path)) void this.#show(incoming, outgoing, path)
      else if ('actor' in this.#entrance) this.#pass(incoming, outgoing, path, this.#entrance)
      else if (isApprovalLink(incoming.method ?? '', path)) this.#pass(incoming, outgoing, path, nobody)
      else void this.#ask(incoming, outgoing, path, this.#entrance.callers)
    } catch (error) {
      refuse(incoming, outgoing, error)
    }
  }

  /** Let a request in that says who calls. Nothing has looked at its body until then. */
  async #ask(incoming: IncomingMessage, outgoing: ServerResponse, path: string, callers: Callers) {
    try {
      const { method = '' } = incoming
      const authorization = text(incoming, 'authorization')
      const caller = await admit(callers, {
        method,
        path,
        authorization,
        apiKey: text(incoming, 'x-api-key'),
      })
      if (!incoming.destroyed) this.#pass(incoming, outgoing, path, caller)
    } catch (error) {
      refuse(incoming, outgoing, error, path)
    }
  }

  async #show(incoming: IncomingMessage, outgoing: ServerResponse, path: string) {
    try {
      const { method = '' } = incoming
      const ifNoneMatch = text(incoming, 'if-none-match')
      write(outgoing, await this.#console({ method, path, ifNoneMatch }))
    } catch (error) {
      refuse(incoming, outgoing, error, path)
    }
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse, path: string, { actor, grants }: Caller): void {
    const asked = incoming.method === 'POST' ? parseInvocationPath(path) : undefined
    if (asked === undefined) this.#control(incoming, outgoing, { path, actor, grants })
    else void this.#predict(incoming, outgoing, { path, asked, caller: actor })
  }

  /** What never became a request is refused with a problem document, too, and its connection is closed. */
  #refuseClient(error: NodeJS.ErrnoException, socket: Socket): void {
    const answer = this.#answers.get(socket)
    // It has had its answer, and goes on sending: a second one would be taken for that of its next request.
    const isAnswered = answer?.headersSent === true && !answer.req.complete
    if (!socket.writable || isAnswered) {
      socket.destroy()
      return
    }
    socket.end(refusal(clientProblem(error.code)))
    setTimeout(() => socket.destroy(), lastWordsMs).unref()
  }

  async #predict(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    request: Pick<Invocation, 'path' | 'asked' | 'caller'>,
  ) {
    const header = (name: string) => text(incoming, name)
    write(outgoing, await answerInvocation(this.#ports, { ...request, header, body: () => bodyOf(incoming) }))
  }
}

function text({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** The body, never more than the limit of it: a length that is told is held to, one that is not is counted. */
async function bodyOf(incoming: IncomingMessage): Promise<Uint8Array> {
  refuseTooLarge(Number(incoming.headers['content-length'] ?? 0))
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let size = 0
    incoming.on('data', (chunk: Uint8Array) => {
      size += chunk.byteLength
      try {
        refuseTooLarge(size)
        chunks.push(chunk)
      } catch (error) {
        chunks.length = 0
        reject(error)
      }
    })
    incoming.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    incoming.on('error', () => reject(new Problem('body-malformed', 'the body broke off')))
  })
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, error: unknown, path = '/'): void {
  write(outgoing, problemReply(error, requestIdFrom(text(incoming, 'x-request-id')), path))
}

function write(outgoing: ServerResponse, { status, headers, body }: Reply): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  outgoing.writeHead(status, { ...headers, 'Content-Length': bytes.byteLength })
  outgoing.end(bytes)
}

/** A problem as it goes over the wire where there is no request to answer. */
function refusal(problem: Problem): string {
  const { status, headers, body } = problemReply(problem, requestIdFrom(undefined), '/')
  const lines = Object.entries({
    ...headers,
    'Content-Length': Buffer.byteLength(body as string),
    Connection: 'close',
  })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body}`
}

function unexpected(expectation: string | undefined): Problem {
  return new Problem(
    'expectation-failed',
    `the request expects ${shown(expectation)}; allowed is 100-continue`,
  )
}

function clientProblem(code: string | undefined): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Problem('request-timeout', 'the request did not arrive in time')
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Problem('headers-too-large', 'the headers are longer than 16 KB')
  return new Problem('http-malformed', 'what was sent is no HTTP request')
}
