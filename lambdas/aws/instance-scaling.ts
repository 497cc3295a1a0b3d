import {
  type ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling'
import type { Tags } from '../../lib/rules/endpoint-tags.ts'
import { type Scaling, variantName } from '../../lib/rules/sagemaker-endpoint.ts'
import { patiently } from './patience.ts'
import { isMissing, isPassing } from './sagemaker-refusals.ts'

/** How many instances an endpoint has, by its traffic. It can be said of an endpoint only while it is in service. */
export class InstanceScaling {
  readonly #client: ApplicationAutoScalingClient

  constructor(client: ApplicationAutoScalingClient) {
    this.#client = client
  }

  /** Said again it is the same. */
  async put(name: string, scaling: Scaling, tags: Tags): Promise<void> {
    const target = targetOf(name)
    const { minInstances, maxInstances, targetInvocationsPerInstance } = scaling
    await patiently(isPassing, () =>
      this.#client.send(
        new RegisterScalableTargetCommand({
          ...target,
          MinCapacity: minInstances,
          MaxCapacity: maxInstances,
          Tags: { ...tags },
        }),
      ),
    )
    await patiently(isPassing, () =>
      this.#client.send(
        new PutScalingPolicyCommand({
          ...target,
          PolicyName: name,
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: {
            TargetValue: targetInvocationsPerInstance,
            PredefinedMetricSpecification: {
              PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance',
            },
          },
        }),
      ),
    )
  }

  /** Its policies and their alarms go with it. */
  async drop(name: string): Promise<void> {
    await patiently(isPassing, async () => {
      try {
        await this.#client.send(new DeregisterScalableTargetCommand(targetOf(name)))
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    })
  }
}

function targetOf(name: string) {
  return {
    ServiceNamespace: 'sagemaker',
    ResourceId: `endpoint/${name}/variant/${variantName}`,
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
  } as const
}
