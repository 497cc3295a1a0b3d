import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import type { LogLine } from '../../lambdas/ports.ts'

/** A log keeps this much and as much again of what came before, in bytes. */
const mostBytes = 1 << 20
/** A longer line is cut, in characters. */
const longestLine = 8192
/** What a process may write in one span, stamps included, in characters; then it waits. 2.5 MB/s: no sane log, and no burden. */
const mostOfSpan = 1 << 18
const spanMs = 100
/** So much is written at once: more, and a log would grow far beyond its bound before it is looked at. */
const mostLinesAtOnce = 500
/** Of one read of mostly empty lines only so many are kept: each costs more than its bytes. */
const mostLinesOfRead = 4096
const lastLines = 20
/** `2026-03-01T10:00:00.000000Z` */
const stampLength = 27

/**
 * What the server of one version, or of several that share one, wrote: bounded on disk, and slowed down where it
 * floods, so that neither the disk nor this process suffers from it. A log that cannot be written takes nobody down.
 */
export class VersionLog {
  readonly #path: string
  #size: number | undefined
  #last = 0
  #second = ''
  #secondOf = Number.NaN
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
      taken += chunk.length + lines.length * (stampLength + 1)
      if (taken < mostOfSpan || paused !== undefined) return
      output.pause()
      const pauseMs = (spanMs * taken) / mostOfSpan
      taken = 0
      paused = setTimeout(() => {
        paused = undefined
        output.resume()
      }, pauseMs)
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
    const kept = lines.slice(-mostLinesOfRead)
    if (kept.length < lines.length) this.say(`${lines.length - kept.length} short lines are left out here`)
    for (let from = 0; from < kept.length; from += mostLinesAtOnce)
      this.#write(kept.slice(from, from + mostLinesAtOnce))
  }

  #write(lines: readonly string[]): void {
    try {
      this.#size ??= this.#open()
      const text = lines.map((line) => `${this.#stamp()} ${plain(line)}\n`).join('')
      appendFileSync(this.#path, text)
      this.#size += Buffer.byteLength(text)
      if (this.#size <= mostBytes) return
      renameSync(this.#path, `${this.#path}.1`)
      this.#size = 0
    } catch {
      this.#size = undefined
    }
  }

  /** @returns the size of what an earlier process has left, whose last stamp is not to be undercut */
  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true })
    const left = [this.#path, `${this.#path}.1`].find((file) => existsSync(file) && statSync(file).size > 0)
    if (left !== undefined) this.#last = Math.max(this.#last, microsOf(lastStampIn(left)))
    return existsSync(this.#path) ? statSync(this.#path).size : 0
  }

  /** RFC 3339 to the microsecond, and never the same twice: by it a reader says how far it has read. */
  #stamp(): string {
    this.#last = Math.max(this.#last + 1, Date.now() * 1000)
    const second = Math.floor(this.#last / 1_000_000)
    // A flood has thousands of lines a second.
    if (second !== this.#secondOf) this.#second = new Date(second * 1000).toISOString().slice(0, 20)
    this.#secondOf = second
    return `${this.#second}${String(this.#last % 1_000_000).padStart(6, '0')}Z`
  }
}

/** The lines of a log, oldest first; only those after a stamp, where one is given. */
export function readLog(path: string, after = ''): LogLine[] {
  return [`${path}.1`, path].filter(existsSync).flatMap((file) => linesAfter(readFileSync(file), after))
}

/** A follower asks for the little that is new at the end of much: it is found by halves, since stamps rise. */
function linesAfter(bytes: Buffer, after: string): LogLine[] {
  let [from, to] = [0, bytes.length]
  while (from < to) {
    const start = lineStart(bytes, Math.floor((from + to) / 2))
    if (bytes.toString('latin1', start, start + stampLength) > after) to = start
    else from = lineEnd(bytes, start)
  }
  return bytes
    .toString('utf8', from)
    .split('\n')
    .map((line) => ({ at: line.slice(0, stampLength), text: line.slice(stampLength + 1) }))
    .filter(({ at }) => at !== '' && at > after)
}

/** Where the line begins in which a place is. */
function lineStart(bytes: Buffer, place: number): number {
  return place === 0 ? 0 : bytes.lastIndexOf('\n', place - 1) + 1
}

function lineEnd(bytes: Buffer, start: number): number {
  const end = bytes.indexOf('\n', start)
  return end < 0 ? bytes.length : end + 1
}

/** The stamp of the last line of a file; nothing where it ends in none. */
function lastStampIn(file: string): string {
  const handle = openSync(file, 'r')
  try {
    const tail = Buffer.alloc(4 * longestLine)
    const read = readSync(handle, tail, 0, tail.length, Math.max(0, fstatSync(handle).size - tail.length))
    const line = tail.toString('utf8', 0, read).trimEnd().split('\n').at(-1) ?? ''
    return line.slice(0, stampLength)
  } finally {
    closeSync(handle)
  }
}

/** Microseconds since the epoch; 0 for what is no stamp. */
function microsOf(stamp: string): number {
  const ms = Date.parse(stamp)
  return Number.isNaN(ms) ? 0 : ms * 1000 + Number(stamp.slice(23, 26))
}

/** Without what a terminal would take for a command, or shows in another order than it is written. */
function plain(line: string): string {
  return line.slice(0, longestLine).replaceAll(/[^\P{Cc}\t]|\p{Bidi_Control}/gu, '')
}
