import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { ModelPlatform, type ModelPlatformProps } from './constructs/model-platform.ts'

export interface PlatformStackProps extends StackProps, ModelPlatformProps {}

/** One platform, and where to find it. */
export class PlatformStack extends Stack {
  readonly platform: ModelPlatform

  constructor(scope: Construct, id: string, props: PlatformStackProps = {}) {
    super(scope, id, { terminationProtection: true, ...props })
    this.platform = new ModelPlatform(this, 'Models', props)
    new CfnOutput(this, 'ApiUrl', {
      value: this.platform.apiUrl,
      description: 'Where applications call.',
    })
    new CfnOutput(this, 'StoreBucket', {
      value: this.platform.store.bucket.bucketName,
      description: 'Where models are uploaded, under models/MODEL/VERSION/.',
    })
  }
}
