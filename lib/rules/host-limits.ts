import type { Manifest } from './manifest.ts'
import { Problem } from './problem.ts'

const megabyte = 1024 * 1024

/** The largest request that any gateway of ours takes: an HTTP API's 10 MB. */
export const largestBody = 10 * megabyte

/**
 * What is really sent to an endpoint, at most, in bytes: a Lambda event carries 6 MB, of which the envelope takes up
 * to 16 kB; SageMaker serverless takes 4 MB, an instance 6 MB. (Sources: facts of Lambda and SageMaker quotas.)
 */
const largestRequest: Readonly<Record<Manifest['host']['kind'], number>> = {
  lambda: 6 * megabyte - 16 * 1024,
  'sagemaker-serverless': 4 * megabyte,
  sagemaker: 6 * megabyte,
}

/** The same limits hold on the laptop, so that what works there works on AWS. @throws Problem `body-too-large` */
export function checkRequestSize(bytes: number, host: Manifest['host']['kind']): void {
  const most = largestRequest[host]
  if (bytes > most)
    throw new Problem(
      'body-too-large',
      `the request is ${bytes} bytes for the model, and host '${host}' takes at most ${most}`,
    )
}
