import type { ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { modelEnvironment } from '../../lib/rules/model-environment.ts'
import type { Begin, Beginning, Begun } from './begun-process.ts'
import { ForkedServer } from './forked-server.ts'
import type { Launch } from './launch.ts'
import { discard, type ProcessCensus } from './process-census.ts'
import { spawnCommand } from './spawn-server.ts'

/** Imports that take longer are no help to anybody. */
const importsWithinMs = 120_000
/** A fork takes milliseconds. One that has not come by then does not come, and a cold start takes over. */
const forksWithinMs = 1500
/** Where a server's folder and its arguments stand in what the system shows of a fork: nothing else can be shown there. */
const room = '-'.repeat(400)

/** What a warm parent says, one a line. */
interface Said {
  readonly ready?: number
  readonly id?: number
  readonly refused?: string
  /** It will refuse whatever is asked. */
  readonly isUseless?: boolean
  readonly ended?: number
}

/** A process that has imported the libraries of an environment and forks its servers. Its own end is no server's end. */
export class WarmParent {
  /** Resolves when it has ended, or is given up: whether it was of use until then. */
  readonly ended: Promise<boolean>
  readonly #child: ChildProcess
  readonly #input: Writable
  readonly #servers = new Map<number, ForkedServer>()
  #over: (isOfUse: boolean) => void
  /** By the clock of this process, in milliseconds; undefined before. */
  readyAt: number | undefined
  #isGone = false
  #nextId = 1

  constructor(launch: Launch, imports: readonly string[], census: ProcessCensus) {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    const socket = join(folder, 'socket')
    const { MODEL_DIR: _, VERSION_FILE: __, ...shared } = launch.env
    const args = [...launch.args, 'warm', '--socket', socket, '--room', room]
    const env = { ...modelEnvironment(process.env), SLUICE_THREADS: '1', SLUICE_ROOM: room, ...shared }
    const child = spawnCommand(launch, args, env)
    this.#child = child
    this.#input = child.stdin
    child.stderr.resume()
    const leave = child.pid === undefined ? () => {} : census.enter({ pid: child.pid, socket })
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.ended = promise
    this.#over = resolve
    const late = setTimeout(() => this.#giveUp(), importsWithinMs).unref()
    createInterface({ input: child.stdout }).on('line', (line) => {
      clearTimeout(late)
      this.#hear(JSON.parse(line) as Said)
    })
    const gone = () => {
      clearTimeout(late)
      leave()
      discard(folder)
      this.#giveUp()
    }
    child.once('error', gone)
    child.once('exit', gone)
    this.#tell({ import: imports })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get isReady(): boolean {
    return this.readyAt !== undefined && !this.#isGone
  }

  /** Begin a server as a fork, or in another way where there is none. */
  fork(beginning: Beginning, orElse: Begin): Begun {
    const id = this.#nextId
    this.#nextId += 1
    const server = new ForkedServer(beginning, orElse, forksWithinMs, {
      ask: () => {
        const { args, env: environment, folder } = beginning
        const own = args.slice(beginning.launch.args.length)
        this.#tell({ id, arguments: own, environment, folder })
      },
      hangs: () => this.#giveUp(),
    })
    this.#servers.set(id, server)
    void server.ended.then(() => this.#servers.delete(id))
    return server
  }

  /** End it; the servers that it forked go on. */
  end(): void {
    this.#isGone = true
    this.#over(true)
    this.#child.kill('SIGKILL')
  }

  #tell(what: object): void {
    this.#input.write(`${JSON.stringify(what)}\n`)
  }

  #hear({ ready, id, refused, isUseless, ended }: Said): void {
    if (ready !== undefined) this.readyAt = performance.now()
    if (id === undefined) return
    if (refused !== undefined) this.#servers.get(id)?.refuse()
    if (isUseless) this.#giveUp()
    if (ended !== undefined) this.#servers.get(id)?.exited(ended)
  }

  /** It has died, or hangs. */
  #giveUp(): void {
    this.#over(false)
    this.#isGone = true
    this.#child.kill('SIGKILL')
    for (const server of this.#servers.values()) server.orphaned()
  }
}
