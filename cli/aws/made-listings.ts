import {
  type ApplicationAutoScalingClient,
  ListTagsForResourceCommand,
  paginateDescribeScalableTargets,
} from '@aws-sdk/client-application-auto-scaling'
import { GetFunctionCommand, type LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda'
import {
  paginateGetResources,
  type ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api'
import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  ListTagsCommand,
  paginateListEndpointConfigs,
  paginateListEndpoints,
  paginateListModels,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'
import pLimit from 'p-limit'
import { tagKeys } from '../../lib/rules/endpoint-tags.ts'
import type { Found, MadeKind } from '../../lib/rules/teardown.ts'

/** What AWS is asked by. */
export interface Clients {
  readonly lambda: LambdaClient
  readonly sagemaker: SageMakerClient
  readonly scaling: ApplicationAutoScalingClient
  readonly tagging: ResourceGroupsTaggingAPIClient
}

/** What is looked for, and the ARNs that the index of tags knows. */
export interface Search {
  readonly clients: Clients
  readonly platform: string
  readonly tagged: readonly string[]
}

/** How many calls there are at once. */
export const callsAtOnce = 4

const each = async <T, R>(items: Iterable<T>, look: (item: T) => Promise<R | undefined>): Promise<R[]> => {
  const limit = pLimit(callsAtOnce)
  const looked = await Promise.all([...items].map((item) => limit(() => look(item))))
  return looked.filter((one) => one !== undefined) as R[]
}

/** The ARNs that have a platform's tag, as far as the index has heard. */
export async function taggedNames(
  client: ResourceGroupsTaggingAPIClient,
  platform: string,
): Promise<string[]> {
  const arns: string[] = []
  const asked = {
    TagFilters: [{ Key: tagKeys.platform, Values: [platform] }],
    ResourceTypeFilters: ['lambda:function', 'sagemaker'],
  }
  for await (const { ResourceTagMappingList = [] } of paginateGetResources({ client }, asked))
    arns.push(...ResourceTagMappingList.map(({ ResourceARN = '' }) => ResourceARN))
  return arns
}

export async function foundFunctions({ clients, platform, tagged }: Search): Promise<Found[]> {
  const names = new Set(
    tagged.flatMap((arn) => /^arn:[^:]+:lambda:[^:]*:[^:]*:function:([^:]+)$/.exec(arn)?.[1] ?? []),
  )
  for await (const { Functions = [] } of paginateListFunctions({ client: clients.lambda }, {}))
    for (const { FunctionName = '' } of Functions)
      if (FunctionName.startsWith(`${platform}-`)) names.add(FunctionName)
  return each(names, async (name) => {
    try {
      const { Configuration, Tags = {} } = await clients.lambda.send(
        new GetFunctionCommand({ FunctionName: name }),
      )
      const made = Configuration?.LastModified
      return { kind: 'function' as const, name, tags: Tags, ...(made !== undefined && { madeAt: made }) }
    } catch (error) {
      // The index of tags goes on naming what is gone.
      if ((error as Error).name === 'ResourceNotFoundException') return undefined
      throw error
    }
  })
}

interface Listed {
  readonly arn: string
  readonly madeAt?: Date | undefined
}

type SageMakerKind = Extract<MadeKind, 'endpoint' | 'endpoint configuration' | 'sagemaker model'>
const arnParts: Record<SageMakerKind, string> = {
  endpoint: 'endpoint',
  'endpoint configuration': 'endpoint-config',
  'sagemaker model': 'model',
}

export async function foundEndpoints(
  { clients, platform, tagged }: Search,
  kind: SageMakerKind,
): Promise<Found[]> {
  const client = clients.sagemaker
  const found = new Map<string, Listed>()
  for (const arn of tagged) {
    const name = new RegExp(`^arn:[^:]+:sagemaker:[^:]*:[^:]*:${arnParts[kind]}/([^/]+)$`).exec(arn)?.[1]
    if (name !== undefined) found.set(name, { arn })
  }
  for await (const [name, listed] of listedOf(client, kind, `${platform}-`))
    if (name.startsWith(`${platform}-`)) found.set(name, listed)
  return each(found, async ([name, { arn, madeAt }]) => {
    try {
      const { Tags = [] } = await client.send(new ListTagsCommand({ ResourceArn: arn, MaxResults: 100 }))
      const costs = kind === 'endpoint' ? await costsOf(client, name) : undefined
      return {
        kind,
        name,
        tags: Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
        ...(madeAt !== undefined && { madeAt: madeAt.toISOString() }),
        ...(costs !== undefined && { costs }),
      }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  })
}

async function* listedOf(
  client: SageMakerClient,
  kind: SageMakerKind,
  NameContains: string,
): AsyncGenerator<[string, Listed]> {
  if (kind === 'endpoint')
    for await (const { Endpoints = [] } of paginateListEndpoints({ client }, { NameContains }))
      for (const { EndpointName = '', EndpointArn = '', CreationTime } of Endpoints)
        yield [EndpointName, { arn: EndpointArn, madeAt: CreationTime }]
  else if (kind === 'endpoint configuration')
    for await (const { EndpointConfigs = [] } of paginateListEndpointConfigs({ client }, { NameContains }))
      for (const { EndpointConfigName = '', EndpointConfigArn = '', CreationTime } of EndpointConfigs)
        yield [EndpointConfigName, { arn: EndpointConfigArn, madeAt: CreationTime }]
  else
    for await (const { Models = [] } of paginateListModels({ client }, { NameContains }))
      for (const { ModelName = '', ModelArn = '', CreationTime } of Models)
        yield [ModelName, { arn: ModelArn, madeAt: CreationTime }]
}

/** What an endpoint on instances is billed for by the hour; a serverless one is not. */
async function costsOf(client: SageMakerClient, name: string): Promise<string | undefined> {
  const { EndpointConfigName, ProductionVariants = [] } = await client.send(
    new DescribeEndpointCommand({ EndpointName: name }),
  )
  const counts = new Map(
    ProductionVariants.map(({ VariantName, CurrentInstanceCount }) => [VariantName, CurrentInstanceCount]),
  )
  const variants = await variantsOf(client, EndpointConfigName)
  if (variants === undefined) return 'not known: its configuration is gone'
  const instances = variants.flatMap(({ VariantName, InstanceType, InitialInstanceCount }) =>
    InstanceType === undefined
      ? []
      : [`${counts.get(VariantName) ?? InitialInstanceCount ?? 1} x ${InstanceType} by the hour`],
  )
  return instances.length === 0 ? undefined : instances.join(', ')
}

/** Each is named by what it scales: `{endpoint}/variant/{variant}`. */
export async function foundTargets({ clients, platform }: Search): Promise<Found[]> {
  const found: { name: string; arn: string; madeAt?: Date | undefined }[] = []
  const asked = { ServiceNamespace: 'sagemaker' as const }
  for await (const { ScalableTargets = [] } of paginateDescribeScalableTargets(
    { client: clients.scaling },
    asked,
  ))
    for (const { ResourceId = '', ScalableTargetARN = '', CreationTime } of ScalableTargets)
      if (ResourceId.startsWith(`endpoint/${platform}-`))
        found.push({
          name: ResourceId.slice('endpoint/'.length),
          arn: ScalableTargetARN,
          madeAt: CreationTime,
        })
  return each(found, async ({ name, arn, madeAt }) => {
    const { Tags = {} } = await clients.scaling.send(new ListTagsForResourceCommand({ ResourceARN: arn }))
    return {
      kind: 'scaling target' as const,
      name,
      tags: Tags,
      ...(madeAt !== undefined && { madeAt: madeAt.toISOString() }),
    }
  })
}

/** SageMaker lets a configuration go while its endpoint stands. @returns undefined where it is gone */
async function variantsOf(client: SageMakerClient, EndpointConfigName: string | undefined) {
  try {
    const { ProductionVariants = [] } = await client.send(
      new DescribeEndpointConfigCommand({ EndpointConfigName }),
    )
    return ProductionVariants
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  const { name, message } = error as Error
  return name === 'ResourceNotFound' || /could not find|does not exist/i.test(message)
}
