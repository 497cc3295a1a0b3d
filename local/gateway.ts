import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { type Door, problemAnswer } from '../lambdas/problem-answer.ts'
import { Problem } from '../lib/rules/problem.ts'
import { checkedPath, decodedOnce } from '../lib/rules/request-path.ts'

/** The port asked for is in use. */
export class PortInUse extends Error {
  override readonly name = 'PortInUse'
}

const invocation = /^\/models\/[^/]+(?:\/(?:aliases|versions)\/[^/]+)?\/invocations$/

const localHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * What API Gateway is on AWS: takes HTTP on the loopback address, decodes and checks the path once, and hands
 * predictions to the router and the rest to control.
 */
export class Gateway {
  readonly #server: Server

  constructor(router: Hono<Door>, control: Hono<Door>, actor: string) {
    const refusal = refusals()
    const listener = getRequestListener(
      (request, env) => {
        const incoming = (env as { incoming: IncomingMessage }).incoming
        try {
          refuseStrangers(incoming.headers)
          const path = checkedPath(decodedOnce(incoming.url?.split('?')[0] ?? ''))
          const app = incoming.method === 'POST' && invocation.test(path) ? router : control
          return app.fetch(request, { path, actor })
        } catch (error) {
          return refusal.fetch(request, { path: '/', actor, error } as Door['Bindings'])
        }
      },
      {
        overrideGlobalObjects: false,
        // What cannot even be made a URL of: it never reached the check above.
        errorHandler: () =>
          refusal.fetch(new Request('http://localhost/'), {
            path: '/',
            actor,
            error: unreadable,
          } as Door['Bindings']),
      },
    )
    this.#server = createServer({ keepAliveTimeout: 60_000 }, listener)
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
}

/**
 * A web page must not reach the platform: neither through a name of its own that points here (`Host`), nor by sending
 * a form across sites (`Origin`). @throws Problem `host-refused`
 */
function refuseStrangers({ host = '', origin }: IncomingHttpHeaders): void {
  if (!isLocal(host)) throw new Problem('host-refused', 'the Host header names another machine than this one')
  if (origin !== undefined && !isLocal(origin.replace(/^https?:\/\//, '')))
    throw new Problem('host-refused', 'the request comes from a page of another site')
}

function isLocal(host: string): boolean {
  return localHosts.has(host.replace(/:\d+$/, '').toLowerCase())
}

const unreadable = new Problem('path-malformed', 'the path is none that a URL can have')

/** Answers what no app may see. */
function refusals(): Hono<Door> {
  const app = new Hono<Door>({ getPath: () => '/' })
  app.all('/', (context) => problemAnswer((context.env as { error?: unknown }).error, context))
  return app
}
