import { once } from 'node:events'
import { request as ask, createServer } from 'node:http'
import { emulated } from './ministack.ts'

/** The host by which images of the emulated account are named. */
export const imageHost = `${emulated.account}.dkr.ecr.${emulated.region}.amazonaws.com`

/**
 * The way from an engine of containers to the emulator's image registry, as an HTTP proxy: images are named by the
 * registry's host on AWS, which there is no other way to. It leads nowhere else.
 * @returns the proxy's URL, and how to close it
 */
export async function openRegistryDoor(emulator: string): Promise<{ readonly url: string; close(): void }> {
  // A layer of a whole Debian may be minutes on its way, on a machine that does other things.
  const server = createServer({ requestTimeout: 0 }, (incoming, outgoing) => {
    const { host, pathname, search } = new URL(incoming.url ?? '', `http://${incoming.headers.host}`)
    if (host !== imageHost) return outgoing.writeHead(502).end(`no way to ${host}`)
    const passed = ask(new URL(`${pathname}${search}`, emulator), {
      method: incoming.method ?? 'GET',
      headers: incoming.headers,
    })
    passed.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', (error) => outgoing.writeHead(502).end(String(error)))
    incoming.pipe(passed)
    return undefined
  })
  // Only plain HTTP: the engine is told that this registry has no TLS.
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
