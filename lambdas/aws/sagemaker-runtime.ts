import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'
import { SageMakerCalls } from './sagemaker-calls.ts'

/** What asks endpoints of SageMaker for predictions. */
export function sagemakerCalls(): SageMakerCalls {
  return new SageMakerCalls(new SageMakerRuntimeClient({ maxAttempts: 1 }))
}
