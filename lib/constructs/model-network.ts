import { Stack } from 'aws-cdk-lib'
import {
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
  SecurityGroup,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2'
import { Effect, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'

export interface ModelNetworkProps {
  /** Where models run. Sluice makes no network and no NAT: what yours costs, it costs already. */
  readonly vpc: IVpc
  /** The subnets of the `vpc` that models stand in. @default - private subnets with egress, else isolated ones; with `isolated` the isolated ones */
  readonly vpcSubnets?: SubnetSelection
  /** What the models' interfaces are in. @default - one group of its own: all egress, no ingress; with `isolated` no egress either */
  readonly securityGroups?: ISecurityGroup[]
  /** Only subnets without a way out, and a group without egress. @default false */
  readonly isolated?: boolean
}

/** Where model functions stand in a network, if they do. Functions of the platform itself never do. */
export class ModelNetwork extends Construct {
  readonly securityGroups: ISecurityGroup[]
  /** JSON of the ids, as `SLUICE_MODEL_NETWORK` tells them to who makes endpoints. */
  readonly setting: string
  /** Whether models in it reach nothing at all. */
  readonly isolated: boolean

  constructor(scope: Construct, id: string, props: ModelNetworkProps) {
    super(scope, id)
    const { isolated = false } = props
    this.isolated = isolated
    const subnets = isolated ? isolatedSubnets(props) : privateSubnets(props)
    if (isolated && props.securityGroups !== undefined)
      throw new Error(
        "securityGroups cannot be given where 'isolated' is true: Sluice makes the one group, which lets nothing out; " +
          "take out securityGroups, or 'isolated'",
      )
    this.securityGroups = props.securityGroups ?? [
      new SecurityGroup(this, 'Models', {
        vpc: props.vpc,
        allowAllOutbound: !isolated,
        description: isolated ? 'Model functions: nothing in, nothing out.' : 'Model functions: nothing in.',
      }),
    ]
    this.setting = Stack.of(this).toJsonString({
      subnetIds: subnets.map(({ subnetId }) => subnetId),
      securityGroupIds: this.securityGroups.map(({ securityGroupId }) => securityGroupId),
    })
  }

  /**
   * Allow what Lambda does as a model's role to stand in the network, and deny the same to the model's own code.
   * @param functions the ARN of the model functions, with a wildcard
   */
  grantStanding(role: IGrantable, functions: string): void {
    // As AWSLambdaVPCAccessExecutionRole has them: interfaces that are not there yet have no ARN.
    const actions = [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ]
    role.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: ['*'] }))
    role.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions,
        resources: ['*'],
        conditions: { ArnLike: { 'lambda:SourceFunctionArn': functions } },
      }),
    )
  }

  /** Allow what Lambda asks of who makes a function that stands in a network. None of it knows a resource. */
  grantPlacing(maker: IGrantable): void {
    maker.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'],
        resources: ['*'],
      }),
    )
  }
}

function privateSubnets({ vpc, vpcSubnets }: ModelNetworkProps): ISubnet[] {
  const subnets = chosen(
    vpc,
    vpcSubnets,
    vpc.privateSubnets.length > 0 ? vpc.privateSubnets : vpc.isolatedSubnets,
  )
  const found = vpc.publicSubnets.filter((one) => includes(subnets, one))
  if (found.length > 0 || subnets.length === 0)
    throw new Error(
      `models need private or isolated subnets, got: ${counted(vpc, subnets)}; a function in a public subnet has no way out; ` +
        'choose others with vpcSubnets',
    )
  return subnets
}

function isolatedSubnets({ vpc, vpcSubnets }: ModelNetworkProps): ISubnet[] {
  const subnets = chosen(vpc, vpcSubnets, vpc.isolatedSubnets)
  if (subnets.length === 0 || subnets.some((one) => !includes(vpc.isolatedSubnets, one)))
    throw new Error(
      `isolated models need private isolated subnets, got: ${counted(vpc, subnets)}; the vpc has ${counted(vpc)}; ` +
        'give a vpc with SubnetType.PRIVATE_ISOLATED, and choose no others with vpcSubnets',
    )
  return subnets
}

function chosen(vpc: IVpc, selection: SubnetSelection | undefined, fallback: ISubnet[]): ISubnet[] {
  return selection === undefined ? fallback : vpc.selectSubnets(selection).subnets
}

/** How many subnets of which kind, as an error tells it. */
function counted(vpc: IVpc, subnets?: readonly ISubnet[]): string {
  const kinds = { public: vpc.publicSubnets, private: vpc.privateSubnets, isolated: vpc.isolatedSubnets }
  const counts = Object.entries(kinds).map(([kind, all]) => {
    const count = subnets === undefined ? all.length : all.filter((one) => includes(subnets, one)).length
    return `${count} ${kind}`
  })
  return counts.join(', ')
}

function includes(subnets: readonly ISubnet[], wanted: ISubnet): boolean {
  return subnets.some(({ subnetId }) => subnetId === wanted.subnetId)
}
