import { setTimeout as pause } from 'node:timers/promises'
import { isTaggedAsOurs, type Tags, taggedVersion } from '../../lib/rules/endpoint-tags.ts'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import { Problem } from '../../lib/rules/problem.ts'
import {
  holds,
  type SageMakerResources as Resources,
  sagemakerResources,
  scalingIn,
} from '../../lib/rules/sagemaker-endpoint.ts'
import { refuseBeyondSageMaker } from '../../lib/rules/sagemaker-limits.ts'
import { sagemakerTruth } from '../../lib/rules/sagemaker-truth.ts'
import { withoutPlaces } from '../../lib/rules/server-log.ts'
import type { EndpointSpec, EndpointTruth, MadeEndpoint } from '../ports.ts'
import type { InstanceScaling } from './instance-scaling.ts'
import { patiently } from './patience.ts'
import {
  isInTransition,
  isMissing,
  isPassing,
  isPassingWhileMaking,
  isStanding,
  lastingRefusal,
} from './sagemaker-refusals.ts'
import type { Listed, ResourceKind, SageMakerResources, Standing } from './sagemaker-resources.ts'

export interface SageMakerEndpointsProps {
  readonly platform: string
  /** What models run as. */
  readonly roleArn: string
  /** A person's own tags. */
  readonly tags: Tags
  /** Between two looks at an endpoint that is being deleted. @default 5000 */
  readonly pauseMs?: number
}

/** How often an endpoint that is being deleted is looked at: 40 × 5 s, of the 300 s that a step of this kind has. */
const looksAtLeaving = 40

const kinds = ['model', 'configuration', 'endpoint'] as const

/**
 * One model, one endpoint configuration and one endpoint a version, all of one name. Whatever stands under such a name
 * is ours only by its tags, and is otherwise left alone.
 */
export class SageMakerEndpoints {
  readonly #resources: SageMakerResources
  readonly #scaling: InstanceScaling
  readonly #props: SageMakerEndpointsProps
  /** Of which version a name is: what it is the hash of does not change. */
  readonly #known = new Map<string, ReturnType<typeof taggedVersion>>()

  constructor(resources: SageMakerResources, scaling: InstanceScaling, props: SageMakerEndpointsProps) {
    this.#resources = resources
    this.#scaling = scaling
    this.#props = props
  }

  /** @throws Problem `host-unable`, `served-is-not-ours`, `endpoint-failed` */
  async create({ model, version, image, manifest: { host } }: EndpointSpec): Promise<void> {
    refuseBeyondSageMaker(host)
    const { platform, roleArn, tags } = this.#props
    const wanted = sagemakerResources({ platform, roleArn, tags, model, version, image, host })
    const { name } = wanted
    try {
      if (await this.#isStale(wanted)) await this.remove({ host: host.kind, name })
      await this.#gone(name)
      for (const kind of kinds) await this.#stand(kind, wanted)
    } catch (error) {
      throw lastingRefusal(error)
    }
  }

  async describe({ host, name }: Endpoint): Promise<EndpointTruth> {
    const found = await this.#resources.find('endpoint', name)
    if (found === undefined || isLeaving(found)) {
      const kept = host === 'sagemaker' ? await this.#resources.find('configuration', name) : undefined
      return { state: kept === undefined ? 'absent' : 'parked' }
    }
    const truth = sagemakerTruth(name, found.facts)
    if (truth.state === 'active' && host === 'sagemaker' && found.facts.EndpointStatus === 'InService')
      await this.#scale(name)
    return truth
  }

  /** Stop paying for instances; configuration and model cost nothing, and stay. */
  async park({ host, name }: Endpoint): Promise<void> {
    // A serverless endpoint costs nothing while nobody calls it.
    if (host !== 'sagemaker') return
    if ((await this.#ours('configuration', name)) === undefined) return
    await this.#scaling.drop(name)
    await this.#dropOurs('endpoint', name)
  }

  /** Start a parked endpoint again; one that could not be started is replaced. */
  async wake({ host, name }: Endpoint): Promise<void> {
    if (host !== 'sagemaker') return
    const configuration = await this.#ours('configuration', name)
    if (configuration === undefined) return
    const standing = await this.#resources.find('endpoint', name)
    if (standing?.facts.EndpointStatus === 'Failed') await this.#dropOurs('endpoint', name)
    await this.#gone(name)
    if (standing !== undefined && !isLeaving(standing) && standing.facts.EndpointStatus !== 'Failed') return
    await this.#start(name, configuration)
  }

  /**
   * Begin to start a parked endpoint, without waiting for anything: for the hot path.
   * @returns whether there is something to wake @throws Problem `endpoint-unavailable` where starting it has failed
   */
  async beginToWake(name: string): Promise<boolean> {
    const configuration = await this.#ours('configuration', name)
    if (configuration === undefined) return false
    const standing = await this.#resources.find('endpoint', name)
    if (standing === undefined) await this.#start(name, configuration)
    else if (standing.facts.EndpointStatus === 'Failed')
      throw new Problem(
        'endpoint-unavailable',
        `the version could not be started again: ${withoutPlaces(standing.facts.FailureReason ?? 'SageMaker gave no reason')}`,
      )
    return true
  }

  /**
   * Each that is ours, the endpoint first. What was removed before is found gone, so it can be asked again.
   * @throws Problem `endpoint-changing` where SageMaker holds the endpoint fast
   */
  async remove({ host, name }: Endpoint): Promise<void> {
    const endpoint = await this.#ours('endpoint', name)
    if (endpoint !== undefined && host === 'sagemaker') await this.#scaling.drop(name)
    await this.#dropOurs('endpoint', name)
    // While it is there, what it is made of stays, so that it can be told what it is.
    const still = await this.#ours('endpoint', name)
    if (still !== undefined && !isLeaving(still)) throw held()
    for (const kind of ['configuration', 'model'] as const) await this.#dropOurs(kind, name)
    // A call that came in between may have woken it: by a configuration that is gone now, it would stand for ever.
    const woken = await this.#ours('endpoint', name)
    if (woken !== undefined && !isLeaving(woken)) throw held()
  }

  /**
   * Each name once, whatever is left of its three resources, with the time of the youngest. Every name that is seen for
   * the first time costs the look at one resource's tags.
   */
  async *made(): AsyncIterable<MadeEndpoint> {
    const beginning = `${this.#props.platform.slice(0, 12)}-`
    const found = new Map<string, Listed>()
    for await (const one of this.#resources.listed(beginning)) {
      const before = found.get(one.name)
      if (one.name.startsWith(beginning) && (before?.createdAt ?? 0) <= (one.createdAt ?? 0))
        found.set(one.name, one)
    }
    for (const { name, arn, createdAt } of found.values()) {
      const of = this.#known.get(name) ?? (await this.#versionOf(name, arn))
      if (of === undefined) continue
      this.#known.set(name, of)
      // Removed as what may cost more: whatever scales it goes, too.
      const endpoint: Endpoint = { host: 'sagemaker', name }
      yield { endpoint, model: of.model, version: of.version, ...(createdAt !== undefined && { createdAt }) }
    }
  }

  /** @returns undefined where it is not ours, or gone since it was listed */
  async #versionOf(name: string, arn: string): Promise<ReturnType<typeof taggedVersion>> {
    try {
      const tags = await this.#resources.tagsOf({ arn })
      return isTaggedAsOurs(tags, this.#props.platform, name) ? taggedVersion(tags) : undefined
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  /** What a failed release left of this name: of another image or size, or failed. @throws Problem `served-is-not-ours` */
  async #isStale(wanted: Resources): Promise<boolean> {
    let stale = false
    for (const kind of kinds) {
      const standing = await this.#resources.find(kind, wanted.name)
      if (standing === undefined) continue
      await this.#refuseForeign(kind, wanted.name, standing)
      if (kind === 'model') {
        // What it runs, and as whom. The rest follows from the configuration.
        const { PrimaryContainer, ExecutionRoleArn } = wanted.model
        stale ||= !holds(standing.facts, { PrimaryContainer, ExecutionRoleArn })
      } else if (kind === 'configuration') stale ||= !holds(standing.facts, wanted.configuration)
      else
        stale ||=
          standing.facts.EndpointStatus === 'Failed' || standing.facts.EndpointConfigName !== wanted.name
    }
    return stale
  }

  /** Make it, or find it made; then see it there, since others must find it by its name. */
  async #stand(kind: ResourceKind, wanted: Resources): Promise<void> {
    const { name, tags } = wanted
    await patiently(isPassingWhileMaking, async () => {
      const standing = await this.#resources.find(kind, name)
      if (standing !== undefined) return this.#refuseForeign(kind, name, standing)
      if (kind === 'model') await this.#resources.makeModel(name, wanted.model, tags)
      else if (kind === 'configuration')
        await this.#resources.makeConfiguration(name, wanted.configuration, tags)
      else await this.#resources.makeEndpoint(name, tags)
    })
    await this.#seen(kind, name)
  }

  /** Wait until SageMaker shows what it has made: a release that fails next must find it to undo it. */
  async #seen(kind: ResourceKind, name: string): Promise<void> {
    for (let look = 0; look < looksAtLeaving; look += 1) {
      if ((await this.#resources.find(kind, name)) !== undefined) return
      await pause(this.#pauseMs)
    }
    throw new Error(`SageMaker does not show the ${kind} that it has made`)
  }

  /** A name is free again only when the endpoint that had it is gone. */
  async #gone(name: string): Promise<void> {
    for (let look = 0; look < looksAtLeaving; look += 1) {
      const standing = await this.#resources.find('endpoint', name)
      if (standing === undefined || !isLeaving(standing)) return
      await pause(this.#pauseMs)
    }
    throw new Error('the endpoint that had this name is still being deleted')
  }

  async #start(name: string, configuration: Standing): Promise<void> {
    const tags = await this.#resources.tagsOf(configuration)
    await patiently(isPassing, async () => {
      try {
        await this.#resources.makeEndpoint(name, tags)
      } catch (error) {
        // Another call woke it, or the one whose answer was lost.
        if (!isStanding(error)) throw error
      }
    })
  }

  async #scale(name: string): Promise<void> {
    const configuration = await this.#resources.find('configuration', name)
    if (configuration === undefined) return
    const tags = await this.#resources.tagsOf(configuration)
    const scaling = scalingIn(tags)
    if (scaling !== undefined) await this.#scaling.put(name, scaling, tags)
  }

  async #dropOurs(kind: ResourceKind, name: string): Promise<void> {
    const standing = await this.#ours(kind, name)
    if (standing === undefined || isLeaving(standing)) return
    try {
      await this.#resources.drop(kind, name)
    } catch (error) {
      if (!isInTransition(error)) throw error
      throw held()
    }
  }

  async #ours(kind: ResourceKind, name: string): Promise<Standing | undefined> {
    const standing = await this.#resources.find(kind, name)
    if (standing === undefined) return undefined
    const tags = await this.#resources.tagsOf(standing)
    return isTaggedAsOurs(tags, this.#props.platform, name) ? standing : undefined
  }

  async #refuseForeign(kind: ResourceKind, name: string, standing: Standing): Promise<void> {
    const tags = await this.#resources.tagsOf(standing)
    if (!isTaggedAsOurs(tags, this.#props.platform, name))
      throw new Problem(
        'served-is-not-ours',
        `SageMaker has ${kind === 'endpoint' ? 'an endpoint' : `a ${kind}`} ${name} already, and its tags are not those of this version`,
      )
  }

  get #pauseMs(): number {
    return this.#props.pauseMs ?? 5000
  }
}

function held(): Problem {
  return new Problem('endpoint-changing', 'SageMaker holds the endpoint fast while it makes or changes it')
}

function isLeaving({ facts }: Standing): boolean {
  return facts.EndpointStatus === 'Deleting'
}
