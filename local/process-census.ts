import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A process that was started, and the socket that tells it from every other. */
interface Counted {
  readonly pid: number
  readonly socket: string
}

/**
 * Which model processes a home has. One that hangs does not notice that its platform was killed: the next platform
 * finds it here and ends it.
 */
export class ProcessCensus {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
  }

  /** @returns what forgets it again */
  enter(process: Counted): () => void {
    const place = join(this.#folder, `${process.pid}.json`)
    try {
      writeFileSync(place, JSON.stringify(process))
    } catch {
      // A disk that is full keeps no model from serving.
    }
    return () => rmSync(place, { force: true })
  }

  /** End what an earlier platform left behind. */
  reap(): void {
    for (const name of readdirSync(this.#folder)) {
      const place = join(this.#folder, name)
      const left = read(place)
      if (left !== undefined && isOurs(left)) killGroup(left.pid)
      if (left !== undefined) rmSync(dirname(left.socket), { recursive: true, force: true })
      rmSync(place, { force: true })
    }
  }
}

/** End a process and whatever it has started. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function read(place: string): Counted | undefined {
  try {
    return JSON.parse(readFileSync(place, 'utf8')) as Counted
  } catch {
    // Cut short by the kill that makes us look.
    return undefined
  }
}

/** Process ids are used again: only one that was started with this very socket is the one. */
function isOurs({ pid, socket }: Counted): boolean {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes(socket)
  } catch {
    return false
  }
}
