import { beforeAll, describe, expect, test } from '@jest/globals'
import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { IpAddresses, type ISubnet, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2'
import { ModelPlatform, type ModelPlatformProps } from '../../lib/index.ts'
import { environment } from '../../lib/wiring/environment.ts'
import { stepMetadata } from '../../lib/wiring/handler-names.ts'
import { allows, type Statement, statementsOf } from './policies.ts'
import { emptyApp, type FunctionProperties, onlyOne, resourcesOf, spelt } from './synthesized.ts'

type Kind = 'public' | 'private' | 'isolated'
const types = {
  public: SubnetType.PUBLIC,
  private: SubnetType.PRIVATE_WITH_EGRESS,
  isolated: SubnetType.PRIVATE_ISOLATED,
}

function networked(kinds: readonly Kind[], props: (stack: Stack) => ModelPlatformProps) {
  const stack = new Stack(emptyApp(), 'Networked')
  const vpc = new Vpc(stack, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
    maxAzs: 2,
    natGateways: kinds.includes('private') ? 1 : 0,
    subnetConfiguration: kinds.map((kind) => ({ name: kind, subnetType: types[kind] })),
  })
  new ModelPlatform(stack, 'Models', { vpc, ...props(stack) })
  return { stack, vpc }
}

/** What every function is told, and the same: another test holds that. */
function settingOf(template: Template): { subnetIds: string[]; securityGroupIds: string[] } {
  const [found] = resourcesOf<FunctionProperties>(template, 'AWS::Lambda::Function').filter(
    ([, { Metadata }]) => Metadata?.[stepMetadata] === 'createEndpoint',
  )
  return JSON.parse(spelt(found?.[1].Properties.Environment.Variables[environment.modelNetwork]))
}

const idsOf = (stack: Stack, subnets: ISubnet[]) =>
  subnets.map(({ subnetId }) => spelt(stack.resolve(subnetId)))

describe('models in a network', () => {
  let made: ReturnType<typeof networked>
  let template: Template
  beforeAll(() => {
    made = networked(['public', 'private', 'isolated'], () => ({}))
    template = Template.fromStack(made.stack)
  })

  test('stand in its private subnets, in a group that lets nobody in', () => {
    const { subnetIds, securityGroupIds } = settingOf(template)
    expect(subnetIds).toEqual(idsOf(made.stack, made.vpc.privateSubnets))
    const group = onlyOne<{ SecurityGroupIngress?: unknown; SecurityGroupEgress: { CidrIp: string }[] }>(
      template,
      'AWS::EC2::SecurityGroup',
    )
    expect(securityGroupIds).toEqual([`<${group.id}.GroupId>`])
    expect(group.Properties.SecurityGroupIngress).toBeUndefined()
    expect(group.Properties.SecurityGroupEgress).toEqual([expect.objectContaining({ CidrIp: '0.0.0.0/0' })])
  })

  test('are alone there: no function of the platform is', () => {
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::Lambda::Function'))
      expect([id, 'VpcConfig' in Properties]).toEqual([id, false])
  })

  test('get no NAT, address, endpoint or network made for them', () => {
    const bare = new Stack(emptyApp(), 'Bare')
    new Vpc(bare, 'Vpc', {
      maxAzs: 2,
      natGateways: 1,
      subnetConfiguration: (['public', 'private', 'isolated'] as const).map((kind) => ({
        name: kind,
        subnetType: types[kind],
      })),
    })
    const networkOf = (one: Template) =>
      Object.values(one.toJSON()['Resources'] as Record<string, { Type: string }>)
        .map(({ Type }) => Type)
        .filter((type) => type.startsWith('AWS::EC2::') && type !== 'AWS::EC2::SecurityGroup')
        .toSorted()
    expect(networkOf(template)).toEqual(networkOf(Template.fromStack(bare)))
  })

  const interfaces = [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DeleteNetworkInterface',
  ]

  function servingStatements(): Statement[] {
    const [role = ''] =
      resourcesOf<{ Description?: string }>(template, 'AWS::IAM::Role').find(([, { Properties }]) =>
        Properties.Description?.startsWith('Model functions'),
      ) ?? []
    return statementsOf(template, role)
  }

  test('may have an interface, which Lambda makes as their role, and may not make one themselves', () => {
    const statements = servingStatements()
    for (const action of interfaces) expect([action, allows(statements, action, '*')]).toEqual([action, true])
    const denied = statements.filter(({ Effect }) => Effect === 'Deny')
    expect(denied).toHaveLength(1)
    expect(denied[0]?.Action).toEqual(expect.arrayContaining(interfaces))
    expect(spelt(denied[0]?.Condition?.['ArnLike']?.['lambda:SourceFunctionArn'])).toBe(
      'arn:aws:lambda:eu-central-1:111122223333:function:sluice-*',
    )
  })

  test('are put there by one step, which may look at networks and nobody else may', () => {
    const looking = resourcesOf<FunctionProperties>(template, 'AWS::Lambda::Function').filter(
      ([, { Properties }]) =>
        allows(statementsOf(template, Properties.Role['Fn::GetAtt'][0]), 'ec2:DescribeSubnets', '*'),
    )
    expect(looking.map(([, { Metadata }]) => Metadata?.[stepMetadata])).toEqual(['createEndpoint'])
  })

  test('stand where they are told to, in the groups that they are told of', () => {
    const { stack, vpc } = networked(['public', 'private', 'isolated'], (within) => ({
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [SecurityGroup.fromSecurityGroupId(within, 'Group', 'sg-1')],
    }))
    expect(settingOf(Template.fromStack(stack))).toEqual({
      subnetIds: idsOf(stack, vpc.isolatedSubnets),
      securityGroupIds: ['sg-1'],
    })
  })
})

describe('isolated models', () => {
  test('stand in isolated subnets, in a group that lets nothing out', () => {
    const { stack, vpc } = networked(['public', 'private', 'isolated'], () => ({ isolated: true }))
    const template = Template.fromStack(stack)
    expect(settingOf(template).subnetIds).toEqual(idsOf(stack, vpc.isolatedSubnets))
    const { SecurityGroupEgress } = onlyOne<{ SecurityGroupEgress: { CidrIp: string }[] }>(
      template,
      'AWS::EC2::SecurityGroup',
    ).Properties
    // What the CDK writes for "none": no rule at all would be AWS's own, which lets everything out.
    expect(SecurityGroupEgress.map(({ CidrIp }) => CidrIp)).toEqual(['255.255.255.255/32'])
  })
})

describe('model files that run what they say', () => {
  const allowing = (props: ModelPlatformProps) =>
    networked(['public', 'private', 'isolated'], () => ({ allowUnsafePickle: true, ...props }))

  test('are for models that reach nothing', () => {
    expect(() => allowing({})).toThrow(
      "give a vpc and 'isolated: true' with it, or leave allowUnsafePickle out",
    )
    expect(() => new ModelPlatform(new Stack(), 'Open', { allowUnsafePickle: true })).toThrow(
      'allowUnsafePickle lets model files run whatever they say',
    )
  })

  test('are allowed by a setting that every step is told', () => {
    const told = (template: Template) =>
      new Set(
        resourcesOf<FunctionProperties>(template, 'AWS::Lambda::Function').map(
          ([, { Properties }]) => Properties.Environment?.Variables[environment.allowUnsafePickle],
        ),
      )
    expect(told(Template.fromStack(allowing({ isolated: true }).stack))).toContain('true')
    expect(told(Template.fromStack(networked(['isolated'], () => ({ isolated: true })).stack))).not.toContain(
      'true',
    )
  })
})

describe('a network that will not do', () => {
  test.each<[string, readonly Kind[], ModelPlatformProps, string]>([
    [
      'isolated in one without isolated subnets',
      ['public', 'private'],
      { isolated: true },
      'isolated models need private isolated subnets, got: 0 public, 0 private, 0 isolated; the vpc has 2 public, 2 private, 0 isolated',
    ],
    [
      'isolated in subnets with a way out',
      ['public', 'private', 'isolated'],
      { isolated: true, vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS } },
      'got: 0 public, 2 private, 0 isolated',
    ],
    [
      'isolated in groups of somebody else',
      ['isolated'],
      { isolated: true, securityGroups: [] },
      "securityGroups cannot be given where 'isolated' is true",
    ],
    [
      'public subnets',
      ['public', 'private'],
      { vpcSubnets: { subnetType: SubnetType.PUBLIC } },
      'models need private or isolated subnets, got: 2 public, 0 private, 0 isolated',
    ],
    [
      'only public subnets',
      ['public'],
      {},
      'models need private or isolated subnets, got: 0 public, 0 private, 0 isolated',
    ],
  ])('%s is refused, with what was found and what is allowed', (_, kinds, props, message) => {
    expect(() => networked(kinds, () => props)).toThrow(message)
  })

  test.each<[string, ModelPlatformProps]>([
    ['isolated', { isolated: true }],
    ['vpcSubnets', { vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED } }],
    ['securityGroups', { securityGroups: [] }],
  ])('%s without a vpc is refused', (name, props) => {
    const stack = new Stack(emptyApp(), 'None')
    expect(() => new ModelPlatform(stack, 'Models', props)).toThrow(`${name} was given without a vpc`)
  })

  test('no network is no network', () => {
    const stack = new Stack(emptyApp(), 'None')
    new ModelPlatform(stack, 'Models', { isolated: false })
    expect(settingOf(Template.fromStack(stack))).toEqual({})
  })
})
