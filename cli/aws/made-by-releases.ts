import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling'
import { DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api'
import {
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker'
import type { Found, Made } from '../../lib/rules/teardown.ts'
import { callerCredentials } from './credentials.ts'
import {
  type Clients,
  foundEndpoints,
  foundFunctions,
  foundTargets,
  type Search,
  taggedNames,
} from './made-listings.ts'

/** What was found, and what could not be looked at, as sentences. */
export interface Census {
  readonly found: readonly Found[]
  readonly unseen: readonly string[]
  /** Why the index of tags was not asked, where it refused: every name is in the lists too. */
  readonly unindexed?: string
}

/** What releases make in an account and Region, over AWS itself: the platform may be gone. */
export class MadeByReleases {
  readonly #clients: Clients

  constructor(region: string) {
    const config = { region, credentials: callerCredentials(), maxAttempts: 8 }
    this.#clients = {
      lambda: new LambdaClient(config),
      sagemaker: new SageMakerClient(config),
      scaling: new ApplicationAutoScalingClient(config),
      tagging: new ResourceGroupsTaggingAPIClient(config),
    }
  }

  /**
   * Everything that has a platform's tag, or a name that begins like those of its resources: the index of tags learns
   * of a new one late, and a name alone is no proof. One service that refuses does not hide what the others answer.
   */
  async census(platform: string): Promise<Census> {
    const unseen: string[] = []
    const looked = async <T>(what: string, look: () => Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await look()
      } catch (error) {
        unseen.push(`${what}: ${reasonOf(error)}`)
        return otherwise
      }
    }
    let unindexed: string | undefined
    const tagged = await taggedNames(this.#clients.tagging, platform).catch((error: unknown) => {
      unindexed = reasonOf(error)
      return []
    })
    const search: Search = { clients: this.#clients, platform, tagged }
    const found = [
      ...(await looked('Lambda functions', () => foundFunctions(search), [])),
      ...(await looked('SageMaker endpoints', () => foundEndpoints(search, 'endpoint'), [])),
      ...(await looked(
        'SageMaker endpoint configurations',
        () => foundEndpoints(search, 'endpoint configuration'),
        [],
      )),
      ...(await looked('SageMaker models', () => foundEndpoints(search, 'sagemaker model'), [])),
      ...(await looked('scaling targets', () => foundTargets(search), [])),
    ]
    return { found, unseen, ...(unindexed !== undefined && { unindexed }) }
  }

  /** Ask for the end of something, or find it gone. @throws whatever the service says */
  async remove({ kind, name }: Made): Promise<void> {
    const { lambda, sagemaker, scaling } = this.#clients
    try {
      if (kind === 'function') await lambda.send(new DeleteFunctionCommand({ FunctionName: name }))
      else if (kind === 'endpoint') await sagemaker.send(new DeleteEndpointCommand({ EndpointName: name }))
      else if (kind === 'endpoint configuration')
        await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name }))
      else if (kind === 'sagemaker model') await sagemaker.send(new DeleteModelCommand({ ModelName: name }))
      else
        await scaling.send(
          new DeregisterScalableTargetCommand({
            ServiceNamespace: 'sagemaker',
            ResourceId: `endpoint/${name}`,
            ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
          }),
        )
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }

  /** Whether an endpoint that was deleted is gone: until then its configuration is in use. */
  async isGone(endpoint: string): Promise<boolean> {
    try {
      await this.#clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: endpoint }))
      return false
    } catch (error) {
      if (isGone(error)) return true
      throw error
    }
  }

  close(): void {
    for (const client of Object.values(this.#clients)) client.destroy()
  }
}

/** SageMaker says by a sentence that there is nothing. */
function isGone(error: unknown): boolean {
  const { name = '', message = '' } = error as Error
  return (
    /^(?:ResourceNotFoundException|ObjectNotFoundException|ResourceNotFound)$/.test(name) ||
    (name === 'ValidationException' && /could not find|does not exist/i.test(message))
  )
}

export function reasonOf(error: unknown): string {
  const { name = 'Error', message = String(error) } = error as Error
  return `${name}: ${message}`
}
