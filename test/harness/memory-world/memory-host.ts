import type {
  Clock,
  EndpointAnswer,
  EndpointHost,
  EndpointRequest,
  EndpointSpec,
  EndpointTruth,
  LogLine,
  Random,
} from '../../../lambdas/ports.ts'
import type { Endpoint } from '../../../lib/rules/model-version.ts'
import { resourceName } from '../../../lib/rules/names.ts'
import { Problem } from '../../../lib/rules/problem.ts'
import type { MemoryImages } from './memory-images.ts'

/** How the endpoints of an artifact behave: well, unless somebody says otherwise. */
export interface Behaviour {
  /** What it multiplies its input by. */
  readonly factor: number
  /** From `create` or `wake` until it answers. */
  readonly startMs: number
  /** It never starts, and this is why. */
  readonly failsToStart?: string
  /** Another image runs than the one that was asked for, though everything looks well. */
  readonly runsAnother?: true
  /** The share of calls that its model fails on. */
  readonly errorShare: number
  readonly latencyMs: number
}

export const goodBehaviour: Behaviour = { factor: 2, startMs: 3000, errorShare: 0, latencyMs: 20 }

interface Made {
  readonly endpoint: Endpoint
  readonly model: string
  readonly version: string
  readonly digest: string
  readonly createdAt: number
  state: 'on' | 'parked' | 'dead'
  startedAt: number
}

interface HostProps {
  readonly platform: string
  readonly clock: Clock
  readonly random: Random
  readonly images: MemoryImages
  /** What is being made cannot be removed, as on SageMaker. */
  readonly holdsWhatItMakes?: boolean
}

/** Endpoints in memory: they start after a while, die, lie, sleep and hold fast what they make. */
export class MemoryHost implements EndpointHost {
  readonly #props: HostProps
  readonly #made = new Map<string, Made>()
  readonly #behaviours = new Map<string, Behaviour>()

  /** How often something appeared or went. */
  changes = 0

  constructor(props: HostProps) {
    this.#props = props
  }

  /** Say how the endpoints of an artifact behave, by its digest. */
  behave(artifact: string, behaviour: Behaviour): void {
    this.#behaviours.set(artifact, behaviour)
  }

  behaviourOf(image: string): Behaviour {
    return this.#behaviours.get(this.#props.images.artifactOf(image) ?? '') ?? goodBehaviour
  }

  /** An endpoint dies, as a process or an account can: whoever made it is not told. */
  kill({ name }: Endpoint): void {
    const made = this.#made.get(name)
    if (made !== undefined) made.state = 'dead'
  }

  /** Everything that is there. */
  standing(): readonly { readonly endpoint: Endpoint; readonly model: string; readonly version: string }[] {
    return [...this.#made.values()]
  }

  has(name: string): boolean {
    return this.#made.has(name)
  }

  async *made() {
    for (const { endpoint, model, version, createdAt } of this.#made.values())
      yield { endpoint, model, version, createdAt }
  }

  endpointOf({ model, version, manifest }: Pick<EndpointSpec, 'model' | 'version' | 'manifest'>): Endpoint {
    return { host: manifest.host.kind, name: resourceName(this.#props.platform, model, version) }
  }

  async create({ model, version, image, manifest }: EndpointSpec): Promise<Endpoint> {
    const endpoint = this.endpointOf({ model, version, manifest })
    this.changes += 1
    const now = this.#props.clock.now()
    if (!this.#made.has(endpoint.name))
      this.#made.set(endpoint.name, {
        ...{ endpoint, model, version, digest: image.digest, createdAt: now },
        ...{ state: 'on', startedAt: now },
      })
    return endpoint
  }

  async describe({ name }: Endpoint): Promise<EndpointTruth> {
    const made = this.#made.get(name)
    if (made === undefined) return { state: 'absent' }
    if (made.state === 'parked') return { state: 'parked' }
    const { failsToStart, runsAnother } = this.behaviourOf(made.digest)
    if (made.state === 'dead') return { state: 'failed', reason: 'it has died' }
    if (this.#isStarting(made)) return { state: 'creating' }
    if (failsToStart !== undefined) return { state: 'failed', reason: failsToStart }
    return { state: 'active', digest: runsAnother ? `sha256:${'0'.repeat(64)}` : made.digest }
  }

  hasRoom(): boolean {
    return true
  }

  async invoke(endpoint: Endpoint, { body }: EndpointRequest): Promise<EndpointAnswer> {
    const { state } = await this.describe(endpoint)
    if (state === 'parked') {
      await this.wake(endpoint)
      throw new Problem('version-waking', 'it was parked, and starts now').after(5)
    }
    if (state === 'creating') throw new Problem('version-waking', 'it is starting').after(5)
    const made = this.#made.get(endpoint.name)
    if (state !== 'active' || made === undefined)
      throw new Problem('endpoint-unavailable', 'the version has no endpoint')
    const { factor, errorShare } = this.behaviourOf(made.digest)
    if (this.#props.random.draw() < errorShare) return answer(500, { error: 'the model has failed' })
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
    const { x = [] } = (JSON.parse(text) as { inputs: { x?: number[] } }).inputs
    return answer(200, { predictions: x.map((one) => one * factor) })
  }

  async park({ name }: Endpoint): Promise<void> {
    const made = this.#made.get(name)
    if (made?.state === 'on') made.state = 'parked'
  }

  async wake({ name }: Endpoint): Promise<void> {
    const made = this.#made.get(name)
    if (made?.state !== 'parked') return
    made.state = 'on'
    made.startedAt = this.#props.clock.now()
  }

  async remove({ name }: Endpoint): Promise<void> {
    const made = this.#made.get(name)
    if (made !== undefined && this.#props.holdsWhatItMakes && this.#isStarting(made))
      throw new Problem('endpoint-changing', `${name} is being made, and cannot be removed yet`)
    this.changes += 1
    this.#made.delete(name)
  }

  async log(): Promise<readonly LogLine[]> {
    return []
  }

  #isStarting({ state, startedAt, digest }: Made): boolean {
    return state === 'on' && this.#props.clock.now() < startedAt + this.behaviourOf(digest).startMs
  }
}

function answer(status: number, said: object): EndpointAnswer {
  return { status, body: new TextEncoder().encode(JSON.stringify(said)), contentType: 'application/json' }
}
