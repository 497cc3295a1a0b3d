import { basename, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type {
  EndpointAnswer,
  EndpointHost,
  EndpointRequest,
  EndpointSpec,
  EndpointTruth,
  LogLine,
  MadeEndpoint,
} from '../../lambdas/ports.ts'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import { resourceName } from '../../lib/rules/names.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { containerImageAt } from '../docker/container-image.ts'
import type { Home } from '../home.ts'
import { type EndpointRow, EndpointTable, endpointLimits } from './endpoint-table.ts'
import type { Line } from './line.ts'
import type { ModelServer, Patience } from './model-server.ts'
import { ModelServers, type Served } from './model-servers.ts'
import { OpenLine } from './open-line.ts'
import { type Destination, RequestLine } from './request-line.ts'
import { AnswerBroken, LoadFailed, Overdue, ServerGone, ServerHung } from './server-faults.ts'
import type { ServerAnswer } from './server-process.ts'
import { readLog, VersionLog } from './version-log.ts'

/** An endpoint as this process knows it. */
interface Known extends Served {
  readonly maxConcurrency: number
  readonly line: Line
}

/** How long somebody waits who asks for a version that starts, and how long a look at it takes at most. */
const startPatienceMs = 5000
const lookPatienceMs = 1000
/** What the manifest says where it says nothing. */
const defaultMemoryMb = 2048

/** To measure what shedding is good for, and what cannot be measured with it. */
const shedsNothing = process.env['SLUICE_SHED'] === 'off'

/**
 * Endpoints as child processes. A model is loaded when it is created, and after a restart when it is first called:
 * what is not called costs nothing.
 */
export class ProcessHost implements EndpointHost {
  readonly #table: EndpointTable
  readonly #platform: string
  readonly #logs: string
  readonly #servers: ModelServers
  readonly #known = new Map<string, Known>()
  /** When each was needed last, by the clock that only runs forward. */
  readonly #neededAt = new Map<string, number>()

  constructor(database: DatabaseSync, home: Home, platform: string, patience: Partial<Patience> = {}) {
    this.#table = new EndpointTable(database)
    this.#logs = join(home.logs, 'versions')
    this.#platform = platform
    this.#servers = new ModelServers(home, patience)
  }

  endpointOf({ model, version, manifest }: Pick<EndpointSpec, 'model' | 'version' | 'manifest'>): Endpoint {
    const host = manifest.runtime === 'container' ? 'docker' : 'process'
    return { host, name: resourceName(this.#platform, model, version) }
  }

  async create({ model, version, image, manifest }: EndpointSpec): Promise<Endpoint> {
    const endpoint = this.endpointOf({ model, version, manifest })
    const row = { name: endpoint.name, image: image.uri, limits: endpointLimits(manifest) }
    this.#table.put({ ...row, model, version, createdAt: Date.now() })
    const known = this.#know(row)
    known.log.say(`${model} ${version} starts`)
    // What comes of it is told by `describe`: a host on AWS answers before it knows, too.
    await this.#looked(known).catch((error) => known.log.say(`it did not start: ${reasonOf(error)}`))
    return endpoint
  }

  async describe({ name }: Endpoint): Promise<EndpointTruth> {
    const known = this.#find(name)
    if (known === undefined) return { state: 'absent' }
    try {
      const folder = await this.#looked(known)
      if (folder === undefined) return { state: 'creating' }
      return { state: 'active', digest: `sha256:${basename(folder)}` }
    } catch (error) {
      if (error instanceof LoadFailed) return { state: 'failed', reason: error.message }
      return { state: 'creating' }
    }
  }

  hasRoom({ name }: Endpoint): boolean {
    if (shedsNothing) return true
    const known = this.#find(name)
    return known === undefined || (known.line.length < known.maxConcurrency && known.line.hasRoom())
  }

  async invoke({ name }: Endpoint, request: EndpointRequest): Promise<EndpointAnswer> {
    const known = this.#find(name)
    if (known === undefined) throw new Problem('endpoint-unavailable', 'the version has no endpoint')
    const { body, timeoutMs, records = 1, contentType, accept, signal } = request
    // A rush finds room in the line before the first of it has come to stand there.
    if (!this.hasRoom({ host: 'process', name }))
      throw new Problem('model-busy', 'the version is asked for more than it can answer in time')
    this.#neededAt.set(name, performance.now())
    try {
      const answer = await known.line.ask(body, records, timeoutMs, { contentType, accept, signal })
      if (answer.status >= 300) tellFailure(known, answer)
      return { contentType: 'application/json', ...answer }
    } catch (error) {
      throw this.#problemOf(known, error, timeoutMs)
    }
  }

  /**
   * Versions of people's own code that run and were not asked for anything for so long, by their endpoints' names.
   * Those that share a server cost little, and are left alone.
   */
  idle(forMs: number): readonly string[] {
    const since = performance.now() - forMs
    return this.#servers.single.filter(
      (name) => (this.#neededAt.get(name) ?? 0) <= since && this.#known.get(name)?.line.length === 0,
    )
  }

  setAside({ name }: Endpoint): void {
    const known = this.#find(name)
    if (known === undefined || this.#servers.isOwn(name)) return
    this.#servers.of(known)
    this.#servers.moveOut(name, 'it answers in the shadow of another')
  }

  /** The first call of it starts it again. */
  async park({ name }: Endpoint): Promise<void> {
    this.#known.get(name)?.log.say('it is stopped until somebody calls it')
    await this.#servers.remove(name)
  }

  async wake({ name }: Endpoint): Promise<void> {
    const known = this.#find(name)
    if (known !== undefined) await this.#looked(known).catch(() => {})
  }

  async remove({ name }: Endpoint): Promise<void> {
    this.#table.remove(name)
    this.#known.delete(name)
    this.#neededAt.delete(name)
    await this.#servers.remove(name)
  }

  /** What an earlier version of Sluice made says only by its name of which version it is. */
  async *made(): AsyncIterable<MadeEndpoint> {
    for (const { name, image, model, version, createdAt } of this.#table.all()) {
      const host = containerImageAt(image) === undefined ? 'process' : 'docker'
      yield { endpoint: { host, name }, model, version, ...(createdAt > 0 && { createdAt }) }
    }
  }

  async log({ name }: Endpoint, after?: string): Promise<readonly LogLine[]> {
    return readLog(this.#logOf(name), after)
  }

  stop(): Promise<void> {
    return this.#servers.stop()
  }

  #find(name: string): Known | undefined {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const row = this.#table.find(name)
    return row && this.#know(row)
  }

  #know({ name, image, limits }: EndpointRow): Known {
    const { memoryMb = defaultMemoryMb, maxConcurrency = Number.POSITIVE_INFINITY } = limits
    const before = this.#known.get(name)
    const log = before?.log ?? new VersionLog(this.#logOf(name))
    const served: Served = { name, image, memoryMb, log }
    const line = before?.image === image ? before.line : this.#lineOf(served)
    const known = { ...served, maxConcurrency, line }
    this.#known.set(name, known)
    return known
  }

  #lineOf(served: Served): Line {
    const way = this.#wayTo(served)
    if (containerImageAt(served.image) === undefined) return new RequestLine(way)
    return new OpenLine({
      ready: way.ready,
      send: (body, { contentType, accept }, timeoutMs) =>
        this.#serverOf(served).invoke(served.name, body, contentType, timeoutMs, accept),
    })
  }

  #logOf(name: string): string {
    return join(this.#logs, `${name}.log`)
  }

  /** Load a version, as far as that can be waited for. @returns the folder that answers; undefined: not yet */
  async #looked(served: Served): Promise<string | undefined> {
    const server = this.#servers.of(served)
    this.#neededAt.set(served.name, performance.now())
    const look = server.load(served.name, served.image).then(() => server.loaded(served.name, served.image))
    look.catch(() => {})
    return Promise.race([look, pause(lookPatienceMs, undefined, { ref: false })])
  }

  /** Where the requests of a version go: to whichever server it lives in when they are sent. */
  #wayTo(served: Served): Destination {
    const { name, image } = served
    return {
      ready: async () => {
        const server = this.#serverOf(served)
        const loading = server.load(name, image)
        loading.catch(() => {})
        const startsInMs = server.startsInMs
        // It may take long, and may end again: whoever asks is better told to come back.
        if (server.startingAgain && this.#servers.isOwn(name))
          await Promise.race([loading, nextTurn().then(() => Promise.reject(startingAgain(startsInMs)))])
        await Promise.race([loading, startPatience()])
      },
      send: async (bodies, timeoutMs) => {
        const server = this.#serverOf(served)
        const [only = ''] = bodies
        try {
          if (bodies.length === 1) return [await server.invoke(name, only, 'application/json', timeoutMs)]
          const answer = await server.invoke(name, bodies.join('\n'), 'application/x-ndjson', timeoutMs)
          return answersIn(answer, bodies.length)
        } catch (error) {
          if (error instanceof ServerHung) this.#servers.moveOut(name, 'it has hung')
          throw error
        }
      },
    }
  }

  /** @throws ServerGone where the version was removed while somebody waited for it: nothing is started for that any more */
  #serverOf(served: Served): ModelServer {
    if (this.#known.get(served.name)?.image !== served.image) throw new ServerGone('the version was removed')
    return this.#servers.of(served)
  }

  #problemOf({ name, log }: Known, error: unknown, timeoutMs: number): unknown {
    if (error instanceof Overdue || error instanceof ServerHung) {
      log.say(`no prediction within ${timeoutMs / 1000} s`)
      return new Problem('model-timeout', `no prediction within ${timeoutMs / 1000} s`)
    }
    if (!this.#known.has(name)) return new Problem('endpoint-unavailable', 'the version has no endpoint')
    if (error instanceof AnswerBroken) {
      log.say(`a prediction failed: ${error.message}`)
      return new Problem('model-failed', `the model failed on this request: ${error.message}`)
    }
    if (error instanceof LoadFailed)
      return new Problem('endpoint-unavailable', `the version cannot be loaded: ${error.message}`).after(5)
    const waitMs = error instanceof ServerGone ? error.backInMs : 0
    return new Problem(
      'endpoint-unavailable',
      'the version is starting again; try again when Retry-After says',
    ).after(waitMs / 1000)
  }
}

function reasonOf(error: unknown): string {
  return Error.isError(error) ? error.message : 'unknown'
}

/** What the server says went wrong with a request, for the one who reads the version's log. */
function tellFailure({ log }: Known, { body }: ServerAnswer): void {
  log.say(`a prediction failed: ${new TextDecoder().decode(body.subarray(0, 400))}`)
}

function startingAgain(inMs: number): ServerGone {
  return new ServerGone('the version is starting again', inMs)
}

async function startPatience(): Promise<never> {
  await pause(startPatienceMs, undefined, { ref: false })
  throw new ServerGone('the version is still starting')
}

/** The answers of a batch: one a line, in the order of the requests. */
function answersIn({ status, body }: ServerAnswer, requests: number): ServerAnswer[] {
  if (status !== 200) return Array.from({ length: requests }, () => ({ status, body }))
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const answers: ServerAnswer[] = []
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(lineFeed, from)
    const line = bytes.subarray(from, end < 0 ? bytes.length : end)
    answers.push({ status: statusOf(line), body: line })
    from += line.length + 1
  }
  if (answers.length !== requests)
    throw new AnswerBroken(`${requests} requests were answered with ${answers.length} lines`)
  return answers
}

const lineFeed = 0x0a
const success = Buffer.from('{"predictions"')

function statusOf(line: Buffer): number {
  if (line.subarray(0, success.length).equals(success)) return 200
  try {
    const { status } = JSON.parse(line.toString()) as { status?: unknown }
    return typeof status === 'number' ? status : 500
  } catch {
    return 500
  }
}
