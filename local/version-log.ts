import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import type { LogLine } from '../lambdas/ports.ts'

/** A log keeps this much and as much again of what came before, in bytes. */
const mostBytes = 1 << 20
/** A longer line is cut, in characters. */
const longestLine = 8192
/** What a process may write in one span, in bytes; then it waits for the next. 2.5 MB/s: no sane log, and no burden. */
const mostOfSpan = 1 << 18
const spanMs = 100
const lastLines = 20

/**
 * What the server of one version, or of several that share one, wrote: bounded on disk, and slowed down where it
 * floods, so that neither the disk nor this process suffers from it. A log that cannot be written takes nobody down.
 */
export class VersionLog {
  readonly #path: string
  #size: number | undefined
  #last = 0
  #said: string[] = []

  constructor(path: string) {
    this.#path = path
  }

  /** Write what the platform itself has to say. */
  say(text: string): void {
    this.#write([text])
  }

  /** Write what a process says, line by line, until it ends. */
  follow(output: Readable): void {
    let rest = ''
    let taken = 0
    let paused: NodeJS.Timeout | undefined
    output.setEncoding('utf8')
    output.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > longestLine) lines.push(rest)
      if (rest.length > longestLine) rest = ''
      this.#hear(lines)
      taken += chunk.length
      if (taken < mostOfSpan || paused !== undefined) return
      output.pause()
      paused = setTimeout(() => {
        paused = undefined
        taken = 0
        output.resume()
      }, spanMs)
    })
    output.on('end', () => {
      clearTimeout(paused)
      if (rest !== '') this.#hear([rest])
    })
    output.on('error', () => {})
  }

  /** The last that a process said, for whoever wants to know why it ended; forgotten when the next begins. */
  lastSaid(): string {
    return this.#said.join('\n')
  }

  forgetSaid(): void {
    this.#said = []
  }

  #hear(lines: readonly string[]): void {
    this.#said = [...this.#said, ...lines.slice(-lastLines)].slice(-lastLines)
    this.#write(lines)
  }

  #write(lines: readonly string[]): void {
    if (lines.length === 0) return
    const text = lines.map((line) => `${this.#stamp()} ${plain(line)}\n`).join('')
    try {
      if (this.#size === undefined) mkdirSync(dirname(this.#path), { recursive: true })
      this.#size ??= existsSync(this.#path) ? statSync(this.#path).size : 0
      appendFileSync(this.#path, text)
      this.#size += Buffer.byteLength(text)
      if (this.#size <= mostBytes) return
      renameSync(this.#path, `${this.#path}.1`)
      this.#size = 0
    } catch {
      this.#size = undefined
    }
  }

  /** RFC 3339 to the microsecond, and never the same twice: by it a reader says how far it has read. */
  #stamp(): string {
    this.#last = Math.max(this.#last + 1, Date.now() * 1000)
    const micros = String(this.#last % 1000).padStart(3, '0')
    return new Date(Math.floor(this.#last / 1000)).toISOString().replace('Z', `${micros}Z`)
  }
}

/** The lines of a log, oldest first; only those after a stamp, where one is given. */
export function readLog(path: string, after = ''): LogLine[] {
  return [`${path}.1`, path].filter(existsSync).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => ({ at: line.slice(0, 27), text: line.slice(28) }))
      .filter(({ at }) => at !== '' && at > after),
  )
}

/** Without what a terminal would take for a command. */
function plain(line: string): string {
  return line.slice(0, longestLine).replaceAll(/[^\P{Cc}\t]/gu, '')
}
