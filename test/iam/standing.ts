import { ResourceNotFoundException } from '@aws-sdk/client-lambda'
import { SageMakerServiceException } from '@aws-sdk/client-sagemaker'
import { SageMakerRuntimeServiceException } from '@aws-sdk/client-sagemaker-runtime'
import { resourceName } from '../../lib/rules/names.ts'
import { variantName } from '../../lib/rules/sagemaker-endpoint.ts'
import { environment } from '../../lib/wiring/environment.ts'
import { account, region } from './deployment.ts'

/** What AWS says to a command, by client and command. */
export type Answers = Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => unknown>>

type Input = Readonly<Record<string, unknown>>

/** An endpoint of somebody else, which is counted with ours. */
const somebodys = 'another'

/** What is asked of the account as a whole. */
export const accountAnswers: Answers = {
  'ServiceQuotasClient.ListServiceQuotasCommand': () => ({ Quotas: [] }),
  'LambdaClient.GetAccountSettingsCommand': () => ({
    AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 900 },
  }),
  'LambdaClient.GetFunctionConcurrencyCommand': () => ({}),
  'ECRClient.ListImagesCommand': () => ({ imageIds: [] }),
  'SageMakerClient.ListEndpointsCommand': () => ({ Endpoints: [{ EndpointName: somebodys }] }),
  'SageMakerClient.DescribeEndpointCommand': () => ({ EndpointConfigName: somebodys }),
  'SageMakerClient.DescribeEndpointConfigCommand': () => ({ ProductionVariants: [] }),
  'SageMakerRuntimeClient.InvokeEndpointCommand': () => ({}),
}

/** Functions as they stand when a scene begins: what is made is there, what is deleted is gone. */
export function functions(standing?: () => object): () => Answers {
  return () => {
    let found = standing
    return {
      'LambdaClient.GetFunctionCommand': () => {
        if (found === undefined) throw new ResourceNotFoundException({ message: 'none', $metadata: {} })
        return found()
      },
      'LambdaClient.CreateFunctionCommand': () => {
        found = () => ({})
        return {}
      },
      'LambdaClient.DeleteFunctionCommand': () => {
        found = undefined
        return {}
      },
    }
  }
}

type Kind = 'model' | 'endpoint-config' | 'endpoint'
const kinds = [
  ['model', 'Model'],
  ['endpoint-config', 'EndpointConfig'],
  ['endpoint', 'Endpoint'],
] as const

/** The same of SageMaker, by what stands of a version when a scene begins. */
export function sagemaker(...there: readonly (Kind | 'failed endpoint')[]): () => Answers {
  return () => {
    const standing = new Set<string>(there.map((one) => one.replace('failed ', '')))
    let status = there.includes('failed endpoint') ? 'Failed' : 'InService'
    const answersOf = ([kind, spelt]: (typeof kinds)[number]) => ({
      [`SageMakerClient.Describe${spelt}Command`]: (input: Input) => {
        if (!standing.has(kind)) throw missing()
        const name = String(input[`${spelt}Name`])
        return {
          [`${spelt}Arn`]: `arn:aws:sagemaker:${region}:${account}:${kind}/${name}`,
          ...(kind === 'endpoint' && { EndpointStatus: status, EndpointConfigName: name }),
          ProductionVariants: [{ VariantName: variantName }],
        }
      },
      [`SageMakerClient.Create${spelt}Command`]: () => {
        standing.add(kind)
        if (kind === 'endpoint') status = 'InService'
        return {}
      },
      [`SageMakerClient.Delete${spelt}Command`]: () => {
        standing.delete(kind)
        return {}
      },
    })
    return {
      ...Object.assign({}, ...kinds.map(answersOf)),
      'SageMakerClient.ListTagsCommand': () => ({ Tags: ours() }),
      'ApplicationAutoScalingClient.RegisterScalableTargetCommand': () => ({}),
      'ApplicationAutoScalingClient.PutScalingPolicyCommand': () => ({}),
      'ApplicationAutoScalingClient.DeregisterScalableTargetCommand': () => ({}),
      'SageMakerRuntimeClient.InvokeEndpointCommand': () => {
        if (standing.has('endpoint')) return {}
        throw new SageMakerRuntimeServiceException({
          name: 'ValidationError',
          message: 'Endpoint not found',
          $fault: 'client',
          $metadata: { httpStatusCode: 400 },
        })
      },
    }
  }
}

/** What lists what a release has made: one of each, of another version each. */
export function listings(): Answers {
  const named = (version: string) => resourceName(process.env[environment.platform] ?? '', 'churn', version)
  const arn = (kind: Kind, name: string) => `arn:aws:sagemaker:${region}:${account}:${kind}/${name}`
  const [endpoint, configuration, model] = [named('1.0.0'), named('1.1.0'), named('1.2.0')]
  return {
    'LambdaClient.ListFunctionsCommand': () => ({
      Functions: [{ FunctionName: endpoint, Description: 'churn 1.0.0' }],
    }),
    'SageMakerClient.ListEndpointsCommand': () => ({
      Endpoints: [{ EndpointName: endpoint, EndpointArn: arn('endpoint', endpoint) }],
    }),
    'SageMakerClient.ListEndpointConfigsCommand': () => ({
      EndpointConfigs: [
        { EndpointConfigName: configuration, EndpointConfigArn: arn('endpoint-config', configuration) },
      ],
    }),
    'SageMakerClient.ListModelsCommand': () => ({
      Models: [{ ModelName: model, ModelArn: arn('model', model) }],
    }),
    'SageMakerClient.ListTagsCommand': () => ({ Tags: ours() }),
  }
}

/** A version whose endpoint was parked. */
export const parked = sagemaker('model', 'endpoint-config')

function ours() {
  return [
    { Key: 'sluice:platform', Value: process.env[environment.platform] },
    { Key: 'sluice:model', Value: 'churn' },
    { Key: 'sluice:version', Value: '1.0.0' },
    { Key: 'sluice:scaling', Value: '1:2:100' },
  ]
}

function missing(): SageMakerServiceException {
  return new SageMakerServiceException({
    name: 'ValidationException',
    message: 'Could not find it.',
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
  })
}
