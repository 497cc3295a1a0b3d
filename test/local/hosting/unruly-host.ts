import { chmod, mkdir, readdir, readlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { EndpointAnswer } from '../../../lambdas/ports.ts'
import { fillManifest, parseManifest } from '../../../lib/rules/manifest-text.ts'
import type { Endpoint } from '../../../lib/rules/model-version.ts'
import { isProblem } from '../../../lib/rules/problem.ts'
import { openDatabase } from '../../../local/database.ts'
import { homeAt } from '../../../local/home.ts'
import type { Patience } from '../../../local/hosting/model-server.ts'
import { ProcessHost } from '../../../local/hosting/process-host.ts'

const server = join(import.meta.dirname, 'unruly-server.mjs')
const environment = 'ab'.repeat(16)

/** What a server does when it starts. */
export type Start =
  | 'well'
  | 'silent'
  | 'no-ping'
  | 'always-loading'
  | 'spins'
  | 'refuses'
  | 'exits'
  | 'aborts'

/** A process of a model server, as its home knows it. */
export interface Counted {
  readonly pid: number
  /** Where its socket is. */
  readonly folder: string
}

/** What came of a call: a status, or the code of a problem and when to come back. */
export interface Outcome {
  readonly status?: number
  readonly code?: string
  readonly detail?: string
  readonly retryAfterSeconds?: number | undefined
  readonly body?: string
  readonly ms: number
}

/**
 * A host over a home whose environment is a script that starts the unruly server: everything but Python is real. Loads
 * are given up after 1.5 seconds.
 */
export class UnrulyHost {
  readonly home
  readonly host: ProcessHost
  readonly #database

  constructor(
    folder: string,
    patience: Partial<Patience> = { loadMs: 1500, longestPauseMs: 1000, nextLoadMs: 1000 },
  ) {
    this.home = homeAt(folder)
    this.#database = openDatabase(this.home.database)
    this.host = new ProcessHost(this.#database, this.home, 'test', patience)
  }

  async create(model: string, start: Start = 'well', memoryMb = 512): Promise<Endpoint> {
    const bin = join(this.home.environments, environment, 'bin')
    await mkdir(bin, { recursive: true })
    await writeFile(join(bin, 'python'), `#!/bin/sh\nshift\nexec '${process.execPath}' '${server}' "$@"\n`)
    await chmod(join(bin, 'python'), 0o755)
    await mkdir(this.#image(model), { recursive: true })
    await this.startsBy(model, start)
    await writeFile(`${this.#image(model)}.json`, JSON.stringify({ environment }))
    const { manifest } = fillManifest(
      parseManifest(`host: {memoryMb: ${memoryMb}}`),
      { model, version: '1.0.0', runtime: 'python' },
      [],
    )
    const image = { uri: this.#image(model), digest: `sha256:${model}` }
    return this.host.create({ model, version: '1.0.0', image, manifest })
  }

  /** Have it start in another way the next time. */
  startsBy(model: string, start: Start): Promise<void> {
    return writeFile(join(this.#image(model), 'start'), start)
  }

  #image(model: string): string {
    return join(this.home.images, model)
  }

  /** Ask it to do something, or with `x` for an answer. */
  async call(
    endpoint: Endpoint,
    inputs: Readonly<Record<string, readonly unknown[]>>,
    timeoutMs = 5000,
  ): Promise<Outcome> {
    const since = performance.now()
    const body = JSON.stringify({ inputs })
    const told = await this.host
      .invoke(endpoint, { body, contentType: 'application/json', timeoutMs })
      .then(seen, refusal)
    return { ...told, ms: performance.now() - since }
  }

  async answers(endpoint: Endpoint): Promise<boolean> {
    const { status, body } = await this.call(endpoint, { x: [7] })
    return status === 200 && body === '{"predictions":[7]}'
  }

  async lines(endpoint: Endpoint, after?: string): Promise<string[]> {
    return (await this.host.log(endpoint, after)).map(({ text }) => text)
  }

  async processes(): Promise<Counted[]> {
    const folder = join(this.home.root, 'processes')
    const names = await readdir(folder)
    return Promise.all(
      names.map(async (name) => ({
        pid: Number(name),
        folder: dirname(await readlink(join(folder, name))),
      })),
    )
  }

  async stop(): Promise<void> {
    await this.host.stop()
    this.#database.close()
  }
}

function seen({ status, body }: EndpointAnswer) {
  return { status, body: new TextDecoder().decode(body.subarray(0, 1000)) }
}

/** Whatever is no Problem is a fault of ours, and thrown. */
function refusal(error: unknown) {
  if (!isProblem(error)) throw error
  return { code: error.code, detail: error.message, retryAfterSeconds: error.retryAfterSeconds }
}
