import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SageMakerClient } from '@aws-sdk/client-sagemaker'
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'
import { Hosts } from '../../../lambdas/aws/hosts.ts'
import { InstanceScaling } from '../../../lambdas/aws/instance-scaling.ts'
import { LambdaHost } from '../../../lambdas/aws/lambda-host.ts'
import { SageMakerCalls } from '../../../lambdas/aws/sagemaker-calls.ts'
import { SageMakerEndpoints } from '../../../lambdas/aws/sagemaker-endpoints.ts'
import { SageMakerHost } from '../../../lambdas/aws/sagemaker-host.ts'
import { SageMakerResources } from '../../../lambdas/aws/sagemaker-resources.ts'
import type { Ports } from '../../../lambdas/ports.ts'
import { type AnyStep, stepsOver } from '../../../lambdas/steps.ts'
import { fillManifest, parseManifest } from '../../../lib/rules/manifest-text.ts'
import type { VersionRecord } from '../../../lib/rules/model-version.ts'
import { resourceName } from '../../../lib/rules/names.ts'
import { executionName, type Operation } from '../../../lib/rules/operation.ts'
import type { PlatformEvent } from '../../../lib/rules/platform-event.ts'
import type { StepName } from '../../../lib/wiring/handler-names.ts'
import { openDatabase } from '../../../local/database.ts'
import { MachineRunner } from '../../../local/machine-runner.ts'
import { SqliteRegistry } from '../../../local/sqlite-registry.ts'
import type { ExtractedMachines } from '../../../local/state-machines.ts'
import { claimedBy } from '../../harness/records.ts'
import { settingsWith } from '../../harness/settings.ts'
import { operationOf, soon, WatchedJournal } from '../../machines/stage.ts'
import type { ScriptedAccount } from './scripted-account.ts'

const platform = 'sluice'
const image = {
  digest: `sha256:${'a'.repeat(64)}`,
  uri: `111122223333.dkr.ecr.eu-north-1.amazonaws.com/sluice/onnx@sha256:${'a'.repeat(64)}`,
}

/** The one name of everything that the release of these tests makes. */
export const name = resourceName(platform, 'churn', '1.0.0')

export const ourTags = { 'sluice:platform': platform, 'sluice:model': 'churn', 'sluice:version': '1.0.0' }

/** The hosts of AWS over an account of a test's own. */
export function hostsOver(account: ScriptedAccount): Hosts {
  const lambda = new LambdaHost(new LambdaClient(account.client), {
    platform,
    roleArn: 'arn:aws:iam::111122223333:role/serving',
    logGroup: '/sluice/models',
    tags: { team: 'growth' },
  })
  const endpoints = new SageMakerEndpoints(
    new SageMakerResources(new SageMakerClient(account.client)),
    new InstanceScaling(new ApplicationAutoScalingClient(account.client)),
    {
      platform,
      roleArn: 'arn:aws:iam::111122223333:role/sagemaker',
      tags: { team: 'growth' },
      pauseMs: 1,
    },
  )
  const calls = new SageMakerCalls(new SageMakerRuntimeClient(account.client))
  const sagemaker = new SageMakerHost({
    platform,
    calls: async () => calls,
    endpoints: async () => endpoints,
  })
  return new Hosts({ lambda, sagemaker, 'sagemaker-serverless': sagemaker })
}

/** The bytes of a release with one golden request. */
const files: Readonly<Record<string, string>> = {
  'one.json': '{"inputs":{"x":[1]}}',
  'one.expected.json': '{"predictions":[3]}',
}

/** A version that is packed: the next thing is its endpoint. */
export function packedVersion(host: string): Partial<VersionRecord> {
  const text = `host: ${host}\nexamples: [{request: one.json, expect: one.expected.json}]`
  const place = { model: 'churn', version: '1.0.0', runtime: 'onnx' } as const
  return {
    image,
    manifest: fillManifest(parseManifest(text), place, []).manifest,
    signature: {
      inputs: [{ name: 'x', type: 'float64', shape: [] }],
      outputs: [{ name: 'y', type: 'float64', shape: [] }],
    },
    artifact: {
      digest: 'sha256:bb',
      sizeBytes: 1,
      files: Object.keys(files).map((path) => ({ path, size: 1, sha256: 'cc', ref: path })),
    },
  }
}

export interface Released {
  readonly operation: Operation
  readonly version: VersionRecord
  readonly events: readonly PlatformEvent['type'][]
  /** How the execution of the machine ended. */
  readonly outcome: string
  /** The time that the release took by its own clock, in minutes. */
  readonly minutes: number
}

/** Run the rest of a release, by the real steps in the real machine, on an account that lies. Waits take no time. */
export async function release(
  machines: ExtractedMachines,
  account: ScriptedAccount,
  host: string,
): Promise<Released> {
  const database = openDatabase(':memory:')
  const registry = new SqliteRegistry(database)
  const operation = operationOf('release')
  await registry.open(operation)
  await registry.claim(claimedBy(operation, packedVersion(host)))
  const began = Date.parse(operation.startedAt)
  let now = began
  const events: PlatformEvent['type'][] = []
  const ports = {
    registry,
    host: hostsOver(account),
    clock: { now: () => now },
    random: { draw: () => 0.5 },
    settings: settingsWith({ platform, lookIntervalMs: 5, pollIntervalMs: 2000 }),
    events: { publish: async ({ type }: PlatformEvent) => void events.push(type) },
    workflows: { start: async () => {} },
    store: {
      read: async ({ path }: { path: string }) => new TextEncoder().encode(files[path]),
      recordedRev: async () => 0,
      writeRecord: async () => {},
    },
  } as unknown as Ports
  const journal = new WatchedJournal(database)
  const runner = new MachineRunner(Promise.resolve(machines), journal, (fault) => {
    throw fault
  })
  const wait = (until: string) => {
    now = Math.max(now, Date.parse(until))
    return soon()
  }
  runner.resume(withoutWaiting(stepsOver(ports), wait))
  await runner.start(operation)
  const outcome = await journal.end(executionName(operation))
  const ended = await registry.operation(operation.id)
  const version = await registry.version('churn', '1.0.0')
  database.close()
  if (ended === undefined || version === undefined) throw new Error('the release was forgotten')
  return { operation: ended, version, events, outcome, minutes: (now - began) / 60_000 }
}

/** The same steps, whose waits are over at once: the clock of the release goes on instead. */
function withoutWaiting(
  steps: Readonly<Record<StepName, AnyStep>>,
  wait: (until: string) => string,
): Record<StepName, AnyStep> {
  const quick = Object.entries(steps).map(([step, act]) => {
    const waited: AnyStep = async (input) => {
      const answer = (await act(input)) as { waitUntil?: string }
      return answer.waitUntil === undefined ? answer : { ...answer, waitUntil: wait(answer.waitUntil) }
    }
    return [step, waited] as const
  })
  return Object.fromEntries(quick) as Record<StepName, AnyStep>
}
