import { prices } from './prices.ts'

/** A resource as it stands in a synthesized template, as far as its bill goes. */
export interface BilledResource {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, unknown>>
}

/** How a resource is billed for being there. What is done with it may cost more, and is counted elsewhere. */
export type Billing =
  | { readonly by: 'nothing' }
  /** By what is done with it, or stored in it. */
  | { readonly by: 'use' }
  | { readonly by: 'month'; readonly usd: number }
  | { readonly by: 'hour'; readonly usd?: number }

const nothing: Billing = { by: 'nothing' }
const use: Billing = { by: 'use' }
const month = (usd: number): Billing => ({ by: 'month', usd })
const hour = (usd?: number): Billing => ({ by: 'hour', ...(usd !== undefined && { usd }) })

/** Every type that may stand in the template, also those of options that are off by default. */
const billings: Readonly<Record<string, Billing | ((properties: Properties) => Billing)>> = {
  'AWS::ApiGateway::Account': nothing,
  'AWS::ApiGateway::ApiKey': nothing,
  'AWS::ApiGateway::Authorizer': nothing,
  'AWS::ApiGateway::Deployment': nothing,
  'AWS::ApiGateway::GatewayResponse': nothing,
  'AWS::ApiGateway::Method': nothing,
  'AWS::ApiGateway::Model': nothing,
  'AWS::ApiGateway::RequestValidator': nothing,
  'AWS::ApiGateway::Resource': nothing,
  'AWS::ApiGateway::RestApi': use,
  'AWS::ApiGateway::Stage': ({ CacheClusterEnabled }) => (CacheClusterEnabled === true ? hour() : nothing),
  'AWS::ApiGateway::UsagePlan': nothing,
  'AWS::ApiGatewayV2::Api': use,
  'AWS::ApiGatewayV2::Authorizer': nothing,
  'AWS::ApiGatewayV2::Integration': nothing,
  'AWS::ApiGatewayV2::Route': nothing,
  'AWS::ApiGatewayV2::Stage': nothing,
  'AWS::CloudWatch::Alarm': month(prices.alarm.usd),
  'AWS::CloudWatch::CompositeAlarm': month(prices.compositeAlarm.usd),
  'AWS::CloudWatch::Dashboard': month(prices.dashboard.usd),
  'AWS::CodeBuild::Fleet': hour(),
  'AWS::CodeBuild::Project': use,
  'AWS::DynamoDB::GlobalTable': onDemandOr,
  'AWS::DynamoDB::Table': onDemandOr,
  'AWS::EC2::EIP': hour(),
  'AWS::EC2::InternetGateway': nothing,
  'AWS::EC2::NatGateway': hour(prices.natGatewayHour.usd),
  'AWS::EC2::Route': nothing,
  'AWS::EC2::RouteTable': nothing,
  'AWS::EC2::SecurityGroup': nothing,
  'AWS::EC2::SecurityGroupEgress': nothing,
  'AWS::EC2::SecurityGroupIngress': nothing,
  'AWS::EC2::Subnet': nothing,
  'AWS::EC2::SubnetRouteTableAssociation': nothing,
  'AWS::EC2::VPC': nothing,
  'AWS::EC2::VPCEndpoint': ({ VpcEndpointType = 'Gateway' }) =>
    VpcEndpointType === 'Gateway' ? nothing : hour(prices.interfaceEndpointHour.usd),
  'AWS::EC2::VPCGatewayAttachment': nothing,
  'AWS::ECR::Repository': use,
  'AWS::Events::EventBus': use,
  'AWS::Events::EventBusPolicy': nothing,
  // Events of AWS services and schedules cost nothing; events of our own do, by their number.
  'AWS::Events::Rule': nothing,
  'AWS::IAM::ManagedPolicy': nothing,
  'AWS::IAM::OIDCProvider': nothing,
  'AWS::IAM::Policy': nothing,
  'AWS::IAM::Role': nothing,
  'AWS::KinesisFirehose::DeliveryStream': use,
  'AWS::KMS::Alias': nothing,
  'AWS::KMS::Key': month(prices.kmsKey.usd),
  'AWS::Lambda::Alias': ({ ProvisionedConcurrencyConfig }) =>
    ProvisionedConcurrencyConfig === undefined ? nothing : hour(),
  'AWS::Lambda::EventInvokeConfig': nothing,
  'AWS::Lambda::Function': use,
  'AWS::Lambda::LayerVersion': nothing,
  'AWS::Lambda::Permission': nothing,
  'AWS::Lambda::Version': ({ ProvisionedConcurrencyConfig }) =>
    ProvisionedConcurrencyConfig === undefined ? nothing : hour(),
  'AWS::Logs::LogGroup': use,
  'AWS::Logs::LogStream': nothing,
  'AWS::Logs::MetricFilter': use,
  'AWS::Logs::ResourcePolicy': nothing,
  'AWS::Logs::SubscriptionFilter': nothing,
  'AWS::S3::Bucket': use,
  'AWS::S3::BucketPolicy': nothing,
  'AWS::SNS::Subscription': nothing,
  'AWS::SNS::Topic': use,
  'AWS::SNS::TopicPolicy': nothing,
  'AWS::SQS::Queue': use,
  'AWS::SQS::QueuePolicy': nothing,
  // The standard tier is free of charge, to 4 KB a parameter.
  'AWS::SSM::Parameter': ({ Tier = 'Standard' }) => (Tier === 'Standard' ? nothing : use),
  'AWS::Scheduler::Schedule': use,
  'AWS::StepFunctions::StateMachine': use,
  'AWS::WAFv2::WebACL': month(prices.webAcl.usd),
  'AWS::WAFv2::WebACLAssociation': nothing,
  'Custom::S3AutoDeleteObjects': nothing,
}

type Properties = Readonly<Record<string, unknown>>

function onDemandOr({ BillingMode = 'PROVISIONED' }: Properties): Billing {
  return BillingMode === 'PAY_PER_REQUEST' ? use : hour()
}

/** @throws Error for a type that nobody has looked up the price of: what is unknown is not free */
export function billingOf({ Type, Properties = {} }: BilledResource): Billing {
  const billing = Object.hasOwn(billings, Type) ? billings[Type] : undefined
  if (billing === undefined)
    throw new Error(
      `nobody has said yet how a resource of type ${Type} is billed: look it up, and add it to lib/rules/cost-of-resources.ts`,
    )
  return typeof billing === 'function' ? billing(Properties) : billing
}

/** The logical ids of those that are billed by the hour for being there. */
export function billedByTheHour(resources: Readonly<Record<string, BilledResource>>): string[] {
  return Object.entries(resources).flatMap(([id, one]) => (billingOf(one).by === 'hour' ? [id] : []))
}

/** What the resources cost a month for being there, by their types; types that cost nothing so are not in it. */
export function monthlyByType(resources: Readonly<Record<string, BilledResource>>): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const one of Object.values(resources)) {
    const billing = billingOf(one)
    if (billing.by === 'month') sums[one.Type] = (sums[one.Type] ?? 0) + billing.usd
  }
  return sums
}
