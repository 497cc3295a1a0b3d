import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What has gone over a wire. */
export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly status: number
}

/** A wire to a server: everything over it is written down, and it can be cut. */
export interface Wire {
  readonly url: string
  readonly sent: Sent[]
  /** Called before a request goes on: it may wait, or throw to cut the line. */
  before: (request: IncomingMessage) => Promise<void> | void
  /** Called when the answer has come: it may throw to cut the line, so that nobody hears it. */
  after: (request: IncomingMessage) => void
  close(): Promise<void>
}

export async function wireTo(target: string): Promise<Wire> {
  const { hostname, port } = new URL(target)
  const server: Server = createServer(async (asked, answer) => {
    const { method = '', url: path = '', headers } = asked
    try {
      await wire.before(asked)
    } catch {
      asked.socket.destroy()
      return
    }
    const onward = request({ hostname, port, method, path, headers }, (got) => {
      wire.sent.push({ method, path, headers, status: got.statusCode ?? 0 })
      try {
        wire.after(asked)
      } catch {
        asked.socket.destroy()
        return
      }
      answer.writeHead(got.statusCode ?? 500, got.headers)
      got.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    asked.on('close', () => {
      if (!asked.complete) onward.destroy()
    })
    asked.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const wire: Wire = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: [],
    before: () => undefined,
    after: () => undefined,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return wire
}
