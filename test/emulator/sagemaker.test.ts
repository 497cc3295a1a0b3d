import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from '@aws-sdk/client-application-auto-scaling'
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  ListTagsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { InstanceScaling } from '../../lambdas/aws/instance-scaling.ts'
import { SageMakerEndpoints } from '../../lambdas/aws/sagemaker-endpoints.ts'
import { SageMakerResources } from '../../lambdas/aws/sagemaker-resources.ts'
import type { EndpointSpec } from '../../lambdas/ports.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { packedVersion, name as shared } from '../aws/lies/lying-release.ts'
import { instances, scaled, serverless } from '../aws/lies/sagemaker-lies.ts'
import { emulated } from '../harness/emulator/ministack.ts'
import { startMoto } from '../harness/emulator/moto.ts'
import { refused } from '../harness/refused.ts'

/**
 * SageMaker as moto has it: an opinion of others on the requests that we make and the answers that we read. It is
 * lenient where it matters most, and those are the lies of test/aws/lies: its endpoints are in service at once, tell no
 * deployed image and no network isolation, pull nothing, assume no role, run no model, and let a model go that an
 * endpoint runs.
 */
const moto = await startMoto()
afterAll(() => moto.stop())

const { region, credentials } = emulated
const client = { region, credentials, endpoint: moto.endpoint, maxAttempts: 1 }
const sagemaker = new SageMakerClient(client)
const scaling = new ApplicationAutoScalingClient(client)
const endpoints = new SageMakerEndpoints(new SageMakerResources(sagemaker), new InstanceScaling(scaling), {
  platform: 'sluice',
  roleArn: `arn:aws:iam::${emulated.account}:role/sagemaker`,
  tags: { team: 'growth' },
  pauseMs: 10,
})

const specOf = (host: string): EndpointSpec => {
  const { image, manifest } = packedVersion(host) as Required<VersionRecord>
  return { model: 'churn', version: '1.0.0', image, manifest }
}

/** Everything that the account has of SageMaker. */
async function held(): Promise<(string | undefined)[]> {
  const [models, configurations, made] = await Promise.all([
    sagemaker.send(new ListModelsCommand()),
    sagemaker.send(new ListEndpointConfigsCommand()),
    sagemaker.send(new ListEndpointsCommand()),
  ])
  return [
    ...(models.Models ?? []).map(({ ModelName }) => ModelName),
    ...(configurations.EndpointConfigs ?? []).map(({ EndpointConfigName }) => EndpointConfigName),
    ...(made.Endpoints ?? []).map(({ EndpointName }) => EndpointName),
  ]
}

async function targets() {
  const { ScalableTargets = [] } = await scaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' }),
  )
  return ScalableTargets.map(({ ResourceId, MinCapacity, MaxCapacity }) => [
    ResourceId,
    MinCapacity,
    MaxCapacity,
  ])
}

describe.each([
  ['serverless', serverless],
  ['on instances', instances],
  ['on instances that scale', scaled],
])('a version %s', (_, host) => {
  const spec = specOf(host)
  const { kind } = spec.manifest.host
  const endpoint = { host: kind, name: shared }

  beforeAll(() => endpoints.create(spec))

  test('is made of one each, and asked for again is the same', async () => {
    const since = async () =>
      (await sagemaker.send(new DescribeEndpointCommand({ EndpointName: shared }))).CreationTime
    const first = await since()
    await endpoints.create(spec)
    expect(await since()).toEqual(first)
    expect(await held()).toEqual([shared, shared, shared])
    expect((await endpoints.describe(endpoint)).state).toBe('active')
  })

  test('has what its manifest asks for, and our tags', async () => {
    const model = await sagemaker.send(new DescribeModelCommand({ ModelName: shared }))
    expect(model.PrimaryContainer?.Image).toBe(spec.image.uri)
    const configuration = await sagemaker.send(
      new DescribeEndpointConfigCommand({ EndpointConfigName: shared }),
    )
    expect(configuration.ProductionVariants).toEqual([
      expect.objectContaining(
        kind === 'sagemaker'
          ? { InstanceType: 'ml.m5.large', InitialInstanceCount: 1 }
          : { ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 } },
      ),
    ])
    const { EndpointArn } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: shared }))
    for (const arn of [model.ModelArn, configuration.EndpointConfigArn, EndpointArn]) {
      const { Tags = [] } = await sagemaker.send(new ListTagsCommand({ ResourceArn: arn }))
      const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))
      expect(tags).toMatchObject({ team: 'growth', 'sluice:model': 'churn', 'sluice:version': '1.0.0' })
    }
  })

  test('scales where it was asked to', async () => {
    const resource = `endpoint/${shared}/variant/AllTraffic`
    expect(await targets()).toEqual(host === scaled ? [[resource, 1, 4]] : [])
    const { ScalingPolicies = [] } = await scaling.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace: 'sagemaker' }),
    )
    expect(ScalingPolicies.map((one) => one.TargetTrackingScalingPolicyConfiguration?.TargetValue)).toEqual(
      host === scaled ? [600] : [],
    )
  })

  test('is parked and woken where its instances cost, and is removed without a rest, once or twice', async () => {
    await endpoints.park(endpoint)
    expect((await endpoints.describe(endpoint)).state).toBe(kind === 'sagemaker' ? 'parked' : 'active')
    expect(await targets()).toEqual([])
    await endpoints.wake(endpoint)
    expect((await endpoints.describe(endpoint)).state).toBe('active')
    expect(await held()).toEqual([shared, shared, shared])
    await endpoints.remove(endpoint)
    await endpoints.remove(endpoint)
    expect(await held()).toEqual([])
    expect(await targets()).toEqual([])
    expect(await endpoints.describe(endpoint)).toEqual({ state: 'absent' })
  })
})

test("what has the name and somebody else's tags is neither taken nor removed", async () => {
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: shared,
      PrimaryContainer: { Image: 'theirs' },
      ExecutionRoleArn: `arn:aws:iam::${emulated.account}:role/theirs`,
      Tags: [{ Key: 'owner', Value: 'another team' }],
    }),
  )
  expect((await refused(endpoints.create(specOf(serverless)))).code).toBe('served-is-not-ours')
  await endpoints.remove({ host: 'sagemaker-serverless', name: shared })
  expect(await held()).toEqual([shared])
})

describe('moto refuses what SageMaker refuses', () => {
  const ProductionVariants = [{ VariantName: 'AllTraffic', ModelName: shared }]
  test.each<[string, () => Promise<unknown>]>([
    [
      'an instance type that there is not',
      () =>
        sagemaker.send(
          new CreateEndpointConfigCommand({
            EndpointConfigName: 'odd',
            ProductionVariants: [
              {
                VariantName: 'a',
                ModelName: shared,
                InitialInstanceCount: 1,
                InstanceType: 'ml.x9.tiny' as never,
              },
            ],
          }),
        ),
    ],
    [
      'a configuration of a model that is not there',
      () =>
        sagemaker.send(
          new CreateEndpointConfigCommand({
            EndpointConfigName: 'odd',
            ProductionVariants: [{ ...ProductionVariants[0], VariantName: 'a', ModelName: 'nobody' }],
          }),
        ),
    ],
    [
      'an endpoint by a configuration that is not there',
      () => sagemaker.send(new CreateEndpointCommand({ EndpointName: 'odd', EndpointConfigName: 'nobody' })),
    ],
  ])('%s', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ name: 'ValidationException' })
  })
})
