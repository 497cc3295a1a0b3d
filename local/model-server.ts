import { type ChildProcess, fork } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'

/** What a model server answered. */
export interface ServerAnswer {
  readonly status: number
  readonly body: Uint8Array
}

/** The server is not there: starting, starting again, or gone in the middle of a request. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone'
}

/** No answer in time: the process is stuck, since a prediction blocks it, and only SIGKILL ends that. */
export class ServerHung extends Error {
  override readonly name = 'ServerHung'
}

const longestPauseMs = 5000
const patienceMs = 60_000
/** How long a server may take to answer what it has begun, when the platform stops. */
const graceMs = 2000
/** A process that lived this long did not die of its start. */
const healthyMs = 10_000

/**
 * A supervised process of a runtime's own server, with many models loaded by SageMaker's multi-model contract over a
 * socket that only this user can open. When the process dies it is started again, and knows its models again.
 */
export class ModelServer {
  readonly #script: string
  readonly #logFile: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  readonly #models = new Map<string, string>()
  readonly #loads = new Map<string, Promise<void>>()
  #child: ChildProcess | undefined
  #pool: Pool | undefined
  #started: Promise<void>
  #starts = 0
  #startedAt = 0
  #deaths = 0
  #stopping = false

  /** @param script the server's file @param logFile where its output is appended */
  constructor(script: string, logFile: string) {
    this.#script = script
    this.#logFile = logFile
    this.#started = this.#start()
    this.#started.catch(() => {})
  }

  /** Load a model, or find it loaded. @throws Error with the server's reason where it cannot be loaded */
  load(name: string, folder: string): Promise<void> {
    const known = this.#models.get(name) === folder ? this.#loads.get(name) : undefined
    if (known !== undefined) return known
    this.#models.set(name, folder)
    const loading = this.#started.then(() => this.#load(name, folder))
    this.#loads.set(name, loading)
    loading.catch(() => this.#loads.delete(name))
    return loading
  }

  async unload(name: string): Promise<void> {
    this.#models.delete(name)
    this.#loads.delete(name)
    await this.#started
    await this.#ask('DELETE', `/models/${name}`, undefined, patienceMs)
  }

  /** The folder of the model that really answers under a name. */
  async loaded(name: string): Promise<string | undefined> {
    const { status, body } = await this.#ask('GET', `/models/${name}`, undefined, patienceMs)
    return status === 200
      ? (JSON.parse(Buffer.from(body).toString()) as { modelUrl: string }).modelUrl
      : undefined
  }

  async invoke(name: string, body: string | Uint8Array, timeoutMs: number): Promise<ServerAnswer> {
    const answer = await this.#ask('POST', `/models/${name}/invoke`, body, timeoutMs)
    // A process that was started again has not loaded all its models yet.
    if (answer.status === 404) throw new ServerGone('the model is being loaded')
    return answer
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#child?.kill('SIGTERM')
    // A prediction that hangs hears nothing but SIGKILL.
    const impatient = setTimeout(() => this.#child?.kill('SIGKILL'), graceMs)
    await this.#exited()
    clearTimeout(impatient)
    await this.#pool?.destroy()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #start(): Promise<void> {
    if (this.#stopping) throw new ServerGone('the platform is stopping')
    const socket = join(this.#folder, `${this.#starts}.sock`)
    this.#starts += 1
    this.#startedAt = Date.now()
    const log = createWriteStream(this.#logFile, { flags: 'a' })
    // A log that cannot be written takes nobody down.
    log.on('error', () => {})
    const child = fork(this.#script, ['serve', '--socket', socket], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
      env: { ...process.env, SLUICE_THREADS: '1' },
    })
    child.stdout?.pipe(log, { end: false })
    child.stderr?.pipe(log, { end: false })
    this.#child = child
    child.once('exit', () => {
      log.end()
      this.#revive()
    })
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve())
      child.once('exit', () => reject(new ServerGone('the model server did not start')))
    })
    this.#pool = new Pool('http://models', { socketPath: socket, connections: 64, pipelining: 1 })
    await Promise.all(
      [...this.#models].map(([name, folder]) =>
        this.#load(name, folder).catch(() => this.#loads.delete(name)),
      ),
    )
  }

  #revive(): void {
    if (this.#stopping) return
    this.#pool?.destroy()
    this.#pool = undefined
    this.#deaths = Date.now() - this.#startedAt > healthyMs ? 1 : this.#deaths + 1
    // The first death is mended at once; one that dies again and again is not left to burn the machine.
    const wait = this.#deaths === 1 ? 0 : Math.min(50 * 2 ** (this.#deaths - 1), longestPauseMs)
    this.#started = pause(wait, undefined, { ref: false }).then(() => this.#start())
    this.#started.catch(() => {})
  }

  async #load(name: string, folder: string): Promise<void> {
    const body = JSON.stringify({ model_name: name, url: folder })
    const answer = await this.#ask('POST', '/models', body, patienceMs)
    if (answer.status === 200) return
    throw new Error((JSON.parse(Buffer.from(answer.body).toString()) as { error: string }).error)
  }

  async #ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body: string | Uint8Array | undefined,
    timeoutMs: number,
  ): Promise<ServerAnswer> {
    const [pool, child] = [this.#pool, this.#child]
    if (pool === undefined) throw new ServerGone('the model server is starting')
    try {
      const answer = await pool.request({
        method,
        path,
        body: body ?? null,
        headers: { 'content-type': 'application/json' },
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      })
      return { status: answer.statusCode, body: await answer.body.bytes() }
    } catch (error) {
      const code = Error.isError(error) && 'code' in error ? String(error.code) : ''
      if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
        // The process that hung, not one that was started since.
        child?.kill('SIGKILL')
        throw new ServerHung(`no answer within ${timeoutMs} ms; the process was ended`)
      }
      throw new ServerGone(`the model server went away (${code})`)
    }
  }

  #exited(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
    return new Promise((resolve) => child.once('exit', () => resolve()))
  }
}
