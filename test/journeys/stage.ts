import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PlatformClient } from '../../cli/platform-client.ts'
import type { Clock } from '../../lambdas/ports.ts'
import type { ApprovalPolicy } from '../../lib/rules/approval.ts'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import { isOver, type Machine, type Operation } from '../../lib/rules/operation.ts'
import type { PublishedEvent } from '../../lib/rules/platform-event.ts'
import { homeAt } from '../../local/home.ts'
import type { LaptopAuth } from '../../local/laptop-callers.ts'
import { type Platform, startPlatform } from '../../local/platform.ts'
import { lendMachines } from '../harness/machines.ts'
import { until } from '../harness/until.ts'

export const root = join(import.meta.dirname, '..', '..')
export const irisRow = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 }

export type Content = Readonly<Record<string, string | Uint8Array>>

/** A laptop with a platform on it, and somebody who uses it as people do: over HTTP and through the store's folder. */
export class Stage {
  readonly #folder: string
  readonly #auth: LaptopAuth | undefined
  #platform: Platform | undefined
  /** What the platform told, since the beginning. */
  readonly events: PublishedEvent[] = []
  client = new PlatformClient('http://localhost:1')

  readonly #approvals: ApprovalPolicy
  readonly #allowUnsafePickle: boolean
  readonly #clock: Clock | undefined

  private constructor(
    folder: string,
    auth: LaptopAuth | undefined,
    approvals: ApprovalPolicy,
    allowUnsafePickle: boolean,
    clock: Clock | undefined,
  ) {
    this.#clock = clock
    this.#folder = folder
    this.#auth = auth
    this.#approvals = approvals
    this.#allowUnsafePickle = allowUnsafePickle
  }

  /** @param auth how callers are asked who they are; the stage itself calls with the key of the home */
  static async open(
    auth?: LaptopAuth,
    approvals: ApprovalPolicy = {},
    allowUnsafePickle = false,
    clock?: Clock,
  ): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    const stage = new Stage(folder, auth, approvals, allowUnsafePickle, clock)
    await lendMachines(homeAt(stage.home))
    await stage.start()
    return stage
  }

  get home(): string {
    return join(this.#folder, 'home')
  }

  get url(): string {
    return this.client.url
  }

  /** Start the platform, again or for the first time. */
  async start(): Promise<void> {
    const auth = this.#auth
    this.#platform = await startPlatform({
      ...{ home: this.home, port: 0, approvals: this.#approvals, allowUnsafePickle: this.#allowUnsafePickle },
      ...(auth && { auth }),
      ...(this.#clock && { clock: this.#clock }),
    })
    this.#platform.listen((event) => this.events.push(event))
    this.client = new PlatformClient(this.#platform.url, this.owner?.key)
  }

  /** The key of the home, where callers are asked who they are. */
  get owner(): Platform['owner'] {
    return this.#platform?.owner
  }

  /** Have the platform look at what was recorded now. */
  async monitor(): Promise<void> {
    await this.#platform?.monitor()
  }

  async stop(): Promise<void> {
    await this.#platform?.stop()
    this.#platform = undefined
  }

  async close(): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Where a key of the model store lies. */
  place(key: string): string {
    return join(this.home, 'store', 'models', key)
  }

  /** Write a file of the model store, as any program does. */
  async write(key: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.place(key)), { recursive: true })
    await writeFile(this.place(key), content)
  }

  /** Move a whole release folder into the model store at once. */
  async drop(model: string, version: string, content: Content): Promise<void> {
    const draft = join(this.home, 'store', 'incoming', randomUUID())
    for (const [path, bytes] of Object.entries(content)) {
      await mkdir(dirname(join(draft, path)), { recursive: true })
      await writeFile(join(draft, path), bytes)
    }
    await mkdir(this.place(model), { recursive: true })
    await rm(this.place(`${model}/${version}`), { recursive: true, force: true })
    await rename(draft, this.place(`${model}/${version}`))
  }

  /** Every operation of a model, oldest first. */
  async operations(model: string): Promise<Operation[]> {
    const response = await fetch(`${this.url}/models/${model}/operations`, {
      headers: this.owner === undefined ? {} : { authorization: `Bearer ${this.owner.key}` },
    })
    const { operations = [] } = (await response.json()) as { operations?: Operation[] }
    return operations.toReversed()
  }

  /** Wait until the latest operation of a kind has ended. @param after operations that are not meant */
  ended(kind: Machine, model: string, version: string, after = 0, withinMs = 20_000): Promise<Operation> {
    return until(
      `the ${kind} of ${model} ${version} ends`,
      async () => {
        const found = (await this.operations(model)).filter(
          (one) => one.kind === kind && one.version === version,
        )
        const last = found[after]
        return last !== undefined && isOver(last) && last
      },
      withinMs,
    )
  }

  /** Wait until an operation has ended. */
  over(id: string): Promise<Operation> {
    return until(
      `${id} ends`,
      async () => {
        const operation = await this.client.operation(id)
        return isOver(operation) && operation
      },
      30_000,
    )
  }

  /** Wait until an alias serves a version, and no canary beside it. */
  async serves(model: string, version: string, alias = 'live'): Promise<void> {
    await until(
      `'${alias}' of ${model} serves ${version}`,
      async () => {
        const found = (await this.client.model(model).catch(() => undefined))?.aliases[alias]
        return found?.stable === version && found.canary === undefined
      },
      20_000,
    )
  }

  /** Ask for predictions. @param target '' for live, 'versions/1.0.0', 'aliases/staging' */
  async ask(model: string, target: string, body: unknown) {
    const answer = await this.client.invoke(model, target, JSON.stringify(body), 'application/json')
    return {
      ...answer,
      version: answer.headers.get('model-version'),
      json: JSON.parse(answer.body) as {
        readonly predictions?: readonly unknown[]
        readonly code?: string
        readonly detail?: string
      },
    }
  }

  /** The records of a model as they lie in the store, by rev. */
  async records(model: string): Promise<HistoryEntry[]> {
    const folder = join(this.home, 'store', 'records', model)
    const names = await readdir(folder)
    const entries = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
    return entries.map((text) => JSON.parse(text) as HistoryEntry).toSorted((a, b) => a.rev - b.rev)
  }
}

/** A manifest that names its files, as `sluice push` writes it, in front of whatever else it says. */
export function manifestOf(content: Content, more = ''): string {
  const files = Object.entries(content).map(([path, bytes]) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return `  - {path: ${path}, size: ${Buffer.byteLength(bytes)}, sha256: ${sha256}}`
  })
  return `${more}files:\n${files.join('\n')}\n`
}

/** A release that knows when it is whole. */
export function whole(content: Content, more = ''): Content {
  return { ...content, 'model.yaml': manifestOf(content, more) }
}
