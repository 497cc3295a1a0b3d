import type { Manifest } from '../../lib/rules/manifest.ts'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type {
  EndpointAnswer,
  EndpointHost,
  EndpointRequest,
  EndpointSpec,
  EndpointTruth,
  LogLine,
  MadeEndpoint,
} from '../ports.ts'

/**
 * Every host as one. A version is made by the host that its manifest names and asked at the host that its endpoint
 * names, so the versions of one model may run on different ones, behind the same paths.
 */
export class Hosts implements EndpointHost {
  readonly #hosts: Readonly<Record<Manifest['host']['kind'], EndpointHost>>

  constructor(hosts: Readonly<Record<Manifest['host']['kind'], EndpointHost>>) {
    this.#hosts = hosts
  }

  endpointOf(spec: Pick<EndpointSpec, 'model' | 'version' | 'manifest'>): Endpoint {
    return this.#hosts[spec.manifest.host.kind].endpointOf(spec)
  }

  create(spec: EndpointSpec): Promise<Endpoint> {
    return this.#hosts[spec.manifest.host.kind].create(spec)
  }

  async describe(endpoint: Endpoint): Promise<EndpointTruth> {
    return this.#hostOf(endpoint).describe(endpoint)
  }

  hasRoom(endpoint: Endpoint): boolean {
    return this.#hostOf(endpoint).hasRoom(endpoint)
  }

  async invoke(endpoint: Endpoint, request: EndpointRequest): Promise<EndpointAnswer> {
    return this.#hostOf(endpoint).invoke(endpoint, request)
  }

  async park(endpoint: Endpoint): Promise<void> {
    await this.#hostOf(endpoint).park(endpoint)
  }

  async wake(endpoint: Endpoint): Promise<void> {
    await this.#hostOf(endpoint).wake(endpoint)
  }

  async remove(endpoint: Endpoint): Promise<void> {
    await this.#hostOf(endpoint).remove(endpoint)
  }

  /**
   * Of each host once: two kinds may be the work of one. What one cannot tell is thrown when all others have told:
   * not every Region has SageMaker.
   */
  async *made(): AsyncIterable<MadeEndpoint> {
    const faults: unknown[] = []
    for (const host of new Set(Object.values(this.#hosts)))
      try {
        yield* host.made()
      } catch (error) {
        faults.push(error)
      }
    if (faults.length > 0) throw faults[0]
  }

  async log(endpoint: Endpoint, after?: string): Promise<readonly LogLine[]> {
    return this.#hostOf(endpoint).log(endpoint, after)
  }

  #hostOf({ host }: Endpoint): EndpointHost {
    if (!Object.hasOwn(this.#hosts, host))
      throw new Problem('platform-fault', `the version was made on host ${host}, which is not of this world`)
    return this.#hosts[host as Manifest['host']['kind']]
  }
}
