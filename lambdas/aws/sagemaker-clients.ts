import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling'
import { SageMakerClient } from '@aws-sdk/client-sagemaker'
import { InstanceScaling } from './instance-scaling.ts'
import { SageMakerEndpoints, type SageMakerEndpointsProps } from './sagemaker-endpoints.ts'
import { SageMakerResources } from './sagemaker-resources.ts'

/** What makes and looks at endpoints of SageMaker, over the clients of this account. */
export function sagemakerEndpoints(props: SageMakerEndpointsProps): SageMakerEndpoints {
  return new SageMakerEndpoints(
    new SageMakerResources(new SageMakerClient({ maxAttempts: 1 })),
    new InstanceScaling(new ApplicationAutoScalingClient({ maxAttempts: 1 })),
    props,
  )
}
