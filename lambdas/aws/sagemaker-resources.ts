import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListTagsCommand,
  paginateListEndpointConfigs,
  paginateListEndpoints,
  paginateListModels,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'
import type { Tags } from '../../lib/rules/endpoint-tags.ts'
import type { WantedConfiguration, WantedModel } from '../../lib/rules/sagemaker-endpoint.ts'
import type { DescribedEndpoint } from '../../lib/rules/sagemaker-truth.ts'
import { patiently } from './patience.ts'
import { isMissing, isPassing } from './sagemaker-refusals.ts'

/** What SageMaker has of a version, in the order in which each needs the one before it. */
export type ResourceKind = 'model' | 'configuration' | 'endpoint'

export interface Standing {
  readonly arn: string
  /** What SageMaker says of it. */
  readonly facts: DescribedEndpoint
}

/** What a listing tells of a resource. */
export interface Listed {
  readonly name: string
  readonly arn: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number | undefined
}

/** The three resources of a version, by the one name they share. */
export class SageMakerResources {
  readonly #client: SageMakerClient

  constructor(client: SageMakerClient) {
    this.#client = client
  }

  /** @returns undefined where there is none */
  find(kind: ResourceKind, name: string): Promise<Standing | undefined> {
    return patiently(isPassing, async () => {
      try {
        return await this.#described(kind, name)
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    })
  }

  /** The tags of what is there. */
  async tagsOf({ arn }: Pick<Standing, 'arn'>): Promise<Tags> {
    const { Tags = [] } = await patiently(isPassing, () =>
      this.#client.send(new ListTagsCommand({ ResourceArn: arn, MaxResults: 100 })),
    )
    return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value ?? '']))
  }

  async makeModel(name: string, wanted: WantedModel, tags: Tags): Promise<void> {
    const { PrimaryContainer, ...rest } = wanted
    await this.#client.send(
      new CreateModelCommand({
        ModelName: name,
        PrimaryContainer: { ...PrimaryContainer },
        ...rest,
        Tags: listed(tags),
      }),
    )
  }

  async makeConfiguration(name: string, wanted: WantedConfiguration, tags: Tags): Promise<void> {
    await this.#client.send(
      new CreateEndpointConfigCommand({
        EndpointConfigName: name,
        ProductionVariants: wanted.ProductionVariants.map(({ InstanceType, ...variant }) => ({
          ...variant,
          // The list of the SDK is older than some instance types are; SageMaker says what it has.
          ...(InstanceType !== undefined && { InstanceType: InstanceType as 'ml.m5.large' }),
        })),
        Tags: listed(tags),
      }),
    )
  }

  async makeEndpoint(name: string, tags: Tags): Promise<void> {
    await this.#client.send(
      new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name, Tags: listed(tags) }),
    )
  }

  /** Ask for its end, or find it gone. An endpoint goes on being deleted for a while. */
  async drop(kind: ResourceKind, name: string): Promise<void> {
    await patiently(isPassing, async () => {
      try {
        if (kind === 'endpoint') await this.#client.send(new DeleteEndpointCommand({ EndpointName: name }))
        else if (kind === 'configuration')
          await this.#client.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name }))
        else await this.#client.send(new DeleteModelCommand({ ModelName: name }))
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    })
  }

  /** Everything whose name begins so, of whatever kind and in whatever state. */
  async *listed(beginning: string): AsyncIterable<Listed> {
    const [client, asked] = [{ client: this.#client }, { NameContains: beginning }]
    for await (const { Endpoints = [] } of paginateListEndpoints(client, asked))
      for (const { EndpointName = '', EndpointArn = '', CreationTime } of Endpoints)
        yield { name: EndpointName, arn: EndpointArn, createdAt: CreationTime?.getTime() }
    for await (const { EndpointConfigs = [] } of paginateListEndpointConfigs(client, asked))
      for (const { EndpointConfigName = '', EndpointConfigArn = '', CreationTime } of EndpointConfigs)
        yield { name: EndpointConfigName, arn: EndpointConfigArn, createdAt: CreationTime?.getTime() }
    for await (const { Models = [] } of paginateListModels(client, asked))
      for (const { ModelName = '', ModelArn = '', CreationTime } of Models)
        yield { name: ModelName, arn: ModelArn, createdAt: CreationTime?.getTime() }
  }

  async #described(kind: ResourceKind, name: string): Promise<Standing> {
    if (kind === 'endpoint') {
      const facts = await this.#client.send(new DescribeEndpointCommand({ EndpointName: name }))
      return { arn: facts.EndpointArn ?? '', facts }
    }
    if (kind === 'configuration') {
      const facts = await this.#client.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name }))
      const { EndpointConfigArn = '', ProductionVariants } = facts
      return { arn: EndpointConfigArn, facts: { ProductionVariants } as DescribedEndpoint }
    }
    const { ModelArn = '', ...facts } = await this.#client.send(new DescribeModelCommand({ ModelName: name }))
    return { arn: ModelArn, facts: facts as DescribedEndpoint }
  }
}

function listed(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}
