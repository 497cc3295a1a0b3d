import { createServer, type Server, type Socket } from 'node:net'
import { constants } from 'node:os'
import { join } from 'node:path'
import { type Begin, type Beginning, type Begun, codeOf, endInWords } from './begun-process.ts'

/** What the parent of a forked server is asked for and told. */
interface Asking {
  /** Have it fork. */
  readonly ask: () => void
  /** It did not. */
  readonly hangs: () => void
}

/** A server whose parent has gone says by itself that it ends: its connection closes. Its parent mostly knows first. */
const parentFirstMs = 100
const lineFeed = 0x0a

/**
 * A server that a warm parent forks. It connects to a socket in its folder, once for each of its standard streams: its
 * lifeline, which says its process id, its output and its errors. Where it does not come, another way is taken.
 */
export class ForkedServer implements Begun {
  readonly ended: Promise<string>
  readonly heard: Promise<unknown>
  readonly #beginning: Beginning
  readonly #orElse: Begin
  readonly #streams: Server
  readonly #late: NodeJS.Timeout
  readonly #outputs: Socket[] = []
  #end: (reason: string) => void
  #hearAll: (all?: unknown) => void
  #lifeline: Socket | undefined
  #pid: number | undefined
  #instead: Begun | undefined
  #isOver = false

  constructor(beginning: Beginning, orElse: Begin, withinMs: number, { ask, hangs }: Asking) {
    this.#beginning = beginning
    this.#orElse = orElse
    const [ended, heard] = [Promise.withResolvers<string>(), Promise.withResolvers<unknown>()]
    this.ended = ended.promise
    this.heard = heard.promise
    this.#end = ended.resolve
    this.#hearAll = heard.resolve
    this.#late = setTimeout(() => {
      hangs()
      this.refuse()
    }, withinMs).unref()
    this.#streams = createServer((stream) => this.#take(stream))
      .on('error', () => this.refuse())
      .listen(join(beginning.folder, 'streams'), ask)
  }

  terminate(): void {
    if (this.#instead !== undefined) this.#instead.terminate()
    else if (this.#pid === undefined) this.refuse()
    else signal(this.#pid, 'SIGTERM')
  }

  letGo(): void {
    this.#instead?.letGo()
    for (const stream of [this.#lifeline, ...this.#outputs]) stream?.destroy()
  }

  /** There is no fork: it begins in the other way, where it is still wanted. */
  refuse(): void {
    if (this.#pid !== undefined || this.#isOver) return
    this.#close()
    this.#isOver = true
    if (!this.#beginning.isWanted()) {
      this.#over('it was not begun')
      return
    }
    try {
      this.#instead = this.#orElse(this.#beginning)
      void this.#instead.ended.then(this.#end)
      void this.#instead.heard.then(this.#hearAll)
    } catch (error) {
      this.#over(`it could not be started (${codeOf(error)})`)
    }
  }

  /** Its parent says how it has ended. @param code as subprocess has it: a signal is negative */
  exited(code: number): void {
    if (this.#pid === undefined) {
      this.refuse()
      return
    }
    const isSignal = ([, number]: [string, number]) => number === -code
    const [name = null] = Object.entries(constants.signals).find(isSignal) ?? []
    this.#over(endInWords(code, code < 0 ? name : null))
  }

  /** Its parent has gone. It goes on without. */
  orphaned(): void {
    if (this.#pid === undefined) this.refuse()
    else if (this.#lifeline?.destroyed) this.#over('it went away')
  }

  #over(reason: string): void {
    this.#isOver = true
    this.#end(reason)
    this.#close()
  }

  #close(): void {
    clearTimeout(this.#late)
    this.#streams.close()
  }

  /** The first line of a stream says which one it is. */
  #take(stream: Socket): void {
    let begun = Buffer.alloc(0)
    stream.on('error', () => {})
    const read = (chunk: Buffer) => {
      begun = Buffer.concat([begun, chunk])
      const end = begun.indexOf(lineFeed)
      if (end < 0) return
      stream.off('data', read)
      stream.pause()
      stream.unshift(begun.subarray(end + 1))
      const [number, pid] = begun.toString('latin1', 0, end).split(' ').map(Number)
      if (number === 0) this.#bear(stream, pid ?? 0)
      else this.#follow(stream)
    }
    stream.on('data', read)
  }

  #bear(lifeline: Socket, pid: number): void {
    // It was too late, and another has begun in its place.
    if (this.#isOver) return void lifeline.destroy()
    clearTimeout(this.#late)
    this.#lifeline = lifeline
    this.#pid = pid
    lifeline.resume()
    lifeline.on('close', () => setTimeout(() => this.#over('it went away'), parentFirstMs).unref())
    this.#beginning.born(pid)
  }

  #follow(output: Socket): void {
    if (this.#isOver) return void output.destroy()
    this.#outputs.push(output)
    if (this.#outputs.length === 2) this.#streams.close()
    const closed = this.#outputs.map((one) => new Promise((over) => one.once('close', over)))
    if (closed.length === 2) void Promise.all(closed).then(this.#hearAll)
    this.#beginning.says(output)
    output.resume()
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}
