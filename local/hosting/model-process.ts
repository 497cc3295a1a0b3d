import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { modelEnvironment } from '../../lib/rules/model-environment.ts'
import type { Begin, Begun } from './begun-process.ts'
import type { Launch } from './launch.ts'
import type { ProcessCensus } from './process-census.ts'
import { discard, killGroup, killMarked } from './process-census.ts'
import { groupSize } from './process-memory.ts'
import type { ServerAnswer, ServerProcess } from './server-process.ts'
import type { VersionLog } from './version-log.ts'

/** A warm one is there within hundredths of a second: it is looked for often at first. */
const firstPollMs = 2
const pollMs = 10
const sizeEveryMs = 500
const mostProcesses = 64
/** An answer beyond this is broken off, in bytes: it would take the platform's memory. */
const largestAnswer = 64 << 20
/** How long a server may take to answer what it has begun, when it is to stop. */
const graceMs = 2000
/** How long the last words of a process that has ended are waited for. */
const lastWordsMs = 200

/**
 * One process of a runtime's server, spoken to over a socket that only this user can open. It leads a group of its
 * own, so that whatever it starts ends with it; it ends with the platform, whose end of its standard input it holds.
 */
export class ModelProcess implements ServerProcess {
  readonly ended: Promise<string>
  readonly #begun: Begun
  #pid: number | undefined
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  readonly #pool: Pool
  readonly #log: VersionLog
  /** Why the platform has ended it. */
  #sentence: string | undefined
  #isKilled = false
  #over = false
  #didLast: string | undefined

  constructor(launch: Launch, log: VersionLog, census: ProcessCensus, begin: Begin) {
    const socket = join(this.#folder, 'socket')
    this.#log = log
    log.forgetSaid()
    const told = { SLUICE_THREADS: '1', SLUICE_DOING_FILE: this.#doingFile, ...launch.env }
    let leave = () => {}
    this.#begun = begin({
      launch,
      args: [...launch.args, 'serve', '--socket', socket],
      env: { ...modelEnvironment(process.env), ...told },
      folder: this.#folder,
      says: (output) => log.follow(output),
      isWanted: () => this.#sentence === undefined,
      born: (pid) => {
        this.#pid = pid
        leave = census.enter({ pid, socket })
        preferToEnd(pid)
        if (this.#isKilled) killGroup(pid)
      },
    })
    const sizing = setInterval(() => this.#measure(launch.memoryMb), sizeEveryMs).unref()
    this.#pool = new Pool('http://models', {
      socketPath: socket,
      connections: 64,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: largestAnswer,
    })
    this.ended = this.#end().finally(() => {
      this.#over = true
      this.#didLast = this.doing()
      clearInterval(sizing)
      leave()
      void this.#pool.destroy()
      discard(this.#folder)
    })
  }

  async listens(ready: (status: number) => boolean): Promise<void> {
    for (let waitedMs = 0; !this.#over; ) {
      const answered = await this.ask('GET', '/ping').catch(() => undefined)
      if (answered !== undefined && ready(answered.status)) return
      const waitMs = waitedMs < 10 * pollMs ? firstPollMs : pollMs
      await pause(waitMs, undefined, { ref: false })
      waitedMs += waitMs
    }
    throw new Error(await this.ended)
  }

  async ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body: string | Uint8Array | null = null,
    contentType = 'application/json',
  ): Promise<ServerAnswer> {
    const answer = await this.#pool.request({ method, path, body, headers: { 'content-type': contentType } })
    return { status: answer.statusCode, body: await answer.body.bytes() }
  }

  doing(): string | undefined {
    if (this.#didLast !== undefined) return this.#didLast
    try {
      return readFileSync(this.#doingFile, 'utf8').split('\n')[0]
    } catch {
      return undefined
    }
  }

  kill(why: string): void {
    this.#sentence ??= why
    this.#isKilled = true
    if (this.#pid !== undefined) killGroup(this.#pid)
  }

  async stop(): Promise<void> {
    this.#sentence ??= 'it was stopped'
    this.#begun.terminate()
    const impatient = setTimeout(() => this.kill('it was stopped'), graceMs)
    await this.ended
    clearTimeout(impatient)
  }

  async #end(): Promise<string> {
    const reason = await this.#begun.ended
    // Whatever it has started is not left behind, and its last words are heard.
    if (this.#pid !== undefined) killGroup(this.#pid)
    killMarked(this.#folder)
    await Promise.race([this.#begun.heard, pause(lastWordsMs, undefined, { ref: false })])
    this.#begun.letGo()
    return this.#sentence ?? reason
  }

  get #doingFile(): string {
    return join(this.#folder, 'doing')
  }

  #measure(memoryMb: number): void {
    const size = this.#pid === undefined ? undefined : groupSize(this.#pid)
    if (size === undefined) return
    if (size.residentMb > memoryMb) {
      this.#log.say(`it takes ${Math.round(size.residentMb)} MB, and host.memoryMb is ${memoryMb}`)
      this.kill(`it took ${Math.round(size.residentMb)} MB, and host.memoryMb allows ${memoryMb}`)
    }
    if (size.processes > mostProcesses) {
      this.#log.say(`it has started ${size.processes} processes, and ${mostProcesses} are allowed`)
      this.kill(`it started ${size.processes} processes, and ${mostProcesses} are allowed`)
    }
  }
}

/** Where the machine runs out of memory, a model goes before the platform does. */
function preferToEnd(pid: number | undefined): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '500')
  } catch {
    // Other systems have other ways.
  }
}
