import { endpointTags, type Tags } from './endpoint-tags.ts'
import type { Manifest } from './manifest.ts'
import type { Image } from './model-version.ts'
import { resourceName } from './names.ts'
import { defaultServerlessCalls } from './sagemaker-limits.ts'

type Host = Manifest['host']

/** The one variant of every endpoint: rollouts are the router's, which can move between hosts. */
export const variantName = 'AllTraffic'

/** The tag of an endpoint configuration that keeps its scaling: SageMaker has no field for it, and parking keeps it. */
const scalingTag = 'sluice:scaling'

/** Whose endpoint it is, and what the platform gives it. */
export interface SageMakerVersion {
  readonly platform: string
  readonly roleArn: string
  readonly tags: Tags
  readonly model: string
  readonly version: string
  readonly image: Image
  readonly host: Host
}

/** What SageMaker is asked for: one of each, all of one name. */
export interface SageMakerResources {
  readonly name: string
  readonly tags: Tags
  readonly model: WantedModel
  readonly configuration: WantedConfiguration
}

export interface WantedModel {
  readonly PrimaryContainer: { readonly Image: string }
  readonly ExecutionRoleArn: string
  readonly EnableNetworkIsolation?: true
}

export interface WantedConfiguration {
  readonly ProductionVariants: {
    readonly VariantName: string
    readonly ModelName: string
    readonly InstanceType?: string
    readonly InitialInstanceCount?: number
    readonly ServerlessConfig?: {
      readonly MemorySizeInMB: number
      readonly MaxConcurrency: number
      readonly ProvisionedConcurrency?: number
    }
  }[]
}

/** The requests by which a version gets its endpoint. The artifact is in the image: a model needs to read nothing. */
export function sagemakerResources(version: SageMakerVersion): SageMakerResources {
  const { platform, roleArn, model, image, host } = version
  const name = resourceName(platform, model, version.version)
  const tags = endpointTags(platform, model, version.version, version.tags)
  return {
    name,
    tags: { ...tags, ...(host.scaling && { [scalingTag]: writtenScaling(host.scaling) }) },
    model: {
      PrimaryContainer: { Image: image.uri },
      ExecutionRoleArn: roleArn,
      // SageMaker refuses it of a model on a serverless endpoint.
      ...(host.kind === 'sagemaker' && { EnableNetworkIsolation: true }),
    },
    configuration: { ProductionVariants: [{ VariantName: variantName, ModelName: name, ...capacity(host) }] },
  }
}

function capacity(
  host: Host,
): Omit<WantedConfiguration['ProductionVariants'][number], 'VariantName' | 'ModelName'> {
  const { instanceType, instanceCount, scaling, memoryMb, maxConcurrency, provisionedConcurrency } = host
  if (host.kind === 'sagemaker')
    return {
      ...(instanceType !== undefined && { InstanceType: instanceType }),
      InitialInstanceCount: scaling?.minInstances ?? instanceCount ?? 1,
    }
  return {
    ServerlessConfig: {
      MemorySizeInMB: memoryMb,
      MaxConcurrency: maxConcurrency ?? defaultServerlessCalls,
      ...(provisionedConcurrency !== undefined && { ProvisionedConcurrency: provisionedConcurrency }),
    },
  }
}

export type Scaling = NonNullable<Host['scaling']>

/** As a tag's value: SageMaker takes letters, digits, spaces and `+-=._:/@`. */
function writtenScaling({ minInstances, maxInstances, targetInvocationsPerInstance }: Scaling): string {
  return `${minInstances}:${maxInstances}:${targetInvocationsPerInstance}`
}

/** The scaling that an endpoint configuration's tags keep; undefined where it has a fixed number of instances. */
export function scalingIn(tags: Tags): Scaling | undefined {
  const [minInstances, maxInstances, targetInvocationsPerInstance] = (tags[scalingTag] ?? '')
    .split(':')
    .map(Number)
  if (!minInstances || !maxInstances || !targetInvocationsPerInstance) return undefined
  return { minInstances, maxInstances, targetInvocationsPerInstance }
}

/** Whether something that stands has everything that was asked for; what SageMaker adds of its own does not matter. */
export function holds(standing: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return standing === wanted
  if (typeof standing !== 'object' || standing === null) return false
  if (Array.isArray(wanted) && (!Array.isArray(standing) || standing.length !== wanted.length)) return false
  return Object.entries(wanted).every(([key, value]) =>
    holds((standing as Record<string, unknown>)[key], value),
  )
}
