import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { consoleAnswer } from '../lambdas/console/console-answer.ts'
import type { ConsoleFiles } from '../lambdas/console/console-files.ts'
import { problemReply, type Reply, requestIdFrom } from '../lambdas/problem-answer.ts'
import { Problem } from '../lib/rules/problem.ts'
import { checkedPath, decodedOnce } from '../lib/rules/request-path.ts'
import { isConsolePath } from '../lib/wiring/console-routes.ts'
import { refuseStrangers } from '../local/strangers.ts'
import type { PlatformClient } from './platform-client.ts'
import type { PlatformRequest } from './signed-request.ts'

/** What goes on to the platform of what a page sends. Who calls is said by whoever opened the bridge. */
const passedOn = ['accept', 'content-type', 'model-affinity', 'x-request-id']
/** What belongs to a connection, or to how a body was packed on it. */
const notPassedBack = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'keep-alive',
  'transfer-encoding',
])

/**
 * The console on this machine, for a platform elsewhere: the page comes from here, and what it asks goes on to the
 * platform as whoever opened the bridge would ask it, signed or with a key. Others on this machine may reach its port,
 * so that it asks for a key of its own, which is made anew each time and told to nobody but the page.
 */
export class ConsoleBridge {
  readonly #platform: PlatformClient
  readonly #files: ConsoleFiles
  readonly #key = randomBytes(32).toString('base64url')
  readonly #server: Server

  constructor(platform: PlatformClient, files: ConsoleFiles) {
    this.#platform = platform
    this.#files = files
    this.#server = createServer((incoming, outgoing) => void this.#take(incoming, outgoing))
  }

  /** @param port 0 is any that is free @returns the address to open, with the key behind its `#` */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', resolve)
    })
    return `http://localhost:${(this.#server.address() as AddressInfo).port}/console#key=${this.#key}`
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '/', headers } = incoming
    try {
      refuseStrangers(incoming)
      const path = checkedPath(decodedOnce(url.split('?', 1)[0] ?? ''))
      if (isConsolePath(path)) {
        const { askedAs: callers, url: platform } = this.#platform
        const ifNoneMatch = headers['if-none-match']
        const asked = { method, path, ifNoneMatch, platform, ...(callers !== undefined && { callers }) }
        write(outgoing, consoleAnswer(this.#files, asked))
      } else {
        this.#admit(headers.authorization)
        await this.#pass(incoming, outgoing)
      }
    } catch (error) {
      if (outgoing.headersSent) outgoing.destroy()
      else write(outgoing, problemReply(error, requestIdFrom(undefined), '/'))
    }
  }

  /** @throws Problem `not-signed-in` */
  #admit(authorization = ''): void {
    const [said, wanted] = [authorization, `Bearer ${this.#key}`].map((text) => Buffer.from(text))
    if (
      said === undefined ||
      wanted === undefined ||
      said.length !== wanted.length ||
      !timingSafeEqual(said, wanted)
    )
      throw new Problem('not-signed-in', 'open the console at the address that `sluice console` showed')
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method, url = '/', headers } = incoming
    const gone = new AbortController()
    outgoing.once('close', () => gone.abort())
    const body = await buffer(incoming)
    const sent: PlatformRequest = {
      method: methodOf(method),
      headers: Object.fromEntries(
        passedOn.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])),
      ),
      ...(body.length > 0 && { body: Uint8Array.from(body) }),
    }
    const answer = await this.#platform.pass(url, sent, gone.signal)
    const told = [...answer.headers].filter(([name]) => !notPassedBack.has(name))
    outgoing.writeHead(answer.status, Object.fromEntries(told))
    if (answer.body === null) outgoing.end()
    else
      await pipeline(Readable.fromWeb(answer.body as ReadableStream<Uint8Array>), outgoing, {
        signal: gone.signal,
      }).catch(() => outgoing.destroy())
  }
}

/** @throws Problem `path-unknown` */
function methodOf(method = ''): PlatformRequest['method'] {
  if (method === 'GET' || method === 'POST' || method === 'DELETE') return method
  throw new Problem('path-unknown', `a page asks with GET, POST or DELETE, got: '${method}'`)
}

function write(outgoing: ServerResponse, { status, headers, body }: Reply): void {
  outgoing.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) })
  outgoing.end(body)
}
