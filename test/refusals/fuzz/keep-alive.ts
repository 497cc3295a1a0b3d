import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { WireAnswer } from './judge.ts'

/** A connection that is kept, and made again where the other side has closed it. One request at a time. */
export class KeepAlive {
  readonly #port: number
  #socket: Socket | undefined
  #received: Buffer = Buffer.alloc(0)
  #wake: () => void = () => {}

  constructor(url: string) {
    this.#port = Number(new URL(url).port)
  }

  /** @throws Error where no whole answer comes */
  async ask(bytes: Uint8Array): Promise<WireAnswer> {
    const socket = await this.#connected()
    socket.write(bytes)
    const deadline = performance.now() + 20_000
    for (;;) {
      const answer = this.#take()
      if (answer !== undefined) {
        if (answer.headers.get('connection') === 'close') this.close()
        return answer
      }
      if (socket.destroyed || socket.readableEnded || performance.now() > deadline) {
        this.close()
        throw new Error('no whole answer came')
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  async #connected(): Promise<Socket> {
    if (this.#socket !== undefined && !this.#socket.destroyed && !this.#socket.readableEnded)
      return this.#socket
    const socket = connect(this.#port, '127.0.0.1').setNoDelay(true)
    await once(socket, 'connect')
    this.#received = Buffer.alloc(0)
    socket.setTimeout(20_000, () => socket.destroy())
    socket.on('data', (bytes: Buffer) => {
      this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes])
      this.#wake()
    })
    socket.on('error', () => {})
    for (const event of ['end', 'close']) socket.on(event, () => this.#wake())
    this.#socket = socket
    return socket
  }

  #take(): WireAnswer | undefined {
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const [first = '', ...lines] = this.#received.toString('latin1', 0, end).split('\r\n')
    const headers = new Map(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    const read =
      headers.get('transfer-encoding') === 'chunked'
        ? chunked(this.#received, end + 4)
        : sized(this.#received, end + 4, Number(headers.get('content-length') ?? 0))
    if (read === undefined) return undefined
    this.#received = this.#received.subarray(read.end)
    return { status: Number(first.split(' ')[1]), headers, body: read.body.toString('utf8') }
  }
}

interface Read {
  readonly body: Buffer
  readonly end: number
}

function sized(bytes: Buffer, from: number, length: number): Read | undefined {
  return bytes.length < from + length
    ? undefined
    : { body: bytes.subarray(from, from + length), end: from + length }
}

function chunked(bytes: Buffer, from: number): Read | undefined {
  const parts: Buffer[] = []
  for (let at = from; ; ) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16)
    const end = line + 2 + size + 2
    if (bytes.length < end) return undefined
    if (size === 0) return { body: Buffer.concat(parts), end }
    parts.push(bytes.subarray(line + 2, line + 2 + size))
    at = end
  }
}
