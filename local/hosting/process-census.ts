import { mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { commandOf, processesMarked } from './process-memory.ts'

/** A process that was started, and the socket that tells it from every other. */
interface Counted {
  readonly pid: number
  readonly socket: string
}

/**
 * Which model processes a home has. One that hangs does not notice that its platform was killed: the next platform
 * finds it here and ends it. An entry is a link: it is there whole or not at all, and a full disk has room for it.
 */
export class ProcessCensus {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
  }

  /** @returns what forgets it again */
  enter({ pid, socket }: Counted): () => void {
    const place = join(this.#folder, String(pid))
    try {
      rmSync(place, { force: true })
      symlinkSync(socket, place)
    } catch {
      // A disk that is full keeps no model from serving.
    }
    return () => discard(place)
  }

  /** End what an earlier platform left behind. */
  reap(): void {
    for (const name of readdirSync(this.#folder)) {
      const place = join(this.#folder, name)
      const left = read(place)
      if (left !== undefined) {
        if (isOurs(left)) killGroup(left.pid)
        killMarked(dirname(left.socket))
        discard(dirname(left.socket))
      }
      discard(place)
    }
  }
}

/** End a process and whatever it has started, as far as that has stayed in its group. */
export function killGroup(pid: number): void {
  kill(-pid)
}

/** End whatever knows of a folder out of its environment: children that have left the group of the process they came from. */
export function killMarked(folder: string): void {
  for (const pid of processesMarked(folder)) kill(pid)
}

/** Remove a file or a folder, if that can be done. */
export function discard(place: string): void {
  try {
    rmSync(place, { recursive: true, force: true })
  } catch {
    // A place that cannot be removed is no reason for anything to end.
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function read(place: string): Counted | undefined {
  try {
    const [pid, socket] = [Number(basename(place)), readlinkSync(place)]
    return Number.isInteger(pid) && pid > 1 ? { pid, socket } : undefined
  } catch {
    // Not one of ours.
    return undefined
  }
}

/** Process ids are used again: only one that was started with this very socket is the one. */
function isOurs({ pid, socket }: Counted): boolean {
  return commandOf(pid).includes(socket)
}
