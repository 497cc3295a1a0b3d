import { join } from 'node:path'
import type { Home } from './home.ts'
import { ModelServer, ServerGone } from './model-server.ts'
import { ProcessCensus } from './process-census.ts'
import { Displaced } from './request-line.ts'
import { onnxLaunch, ownLaunch } from './runtime-launch.ts'
import { VersionLog } from './version-log.ts'

/** A version as its server needs it. */
export interface Served {
  readonly name: string
  /** The folder of its image. */
  readonly image: string
  readonly memoryMb: number
  readonly log: VersionLog
}

const lookEveryMs = 100
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
  readonly #own = new Map<string, ModelServer>()
  readonly #logs = new Map<string, VersionLog>()
  readonly #looking: NodeJS.Timeout
  #shared: ModelServer | undefined

  constructor(home: Home) {
    this.#home = home
    this.#census = new ProcessCensus(join(home.root, 'processes'))
    this.#census.reap()
    this.#looking = setInterval(() => this.#look(), lookEveryMs).unref()
  }

  of(served: Served): ModelServer {
    const { name, image, memoryMb, log } = served
    const own = this.#own.get(name)
    if (own !== undefined) return own
    this.#logs.set(name, log)
    const launch = ownLaunch(this.#home, image, memoryMb)
    if (launch === undefined) {
      this.#shared ??= this.#newShared()
      return this.#shared
    }
    const server = new ModelServer(launch, 'one', log, this.#census)
    this.#own.set(name, server)
    return server
  }

  /** Whether a version has a server to itself. */
  isOwn(name: string): boolean {
    return this.#own.has(name)
  }

  /** A version has done harm: it takes nobody along again. */
  moveOut(name: string, why: string): void {
    if (this.#own.has(name)) return
    const log = this.#logs.get(name)
    if (log === undefined) return
    log.say(`${why}: it has a server to itself from now on`)
    this.#own.set(name, new ModelServer(onnxLaunch(), 'many', log, this.#census))
  }

  /** Forget a version; its server ends, or lets go of it. */
  async remove(name: string): Promise<void> {
    const own = this.#own.get(name)
    this.#own.delete(name)
    this.#logs.delete(name)
    await (own === undefined ? this.#shared?.unload(name) : own.stop())?.catch(() => {})
  }

  async stop(): Promise<void> {
    clearInterval(this.#looking)
    await Promise.all([this.#shared, ...this.#own.values()].map((server) => server?.stop()))
  }

  #newShared(): ModelServer {
    const log = new VersionLog(join(this.#home.logs, 'onnx.log'))
    return new ModelServer(onnxLaunch(), 'many', log, this.#census, (doing, asked) => {
      if (doing !== undefined && asked.has(doing)) this.moveOut(doing, 'the server died while it predicted')
      return (name) =>
        name === doing ? new ServerGone('the model server went away') : new Displaced('asked again')
    })
  }

  /** Where the shared server is stuck, it is left to whoever is the cause, and the others are asked again elsewhere. */
  #look(): void {
    const stuck = this.#shared
    if (stuck === undefined || stuck.silentForMs < mostSilenceMs) return
    const asked = stuck.askedNow()
    if (asked.size < 2) return
    const doing = stuck.doing()
    const [first = ''] = asked
    const cause = doing !== undefined && asked.has(doing) ? doing : first
    this.#logs.get(cause)?.say('it blocks the others: it has a server to itself from now on')
    this.#own.set(cause, stuck)
    this.#shared = this.#newShared()
    stuck.leaveTo(cause, new Displaced('asked again'))
  }
}
