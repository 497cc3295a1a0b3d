import { belongingTo, unless } from './host-fields.ts'
import type { Manifest } from './manifest.ts'
import { type Finding, Problem } from './problem.ts'

type Host = Manifest['host']

/** SageMaker ends a call of a model after 60 s, on both of its hosts. */
const longestCallSeconds = 60

/** The memory of a serverless endpoint: 1 to 6 GB in whole gigabytes. */
const serverlessMemoryMb = [1024, 2048, 3072, 4096, 5120, 6144]

/** What one serverless endpoint may be asked at once, at most; an account's endpoints share 200 (new ones: 10). */
const mostServerlessCalls = 200

/** The calls at once of a serverless endpoint whose manifest says nothing: half of what a new account may have. */
export const defaultServerlessCalls = 5

/** Instances with Amazon's own processors (`ml.m6g`, `ml.c7gd`, `ml.c7gn`): arm64, and our images are x86_64. */
const graviton = /^ml\.[a-z]+\d+g[a-z]*\./
const instanceType = /^ml\.[a-z0-9-]+\.[a-z0-9-]+$/

/** The memory that a manifest has which asks for none: it cannot be told from one that asks for just this. */
const unaskedMemoryMb = 2048

/**
 * Hold a manifest to what SageMaker gives: everything that it would refuse after minutes, or quietly not give, at once.
 * @throws Problem `host-unable` with every fault
 */
export function refuseBeyondSageMaker(host: Host): void {
  const faults = [
    ...commonFaults(host),
    ...(host.kind === 'sagemaker' ? instanceFaults : serverlessFaults)(host),
  ]
  if (faults.length > 0)
    throw new Problem('host-unable', `host ${host.kind} cannot give what the manifest asks for`, faults)
}

function commonFaults({ architecture, timeoutSeconds }: Host): Finding[] {
  return [
    ...unless(architecture !== 'arm64', 'architecture', architecture, 'x86_64: the images for SageMaker'),
    ...unless(
      timeoutSeconds <= longestCallSeconds,
      'timeoutSeconds',
      timeoutSeconds,
      `at most ${longestCallSeconds}: SageMaker ends a call then`,
    ),
  ]
}

function serverlessFaults(host: Host): Finding[] {
  const { memoryMb, maxConcurrency = defaultServerlessCalls, provisionedConcurrency } = host
  const onInstances = ['instanceType', 'instanceCount', 'scaling', 'keepRunning'] as const
  return [
    ...unless(
      serverlessMemoryMb.includes(memoryMb),
      'memoryMb',
      memoryMb,
      `one of ${serverlessMemoryMb.join(', ')}`,
    ),
    ...unless(
      maxConcurrency <= mostServerlessCalls,
      'maxConcurrency',
      maxConcurrency,
      `at most ${mostServerlessCalls}`,
    ),
    ...unless(
      provisionedConcurrency === undefined || provisionedConcurrency <= maxConcurrency,
      'provisionedConcurrency',
      provisionedConcurrency,
      `at most maxConcurrency, which is ${maxConcurrency}`,
    ),
    ...belongingTo(host, onInstances, 'sagemaker'),
  ]
}

function instanceFaults(host: Host): Finding[] {
  const { instanceType: type, instanceCount, scaling, memoryMb } = host
  return [
    ...unless(
      type !== undefined && instanceType.test(type),
      'instanceType',
      type ?? 'nothing',
      'as ml.m5.large',
    ),
    ...unless(
      type === undefined || !graviton.test(type),
      'instanceType',
      type,
      'one with an x86_64 processor, as ml.m5.large',
    ),
    ...unless(
      scaling === undefined || instanceCount === undefined,
      'instanceCount',
      instanceCount,
      'nothing beside scaling, which says how many',
    ),
    ...unless(
      scaling === undefined || scaling.minInstances <= scaling.maxInstances,
      'scaling/maxInstances',
      scaling?.maxInstances,
      `at least minInstances, which is ${scaling?.minInstances}`,
    ),
    ...unless(
      memoryMb === unaskedMemoryMb,
      'memoryMb',
      memoryMb,
      'nothing: the memory is that of the instance type',
    ),
    ...unless(
      host.maxConcurrency === undefined,
      'maxConcurrency',
      host.maxConcurrency,
      'nothing: an instance takes what it is sent',
    ),
    ...belongingTo(host, ['provisionedConcurrency'], 'sagemaker-serverless'),
  ]
}
