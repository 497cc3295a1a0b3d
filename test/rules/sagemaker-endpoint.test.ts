import { describe, expect, test } from '@jest/globals'
import { fillManifest, parseManifest } from '../../lib/rules/manifest-text.ts'
import { resourceName } from '../../lib/rules/names.ts'
import { holds, sagemakerResources, scalingIn } from '../../lib/rules/sagemaker-endpoint.ts'

const image = { digest: 'sha256:aa', uri: 'registry/onnx@sha256:aa' }
const name = resourceName('sluice', 'churn', '1.0.0')

const wantedOf = (host: string) => {
  const place = { model: 'churn', version: '1.0.0', runtime: 'onnx' } as const
  const { manifest } = fillManifest(parseManifest(`host: ${host}`), place, [])
  return sagemakerResources({
    platform: 'sluice',
    roleArn: 'role',
    tags: { team: 'growth' },
    model: 'churn',
    version: '1.0.0',
    image,
    host: manifest.host,
  })
}

test('a version is named as on every host, bears its tags, and runs its image by digest', () => {
  const { name: given, tags, model } = wantedOf('{ kind: sagemaker, instanceType: ml.m5.large }')
  expect(given).toBe(name)
  expect(tags).toMatchObject({ team: 'growth', 'sluice:model': 'churn', 'sluice:version': '1.0.0' })
  expect(model).toEqual({
    PrimaryContainer: { Image: 'registry/onnx@sha256:aa' },
    ExecutionRoleArn: 'role',
    EnableNetworkIsolation: true,
  })
})

test('serverless has memory and calls at once, and no network isolation, which SageMaker refuses there', () => {
  const { model, configuration } = wantedOf(
    '{ kind: sagemaker-serverless, memoryMb: 4096, maxConcurrency: 7 }',
  )
  expect(model).not.toHaveProperty('EnableNetworkIsolation')
  const ServerlessConfig = { MemorySizeInMB: 4096, MaxConcurrency: 7 }
  expect(configuration.ProductionVariants).toEqual([
    { VariantName: 'AllTraffic', ModelName: name, ServerlessConfig },
  ])
  const warm = wantedOf('{ kind: sagemaker-serverless, provisionedConcurrency: 2 }').configuration
  expect(warm.ProductionVariants[0]?.ServerlessConfig).toEqual({
    MemorySizeInMB: 2048,
    MaxConcurrency: 5,
    ProvisionedConcurrency: 2,
  })
})

test.each([
  ['', 1],
  [', instanceCount: 3', 3],
  [', scaling: { minInstances: 2, maxInstances: 9, targetInvocationsPerInstance: 60 }', 2],
])('instances%s begin with %d', (more, count) => {
  const { configuration } = wantedOf(`{ kind: sagemaker, instanceType: ml.m5.large${more} }`)
  expect(configuration.ProductionVariants).toEqual([
    { VariantName: 'AllTraffic', ModelName: name, InstanceType: 'ml.m5.large', InitialInstanceCount: count },
  ])
})

test('scaling is kept in a tag that SageMaker takes, and is read out of it again', () => {
  const scaling = { minInstances: 1, maxInstances: 4, targetInvocationsPerInstance: 600 }
  const { tags } = wantedOf(
    `{ kind: sagemaker, instanceType: ml.m5.large, scaling: ${JSON.stringify(scaling)} }`,
  )
  expect(scalingIn(tags)).toEqual(scaling)
  for (const value of Object.values(tags)) expect(value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u)
  expect(scalingIn(wantedOf('{ kind: sagemaker, instanceType: ml.m5.large }').tags)).toBeUndefined()
  expect(scalingIn({ 'sluice:scaling': 'nonsense' })).toBeUndefined()
})

describe('what stands', () => {
  const wanted = { a: 1, list: [{ b: 'x' }] }
  test.each([
    ['holds what was asked for', { a: 1, list: [{ b: 'x' }] }, true],
    ['may have more of its own', { a: 1, list: [{ b: 'x', weight: 1 }], arn: 'y' }, true],
    ['may not differ', { a: 2, list: [{ b: 'x' }] }, false],
    ['may not lack anything', { a: 1 }, false],
    ['may not have another in a list', { a: 1, list: [{ b: 'x' }, { b: 'z' }] }, false],
    ['may not be nothing', undefined, false],
  ])('%s', (_, standing, does) => expect(holds(standing, wanted)).toBe(does))
})
