import { setTimeout as pause } from 'node:timers/promises'
import { reasonInLog, saysWhy, stillLoadingAt } from '../../lib/rules/server-log.ts'
import { codeOf } from './begun-process.ts'
import { PendingAnswers } from './pending-answers.ts'
import type { ProcessCensus } from './process-census.ts'
import { LoadFailed, ServerGone, ServerHung } from './server-faults.ts'
import type { ServerAnswer, ServerProcess } from './server-process.ts'
import { type ServerLaunch, startServer } from './start-server.ts'
import type { VersionLog } from './version-log.ts'
import type { WarmParents } from './warm-parents.ts'

/** How patient a server's keeper is, in milliseconds. */
export interface Patience {
  /** A server that has not begun to listen, or has not loaded a model, within this is stuck. */
  readonly loadMs: number
  /** Restarts come after pauses up to this. */
  readonly longestPauseMs: number
  /** A process that lived this long did not die of its start. */
  readonly healthyMs: number
  /** A model that cannot be loaded is tried again after this at the earliest. */
  readonly nextLoadMs: number
}

const usualPatience: Patience = {
  loadMs: 60_000,
  longestPauseMs: 30_000,
  healthyMs: 10_000,
  nextLoadMs: 5000,
}
/** How long an answer to a word in passing is waited for. */
const passingWordMs = 2000
/** A model whose process has died this often while it was being loaded is not tried for ever. */
const mostLoads = 2

/** How a server is spoken to: whether it holds one model from its start, or any number that come and go. */
export type Holds = 'one' | 'many'

/** Hears that a process of several models has died. */
interface DeathNotice {
  /** Whether one of those who waited for an answer is the cause, and lives elsewhere from now on. */
  readonly isMended: boolean
  /** What each of those is told. */
  errorFor(name: string): Error
}

interface ModelServerProps {
  readonly launch: ServerLaunch
  readonly holds: Holds
  readonly log: VersionLog
  readonly census: ProcessCensus
  /** Given where several models share the server: what model it was at work on when it died, and who waited. */
  readonly onDeath?: (doing: string | undefined, asked: ReadonlySet<string>, reason: string) => DeathNotice
  readonly patience?: Partial<Patience>
  /** Where a process begins warm, if its launch can; told whenever somebody is served. */
  readonly warmParents?: WarmParents
}

/**
 * A runtime's server, kept alive: when its process dies it is started again, at once the first time, then after longer
 * and longer pauses. `many` is SageMaker's multi-model contract; a model is loaded when it is first asked for, and
 * again after each death. `one` is the plain container contract, and the model is in its launch.
 */
export class ModelServer {
  readonly #launch: ServerLaunch
  readonly holds: Holds
  #log: VersionLog
  readonly #census: ProcessCensus
  #onDeath: ModelServerProps['onDeath']
  readonly #patience: Patience
  readonly #warmParents: WarmParents | undefined
  readonly #loads = new Map<string, { readonly folder: string; readonly loading: Promise<void> }>()
  readonly #deathsInLoad = new Map<string, number>()
  readonly #failed = new Map<
    string,
    { readonly folder: string; readonly at: number; readonly error: LoadFailed }
  >()
  readonly #pending = new PendingAnswers()
  #process: ServerProcess | undefined
  #listening: Promise<ServerProcess> | undefined
  #startsAt = 0
  #deaths = 0
  #diedAt = 0
  #lastReason = ''
  #stopping = false
  #beginning: NodeJS.Timeout | undefined
  /** Its process has died, and no model is loaded again yet. */
  startingAgain = false

  constructor({ launch, holds, log, census, onDeath, patience, warmParents }: ModelServerProps) {
    this.#warmParents = warmParents
    this.#launch = launch
    this.holds = holds
    this.#log = log
    this.#census = census
    this.#onDeath = onDeath
    this.#patience = { ...usualPatience, ...patience }
  }

  /** Load a model, or find it loaded, or find that it could not be, a moment ago. @throws LoadFailed, ServerGone */
  load(name: string, folder: string): Promise<void> {
    const known = this.#loads.get(name)
    if (known?.folder === folder) return known.loading
    const failed = this.#failed.get(name)
    if (
      failed?.folder === folder &&
      performance.now() < Math.max(failed.at + this.#patience.nextLoadMs, this.#startsAt)
    )
      return Promise.reject(failed.error)
    const loading = this.#load(name, folder)
    this.#loads.set(name, { folder, loading })
    const forget = (error: unknown) => {
      if (error instanceof LoadFailed) this.#failed.set(name, { folder, at: performance.now(), error })
      if (this.#loads.get(name)?.loading === loading) this.#loads.delete(name)
    }
    loading.then(() => this.#failed.delete(name), forget)
    return loading
  }

  /** Forget a model. A server that is stuck is not waited for: it will lose the model when it is ended. */
  async unload(name: string): Promise<void> {
    this.#loads.delete(name)
    this.#failed.delete(name)
    this.#deathsInLoad.delete(name)
    if (this.holds === 'one' || this.#listening === undefined) return
    const told = this.#listening.then((server) => server.ask('DELETE', `/models/${name}`))
    told.catch(() => {})
    await Promise.race([told, pause(passingWordMs, undefined, { ref: false })])
  }

  /** The folder of the model that really answers under a name. */
  async loaded(name: string, folder: string): Promise<string | undefined> {
    const server = await this.#running()
    if (this.holds === 'one') return (await server.ask('GET', '/ping')).status === 200 ? folder : undefined
    const { status, body } = await server.ask('GET', `/models/${name}`)
    return status === 200
      ? (JSON.parse(Buffer.from(body).toString()) as { modelUrl: string }).modelUrl
      : undefined
  }

  /** Ask a loaded model. @throws ServerHung, ServerGone, AnswerBroken, or what `leaveTo` was given */
  async invoke(
    name: string,
    body: string | Uint8Array,
    contentType: string,
    timeoutMs: number,
    accept?: string,
  ): Promise<ServerAnswer> {
    const server = await this.#running()
    const path = this.holds === 'many' ? `/models/${name}/invoke` : '/invocations'
    this.#warmParents?.served()
    const answer = await this.#pending.wait(
      name,
      server,
      timeoutMs,
      server.ask('POST', path, body, contentType, accept),
    )
    this.#warmParents?.served()
    if (answer.status === 404 && this.holds === 'many') {
      this.#loads.delete(name)
      throw new ServerGone('the model is being loaded')
    }
    return answer
  }

  /** The models that an answer is waited for. */
  askedNow(): ReadonlySet<string> {
    return this.#pending.names()
  }

  /** How long it has not said anything to those who ask, in milliseconds; 0 where nobody does. */
  get silentForMs(): number {
    return this.#pending.silentForMs
  }

  /** What the process is at work on, as far as it has said so. */
  doing(): string | undefined {
    return this.#process?.doing()
  }

  /** How long it is until the server is started again, in milliseconds; 0 where that is now or has been. */
  get startsInMs(): number {
    return Math.max(0, this.#startsAt - performance.now())
  }

  /** Leave the server to one model, and what it says from now on to its log: whoever else has asked it is told to ask elsewhere. */
  leaveTo(name: string, log: VersionLog, error: Error): void {
    this.#onDeath = undefined
    this.#log = log
    this.#pending.tell((other) => (other === name ? undefined : error))
    for (const known of this.#loads.keys()) if (known !== name) this.#loads.delete(known)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#beginning)
    await this.#process?.stop()
  }

  /** The process, started where there is none. @throws ServerGone while it is not to be started yet */
  #running(): Promise<ServerProcess> {
    if (this.#stopping) return Promise.reject(new ServerGone('the platform is stopping'))
    const wait = this.#startsAt - performance.now()
    if (this.#listening === undefined && wait > 1)
      return Promise.reject(new ServerGone('the version is starting again', wait))
    this.#listening ??= this.#start()
    return this.#listening
  }

  async #start(): Promise<ServerProcess> {
    const started = performance.now()
    const server = this.#spawned(started)
    const { loadMs } = this.#patience
    const late = `it did not listen within ${loadMs / 1000} s`
    let lacking: string | undefined
    const stuck = setTimeout(() => {
      lacking = server.lacks && this.#lacking(late, server.lacks())
      server.kill(late)
    }, loadMs)
    try {
      await server.listens((status) => this.holds === 'many' || status !== 500)
    } catch (error) {
      if (lacking !== undefined) throw new LoadFailed(lacking)
      throw new ServerGone(Error.isError(error) ? error.message : 'the model server did not start')
    } finally {
      clearTimeout(stuck)
    }
    return server
  }

  /** @throws ServerGone where the system has no room for one more: that is a death like any other */
  #spawned(started: number): ServerProcess {
    try {
      const server = startServer(this.#launch, this.#log, this.#census, this.#warmParents)
      this.#process = server
      void server.ended.then((reason) => this.#died(reason, started))
      return server
    } catch (error) {
      queueMicrotask(() => this.#died(`it could not be started (${codeOf(error)})`, started))
      throw new ServerGone('the model server could not be started')
    }
  }

  #died(reason: string, started: number): void {
    const doing = this.doing()
    const [held, ...others] = [...this.#loads].map(([name, { folder }]) => ({ name, folder }))
    this.#process = undefined
    this.#listening = undefined
    this.startingAgain = true
    this.#loads.clear()
    if (this.#stopping) return
    this.#log.say(`the model server has gone: ${reason}`)
    this.#diedAt = performance.now()
    this.#lastReason = `its server died while it loaded the model: ${reason}`
    const notice = this.#onDeath?.(doing, this.askedNow(), reason)
    const waitMs = this.#pauseMs(performance.now() - started, notice?.isMended)
    this.#startsAt = performance.now() + waitMs
    const gone = new ServerGone('the model server went away', waitMs)
    this.#pending.tell((name) => notice?.errorFor(name) ?? gone)
    // It is there again before somebody asks. Of models that share it, each is loaded when it is asked for.
    const begin = () =>
      held === undefined || others.length > 0 || notice !== undefined
        ? this.#running()
        : this.load(held.name, held.folder)
    this.#beginning = setTimeout(() => begin().catch(() => {}), waitMs).unref()
  }

  /** The first death is mended at once; one that dies again and again is not left to burn the machine. */
  #pauseMs(livedMs: number, isMended = false): number {
    const { healthyMs, longestPauseMs } = this.#patience
    this.#deaths = isMended ? 0 : livedMs > healthyMs ? 1 : this.#deaths + 1
    return this.#deaths <= 1 ? 0 : Math.min(50 * 2 ** (this.#deaths - 1), longestPauseMs)
  }

  async #load(name: string, folder: string): Promise<void> {
    const born = performance.now()
    let server: ServerProcess | undefined
    try {
      server = await this.#running()
      const loading = this.holds === 'many' ? loadInto(server, name, folder) : loadedBy(server)
      await this.#pending.wait(name, server, this.#patience.loadMs, loading)
      this.#deathsInLoad.delete(name)
      this.startingAgain = false
    } catch (error) {
      if (error instanceof ServerHung) throw new LoadFailed(this.#notInTime(server?.lacks?.()))
      if (error instanceof LoadFailed) throw error
      if (this.#diedAt >= born) throw this.#diedInLoad(name, error)
      throw error
    }
  }

  #notInTime(lacks: string | undefined): string {
    const late = `it was not loaded within ${this.#patience.loadMs / 1000} s`
    if (lacks !== undefined) return this.#lacking(late, lacks)
    const at = stillLoadingAt(this.#log.lastSaid())
    return `${late}${at === undefined ? '' : `: it was at ${at}`}`
  }

  /** What a server of somebody else's lacks is told with the last that it has said: mostly that is why. */
  #lacking(what: string, lacks: string | undefined): string {
    if (lacks === undefined) return what
    const said = reasonInLog(this.#log.lastSaid())
    return `${what}: ${lacks}${said === undefined ? '' : `; the last it said: ${said}`}`
  }

  /** A process that has said why it cannot load its model, or has died of it twice, is not to blame for its death. */
  #diedInLoad(name: string, error: unknown): unknown {
    const deaths = (this.#deathsInLoad.get(name) ?? 0) + 1
    this.#deathsInLoad.set(name, deaths)
    const said = this.#log.lastSaid()
    if (deaths < mostLoads && !saysWhy(said)) return error
    return new LoadFailed(reasonInLog(said)?.replace(/^the model cannot be loaded: /, '') ?? this.#lastReason)
  }
}

/** SageMaker's multi-model contract: a folder becomes a model under a name. */
async function loadInto(server: ServerProcess, name: string, folder: string): Promise<void> {
  const answer = await server.ask('POST', '/models', JSON.stringify({ model_name: name, url: folder }))
  if (answer.status === 200) return
  throw new LoadFailed((JSON.parse(Buffer.from(answer.body).toString()) as { error: string }).error)
}

/** The container contract: /ping says 200 once the model is loaded, and who cannot load it ends. */
function loadedBy(server: ServerProcess): Promise<void> {
  return server.listens((status) => status === 200)
}
