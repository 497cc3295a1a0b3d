import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A connection to a platform, for what no HTTP client would send. */
export class Wire {
  readonly socket: Socket
  #received = ''
  #closed = false

  constructor(url: string) {
    this.socket = connect(Number(new URL(url).port), '127.0.0.1')
    this.socket.setNoDelay(true)
    this.socket.on('data', (bytes) => {
      this.#received += bytes.toString('latin1')
    })
    // What is still being sent may meet a closed door.
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.#closed = true
    })
  }

  /** Everything that came so far. */
  get received(): string {
    return this.#received
  }

  get closed(): boolean {
    return this.#closed
  }

  async send(bytes: string | Uint8Array): Promise<void> {
    if (this.#closed) return
    if (!this.socket.write(bytes))
      await Promise.race([once(this.socket, 'drain'), once(this.socket, 'close')])
  }

  leave(): void {
    this.socket.destroy()
  }

  /** The next answer. @throws Error where the connection ends, or nothing comes, before it is whole */
  async answer(withinMs = 15_000): Promise<Response> {
    const deadline = performance.now() + withinMs
    for (;;) {
      const answer = this.#take()
      if (answer !== undefined) return answer
      if (this.#closed || performance.now() > deadline)
        throw new Error(`no whole answer came, but ${JSON.stringify(this.#received.slice(0, 300))}`)
      await pause(2)
    }
  }

  #take(): Response | undefined {
    this.#received = this.#received.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const [first = '', ...lines] = this.#received.slice(0, end).split('\r\n')
    const headers = new Headers(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon), line.slice(colon + 1).trim()]
      }),
    )
    const read = bodyIn(this.#received.slice(end + 4), headers)
    if (read === undefined) return undefined
    this.#received = read.rest
    const status = Number(first.split(' ')[1])
    return new Response(Buffer.from(read.body, 'latin1'), { status, headers })
  }
}

function bodyIn(text: string, headers: Headers): { body: string; rest: string } | undefined {
  if (headers.get('transfer-encoding') === 'chunked') return chunksIn(text)
  const length = Number(headers.get('content-length') ?? 0)
  return text.length < length ? undefined : { body: text.slice(0, length), rest: text.slice(length) }
}

function chunksIn(text: string): { body: string; rest: string } | undefined {
  let body = ''
  for (let at = 0; ; ) {
    const line = text.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(text.slice(at, line), 16)
    if (text.length < line + 2 + size + 2) return undefined
    if (size === 0) return { body, rest: text.slice(line + 4) }
    body += text.slice(line + 2, line + 2 + size)
    at = line + 2 + size + 2
  }
}

/** Send bytes as they are written here, and read one answer. */
export async function sentRaw(url: string, bytes: string | Uint8Array): Promise<Response> {
  const wire = new Wire(url)
  await wire.send(bytes)
  try {
    return await wire.answer()
  } finally {
    wire.leave()
  }
}

/** A request as text: what is left out is what any client sends. */
export function requestText(
  line: string,
  { body = '', headers = [] as readonly string[], host = 'Host: localhost' } = {},
): string {
  const length =
    body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]
  return `${[`${line} HTTP/1.1`, ...(host === '' ? [] : [host]), ...length, ...headers].join('\r\n')}\r\n\r\n${body}`
}
