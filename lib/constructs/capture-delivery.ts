import { Stack } from 'aws-cdk-lib'
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnMetricFilter, CfnSubscriptionFilter, type ILogGroup, LogStream } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import {
  capturedLines,
  capturesPrefix,
  failedCapturesPrefix,
  lostCaptureLines,
  partitionQuery,
} from '../wiring/capture-layout.ts'
import { servingSeries } from '../wiring/serving-series.ts'
import type { ModelStore } from './model-store.ts'
import { OwnRole } from './own-role.ts'
import { allow } from './rights.ts'

export interface CaptureDeliveryProps {
  /** Begins the name of the series that counts what was lost. */
  readonly platformName: string
  /** Where recorded calls are laid down. */
  readonly store: ModelStore
  /** Where the router writes them, among its other lines. */
  readonly logGroup: ILogGroup
  /** What encrypts them on their way. @default - a key of Firehose's own, free of charge */
  readonly encryptionKey?: IKey
}

/** Few and large objects are cheap to write and to read; nobody looks at a window before it is over by more than this. */
const gatherSeconds = 300
/** The least that Firehose takes where it tells records apart. */
const gatherMegabytes = 64

/**
 * The way of recorded calls from the router's log into the store: a subscription picks their lines, and Firehose lays
 * them down by model, version and hour. One stream serves every model that there will be, and costs nothing while none is recorded.
 */
export class CaptureDelivery extends Construct {
  readonly stream: CfnDeliveryStream
  private readonly props: CaptureDeliveryProps

  constructor(scope: Construct, id: string, props: CaptureDeliveryProps) {
    super(scope, id)
    this.props = props
    this.stream = this.deliveryStream()
    this.subscribe()
    new CfnMetricFilter(this, 'Lost', {
      logGroupName: props.logGroup.logGroupName,
      filterPattern: lostCaptureLines,
      // Without a value for lines that do not match: a series is billed by the hours in which it gets any.
      metricTransformations: [
        { metricNamespace: servingSeries.namespace, metricName: this.lostName, metricValue: '1' },
      ],
    })
  }

  /** Log lines that tell of calls that were to be recorded and are not, by the router or by Firehose. */
  metricLost(options?: MetricOptions): Metric {
    const { namespace } = servingSeries
    return new Metric({ namespace, metricName: this.lostName, statistic: 'sum', ...options }).attachTo(this)
  }

  /** One of Firehose's own series, free of charge. */
  metricStream(metricName: string, options?: MetricOptions): Metric {
    const dimensionsMap = { DeliveryStreamName: this.stream.ref }
    return new Metric({ namespace: 'AWS/Firehose', metricName, dimensionsMap, ...options }).attachTo(this)
  }

  /** A series of a metric filter has no dimensions that the filter does not read out of lines. */
  private get lostName(): string {
    return `${servingSeries.capturesLost}-${this.props.platformName}`
  }

  private deliveryStream(): CfnDeliveryStream {
    const { store, logGroup, encryptionKey } = this.props
    const told = new LogStream(this, 'Told', { logGroup })
    const role = this.deliveryRole(told)
    const stream = new CfnDeliveryStream(this, 'Stream', {
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput:
        encryptionKey === undefined
          ? { keyType: 'AWS_OWNED_CMK' }
          : { keyType: 'CUSTOMER_MANAGED_CMK', keyArn: encryptionKey.keyArn },
      extendedS3DestinationConfiguration: {
        bucketArn: store.bucket.bucketArn,
        roleArn: role.roleArn,
        compressionFormat: 'GZIP',
        bufferingHints: { intervalInSeconds: gatherSeconds, sizeInMBs: gatherMegabytes },
        prefix: `${capturesPrefix}${partitionQuery.prefix}`,
        errorOutputPrefix: `${failedCapturesPrefix}!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd}/`,
        dynamicPartitioningConfiguration: { enabled: true, retryOptions: { durationInSeconds: 300 } },
        processingConfiguration: { enabled: true, processors },
        cloudWatchLoggingOptions: {
          enabled: true,
          logGroupName: logGroup.logGroupName,
          logStreamName: told.logStreamName,
        },
      },
    })
    // What it may not do yet as it begins, it gives up on.
    stream.node.addDependency(role)
    return stream
  }

  /** May do in the store what Firehose's documentation lists, where recorded calls lie and nowhere else. */
  private deliveryRole(told: LogStream): OwnRole {
    const { bucket } = this.props.store
    const role = new OwnRole(this, 'Role', {
      service: 'firehose.amazonaws.com',
      description: 'Lays down the recorded calls of Sluice.',
      // Firehose tells its account so, and not as others do.
      onBehalfOf: { StringEquals: { 'sts:ExternalId': Stack.of(this).account } },
    })
    const places = [capturesPrefix, failedCapturesPrefix].map((prefix) => bucket.arnForObjects(`${prefix}*`))
    allow(role, places, 's3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload')
    allow(role, [bucket.bucketArn], 's3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads')
    allow(role, [this.arnOf(told)], 'logs:PutLogEvents')
    bucket.encryptionKey?.grant(role, 'kms:GenerateDataKey', 'kms:Decrypt')
    return role
  }

  private arnOf({ logStreamName }: LogStream): string {
    const { logGroupName } = this.props.logGroup
    const resource = `log-group:${logGroupName}:log-stream:${logStreamName}`
    return Stack.of(this).formatArn({ service: 'logs', resource })
  }

  private subscribe(): void {
    const { logGroup } = this.props
    const here = Stack.of(this).formatArn({ service: 'logs', resource: '*' })
    const role = new OwnRole(this, 'SubscriptionRole', {
      service: 'logs.amazonaws.com',
      description: 'Hands the recorded calls of Sluice over to be laid down.',
      // As its documentation has it: by place, and by nothing else.
      onBehalfOf: { ArnLike: { 'aws:SourceArn': here } },
    })
    allow(role, [this.stream.attrArn], 'firehose:PutRecord', 'firehose:PutRecordBatch')
    const filter = new CfnSubscriptionFilter(this, 'Subscription', {
      logGroupName: logGroup.logGroupName,
      filterPattern: capturedLines,
      destinationArn: this.stream.attrArn,
      roleArn: role.roleArn,
    })
    // CloudWatch Logs tries whether it may as it is told.
    filter.node.addDependency(role)
  }
}

const parameters = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([parameterName, parameterValue]) => ({ parameterName, parameterValue }))

/** Out of what a subscription sends, its lines; of each line, where it belongs; and the line feed that was lost. */
const processors = [
  { type: 'Decompression', parameters: parameters({ CompressionFormat: 'GZIP' }) },
  { type: 'CloudWatchLogProcessing', parameters: parameters({ DataMessageExtraction: 'true' }) },
  {
    type: 'MetadataExtraction',
    parameters: parameters({
      MetadataExtractionQuery: partitionQuery.keys,
      JsonParsingEngine: 'JQ-1.6',
    }),
  },
  { type: 'AppendDelimiterToRecord' },
]
