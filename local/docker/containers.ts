import type { Home } from '../home.ts'
import { docker, dockersWords } from './docker.ts'
import { type Engine, findEngine } from './engine.ts'
import { homeWord } from './home-word.ts'

const homeLabel = 'sluice.home'

/**
 * The containers of a home in the Docker engine: how they are found again, and the one network that they are in, which
 * leads nowhere.
 */
export class Containers {
  readonly word: string
  readonly #network: string
  #ready: Promise<Engine> | undefined

  constructor(home: Pick<Home, 'root'>) {
    this.word = homeWord(home)
    this.#network = `sluice-${this.word}`
  }

  /**
   * Have everything ready for a container: the engine found, what an earlier platform left behind removed, the network
   * there. @throws Problem `docker-missing`
   */
  ready(): Promise<Engine> {
    const begun = this.#ready ?? this.#begin()
    this.#ready = begun
    // Whatever failed may go well the next time.
    begun.catch(() => {
      this.#ready = undefined
    })
    return begun
  }

  /** Flags that make a container one of this home, in its network. */
  flags({ reach }: Engine, port: number): string[] {
    return [
      `--label=${homeLabel}=${this.word}`,
      `--network=${this.#network}`,
      ...(reach === 'published' ? [`--publish=127.0.0.1::${port}`] : []),
    ]
  }

  /** Where a running container is reached; undefined while it is not. */
  async addressOf(name: string, { reach }: Engine, port: number): Promise<string | undefined> {
    const format =
      reach === 'address'
        ? `{{with index .NetworkSettings.Networks "${this.#network}"}}{{.IPAddress}}{{end}}`
        : `{{with index .NetworkSettings.Ports "${port}/tcp"}}{{(index . 0).HostPort}}{{end}}`
    const found = await docker(['inspect', '--type=container', '--format', format, name])
    if (!found.ok || found.stdout === '') return undefined
    return reach === 'address' ? `http://${found.stdout}:${port}` : `http://127.0.0.1:${found.stdout}`
  }

  /** The network goes when nothing is in it; an engine that has gone takes it along. */
  async close(): Promise<void> {
    if (this.#ready === undefined) return
    await this.#ready.catch(() => {})
    await docker(['network', 'rm', this.#network]).catch(() => {})
  }

  async #begin(): Promise<Engine> {
    const engine = await findEngine()
    const left = await docker(['ps', '--all', '--quiet', `--filter=label=${homeLabel}=${this.word}`])
    const ids = left.stdout.split('\n').filter((id) => id !== '')
    if (ids.length > 0) await docker(['rm', '--force', '--volumes', ...ids])
    await this.#makeNetwork(engine)
    return engine
  }

  /** Without a way out, and without one from container to container where the engine can see to that. */
  async #makeNetwork({ reach }: Engine): Promise<void> {
    const option = (name: string, value: boolean) => `--opt=com.docker.network.bridge.${name}=${value}`
    const way = reach === 'address' ? '--internal' : option('enable_ip_masquerade', false)
    const label = `--label=${homeLabel}=${this.word}`
    const made = await docker(['network', 'create', way, option('enable_icc', false), label, this.#network])
    if (made.ok) return
    const standing = await docker(['network', 'inspect', this.#network])
    if (!standing.ok) throw new Error(`the engine makes no network for models: ${dockersWords(made)}`)
  }
}
