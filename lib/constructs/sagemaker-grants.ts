import { Stack } from 'aws-cdk-lib'
import type { IGrantable, IRole } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { tagKeys } from '../rules/endpoint-tags.ts'
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
  readonly #platformName: string
  readonly #prefix: string

  constructor(scope: Construct, platformName: string) {
    this.#scope = scope
    this.#platformName = platformName
    this.#prefix = `${platformName}-*`
  }

  /** Make model, configuration and endpoint, and replace what a failed release left of them. */
  creates(grantee: IGrantable, role: IRole): void {
    this.#removes(grantee)
    this.#allow(grantee, ['model'], 'CreateModel')
    this.#allow(grantee, ['endpoint-config'], 'CreateEndpointConfig')
    this.#starts(grantee)
    this.#allow(grantee, resources, 'AddTags')
    allow.with(
      { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      grantee,
      [role.roleArn],
      'iam:PassRole',
    )
  }

  /** What the account has left is what all its endpoints have not taken: look at everybody's. */
  counts(grantee: IGrantable): void {
    allow(grantee, ['*'], 'sagemaker:ListEndpoints')
    allow(grantee, [this.#arn('sagemaker', 'endpoint/*')], 'sagemaker:DescribeEndpoint')
    allow(grantee, [this.#arn('sagemaker', 'endpoint-config/*')], 'sagemaker:DescribeEndpointConfig')
  }

  /** See what is there, and put its scaling on an endpoint that has just come into service. */
  looksAt(grantee: IGrantable): void {
    this.#describes(grantee)
    this.#allowScaling(grantee, 'RegisterScalableTarget', 'PutScalingPolicy')
    // To tag knows neither service nor dimension: it is bound by the tag that everything of a platform bears.
    allow.with(
      { StringEquals: { [`aws:RequestTag/${tagKeys.platform}`]: this.#platformName } },
      grantee,
      [this.#arn('application-autoscaling', 'scalable-target/*')],
      'application-autoscaling:TagResource',
    )
    // Application Auto Scaling does the rest in the name of who asks it.
    this.#allow(grantee, ['endpoint'], 'UpdateEndpointWeightsAndCapacities')
    this.#allowAlarms(grantee, 'PutMetricAlarm', 'DescribeAlarms')
  }

  /** See what there is, and of which versions it is. The listings know no resources. */
  lists(grantee: IGrantable): void {
    allow(grantee, ['*'], 'sagemaker:ListEndpoints', 'sagemaker:ListEndpointConfigs', 'sagemaker:ListModels')
    this.#allow(grantee, resources, 'ListTags')
  }

  /** Ask for predictions, which begins to start an endpoint that was parked. */
  invokes(grantee: IGrantable): void {
    this.#allow(grantee, ['endpoint'], 'InvokeEndpoint')
    this.#describes(grantee)
    this.#starts(grantee)
  }

  /** Start a parked endpoint by the configuration that was kept, also one that has failed to start. */
  wakes(grantee: IGrantable): void {
    this.#describes(grantee)
    this.#starts(grantee)
    this.#allow(grantee, ['endpoint'], 'ListTags', 'DeleteEndpoint')
  }

  /** Stop an endpoint; model and configuration stay. */
  parks(grantee: IGrantable): void {
    this.#describes(grantee)
    this.#allow(grantee, ['endpoint'], 'ListTags', 'DeleteEndpoint')
    this.#endsScaling(grantee)
  }

  removes(grantee: IGrantable): void {
    this.#describes(grantee)
    this.#removes(grantee)
  }

  #describes(grantee: IGrantable): void {
    this.#allow(grantee, ['endpoint'], 'DescribeEndpoint')
    this.#allow(grantee, ['endpoint-config'], 'DescribeEndpointConfig', 'ListTags')
  }

  #starts(grantee: IGrantable): void {
    // It needs both: the endpoint that is made, and the configuration it is made by.
    this.#allow(grantee, ['endpoint', 'endpoint-config'], 'CreateEndpoint')
    this.#allow(grantee, ['endpoint'], 'AddTags')
  }

  #removes(grantee: IGrantable): void {
    this.#allow(grantee, ['model'], 'DescribeModel', 'DeleteModel')
    this.#allow(grantee, ['endpoint-config'], 'DeleteEndpointConfig')
    this.#allow(grantee, ['endpoint'], 'DeleteEndpoint')
    this.#allow(grantee, resources, 'ListTags')
    this.#endsScaling(grantee)
  }

  #endsScaling(grantee: IGrantable): void {
    this.#allowScaling(grantee, 'DeregisterScalableTarget')
    this.#allowAlarms(grantee, 'DeleteAlarms')
  }

  /** One statement for each pair: what the library then merges of them is nowhere said twice. */
  #allow(grantee: IGrantable, on: readonly (typeof resources)[number][], ...actions: string[]): void {
    for (const resource of on)
      for (const action of actions)
        allow(grantee, [this.#arn('sagemaker', `${resource}/${this.#prefix}`)], `sagemaker:${action}`)
  }

  #allowScaling(grantee: IGrantable, ...actions: string[]): void {
    for (const action of actions)
      allow.with(
        ofSageMaker,
        grantee,
        [this.#arn('application-autoscaling', 'scalable-target/*')],
        `application-autoscaling:${action}`,
      )
  }

  #allowAlarms(grantee: IGrantable, ...actions: string[]): void {
    for (const action of actions)
      allow(
        grantee,
        [this.#arn('cloudwatch', `alarm:TargetTracking-endpoint/${this.#prefix}`)],
        `cloudwatch:${action}`,
      )
  }

  #arn(service: string, resource: string): string {
    return Stack.of(this.#scope).formatArn({ service, resource })
  }
}
