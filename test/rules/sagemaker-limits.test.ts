import { describe, expect, test } from '@jest/globals'
import { fillManifest, parseManifest } from '../../lib/rules/manifest-text.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { refuseBeyondSageMaker } from '../../lib/rules/sagemaker-limits.ts'

const hostOf = (text: string) =>
  fillManifest(parseManifest(`host: ${text}`), { model: 'churn', version: '1.0.0', runtime: 'onnx' }, [])
    .manifest.host

/** The pointers of what is refused, or nothing. */
function refused(text: string): string[] {
  try {
    refuseBeyondSageMaker(hostOf(text))
    return []
  } catch (error) {
    if (!isProblem(error) || error.code !== 'host-unable') throw error
    return error.errors.map(({ pointer }) => pointer)
  }
}

const scaling = 'scaling: { minInstances: 1, maxInstances: 3, targetInvocationsPerInstance: 60 }'

describe('SageMaker serverless', () => {
  test.each([
    '{ kind: sagemaker-serverless }',
    '{ kind: sagemaker-serverless, memoryMb: 1024, timeoutSeconds: 60, maxConcurrency: 200 }',
    '{ kind: sagemaker-serverless, memoryMb: 6144, maxConcurrency: 1, architecture: x86_64 }',
    '{ kind: sagemaker-serverless, maxConcurrency: 8, provisionedConcurrency: 8 }',
    '{ kind: sagemaker-serverless, provisionedConcurrency: 5 }',
  ])('gives %s', (text) => expect(refused(text)).toEqual([]))

  test.each([
    ['memoryMb: 512', '/host/memoryMb'],
    ['memoryMb: 2560', '/host/memoryMb'],
    ['memoryMb: 7168', '/host/memoryMb'],
    ['timeoutSeconds: 61', '/host/timeoutSeconds'],
    ['maxConcurrency: 201', '/host/maxConcurrency'],
    ['maxConcurrency: 2, provisionedConcurrency: 3', '/host/provisionedConcurrency'],
    ['provisionedConcurrency: 6', '/host/provisionedConcurrency'],
    ['architecture: arm64', '/host/architecture'],
    ['instanceType: ml.m5.large', '/host/instanceType'],
    ['instanceCount: 1', '/host/instanceCount'],
    [scaling, '/host/scaling'],
    ['keepRunning: true', '/host/keepRunning'],
  ])('does not give %s', (text, pointer) =>
    expect(refused(`{ kind: sagemaker-serverless, ${text} }`)).toEqual([pointer]),
  )
})

describe('SageMaker on instances', () => {
  test.each([
    '{ kind: sagemaker, instanceType: ml.m5.large }',
    '{ kind: sagemaker, instanceType: ml.g4dn.xlarge, instanceCount: 2, keepRunning: true }',
    '{ kind: sagemaker, instanceType: ml.g5.2xlarge }',
    `{ kind: sagemaker, instanceType: ml.c6i.32xlarge, timeoutSeconds: 60, ${scaling} }`,
  ])('gives %s', (text) => expect(refused(text)).toEqual([]))

  test.each([
    ['', '/host/instanceType'],
    ['instanceType: m5.large', '/host/instanceType'],
    ['instanceType: ml.m6g.large', '/host/instanceType'],
    ['instanceType: ml.c7gd.xlarge', '/host/instanceType'],
    ['instanceType: ml.c7gn.xlarge', '/host/instanceType'],
    [`instanceType: ml.m5.large, instanceCount: 1, ${scaling}`, '/host/instanceCount'],
    [
      'instanceType: ml.m5.large, scaling: { minInstances: 3, maxInstances: 2, targetInvocationsPerInstance: 1 }',
      '/host/scaling/maxInstances',
    ],
    ['instanceType: ml.m5.large, memoryMb: 4096', '/host/memoryMb'],
    ['instanceType: ml.m5.large, maxConcurrency: 4', '/host/maxConcurrency'],
    ['instanceType: ml.m5.large, provisionedConcurrency: 4', '/host/provisionedConcurrency'],
    ['instanceType: ml.m5.large, timeoutSeconds: 61', '/host/timeoutSeconds'],
    ['instanceType: ml.m5.large, architecture: arm64', '/host/architecture'],
  ])('does not give %s', (text, pointer) =>
    expect(refused(`{ kind: sagemaker, ${text} }`)).toEqual([pointer]),
  )
})

test('every fault is told at once, with what is allowed', () => {
  expect(() =>
    refuseBeyondSageMaker(hostOf('{ kind: sagemaker-serverless, memoryMb: 512, timeoutSeconds: 90 }')),
  ).toThrow(
    expect.objectContaining({
      errors: [
        { pointer: '/host/timeoutSeconds', found: '90', allowed: expect.stringContaining('60') },
        { pointer: '/host/memoryMb', found: '512', allowed: 'one of 1024, 2048, 3072, 4096, 5120, 6144' },
      ],
    }),
  )
})
