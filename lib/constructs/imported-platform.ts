import { Fn, Stack } from 'aws-cdk-lib'
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3'
import { StringParameter } from 'aws-cdk-lib/aws-ssm'
import type { Construct } from 'constructs'
import { type PlatformParameter, parameterName } from '../wiring/platform-parameters.ts'
import type { ModelApi } from './model-api.ts'
import { checkedPlatformName } from './platform-name.ts'
import { type IModelPlatform, PlatformSurface } from './platform-surface.ts'

/** A platform of another stack in the same account and Region, found by its name. */
export class ImportedPlatform extends PlatformSurface {
  readonly platformName: string
  readonly apiUrl: string
  readonly storeBucket: IBucket
  readonly eventBus: IEventBus
  private readonly apiArn: string

  constructor(scope: Construct, id: string, platformName: string) {
    super(scope, id)
    this.platformName = checkedPlatformName(platformName)
    this.apiUrl = this.told('api-url')
    this.apiArn = this.told('api-arn')
    this.storeBucket = Bucket.fromBucketAttributes(this, 'Bucket', {
      bucketName: this.told('store-bucket'),
      encryptionKey: Key.fromKeyArn(this, 'Key', this.told('encryption-key')),
    })
    this.eventBus = EventBus.fromEventBusName(this, 'Events', 'default')
  }

  protected override apiArnFor(method: string, path: string): string {
    return `${this.apiArn}/${method}${path}`
  }

  private told(parameter: PlatformParameter): string {
    return StringParameter.valueForStringParameter(this, parameterName(this.platformName, parameter))
  }
}

/**
 * Write down what `ImportedPlatform` reads. The names of the bucket and of the API are made by AWS, so they cannot be
 * derived; an export could tell them, but would hold on to the platform for as long as somebody imports it.
 */
export function publish(platform: IModelPlatform, api: Pick<ModelApi, 'arnFor'>): void {
  const told: { readonly [parameter in PlatformParameter]: string } = {
    'api-url': platform.apiUrl,
    'api-arn': Fn.select(0, Fn.split('/GET/', api.arnFor('GET', '/health'))),
    'store-bucket': platform.storeBucket.bucketName,
    // A right on a key that there is not is no right, and a policy cannot leave a statement out at deployment.
    'encryption-key':
      platform.storeBucket.encryptionKey?.keyArn ??
      Stack.of(platform).formatArn({ service: 'kms', resource: 'key', resourceName: 'none' }),
  }
  for (const [parameter, stringValue] of Object.entries(told))
    new StringParameter(platform as PlatformSurface, parameter, {
      parameterName: parameterName(platform.platformName, parameter as PlatformParameter),
      stringValue,
    })
}
