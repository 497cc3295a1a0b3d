import type { Deployment } from './deployment.ts'

type Properties = Readonly<Record<string, unknown>>

/** What makes a service call others in the name of a role or of whoever uses it, where the proof derives no call of it. */
const unheard: Readonly<Record<string, readonly (readonly [string, (properties: Properties) => boolean])[]>> =
  {
    'AWS::Lambda::Function': [
      ['a file system', ({ FileSystemConfigs }) => FileSystemConfigs !== undefined],
      ['a key for its environment', ({ KmsKeyArn }) => KmsKeyArn !== undefined],
      ['a network', ({ VpcConfig }) => VpcConfig !== undefined],
    ],
    'AWS::Lambda::EventSourceMapping': [['a source that it is fed from', () => true]],
    'AWS::StepFunctions::StateMachine': [
      ['a key for its data', ({ EncryptionConfiguration }) => EncryptionConfiguration !== undefined],
    ],
    'AWS::CodeBuild::Project': [
      ['artifacts', ({ Artifacts }) => (Artifacts as { Type: string }).Type !== 'NO_ARTIFACTS'],
      ['further sources', ({ SecondarySources }) => SecondarySources !== undefined],
      [
        'a key of its own',
        ({ EncryptionKey }) => EncryptionKey !== undefined && EncryptionKey !== 'alias/aws/s3',
      ],
      ['a network', ({ VpcConfig }) => VpcConfig !== undefined],
    ],
    'AWS::S3::Bucket': [
      ['a KMS key', ({ BucketEncryption }) => JSON.stringify(BucketEncryption ?? '').includes('aws:kms')],
    ],
    'AWS::DynamoDB::GlobalTable': [
      [
        'a KMS key',
        ({ SSESpecification }) => (SSESpecification as { SSEEnabled?: boolean })?.SSEEnabled === true,
      ],
    ],
    'AWS::Logs::LogGroup': [['a KMS key', ({ KmsKeyId }) => KmsKeyId !== undefined]],
    'AWS::SQS::Queue': [['a KMS key', ({ KmsMasterKeyId }) => KmsMasterKeyId !== undefined]],
    'AWS::ECR::Repository': [
      ['a KMS key', ({ EncryptionConfiguration }) => EncryptionConfiguration !== undefined],
    ],
  }

/** Settings of a deployment that bring calls with them, and that nobody has taught the proof yet. */
export function unheardSettings(deployment: Deployment): string[] {
  return Object.entries(unheard).flatMap(([type, settings]) =>
    deployment
      .ofType(type)
      .flatMap(([id, properties]) =>
        settings
          .filter(([, is]) => is(properties))
          .map(
            ([what]) =>
              `${type} ${id} has ${what}: derive the calls that this takes, then strike it from test/iam/unheard.ts`,
          ),
      ),
  )
}
