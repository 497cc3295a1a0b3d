import { Stack } from 'aws-cdk-lib'
import type { IGrantable, IRole } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { allow } from './rights.ts'

/** What SageMaker has of a version. Each is named by `resourceName`, whose first part is the platform's name. */
const resources = ['model', 'endpoint-config', 'endpoint'] as const

/** Scaling is bound to SageMaker's endpoints: the ids of its targets are chance, and cannot be bound to a platform. */
const ofSageMaker = {
  StringEquals: {
    'application-autoscaling:service-namespace': 'sagemaker',
    'application-autoscaling:scalable-dimension': 'sagemaker:variant:DesiredInstanceCount',
  },
}

/** What functions of one platform may do to its endpoints on SageMaker, each beside the need that it serves. */
export class SageMakerGrants {
  readonly #scope: Construct
  readonly #prefix: string

  constructor(scope: Construct, platformName: string) {
    this.#scope = scope
    this.#prefix = `${platformName.slice(0, 12)}-*`
  }

  /** Make model, configuration and endpoint, and replace what a failed release left of them. */
  creates(grantee: IGrantable, role: IRole): void {
    this.removes(grantee)
    this.#allow(grantee, ['sagemaker:CreateModel'], ['model'])
    this.#allow(grantee, ['sagemaker:CreateEndpointConfig'], ['endpoint-config'])
    // It needs both: the endpoint that is made, and the configuration it is made by.
    this.#allow(grantee, ['sagemaker:CreateEndpoint'], ['endpoint', 'endpoint-config'])
    this.#allow(grantee, ['sagemaker:AddTags'], resources)
    allow.with(
      { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      grantee,
      [role.roleArn],
      'iam:PassRole',
    )
  }

  /** See what is there, and put its scaling on an endpoint that has just come into service. */
  looksAt(grantee: IGrantable): void {
    this.#allow(grantee, ['sagemaker:DescribeEndpoint'], ['endpoint'])
    this.#allow(grantee, ['sagemaker:DescribeEndpointConfig', 'sagemaker:ListTags'], ['endpoint-config'])
    this.#allowScaling(
      grantee,
      'application-autoscaling:RegisterScalableTarget',
      'application-autoscaling:PutScalingPolicy',
      'application-autoscaling:TagResource',
    )
    // Application Auto Scaling does the rest in the name of who asks it.
    this.#allow(grantee, ['sagemaker:UpdateEndpointWeightsAndCapacities'], ['endpoint'])
    this.#allowAlarms(grantee, 'cloudwatch:PutMetricAlarm', 'cloudwatch:DescribeAlarms')
  }

  invokes(grantee: IGrantable): void {
    this.#allow(grantee, ['sagemaker:InvokeEndpoint'], ['endpoint'])
  }

  /** Start a parked endpoint by the configuration that was kept. */
  wakes(grantee: IGrantable): void {
    this.#allow(grantee, ['sagemaker:DescribeEndpoint'], ['endpoint'])
    this.#allow(grantee, ['sagemaker:DescribeEndpointConfig', 'sagemaker:ListTags'], ['endpoint-config'])
    this.#allow(grantee, ['sagemaker:CreateEndpoint'], ['endpoint', 'endpoint-config'])
    this.#allow(grantee, ['sagemaker:AddTags'], ['endpoint'])
  }

  /** Park endpoints and wake them, also those that have failed to start: keeps model and configuration. */
  tends(grantee: IGrantable): void {
    this.wakes(grantee)
    this.#allow(grantee, ['sagemaker:DeleteEndpoint', 'sagemaker:ListTags'], ['endpoint'])
    this.#allowScaling(grantee, 'application-autoscaling:DeregisterScalableTarget')
    this.#allowAlarms(grantee, 'cloudwatch:DeleteAlarms')
  }

  removes(grantee: IGrantable): void {
    this.#allow(grantee, ['sagemaker:DescribeModel', 'sagemaker:DeleteModel'], ['model'])
    this.#allow(
      grantee,
      ['sagemaker:DescribeEndpointConfig', 'sagemaker:DeleteEndpointConfig'],
      ['endpoint-config'],
    )
    this.#allow(grantee, ['sagemaker:DescribeEndpoint', 'sagemaker:DeleteEndpoint'], ['endpoint'])
    this.#allow(grantee, ['sagemaker:ListTags'], resources)
    this.#allowScaling(grantee, 'application-autoscaling:DeregisterScalableTarget')
    this.#allowAlarms(grantee, 'cloudwatch:DeleteAlarms')
  }

  #allow(grantee: IGrantable, actions: string[], on: readonly (typeof resources)[number][]): void {
    const arns = on.map((resource) => this.#arn('sagemaker', `${resource}/${this.#prefix}`))
    allow(grantee, arns, ...actions)
  }

  #allowScaling(grantee: IGrantable, ...actions: string[]): void {
    allow.with(ofSageMaker, grantee, [this.#arn('application-autoscaling', 'scalable-target/*')], ...actions)
  }

  #allowAlarms(grantee: IGrantable, ...actions: string[]): void {
    allow(grantee, [this.#arn('cloudwatch', `alarm:TargetTracking-endpoint/${this.#prefix}`)], ...actions)
  }

  #arn(service: string, resource: string): string {
    return Stack.of(this.#scope).formatArn({ service, resource })
  }
}
