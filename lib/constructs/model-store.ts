import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import type { EventPattern } from 'aws-cdk-lib/aws-events'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  type LifecycleRule,
} from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { capturesPrefix, failedCapturesPrefix, monitoringPrefix } from '../wiring/capture-layout.ts'
import { modelsPrefix } from '../wiring/store-layout.ts'

export interface ModelStoreProps {
  /** What encrypts every object. @default - S3's own keys, free of charge */
  readonly encryptionKey?: IKey
  /** A bucket for the log of every access, under `accessLogPrefix`. @default - accesses are not logged: each line costs */
  readonly accessLogBucket?: IBucket
  /** Begins the keys of that log. @default 'model-store/' */
  readonly accessLogPrefix?: string
  /** What becomes of models and records when the stack is destroyed. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy
}

const lifecycleRules: LifecycleRule[] = [
  // An upload that was killed leaves parts that nobody sees and everybody pays for.
  { abortIncompleteMultipartUploadAfter: Duration.days(7) },
  // In a bucket with versions, to delete is to hide: what people were promised to be forgotten is to be gone.
  ...[capturesPrefix, monitoringPrefix].map((prefix) => ({
    prefix,
    noncurrentVersionExpiration: Duration.days(1),
    expiredObjectDeleteMarker: true,
  })),
  // Nobody reads it but who looks for a fault.
  {
    prefix: failedCapturesPrefix,
    expiration: Duration.days(30),
    noncurrentVersionExpiration: Duration.days(1),
  },
]

/** The bucket where models arrive and records are kept: versioned, so that a release can take hold of its bytes. */
export class ModelStore extends Construct {
  readonly bucket: IBucket

  constructor(scope: Construct, id: string, props: ModelStoreProps = {}) {
    super(scope, id)
    const bucket = new Bucket(this, 'Bucket', {
      versioned: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      ...(props.encryptionKey === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : // One data key for many objects: else each read and write is a request to KMS, at 3 US cents in 10,000.
          { encryption: BucketEncryption.KMS, encryptionKey: props.encryptionKey, bucketKeyEnabled: true }),
      ...(props.accessLogBucket !== undefined && {
        serverAccessLogsBucket: props.accessLogBucket,
        serverAccessLogsPrefix: props.accessLogPrefix ?? 'model-store/',
      }),
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      // Records are locked as they are written; the default retention of everything else stays free.
      objectLockEnabled: true,
      lifecycleRules,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    })
    const plain = bucket.node.defaultChild as CfnBucket
    // `eventBridgeEnabled` would add a Python function of the library's own for the same setting.
    plain.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }
    this.bucket = bucket
  }

  /** What an object that arrived under models/ looks like on the default event bus. */
  get uploads(): EventPattern {
    return {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: {
        bucket: { name: [this.bucket.bucketName] },
        object: { key: [{ prefix: modelsPrefix }] },
      },
    }
  }
}
