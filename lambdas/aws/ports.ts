import { CodeBuildClient } from '@aws-sdk/client-codebuild'
import { ECRClient } from '@aws-sdk/client-ecr'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client } from '@aws-sdk/client-s3'
import { SageMakerClient } from '@aws-sdk/client-sagemaker'
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import { SFNClient } from '@aws-sdk/client-sfn'
import type { ApprovalPolicy } from '../../lib/rules/approval.ts'
import type { Architecture } from '../../lib/rules/architecture.ts'
import type { Runtime } from '../../lib/rules/manifest.ts'
import { registryEndpointVariable } from '../../lib/wiring/environment.ts'
import { HookSender } from '../monitoring/hook-sender.ts'
import type { Ports } from '../ports.ts'
import { CodeBuild } from './code-build.ts'
import { DependencyLocks } from './dependency-locks.ts'
import { Ecr } from './ecr.ts'
import { EventBridge } from './event-bridge.ts'
import { LayeredImages } from './layered-images.ts'
import { routingPorts } from './routing-ports.ts'
import { S3Captures } from './s3-captures.ts'
import { S3Locks } from './s3-locks.ts'
import { S3Monitoring } from './s3-monitoring.ts'
import { S3Store } from './s3-store.ts'
import { AccountQuotas } from './service-quotas.ts'
import { setting } from './settings.ts'
import { StepFunctions } from './step-functions.ts'

/** Every port over AWS. */
export function awsPorts(): Ports {
  const platform = setting('platform')
  const [s3, bucket] = [new S3Client(), setting('bucket')]
  const store = new S3Store(s3, bucket)
  const { client, captures: taking, ...routing } = routingPorts()
  const templates = JSON.parse(setting('templates')) as Partial<Record<Runtime, ToldTemplate>>
  const repositoryPrefix = setting('repositoryPrefix')
  const ecr = new ECRClient()
  const texts = new S3Locks(s3, bucket)
  const builds = new CodeBuild(new CodeBuildClient(), {
    runtimes: setting('imageProject'),
    dockerfiles: setting('dockerfileProject'),
  })
  return {
    ...routing,
    store,
    captures: new S3Captures({ s3, bucket, table: { client, name: setting('table') }, taking }),
    monitoring: new S3Monitoring(s3, bucket),
    webhooks: new HookSender('public'),
    images: new LayeredImages({
      registry: new Ecr(ecr, repositoryPrefix, process.env[registryEndpointVariable]),
      builds,
      locks: new DependencyLocks(texts, builds),
      texts,
      templateOf: ({ runtime, architecture }) => {
        const { [architecture]: key, resolves = false } = templates[runtime] ?? {}
        return key === undefined ? undefined : { key, resolves }
      },
      open: (file) => store.openFrozen(file),
    }),
    workflows: new StepFunctions(new SFNClient(), setting('machineArnPrefix')),
    events: new EventBridge(new EventBridgeClient(), setting('eventBus'), platform, routing.clock),
    quotas: new AccountQuotas(
      {
        quotas: new ServiceQuotasClient(),
        lambda: new LambdaClient(),
        ecr,
        sagemaker: new SageMakerClient(),
      },
      { platform, repositoryPrefix },
    ),
    // A look costs three state transitions: 0.0075 US cents. Harm is seen within two looks.
    settings: {
      platform,
      lookIntervalMs: 5000,
      pollIntervalMs: 2000,
      approvals: JSON.parse(setting('approvals')) as ApprovalPolicy,
      approvalLinks: setting('approvalLinks') === 'true',
      allowUnsafePickle: setting('allowUnsafePickle') === 'true',
      recordsCalls: setting('capture') !== 'false',
    },
  }
}

/** A template as its construct tells it: what its images are made of, by processor. */
type ToldTemplate = Readonly<Record<Architecture, string>> & { readonly resolves?: boolean }
