import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { docker, dockersWords } from '../docker/docker.ts'
import type { Engine } from '../docker/engine.ts'
import { type ContainerLaunch, createArguments } from './container-launch.ts'
import type { ServerAnswer, ServerProcess } from './server-process.ts'
import type { VersionLog } from './version-log.ts'

const pollMs = 50
/** An answer beyond this is broken off, in bytes: it would take the platform's memory. */
const largestAnswer = 64 << 20
/** How long a server may take to answer what it has begun, when it is to stop, in seconds. */
const graceSeconds = 5
/** An engine that says nothing of a container that was to end is not waited for any longer. */
const engineMs = 15_000

/**
 * One container of somebody's own server, spoken to over HTTP. It has no way to the outside, nothing of this machine but
 * the files of its version, and of those no way to change them. The engine holds it to its memory.
 */
export class ContainerProcess implements ServerProcess {
  readonly ended: Promise<string>
  readonly answersMany = true
  readonly #launch: ContainerLaunch
  readonly #log: VersionLog
  readonly #name: string
  readonly #reached = Promise.withResolvers<Pool>()
  /** Why the platform has ended it. */
  #sentence: string | undefined
  #over = false
  /** Settles once the engine has nothing of it any more. */
  #removed: Promise<unknown> = Promise.resolve()
  /** What it said when it was asked whether it is ready; undefined: nothing. */
  #readiness: number | undefined

  constructor(launch: ContainerLaunch, log: VersionLog) {
    this.#launch = launch
    this.#log = log
    this.#name = `sluice-${launch.containers.word}-${randomUUID().slice(0, 8)}`
    this.#reached.promise.catch(() => {})
    log.forgetSaid()
    this.ended = this.#run()
      .catch((error: unknown) => (Error.isError(error) ? error.message : 'it could not be started'))
      .then((reason) => this.#end(reason))
  }

  async listens(ready: (status: number) => boolean): Promise<void> {
    while (!this.#over) {
      const answered = await this.ask('GET', '/ping').catch(() => undefined)
      if (answered !== undefined && ready(answered.status)) return
      await pause(pollMs, undefined, { ref: false })
    }
    throw new Error(await this.ended)
  }

  async ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body: string | Uint8Array | null = null,
    contentType = 'application/json',
    accept?: string,
  ): Promise<ServerAnswer> {
    const pool = await this.#reached.promise
    const { predict, readiness } = this.#launch.address
    const isPing = path === '/ping'
    const answer = await pool.request({
      method,
      path: isPing ? readiness : predict,
      body,
      headers: {
        ...(!isPing && { 'content-type': contentType }),
        ...(accept !== undefined && { accept }),
      },
    })
    const { statusCode } = answer
    const type = answer.headers['content-type']
    const bytes = await answer.body.bytes()
    if (isPing) this.#readiness = statusCode
    return {
      // Whether 200 or 204: it is ready.
      status: isPing && statusCode >= 200 && statusCode < 300 ? 200 : statusCode,
      body: bytes,
      contentType: typeof type === 'string' ? type : 'application/octet-stream',
    }
  }

  doing(): undefined {
    return undefined
  }

  lacks(): string {
    const { port, readiness } = this.#launch.address
    if (this.#readiness === undefined)
      return `nothing answers HTTP at port ${port}, which container.serverPort names`
    return `GET ${readiness}, which container.readinessEndpoint names, answers ${this.#readiness}`
  }

  kill(why: string): void {
    this.#sentence ??= why
    if (this.#over) return
    // What ends is heard of by the one who waits for its end.
    docker(['kill', this.#name]).catch(() => {})
    // Until it has ended nobody is sent to it.
    this.#reached.reject(new Error(why))
    void this.#reached.promise.then((pool) => pool.destroy()).catch(() => {})
    this.#giveUpLater()
  }

  async stop(): Promise<void> {
    this.#sentence ??= 'it was stopped'
    if (!this.#over) docker(['stop', `--time=${graceSeconds}`, this.#name]).catch(() => {})
    this.#giveUpLater()
    await this.ended
    await this.#removed
  }

  readonly #gaveUp = Promise.withResolvers<string>()

  #giveUpLater(): void {
    const tell = () => this.#gaveUp.resolve('the Docker engine did not say that it has ended')
    setTimeout(tell, graceSeconds * 1000 + engineMs).unref()
  }

  /** @returns why it has ended */
  async #run(): Promise<string> {
    const { containers, address } = this.#launch
    const engine = await containers.ready()
    const flags = containers.flags(engine, address.port)
    const created = await docker(createArguments(this.#launch, this.#name, flags))
    if (!created.ok) return `it could not be started: ${dockersWords(created)}`
    if (this.#sentence !== undefined) return this.#sentence
    // In a group of its own: what ends the platform by its terminal is no word to the model.
    const attached = spawn('docker', ['start', '--attach', this.#name], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.#log.follow(attached.stdout)
    this.#log.follow(attached.stderr)
    const closed = once(attached, 'close')
    void this.#reach(engine, attached).catch((error) => this.#reached.reject(error))
    await Promise.race([closed, this.#gaveUp.promise])
    attached.kill()
    return this.#reasonOfEngine()
  }

  /** Find out where it is as soon as it runs. */
  async #reach(engine: Engine, attached: ChildProcess): Promise<void> {
    while (attached.exitCode === null && !this.#over) {
      const url = await this.#launch.containers.addressOf(this.#name, engine, this.#launch.address.port)
      if (url !== undefined) {
        const pool = new Pool(url, {
          ...{ connections: 64, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 },
          maxResponseSize: largestAnswer,
        })
        return this.#reached.resolve(pool)
      }
      await pause(pollMs, undefined, { ref: false })
    }
  }

  async #reasonOfEngine(): Promise<string> {
    const format = '{{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Error}}'
    const { stdout } = await docker(['inspect', '--type=container', '--format', format, this.#name])
    const [outOfMemory, code = '', ...words] = stdout.split(' ')
    if (outOfMemory === 'true')
      return `it took more memory than the ${this.#launch.memoryMb} MB that host.memoryMb allows`
    const why = words.join(' ')
    return why === '' ? `it ended with ${code}` : `it could not be started: ${why}`
  }

  #end(reason: string): string {
    this.#over = true
    this.#reached.reject(new Error(reason))
    void this.#reached.promise.then((pool) => pool.destroy()).catch(() => {})
    this.#removed = docker(['rm', '--force', '--volumes', this.#name]).catch(() => {})
    return this.#sentence ?? reason
  }
}
