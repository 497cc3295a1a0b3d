import type { Manifest } from './manifest.ts'

/**
 * The longest that an endpoint may take to answer for the first time, in minutes; then it has failed. Lambda fetches an
 * image in a minute or two; SageMaker is known to take more than ten (terraform-provider-aws waits 60).
 */
const startsWithinMinutes: Readonly<Record<Manifest['host']['kind'], number>> = {
  lambda: 15,
  'sagemaker-serverless': 60,
  sagemaker: 60,
}

/**
 * After this an endpoint that does not answer has failed, in milliseconds since the epoch. It is written down before
 * the endpoint is asked for, so that a release that starts again keeps the one it had.
 */
export function endpointDeadline(kind: Manifest['host']['kind'], askedAt: number, standing?: number): number {
  return standing ?? askedAt + startsWithinMinutes[kind] * 60_000
}
