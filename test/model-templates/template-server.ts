import { join } from 'node:path'
import { until } from '../harness/until.ts'
import { freePort, Server } from './server.ts'

/** No path of the machine a server runs on. */
export const machinePath = /[\\/][\w.-]+[\\/][\w.-]+|[A-Z]:\\/

interface Start {
  /** The program and its arguments, up to `serve`. */
  readonly command: readonly [string, ...string[]]
  readonly model: string
  /** @default one that is not there: nothing is known of the model */
  readonly versionFile?: string
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

/** A process of a server that holds one model. */
export class TemplateServer extends Server {
  /** What it wrote on its standard output. */
  stdout = ''

  private constructor({ command, model, versionFile, env, args = ['serve'] }: Start, at: object) {
    const [program, file = '', ...more] = command
    const place = { MODEL_DIR: model, VERSION_FILE: versionFile ?? join(model, 'no-version.json') }
    const stdin = args.includes('--socket') ? 'pipe' : 'ignore'
    super([...more, ...args], { ...place, ...env }, at, [program, file], [stdin, 'pipe', 'pipe'])
    this.child.stdout?.on('data', (chunk) => {
      this.stdout += chunk
    })
  }

  /** Start it as a container does, on a port. */
  static async onPort(start: Start): Promise<TemplateServer> {
    const port = await freePort()
    return new TemplateServer({ ...start, env: { ...start.env, PORT: `${port}` } }, { port })
  }

  /** Start it as a laptop does, behind a socket. */
  static behind(socketPath: string, start: Start): TemplateServer {
    return new TemplateServer({ ...start, args: ['serve', '--socket', socketPath] }, { socketPath })
  }

  override pings(status: number): Promise<unknown> {
    const answers = () => this.ask('GET', '/ping').then((said) => said.status === status)
    return until(`/ping answers ${status}`, () => answers().catch(() => false), 60_000)
  }

  /** Ask for many at once, one canonical request a line. @returns the lines of the answer */
  async invokeLines(lines: readonly unknown[]): Promise<unknown[]> {
    const body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
    const sent = this.begin('POST', '/invocations', { headers: { 'content-type': 'application/x-ndjson' } })
    const text = new Promise<string>((done, failed) => {
      sent.on('error', failed)
      sent.on('response', async (response) => {
        let read = ''
        for await (const chunk of response) read += chunk
        if (response.headers['content-type'] !== 'application/x-ndjson') failed(new Error(read))
        done(read)
      })
    })
    sent.end(body)
    return (await text)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
}
