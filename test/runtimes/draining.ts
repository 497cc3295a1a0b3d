import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { homeAt } from '../../local/home.ts'
import { onnxLaunch, ownLaunch } from '../../local/hosting/runtime-launch.ts'
import { freePort } from '../model-templates/server.ts'

/** How long a server may take to have read the beginning of a request, or to have heard a signal. */
const heardMs = 300

/** A version's server as a container starts it: its own process, on a port, asked by halves. */
export class Draining {
  readonly #child: ChildProcess
  readonly #port: number

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.#port = port
  }

  /** @param digest of the version's image, in a home */
  static async start(home: string, digest: string): Promise<Draining> {
    const image = join(homeAt(home).images, digest.replace('sha256:', ''))
    const launch = ownLaunch(homeAt(home), image, 2048) ?? { ...onnxLaunch(), env: { MODEL_DIR: image } }
    const port = await freePort()
    const env = { ...process.env, SLUICE_THREADS: '1', ...launch.env, PORT: `${port}` }
    const child = spawn(launch.command, [...launch.args, 'serve'], {
      env,
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    const server = new Draining(child, port)
    while ((await server.#ping()) !== 200 && child.exitCode === null) await pause(20)
    return server
  }

  /** Send half of a request, tell the server to end, send the rest. @returns what came of both */
  async drained(body: string): Promise<{ readonly status: number; readonly exit: number | null }> {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = this.#to('POST', '/invocations', headers)
    const answered = once(sent, 'response')
    sent.write(body.slice(0, 5))
    await pause(heardMs)
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await pause(heardMs)
    sent.end(body.slice(5))
    const [response] = await answered
    response.resume()
    const [exit] = await ended
    return { status: response.statusCode, exit }
  }

  #to(method: string, path: string, headers: Record<string, string | number> = {}): ClientRequest {
    return request({ host: '127.0.0.1', port: this.#port, method, path, headers, agent: false })
  }

  async #ping(): Promise<number> {
    const sent = this.#to('GET', '/ping')
    sent.end()
    const [response] = await once(sent, 'response').catch(() => [{ statusCode: 0, resume: () => {} }])
    response.resume()
    return response.statusCode
  }
}
