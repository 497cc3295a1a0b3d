import { graphHost, isGraphEndpoint, runsNothing } from '../lib/rules/graph/graph-endpoint.ts'
import type { Endpoint } from '../lib/rules/model-version.ts'
import { resourceName } from '../lib/rules/names.ts'
import { Problem } from '../lib/rules/problem.ts'
import type {
  EndpointAnswer,
  EndpointHost,
  EndpointRequest,
  EndpointSpec,
  EndpointTruth,
  LogLine,
  MadeEndpoint,
} from './ports.ts'

/**
 * The hosts of a world, and beside them graphs: their endpoints are names with nothing behind them, so there is nothing to
 * make, to park, to wake or to remove.
 */
export class WithGraphs implements EndpointHost {
  readonly #hosts: EndpointHost
  readonly #platform: string
  readonly setAside: (endpoint: Endpoint) => void

  constructor(hosts: EndpointHost, platform: string) {
    this.#hosts = hosts
    this.#platform = platform
    this.setAside = (endpoint) => {
      if (!isGraphEndpoint(endpoint)) hosts.setAside?.(endpoint)
    }
  }

  endpointOf(spec: Pick<EndpointSpec, 'model' | 'version' | 'manifest'>): Endpoint {
    if (!runsNothing(spec.manifest.runtime)) return this.#hosts.endpointOf(spec)
    return { host: graphHost, name: resourceName(this.#platform, spec.model, spec.version) }
  }

  async create(spec: EndpointSpec): Promise<Endpoint> {
    return runsNothing(spec.manifest.runtime) ? this.endpointOf(spec) : this.#hosts.create(spec)
  }

  async describe(endpoint: Endpoint): Promise<EndpointTruth> {
    return isGraphEndpoint(endpoint) ? { state: 'active' } : this.#hosts.describe(endpoint)
  }

  hasRoom(endpoint: Endpoint): boolean {
    return isGraphEndpoint(endpoint) || this.#hosts.hasRoom(endpoint)
  }

  async invoke(endpoint: Endpoint, request: EndpointRequest): Promise<EndpointAnswer> {
    if (!isGraphEndpoint(endpoint)) return this.#hosts.invoke(endpoint, request)
    throw new Problem('platform-fault', 'a graph was asked as if something ran for it')
  }

  async park(endpoint: Endpoint): Promise<void> {
    if (!isGraphEndpoint(endpoint)) await this.#hosts.park(endpoint)
  }

  async wake(endpoint: Endpoint): Promise<void> {
    if (!isGraphEndpoint(endpoint)) await this.#hosts.wake(endpoint)
  }

  async remove(endpoint: Endpoint): Promise<void> {
    if (!isGraphEndpoint(endpoint)) await this.#hosts.remove(endpoint)
  }

  made(): AsyncIterable<MadeEndpoint> {
    return this.#hosts.made()
  }

  async log(endpoint: Endpoint, after?: string): Promise<readonly LogLine[]> {
    return isGraphEndpoint(endpoint) ? [] : this.#hosts.log(endpoint, after)
  }
}
