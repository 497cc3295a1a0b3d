import { basename, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type {
  EndpointAnswer,
  EndpointHost,
  EndpointRequest,
  EndpointSpec,
  EndpointTruth,
} from '../lambdas/ports.ts'
import type { Endpoint } from '../lib/rules/model-version.ts'
import { resourceName } from '../lib/rules/names.ts'
import { Problem } from '../lib/rules/problem.ts'
import type { Home } from './home.ts'
import { ModelServer, ServerGone, ServerHung } from './model-server.ts'

const onnxServer = join(import.meta.dirname, '..', 'model-templates', 'onnx', 'serve.mjs')

const schema = `
create table if not exists endpoints (
  name text primary key,
  image text not null
) strict`

/**
 * Endpoints as child processes. Every version of a runtime shares one, until it hangs: then it gets a process of its
 * own, and the others go on in a fresh one. A model is loaded when it is created, and after a restart when it is first
 * called: what is not called costs nothing.
 */
export class ProcessHost implements EndpointHost {
  readonly #database: DatabaseSync
  readonly #platform: string
  readonly #logs: string
  readonly #own = new Map<string, ModelServer>()
  readonly #images = new Map<string, string>()
  #shared: ModelServer | undefined

  constructor(database: DatabaseSync, home: Home, platform: string) {
    this.#database = database
    this.#logs = home.logs
    this.#platform = platform
    database.exec(schema)
  }

  async create({ model, version, image }: EndpointSpec): Promise<Endpoint> {
    const name = resourceName(this.#platform, model, version)
    this.#database
      .prepare('insert or replace into endpoints (name, image) values (?, ?)')
      .run(name, image.uri)
    this.#images.set(name, image.uri)
    // What comes of it is told by `describe`: a host on AWS answers before it knows, too.
    await this.#server(name)
      .load(name, image.uri)
      .catch(() => {})
    return { host: 'process', name }
  }

  async describe({ name }: Endpoint): Promise<EndpointTruth> {
    const image = this.#image(name)
    if (image === undefined) return { state: 'absent' }
    const server = this.#server(name)
    try {
      await server.load(name, image)
      const folder = await server.loaded(name)
      if (folder === undefined) return { state: 'creating' }
      return { state: 'active', digest: `sha256:${basename(folder)}` }
    } catch (error) {
      if (error instanceof ServerGone) return { state: 'creating' }
      return { state: 'failed', reason: Error.isError(error) ? error.message : 'unknown' }
    }
  }

  async invoke({ name }: Endpoint, { body, timeoutMs }: EndpointRequest): Promise<EndpointAnswer> {
    const image = this.#image(name)
    if (image === undefined) throw new Problem('endpoint-unavailable', 'the version has no endpoint')
    const server = this.#server(name)
    try {
      await server.load(name, image)
      const answer = await server.invoke(name, body, timeoutMs)
      return { ...answer, contentType: 'application/json' }
    } catch (error) {
      if (error instanceof ServerHung) {
        this.#moveOut(name)
        throw new Problem(
          'model-timeout',
          `no prediction within ${timeoutMs / 1000} s; the process was ended`,
        )
      }
      throw new Problem('endpoint-unavailable', 'the version is starting again; try again in a second')
    }
  }

  async remove({ name }: Endpoint): Promise<void> {
    this.#database.prepare('delete from endpoints where name = ?').run(name)
    this.#images.delete(name)
    const own = this.#own.get(name)
    this.#own.delete(name)
    await (own === undefined ? this.#shared?.unload(name) : own.stop())?.catch(() => {})
  }

  async stop(): Promise<void> {
    await Promise.all([this.#shared, ...this.#own.values()].map((server) => server?.stop()))
  }

  #server(name: string): ModelServer {
    this.#shared ??= new ModelServer(onnxServer, join(this.#logs, 'onnx.log'))
    return this.#own.get(name) ?? this.#shared
  }

  /** A version has hung: it takes nobody else along again. */
  #moveOut(name: string): void {
    if (!this.#own.has(name))
      this.#own.set(name, new ModelServer(onnxServer, join(this.#logs, `${name}.log`)))
  }

  #image(name: string): string | undefined {
    const known = this.#images.get(name)
    if (known !== undefined) return known
    const row = this.#database.prepare('select image from endpoints where name = ?').get(name)
    if (row === undefined) return undefined
    this.#images.set(name, String(row['image']))
    return String(row['image'])
  }
}
