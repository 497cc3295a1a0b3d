import { variantName } from './sagemaker-endpoint.ts'
import { withoutPlaces } from './server-log.ts'

/** What SageMaker says of an endpoint, as far as it is believed. */
export interface DescribedEndpoint {
  readonly EndpointConfigName?: string | undefined
  readonly EndpointStatus?: string | undefined
  readonly FailureReason?: string | undefined
  readonly PendingDeploymentSummary?: { readonly EndpointConfigName?: string | undefined } | undefined
  readonly ProductionVariants?:
    | readonly {
        readonly VariantName?: string | undefined
        readonly DeployedImages?: readonly { readonly ResolvedImage?: string | undefined }[] | undefined
      }[]
    | undefined
}

export interface SageMakerTruth {
  readonly state: 'creating' | 'active' | 'failed'
  readonly digest?: string
  readonly reason?: string
}

/** While SageMaker does one of these by itself (patches, scales), what was in service goes on serving. */
const serving = new Set(['InService', 'Updating', 'SystemUpdating'])

/**
 * What is really there, whatever the status claims: an endpoint may be InService on another configuration than asked
 * for (SageMaker rolls a failed deployment back in silence), or run another image.
 * @param name of the endpoint and of its configuration: they are the same
 */
export function sagemakerTruth(name: string, described: DescribedEndpoint): SageMakerTruth {
  const { EndpointStatus: status = 'unknown', EndpointConfigName, PendingDeploymentSummary } = described
  if (status === 'Creating') return { state: 'creating' }
  if (!serving.has(status)) return failed(described.FailureReason ?? `SageMaker gave no reason (${status})`)
  if (EndpointConfigName !== name) return failed('it runs by another configuration than its own')
  if ((PendingDeploymentSummary?.EndpointConfigName ?? name) !== name)
    return failed('somebody is deploying another configuration to it')
  const variants = described.ProductionVariants ?? []
  const [variant, ...others] = variants
  if (variant?.VariantName !== variantName || others.length > 0)
    return failed(`it has the variants ${variants.map((one) => one.VariantName).join(', ') || 'of nobody'}`)
  const [image, ...more] = variant.DeployedImages ?? []
  if (more.length > 0) return failed('more than one image runs in it')
  const digest = image?.ResolvedImage?.split('@')[1]
  return { state: 'active', ...(digest !== undefined && { digest }) }
}

function failed(reason: string): SageMakerTruth {
  return { state: 'failed', reason: withoutPlaces(reason) }
}
