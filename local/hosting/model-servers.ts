import { join } from 'node:path'
import { Containers } from '../docker/containers.ts'
import type { Home } from '../home.ts'
import { containerLaunch } from './container-launch.ts'
import { type Holds, ModelServer, type Patience } from './model-server.ts'
import { ProcessCensus } from './process-census.ts'
import { onnxLaunch, ownLaunch } from './runtime-launch.ts'
import { Displaced, ServerGone } from './server-faults.ts'
import type { ServerLaunch } from './start-server.ts'
import { VersionLog } from './version-log.ts'
import { WarmParents } from './warm-parents.ts'

/** A version as its server needs it. */
export interface Served {
  readonly name: string
  /** The folder of its image. */
  readonly image: string
  readonly memoryMb: number
  readonly log: VersionLog
}

const lookEveryMs = 100
/** Who is found at work, while others wait, in so many of so many looks, each time for longer than this, is too much for them. */
const mostSeen = 5
const rememberedLooks = 10
const noticedMs = 10
/** A shared server that says nothing for this long, while several wait for it, is left to the one that blocks it. */
const mostSilenceMs = 300

/**
 * Which server a version lives in. ONNX versions share one, which costs little memory and starts at once; a version that
 * blocks it, hangs in it or kills it has a server to itself from then on, and the others go on in a fresh one. What
 * runs people's own code never shares.
 */
export class ModelServers {
  readonly #home: Home
  readonly #census: ProcessCensus
  readonly #warmParents: WarmParents
  readonly #containers: Containers
  readonly #sharedLog: VersionLog
  readonly #own = new Map<string, ModelServer>()
  readonly #served = new Map<string, Served>()
  readonly #looking: NodeJS.Timeout
  readonly #patience: Partial<Patience>
  #shared: ModelServer | undefined
  /** Who was at work while others waited, in the last looks. */
  #seen: readonly (string | undefined)[] = []

  constructor(home: Home, patience: Partial<Patience> = {}) {
    this.#home = home
    this.#patience = patience
    this.#sharedLog = new VersionLog(join(home.logs, 'onnx.log'))
    this.#census = new ProcessCensus(join(home.root, 'processes'))
    this.#census.reap()
    this.#warmParents = new WarmParents(this.#census)
    this.#containers = new Containers(home)
    // After a standstill of this process, what was answered meanwhile is read first.
    this.#looking = setInterval(() => setImmediate(() => this.#look()), lookEveryMs).unref()
  }

  of(served: Served): ModelServer {
    const { name, image, memoryMb, log } = served
    const own = this.#own.get(name)
    if (own !== undefined && this.#served.get(name)?.image === image) return own
    // A server of another image that had this name is not asked for this one.
    if (own !== undefined) void own.stop()
    this.#served.set(name, served)
    this.#own.delete(name)
    const launch =
      containerLaunch(this.#containers, image, memoryMb) ?? ownLaunch(this.#home, image, memoryMb)
    if (launch === undefined) {
      this.#shared ??= this.#newShared()
      return this.#shared
    }
    const server = this.#newOwn(launch, 'one', log)
    this.#own.set(name, server)
    return server
  }

  /** Whether a version has a server to itself. */
  isOwn(name: string): boolean {
    return this.#own.has(name)
  }

  /** The versions that run people's own code, each in a process that serves nothing else. */
  get single(): readonly string[] {
    return [...this.#own].flatMap(([name, server]) => (server.holds === 'one' ? [name] : []))
  }

  /** A version has done harm: it takes nobody along again. */
  moveOut(name: string, why: string): void {
    if (this.#own.has(name)) return
    const served = this.#served.get(name)
    if (served === undefined) return
    const { log, memoryMb } = served
    log.say(`${why}: it has a server to itself from now on`)
    this.#own.set(name, this.#newOwn(onnxLaunch(memoryMb), 'many', log))
  }

  /** Forget a version; its server ends, or lets go of it. */
  async remove(name: string): Promise<void> {
    const own = this.#own.get(name)
    this.#own.delete(name)
    this.#served.delete(name)
    await (own === undefined ? this.#shared?.unload(name) : own.stop())?.catch(() => {})
  }

  async stop(): Promise<void> {
    clearInterval(this.#looking)
    await Promise.all([this.#shared, ...this.#own.values()].map((server) => server?.stop()))
    this.#warmParents.stop()
    await this.#containers.close()
  }

  #newOwn(launch: ServerLaunch, holds: Holds, log: VersionLog): ModelServer {
    const [census, patience, warmParents] = [this.#census, this.#patience, this.#warmParents]
    return new ModelServer({ launch, holds, log, census, patience, warmParents })
  }

  #newShared(): ModelServer {
    return new ModelServer({
      launch: onnxLaunch(),
      holds: 'many',
      log: this.#sharedLog,
      census: this.#census,
      patience: this.#patience,
      warmParents: this.#warmParents,
      onDeath: (doing, asked, reason) => {
        for (const name of asked) this.#served.get(name)?.log.say(`the model server has gone: ${reason}`)
        const isMended = doing !== undefined && asked.has(doing)
        if (isMended) this.moveOut(doing, 'the server died while it was at work on it')
        const errorFor = (name: string) =>
          name === doing ? new ServerGone('the model server went away') : new Displaced('asked again')
        return { isMended, errorFor }
      },
    })
  }

  /**
   * Where the shared server is stuck, it is left to whoever is the cause, and the others are asked again elsewhere. Who
   * only keeps it busy gets another.
   */
  #look(): void {
    const shared = this.#shared
    const silentMs = shared?.silentForMs ?? 0
    const asked = shared?.askedNow() ?? new Set()
    const doing = silentMs > noticedMs && asked.size > 1 ? shared?.doing() : undefined
    const seen = doing !== undefined && asked.has(doing) ? doing : undefined
    this.#seen = [...this.#seen, seen].slice(-rememberedLooks)
    if (shared === undefined || asked.size < 2) return
    const [first = ''] = asked
    if (silentMs > mostSilenceMs) this.#leave(shared, seen ?? first)
    else if (seen !== undefined && this.#seen.filter((one) => one === seen).length >= mostSeen) {
      this.moveOut(seen, 'it keeps the others waiting')
      void shared.unload(seen)
      this.#seen = []
    }
  }

  #leave(stuck: ModelServer, cause: string): void {
    const served = this.#served.get(cause)
    this.#shared = this.#newShared()
    if (served !== undefined) this.#own.set(cause, stuck)
    served?.log.say('it blocks the others: it has a server to itself from now on')
    stuck.leaveTo(cause, served?.log ?? this.#sharedLog, new Displaced('asked again'))
    // Its version has been removed meanwhile: nobody would ever end it.
    if (served === undefined) void stuck.stop()
  }
}
