import { type ECRClient, paginateListImages } from '@aws-sdk/client-ecr'
import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda'
import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  type ProductionVariant,
  paginateListEndpoints,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'
import { paginateListServiceQuotas, type ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import pLimit from 'p-limit'
import { resourceName } from '../../lib/rules/names.ts'
import { keptUnreserved, type QuotaClaim, type QuotaStanding, quotaNames } from '../../lib/rules/quota.ts'
import type { Quotas } from '../ports.ts'

export interface ServiceQuotasProps {
  readonly platform: string
  /** A runtime's repository is this and the runtime's name. */
  readonly repositoryPrefix: string
}

/** The clients of the services that are asked. */
export interface QuotaClients {
  readonly quotas: ServiceQuotasClient
  readonly lambda: LambdaClient
  readonly ecr: ECRClient
  readonly sagemaker: SageMakerClient
}

/** An account with more endpoints than this is not counted through: its standing is unknown, and blocks nothing. */
const mostEndpoints = 100
const looksAtOnce = 4

/** What the account allows, as AWS itself says it. */
export class AccountQuotas implements Quotas {
  readonly #clients: QuotaClients
  readonly #props: ServiceQuotasProps

  constructor(clients: QuotaClients, props: ServiceQuotasProps) {
    this.#clients = clients
    this.#props = props
  }

  async standing(
    claim: QuotaClaim,
    { model, version }: { readonly model: string; readonly version: string },
  ): Promise<QuotaStanding> {
    const own = resourceName(this.#props.platform, model, version)
    switch (claim.of) {
      case 'images':
        return this.#images(`${this.#props.repositoryPrefix}${claim.runtime}`)
      case 'function-concurrency':
        return this.#functionConcurrency(own)
      case 'serverless-concurrency':
        return this.#endpoints(own, quotaNames.serverless, ({ ServerlessConfig }) =>
          ServerlessConfig === undefined ? 0 : (ServerlessConfig.MaxConcurrency ?? 0),
        )
      case 'instances': {
        const { instanceType } = claim
        return this.#endpoints(
          own,
          quotaNames.instances(instanceType),
          ({ InstanceType, InitialInstanceCount = 0 }) =>
            InstanceType === instanceType ? InitialInstanceCount : 0,
        )
      }
    }
  }

  async #endpoints(
    own: string,
    quota: string,
    take: (variant: ProductionVariant) => number,
  ): Promise<QuotaStanding> {
    const [allowed, used] = await Promise.all([
      this.#allowed('sagemaker', quota),
      this.#onEndpoints(own, take),
    ])
    return { allowed, used }
  }

  /** The account's own value of a quota; undefined where AWS lists none of that name. */
  async #allowed(service: string, name: string): Promise<number | undefined> {
    const pages = paginateListServiceQuotas({ client: this.#clients.quotas }, { ServiceCode: service })
    for await (const { Quotas = [] } of pages) {
      const found = Quotas.find(({ QuotaName }) => QuotaName === name)
      if (found !== undefined) return found.Value
    }
    return undefined
  }

  async #images(repositoryName: string): Promise<QuotaStanding> {
    const allowed = await this.#allowed('ecr', quotaNames.images)
    // An image of several tags is listed once for each: this counts too many rather than too few.
    let used = 0
    for await (const { imageIds = [] } of paginateListImages(
      { client: this.#clients.ecr, pageSize: 1000 },
      { repositoryName },
    ))
      used += imageIds.length
    return { allowed, used }
  }

  /** Lambda tells what is left to those who reserve nothing: the rest is taken. */
  async #functionConcurrency(own: string): Promise<QuotaStanding> {
    const { AccountLimit } = await this.#clients.lambda.send(new GetAccountSettingsCommand({}))
    const { ConcurrentExecutions: all, UnreservedConcurrentExecutions: unreserved } = AccountLimit ?? {}
    if (all === undefined || unreserved === undefined) return { allowed: undefined, used: undefined }
    return { allowed: all - keptUnreserved, used: all - unreserved - (await this.#reservedBy(own)) }
  }

  /** What an earlier attempt has reserved for this very version. */
  async #reservedBy(FunctionName: string): Promise<number> {
    try {
      const found = await this.#clients.lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))
      return found.ReservedConcurrentExecutions ?? 0
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return 0
      throw error
    }
  }

  /** A sum over all endpoints of the account but the version's own; undefined where there are too many to look at. */
  async #onEndpoints(own: string, take: (variant: ProductionVariant) => number): Promise<number | undefined> {
    const names: string[] = []
    for await (const { Endpoints = [] } of paginateListEndpoints({ client: this.#clients.sagemaker }, {})) {
      names.push(
        ...Endpoints.flatMap(({ EndpointName = own }) => (EndpointName === own ? [] : [EndpointName])),
      )
      if (names.length > mostEndpoints) return undefined
    }
    const variants = await pLimit(looksAtOnce).map(names, (name) => this.#variantsOf(name))
    return variants.flat().reduce((sum, one) => sum + take(one), 0)
  }

  async #variantsOf(EndpointName: string): Promise<ProductionVariant[]> {
    const { sagemaker } = this.#clients
    const { EndpointConfigName } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName }))
    const { ProductionVariants = [] } = await sagemaker.send(
      new DescribeEndpointConfigCommand({ EndpointConfigName }),
    )
    return ProductionVariants
  }
}
