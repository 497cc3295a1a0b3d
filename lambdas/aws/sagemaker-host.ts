import type { Manifest } from '../../lib/rules/manifest.ts'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import { resourceName } from '../../lib/rules/names.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type {
  EndpointAnswer,
  EndpointHost,
  EndpointRequest,
  EndpointSpec,
  EndpointTruth,
  MadeEndpoint,
} from '../ports.ts'
import { NoEndpoint } from './no-endpoint.ts'
import type { SageMakerCalls } from './sagemaker-calls.ts'
import type { SageMakerEndpoints } from './sagemaker-endpoints.ts'

export interface SageMakerHostProps {
  readonly platform: string
  /** Loaded when a prediction is asked for. */
  readonly calls: () => Promise<SageMakerCalls>
  /** Loaded when something is made, looked at or woken: the hot path does without. */
  readonly endpoints: () => Promise<SageMakerEndpoints>
}

/** An instance takes some minutes to start: callers are asked to come back after this. */
const wakesWithinSeconds = 60

/** A process that began to wake an endpoint does not ask again before this. */
const askedAgainAfterMs = 10_000

/** Endpoints by SageMaker, serverless and on instances. */
export class SageMakerHost implements EndpointHost {
  readonly #props: SageMakerHostProps
  readonly #woken = new Map<string, { readonly at: number; readonly wakes: Promise<boolean> }>()

  constructor(props: SageMakerHostProps) {
    this.#props = props
  }

  endpointOf({ model, version, manifest }: Pick<EndpointSpec, 'model' | 'version' | 'manifest'>): Endpoint {
    return { host: manifest.host.kind, name: resourceName(this.#props.platform, model, version) }
  }

  async create(spec: EndpointSpec): Promise<Endpoint> {
    const endpoints = await this.#props.endpoints()
    await endpoints.create(spec)
    return this.endpointOf(spec)
  }

  async describe(endpoint: Endpoint): Promise<EndpointTruth> {
    return (await this.#props.endpoints()).describe(endpoint)
  }

  /** SageMaker itself says when it is too much, and at once. */
  hasRoom(): boolean {
    return true
  }

  /** @throws Problem `version-waking` where it was parked: this call has begun to wake it */
  async invoke(endpoint: Endpoint, request: EndpointRequest): Promise<EndpointAnswer> {
    const calls = await this.#props.calls()
    try {
      return await calls.invoke(endpoint.name, request)
    } catch (error) {
      if (!(error instanceof NoEndpoint) || !isOnInstances(endpoint)) throw error
      if (!(await this.#beginToWake(endpoint.name))) throw error
      throw new Problem(
        'version-waking',
        'the version was parked and is being woken, which takes some minutes',
      ).after(wakesWithinSeconds)
    }
  }

  async park(endpoint: Endpoint): Promise<void> {
    await (await this.#props.endpoints()).park(endpoint)
  }

  async wake(endpoint: Endpoint): Promise<void> {
    await (await this.#props.endpoints()).wake(endpoint)
  }

  async remove(endpoint: Endpoint): Promise<void> {
    await (await this.#props.endpoints()).remove(endpoint)
  }

  async *made(): AsyncIterable<MadeEndpoint> {
    yield* (await this.#props.endpoints()).made()
  }

  async log({ name }: Endpoint): Promise<never> {
    throw new Problem(
      'log-elsewhere',
      `the log of this version is in CloudWatch, in the log group /aws/sagemaker/Endpoints/${name}`,
    )
  }

  /** Once, however many callers come at once. */
  #beginToWake(name: string): Promise<boolean> {
    const asked = this.#woken.get(name)
    if (asked !== undefined && Date.now() - asked.at < askedAgainAfterMs) return asked.wakes
    const wakes = this.#props.endpoints().then((endpoints) => endpoints.beginToWake(name))
    this.#woken.set(name, { at: Date.now(), wakes })
    return wakes
  }
}

function isOnInstances({ host }: Endpoint): boolean {
  return host === ('sagemaker' satisfies Manifest['host']['kind'])
}
