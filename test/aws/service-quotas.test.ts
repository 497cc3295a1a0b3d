import { ECRClient } from '@aws-sdk/client-ecr'
import { LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda'
import { SageMakerClient } from '@aws-sdk/client-sagemaker'
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { AccountQuotas } from '../../lambdas/aws/service-quotas.ts'
import { resourceName } from '../../lib/rules/names.ts'
import { quotaNames } from '../../lib/rules/quota.ts'

type Input = Readonly<Record<string, unknown>>
type Answers = Record<string, (input: Input) => object>

let answers: Answers
let calls: string[]
beforeEach(() => {
  answers = {}
  calls = []
})

const usual = { region: 'eu-north-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }

/** A client that answers by the name of the command. */
function scripted<Client extends object>(client: Client): Client {
  const send = async (command: {
    readonly constructor: { readonly name: string }
    readonly input: Input
  }) => {
    const name = command.constructor.name.replace('Command', '')
    calls.push(name)
    const answer = answers[name]
    if (answer === undefined) throw new Error(`nobody expects ${name}`)
    return answer(command.input)
  }
  return Object.assign(client, { send })
}

const quotas = () =>
  new AccountQuotas(
    {
      quotas: scripted(new ServiceQuotasClient(usual)),
      lambda: scripted(new LambdaClient(usual)),
      ecr: scripted(new ECRClient(usual)),
      sagemaker: scripted(new SageMakerClient(usual)),
    },
    { platform: 'sluice', repositoryPrefix: 'sluice/' },
  )
const version = { model: 'churn', version: '1.0.0' }
const own = resourceName('sluice', 'churn', '1.0.0')

/** Quotas on two pages; what is looked for stands on the second. */
function lists(service: string, name: string, Value: number) {
  answers['ListServiceQuotas'] = ({ ServiceCode, NextToken }) => {
    expect(ServiceCode).toBe(service)
    return NextToken === undefined
      ? { Quotas: [{ QuotaName: 'something else', Value: 1 }], NextToken: 'two' }
      : { Quotas: [{ QuotaName: name, Value }] }
  }
}

describe('reserved Lambda environments', () => {
  const claim = { of: 'function-concurrency', asks: 5 } as const
  const account = (ConcurrentExecutions: number, UnreservedConcurrentExecutions: number) => () => ({
    AccountLimit: { ConcurrentExecutions, UnreservedConcurrentExecutions },
  })

  test('are what the account has, less the hundred that Lambda keeps', async () => {
    answers = { GetAccountSettings: account(1000, 800), GetFunctionConcurrency: () => ({}) }
    expect(await quotas().standing(claim, version)).toEqual({ allowed: 900, used: 200 })
  })

  test('are not taken by the version itself, from an attempt before', async () => {
    answers = {
      GetAccountSettings: account(1000, 800),
      GetFunctionConcurrency: ({ FunctionName }) => ({
        ReservedConcurrentExecutions: FunctionName === own ? 50 : 1,
      }),
    }
    expect((await quotas().standing(claim, version)).used).toBe(150)
    answers['GetFunctionConcurrency'] = () => {
      throw new ResourceNotFoundException({ message: 'none', $metadata: {} })
    }
    expect((await quotas().standing(claim, version)).used).toBe(200)
  })

  test('are unknown where Lambda does not say, and a fault where it may not be asked', async () => {
    answers = { GetAccountSettings: () => ({}) }
    expect(await quotas().standing(claim, version)).toEqual({ allowed: undefined, used: undefined })
    answers = { GetAccountSettings: account(1000, 800) }
    await expect(quotas().standing(claim, version)).rejects.toThrow('nobody expects GetFunctionConcurrency')
  })
})

test('images are counted over all pages of the repository of the runtime', async () => {
  lists('ecr', quotaNames.images, 20_000)
  answers['ListImages'] = ({ repositoryName, nextToken }) => {
    expect(repositoryName).toBe('sluice/onnx')
    return nextToken === undefined
      ? { imageIds: Array.from({ length: 1000 }, () => ({})), nextToken: 'two' }
      : { imageIds: [{}, {}] }
  }
  const standing = await quotas().standing({ of: 'images', runtime: 'onnx', asks: 1 }, version)
  expect(standing).toEqual({ allowed: 20_000, used: 1002 })
})

describe('endpoints of SageMaker', () => {
  const configs: Record<string, object[]> = {
    other: [{ InstanceType: 'ml.m5.large', InitialInstanceCount: 2 }],
    larger: [{ InstanceType: 'ml.m5.4xlarge', InitialInstanceCount: 7 }],
    serverless: [{ ServerlessConfig: { MaxConcurrency: 20, MemorySizeInMB: 2048 } }],
    [own]: [{ InstanceType: 'ml.m5.large', InitialInstanceCount: 9 }],
  }
  const endpoints = (names: readonly string[]) => {
    answers['ListEndpoints'] = () => ({ Endpoints: names.map((EndpointName) => ({ EndpointName })) })
    answers['DescribeEndpoint'] = ({ EndpointName }) => ({ EndpointConfigName: `config-of-${EndpointName}` })
    answers['DescribeEndpointConfig'] = ({ EndpointConfigName }) => ({
      ProductionVariants: configs[String(EndpointConfigName).replace('config-of-', '')] ?? [],
    })
  }
  const instances = { of: 'instances', instanceType: 'ml.m5.large', asks: 1 } as const

  test('take instances of a type, but for those of the version itself', async () => {
    lists('sagemaker', 'ml.m5.large for endpoint usage', 4)
    endpoints(Object.keys(configs))
    expect(await quotas().standing(instances, version)).toEqual({ allowed: 4, used: 2 })
  })

  test('take calls at once where they are serverless', async () => {
    lists('sagemaker', quotaNames.serverless, 10)
    endpoints(Object.keys(configs))
    const standing = await quotas().standing({ of: 'serverless-concurrency', asks: 5 }, version)
    expect(standing).toEqual({ allowed: 10, used: 20 })
  })

  test('are not looked through where there are too many, and a quota of no such name is unknown', async () => {
    lists('sagemaker', 'a name that AWS has changed', 4)
    endpoints(Array.from({ length: 101 }, (_, i) => `endpoint-${i}`))
    expect(await quotas().standing(instances, version)).toEqual({ allowed: undefined, used: undefined })
    expect(calls).not.toContain('DescribeEndpoint')
  })
})
