import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { WarmPatience } from '../../../lib/rules/warm-patience.ts'
import type { Launch } from '../../../local/hosting/launch.ts'
import { ModelServer } from '../../../local/hosting/model-server.ts'
import { ProcessCensus } from '../../../local/hosting/process-census.ts'
import { readLog, VersionLog } from '../../../local/hosting/version-log.ts'
import { WarmParents } from '../../../local/hosting/warm-parents.ts'
import { until } from '../../harness/until.ts'

const serve = join(import.meta.dirname, '..', '..', '..', 'model-templates', 'python', 'serve.py')

/** A version that runs, and what it answers. */
export interface Running {
  readonly server: ModelServer
  /** The one answer to an input of one record. @throws as ModelServer.invoke */
  ask(value: unknown): Promise<unknown>
  lines(): string[]
}

/** Versions of one environment of Python, with their warm parent, in a folder of their own. */
export class WarmWorld {
  readonly parents: WarmParents
  readonly #census: ProcessCensus
  readonly #root: string
  readonly #python: string
  readonly #servers: ModelServer[] = []

  constructor(root: string, python: string, patience: Partial<WarmPatience> = { idleMs: 0 }) {
    this.#root = root
    this.#python = python
    this.#census = new ProcessCensus(join(root, 'processes'))
    this.parents = new WarmParents(this.#census, patience)
  }

  /** Start a version. @param files of its artifact, by path @param more of its launch */
  async start(
    name: string,
    files: Readonly<Record<string, string>>,
    more: Partial<Launch> = {},
  ): Promise<Running> {
    const folder = join(this.#root, name)
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await writeFile(join(folder, file), text)
    }
    const launch: Launch = {
      command: this.#python,
      args: [serve],
      env: { MODEL_DIR: folder, VERSION_FILE: join(folder, 'no-version.json') },
      memoryMb: 1024,
      hasWarmParent: true,
      ...more,
    }
    const place = join(this.#root, `${name}.log`)
    const server = new ModelServer({
      launch,
      holds: 'one',
      log: new VersionLog(place),
      census: this.#census,
      warmParents: this.parents,
    })
    this.#servers.push(server)
    await server.load(name, folder)
    const ask = async (value: unknown) => {
      const body = JSON.stringify({ inputs: { x: [value] } })
      const answer = await server.invoke(name, body, 'application/json', 20_000)
      const said = JSON.parse(Buffer.from(answer.body).toString()) as { predictions?: unknown[] }
      return said.predictions?.[0] ?? said
    }
    return { server, ask, lines: () => readLog(place).map(({ text }) => text) }
  }

  /** The process id of the warm parent, once it is ready. */
  parent(): Promise<number> {
    return until('a warm parent is ready', () => this.parents.ready[0], 60_000)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()))
    this.parents.stop()
  }
}
