import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { Stack } from 'aws-cdk-lib'
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions'
import { Key } from 'aws-cdk-lib/aws-kms'
import { ModelPlatform } from '../../lib/index.ts'
import { allows, statementsOf } from './policies.ts'
import {
  defaultTemplate,
  emptyApp,
  type FunctionProperties,
  onlyOne,
  resourcesOf,
  spelt,
} from './synthesized.ts'

let template: Template
let key: string
let plain: Template

beforeAll(() => {
  const stack = new Stack(emptyApp(), 'Own')
  new ModelPlatform(stack, 'Models', { encryptionKey: new Key(stack, 'Key') })
  template = Template.fromStack(stack)
  key = `<${onlyOne(template, 'AWS::KMS::Key').id}.Arn>`
  plain = defaultTemplate()
})

/** Where each type names the key that encrypts it. */
const places: Readonly<Record<string, (properties: never) => unknown>> = {
  'AWS::S3::Bucket': ({
    BucketEncryption: { ServerSideEncryptionConfiguration: rules },
  }: {
    BucketEncryption: {
      ServerSideEncryptionConfiguration: { ServerSideEncryptionByDefault: { KMSMasterKeyID?: unknown } }[]
    }
  }) => rules[0]?.ServerSideEncryptionByDefault.KMSMasterKeyID,
  'AWS::DynamoDB::GlobalTable': ({
    Replicas: [replica],
  }: {
    Replicas: { SSESpecification?: { KMSMasterKeyId: unknown } }[]
  }) => replica?.SSESpecification?.KMSMasterKeyId,
  'AWS::ECR::Repository': ({ EncryptionConfiguration }: { EncryptionConfiguration?: { KmsKey: unknown } }) =>
    EncryptionConfiguration?.KmsKey,
  'AWS::Logs::LogGroup': ({ KmsKeyId }: { KmsKeyId?: unknown }) => KmsKeyId,
  'AWS::SQS::Queue': ({ KmsMasterKeyId }: { KmsMasterKeyId?: unknown }) => KmsMasterKeyId,
  'AWS::Lambda::Function': ({ KmsKeyArn }: { KmsKeyArn?: unknown }) => KmsKeyArn,
  'AWS::CodeBuild::Project': ({ EncryptionKey }: { EncryptionKey?: unknown }) =>
    EncryptionKey === 'alias/aws/s3' ? undefined : EncryptionKey,
}

describe('a key of a person', () => {
  test.each(Object.entries(places))('encrypts every %s', (type, keyOf) => {
    const all = resourcesOf<never>(template, type)
    expect(all.length).toBeGreaterThan(0)
    for (const [id, { Properties }] of all) expect([id, spelt(keyOf(Properties))]).toEqual([id, key])
  })

  test.each(Object.entries(places))('that nobody gave encrypts no %s', (type, keyOf) => {
    for (const [id, { Properties }] of resourcesOf<never>(plain, type))
      expect([id, keyOf(Properties)]).toEqual([id, undefined])
  })

  test('is asked once for many objects of the store', () => {
    expect(JSON.stringify(onlyOne(template, 'AWS::S3::Bucket').Properties)).toContain(
      '"BucketKeyEnabled":true',
    )
    expect(onlyOne(template, 'AWS::DynamoDB::GlobalTable').Properties).toMatchObject({
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    })
  })

  test('may be used by every function, for what it is told, reads and writes', () => {
    for (const [id, { Properties }] of resourcesOf<FunctionProperties>(template, 'AWS::Lambda::Function')) {
      const statements = statementsOf(template, Properties.Role['Fn::GetAtt'][0])
      // Every function reads and writes the registry, so each has what DynamoDB needs of its caller, too.
      for (const action of ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*'])
        expect([id, action, allows(statements, action, key)]).toEqual([id, action, true])
    }
  })

  interface KeyProperties {
    readonly KeyPolicy: {
      readonly Statement: readonly { readonly Principal: { readonly Service?: unknown } }[]
    }
  }

  test('is lent to the logs of this account, and to EventBridge for the queue', () => {
    const { KeyPolicy }: KeyProperties = onlyOne<KeyProperties>(template, 'AWS::KMS::Key').Properties
    const services = KeyPolicy.Statement.filter(({ Principal }) => Principal.Service !== undefined)
    expect(services).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: { 'Fn::Join': ['', ['logs.', { Ref: 'AWS::Region' }, '.amazonaws.com']] } },
        Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': expect.anything() } },
      }),
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      }),
    ])
  })

  test('whose policy cannot be changed from here is warned of, with the statement that it must have', () => {
    const stack = new Stack(emptyApp(), 'Imported')
    const arn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
    new ModelPlatform(stack, 'Models', { encryptionKey: Key.fromKeyArn(stack, 'Key', arn) })
    // The CDK prints them as well.
    const printed = jest.spyOn(console, 'error').mockReturnValue(undefined)
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('it must have'))
    printed.mockRestore()
    const text = warnings.map(({ entry }) => String(entry.data)).join('\n')
    expect(text).toContain('events.amazonaws.com')
    expect(text).toContain('kms:EncryptionContext:aws:logs:arn')
  })
})

test('machines are traced; functions are not, unless it is asked for', () => {
  const traced = new Stack(emptyApp(), 'Traced')
  new ModelPlatform(traced, 'Models', { tracing: true })
  const functionsTraced = (one: Template) =>
    resourcesOf<{ TracingConfig?: { Mode: string } }>(one, 'AWS::Lambda::Function').map(
      ([, { Properties }]) => Properties.TracingConfig?.Mode === 'Active',
    )
  const machinesTraced = (one: Template) =>
    resourcesOf<{ TracingConfiguration?: { Enabled: boolean } }>(one, 'AWS::StepFunctions::StateMachine').map(
      ([, { Properties }]) => Properties.TracingConfiguration?.Enabled ?? false,
    )
  const all = Template.fromStack(traced)
  expect(new Set(functionsTraced(plain))).toEqual(new Set([false]))
  expect(new Set(functionsTraced(all))).toEqual(new Set([true]))
  expect(new Set([...machinesTraced(plain), ...machinesTraced(all)])).toEqual(new Set([true]))
  for (const [id, { Properties }] of resourcesOf<FunctionProperties>(all, 'AWS::Lambda::Function'))
    expect([
      id,
      allows(statementsOf(all, Properties.Role['Fn::GetAtt'][0]), 'xray:PutTraceSegments', '*'),
    ]).toEqual([id, true])
})
