import { beforeAll, describe, expect, test } from '@jest/globals'
import { Stack } from 'aws-cdk-lib'
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Callers, Gateway, type ModelPlatformProps, PlatformStack } from '../../lib/index.ts'
import {
  type Acknowledgement,
  acknowledgementsOf,
  closed,
  type Finding,
  findingsOf,
  validatorFindings,
} from '../../scripts/findings.ts'
import { emptyApp } from './synthesized.ts'

/** How many are acknowledged of each platform. More are to be closed, or said here. */
const platforms: readonly (readonly [
  name: string,
  acknowledged: number,
  props: (around: Stack) => ModelPlatformProps,
])[] = [
  ['without props', 41, () => ({})],
  [
    'by another name, in REST with API keys',
    52,
    () => ({ platformName: 'team7', gateway: Gateway.REST, callers: Callers.apiKeys() }),
  ],
  ['in REST with IAM', 51, () => ({ gateway: Gateway.REST })],
  ['with API keys and no console', 41, () => ({ callers: Callers.apiKeys(), console: false })],
  ['that anybody may ask', 42, () => ({ allowAnonymousInvoke: true })],
  [
    'with a key, a network without a way out, a topic for alarms, a log of accesses and traces',
    36,
    (around) => ({
      encryptionKey: new Key(around, 'Key', { enableKeyRotation: true }),
      vpc: new Vpc(around, 'Vpc', {
        natGateways: 0,
        subnetConfiguration: [{ name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED }],
      }),
      isolated: true,
      alarmTopic: new Topic(around, 'Topic'),
      accessLogBucket: Bucket.fromBucketName(around, 'Accesses', 'accesses'),
      tracing: true,
    }),
  ],
]

/** Findings that a prop closes, and what must not be acknowledged once it is given. */
const closable = [
  'AwsSolutions-CB4',
  'AwsSolutions-S1',
  'NIST.800.53.R5-CloudWatchAlarmAction',
  'NIST.800.53.R5-CloudWatchLogGroupEncrypted',
  'NIST.800.53.R5-S3BucketLoggingEnabled',
  'NIST.800.53.R5-S3DefaultEncryptionKMS',
  'Serverless-LambdaTracing',
]

function made(props: (around: Stack) => ModelPlatformProps): PlatformStack {
  const app = emptyApp()
  return new PlatformStack(app, 'Sluice', props(new Stack(app, 'Around')))
}

describe.each(platforms)('a platform %s', (_, acknowledged, props) => {
  let found: Finding[]
  let left: Finding[]
  let said: Acknowledgement[]
  beforeAll(() => {
    const stack = made(props)
    found = findingsOf(stack, { deaf: true })
    left = findingsOf(stack)
    said = acknowledgementsOf(stack)
  }, 60_000)

  test('has no finding that is not acknowledged', () => {
    expect(left.map(({ id, places }) => [id, ...places])).toEqual([])
  })

  test('acknowledges nothing that is not found, and nothing twice', () => {
    expect(said.map(({ id }) => id).toSorted()).toEqual(found.map(({ id }) => id).toSorted())
    expect(said).toHaveLength(acknowledged)
  })

  test('says of each finding why it is left, of the platform and of nothing around it', () => {
    for (const { id, reason, at } of said) {
      expect([id, at]).toEqual([id, 'Sluice/Models'])
      expect(reason).toMatch(/^.{40,}\.$/)
    }
  })

  test('acknowledges rights one by one', () => {
    for (const { id } of said.filter(({ id }) => /-IAM[45]/.test(id)))
      expect(id).toMatch(/^AwsSolutions-IAM[45]\[(?:Action|Resource|Policy)::.+\]$/)
  })
})

test('what a prop closes is not acknowledged once it is given', () => {
  const [plain, all] = [platforms[0], platforms.at(-1)].map((one) =>
    acknowledgementsOf(made(one?.[2] ?? (() => ({})))).map(({ id }) => id),
  )
  expect(plain).toEqual(expect.arrayContaining(closable))
  expect(all?.filter((id) => closable.includes(id))).toEqual([])
})

test('what was closed stays so', () => {
  const ids = findingsOf(
    made(() => ({})),
    { deaf: true },
  ).map(({ id }) => id)
  for (const rule of Object.keys(closed)) expect(ids.filter((id) => id.startsWith(rule))).toEqual([])
})

test('a finding that nobody acknowledged is seen', () => {
  const stack = made(() => ({}))
  new Bucket(stack.platform, 'Another')
  new Bucket(stack, 'Beside')
  const seen = findingsOf(stack)
  expect(seen.find(({ id }) => id === 'AwsSolutions-S10')?.places).toHaveLength(2)
  // What was said of the platform holds for nothing beside it.
  expect(seen.find(({ id }) => id === 'AwsSolutions-S1')?.places).toEqual(['Sluice/Beside/Resource'])
})

test('CloudFormation’s own validator finds nothing', () => {
  const before = process.env['CDK_VALIDATION']
  process.env['CDK_VALIDATION'] = 'true'
  try {
    for (const gateway of [Gateway.HTTP, Gateway.REST]) {
      const app = emptyApp({ analyticsReporting: false, builtinCloudFormationValidation: true })
      new PlatformStack(app, 'Sluice', { gateway })
      expect(validatorFindings(app)).toEqual([])
    }
  } finally {
    if (before === undefined) delete process.env['CDK_VALIDATION']
    else process.env['CDK_VALIDATION'] = before
  }
}, 120_000)
