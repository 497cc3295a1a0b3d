import { LambdaClient } from '@aws-sdk/client-lambda'
import type { Tags } from '../../lib/rules/endpoint-tags.ts'
import type { EndpointHost } from '../ports.ts'
import { Hosts } from './hosts.ts'
import { LambdaHost, type ModelNetwork } from './lambda-host.ts'
import { SageMakerHost } from './sagemaker-host.ts'
import { setting } from './settings.ts'

/** The hosts of a platform. SageMaker's clients are read when a version needs them: most routers never do. */
export function endpointHosts(platform: string): EndpointHost {
  const tags = JSON.parse(setting('tags')) as Tags
  const lambda = new LambdaHost(new LambdaClient({ maxAttempts: 1 }), {
    platform,
    roleArn: setting('servingRole'),
    logGroup: setting('servingLogGroup'),
    tags,
    network: networkOf(setting('modelNetwork')),
  })
  const sagemaker = new SageMakerHost({
    platform,
    calls: once(async () => (await import('./sagemaker-runtime.ts')).sagemakerCalls()),
    endpoints: once(async () =>
      (await import('./sagemaker-clients.ts')).sagemakerEndpoints({
        platform,
        roleArn: setting('sagemakerRole'),
        tags,
      }),
    ),
  })
  return new Hosts({ lambda, sagemaker, 'sagemaker-serverless': sagemaker })
}

/** `{}` is no network. */
function networkOf(json: string): ModelNetwork | undefined {
  const { subnetIds, securityGroupIds } = JSON.parse(json) as Partial<ModelNetwork>
  return subnetIds === undefined || securityGroupIds === undefined
    ? undefined
    : { subnetIds, securityGroupIds }
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined
  return () => {
    loaded ??= load()
    return loaded
  }
}
