import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { modelsPrefix } from '../wiring/store-layout.ts'

export interface ModelStoreProps {
  /** @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy
}

/** The bucket where models arrive and records are kept: versioned, so that a release can take hold of its bytes. */
export class ModelStore extends Construct {
  readonly bucket: IBucket

  constructor(scope: Construct, id: string, props: ModelStoreProps = {}) {
    super(scope, id)
    const bucket = new Bucket(this, 'Bucket', {
      versioned: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      // Records are locked as they are written; the default retention of everything else stays free.
      objectLockEnabled: true,
      // An upload that was killed leaves parts that nobody sees and everybody pays for.
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(7) }],
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    })
    const plain = bucket.node.defaultChild as CfnBucket
    // `eventBridgeEnabled` would add a Python function of the library's own for the same setting.
    plain.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }
    this.bucket = bucket
  }

  /** Every object created under models/ reaches the intake, which alone judges what its key means. */
  feed(intake: IFunction): void {
    new Rule(this, 'Created', {
      description: 'Every object that arrives under models/ is taken in.',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [this.bucket.bucketName] },
          object: { key: [{ prefix: modelsPrefix }] },
        },
      },
      targets: [new LambdaFunction(intake, { retryAttempts: 185 })],
    })
  }
}
