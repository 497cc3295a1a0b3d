import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type ClientRequest, type RequestOptions, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { json } from 'node:stream/consumers'
import { until } from '../harness/until.ts'

const script = join(import.meta.dirname, '..', '..', 'model-templates', 'onnx', 'serve.mjs')

/** What a server said. */
interface Said {
  readonly status: number
  readonly body: {
    readonly predictions?: readonly unknown[]
    readonly error?: string
    readonly modelUrl?: string
  }
}

/** A process of a server, as an image starts it: the onnx one where nothing else is said. */
export class Server {
  readonly child: ChildProcess
  readonly #at: RequestOptions
  /** What it wrote on its standard error. */
  stderr = ''

  protected constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    at: RequestOptions,
    command: readonly [string, string] = [process.execPath, script],
    // The end of its standard input would be the end of it.
    stdio: StdioOptions = ['pipe', 'ignore', 'pipe'],
  ) {
    this.#at = { host: '127.0.0.1', ...at }
    const [program, file] = command
    this.child = spawn(program, [file, ...args], {
      env: { ...process.env, SLUICE_THREADS: '1', ...env },
      stdio,
    })
    this.child.stderr?.on('data', (chunk) => {
      this.stderr += chunk
    })
  }

  /** Start it as a container does: one model, a port, the argument `serve`. */
  static async container(model: string, args: readonly string[] = ['serve']): Promise<Server> {
    const port = await freePort()
    return new Server(args, { MODEL_DIR: model, PORT: `${port}` }, { port })
  }

  /** Start it as a laptop does: many models, behind a socket. */
  static laptop(socketPath: string): Server {
    return new Server(['serve', '--socket', socketPath], {}, { socketPath })
  }

  /** Wait until it says what it should at /ping. */
  pings(status: number): Promise<unknown> {
    const answers = () => this.ask('GET', '/ping').then((said) => said.status === status)
    return until(`/ping answers ${status}`, () => answers().catch(() => false))
  }

  /** Wait until it takes nothing new. */
  refuses(): Promise<unknown> {
    return until('it takes nothing new', () =>
      this.ask('GET', '/ping').then(
        () => false,
        () => true,
      ),
    )
  }

  /** Begin a request, whose body is still to be written. */
  begin(method: string, path: string, options: RequestOptions = {}): ClientRequest {
    return request({ ...this.#at, method, path, ...options })
  }

  async ask(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<Said> {
    const sent = this.begin(method, path, options)
    const said = answerTo(sent)
    sent.end(typeof body === 'string' ? body : JSON.stringify(body))
    return said
  }

  invoke(inputs: unknown): Promise<Said> {
    return this.ask('POST', '/invocations', { inputs })
  }

  /** Wait for its end. @returns its exit code; null where a signal ended it */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit')
    return this.child.exitCode
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended()
  }
}

export async function answerTo(sent: ClientRequest): Promise<Said> {
  const [response] = await once(sent, 'response')
  return { status: response.statusCode, body: (await json(response)) as Said['body'] }
}

/** Models in folders of their own, gone when the test is over. */
export class ModelFolders {
  #root = ''

  async open(): Promise<void> {
    this.#root = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  }

  close(): Promise<void> {
    return rm(this.#root, { recursive: true, force: true })
  }

  path(name: string): string {
    return join(this.#root, name)
  }

  /** @returns the folder that holds the model */
  async model(name: string, onnx: string | Uint8Array, file = 'model.onnx'): Promise<string> {
    const place = join(this.#root, name, file)
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, onnx)
    return join(this.#root, name)
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Two records of every kind of value, by input: what both servers answer with unchanged, each of its own model. */
export const oddValues = {
  text: ['käse', ''],
  count: [1, -2],
  flag: [true, false],
  value: [0.1, -1e300],
  grid: [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ],
}
