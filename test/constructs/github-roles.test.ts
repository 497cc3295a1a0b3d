import { describe, expect, test } from '@jest/globals'
import { Duration, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Grant, type IGrantable, OidcProviderNative } from 'aws-cdk-lib/aws-iam'
import {
  GitHubRef,
  GitHubReleaseRoles,
  type GitHubReleaseRolesProps,
  GitHubRole,
  type GitHubRoleProps,
  type IReleaseGrants,
} from '../../lib/index.ts'
import { emptyApp, resourcesOf } from './synthesized.ts'

interface RoleProperties {
  readonly AssumeRolePolicyDocument: { readonly Statement: readonly Readonly<Record<string, unknown>>[] }
  readonly MaxSessionDuration: number
  readonly ManagedPolicyArns?: unknown
}
interface PolicyProperties {
  readonly PolicyDocument: { readonly Statement: readonly { readonly Action: string }[] }
  readonly Roles: readonly { readonly Ref: string }[]
}

const host = 'token.actions.githubusercontent.com'

/** A platform that grants what it is asked for by name. */
class NamedGrants implements IReleaseGrants {
  readonly #allow = (grantee: IGrantable, action: string) =>
    Grant.addToPrincipal({ grantee, actions: [`test:${action}`], resourceArns: ['arn:aws:test:::x'] })
  grantPublish = (grantee: IGrantable) => this.#allow(grantee, 'Publish')
  grantPromote = (grantee: IGrantable) => this.#allow(grantee, 'Promote')
  grantReadHistory = (grantee: IGrantable) => this.#allow(grantee, 'ReadHistory')
}

function templateOf(make: (stack: Stack) => void): Template {
  const stack = new Stack(emptyApp(), 'Test')
  make(stack)
  return Template.fromStack(stack)
}

function trustOf(template: Template): Record<string, unknown>[] {
  return resourcesOf<RoleProperties>(template, 'AWS::IAM::Role').map(([, { Properties }]) => {
    expect(Properties.AssumeRolePolicyDocument.Statement).toHaveLength(1)
    return { ...Properties.AssumeRolePolicyDocument.Statement[0] }
  })
}

const one = (props: Partial<GitHubRoleProps>) =>
  templateOf((stack) => {
    new GitHubRole(stack, 'Role', { repository: 'acme/models', gitRef: GitHubRef.branch('main'), ...props })
  })

describe('the trust of a role', () => {
  test.each([
    [GitHubRef.branch('main'), 'StringEquals', 'repo:acme/models:ref:refs/heads/main'],
    [GitHubRef.branch('release/1.x'), 'StringEquals', 'repo:acme/models:ref:refs/heads/release/1.x'],
    [GitHubRef.environment('production'), 'StringEquals', 'repo:acme/models:environment:production'],
    [GitHubRef.pullRequests(), 'StringEquals', 'repo:acme/models:pull_request'],
    [GitHubRef.tags('churn@*'), 'StringLike', 'repo:acme/models:ref:refs/tags/churn@*'],
  ])('is bound to the repository, the audience and %j', (gitRef, operator, subject) => {
    const [trust] = trustOf(one({ gitRef }))
    expect(trust).toEqual({
      Effect: 'Allow',
      Action: 'sts:AssumeRoleWithWebIdentity',
      Principal: { Federated: expect.anything() },
      Condition:
        operator === 'StringEquals'
          ? { StringEquals: { [`${host}:aud`]: 'sts.amazonaws.com', [`${host}:sub`]: subject } }
          : {
              StringEquals: { [`${host}:aud`]: 'sts.amazonaws.com' },
              StringLike: { [`${host}:sub`]: subject },
            },
    })
  })

  test.each([
    '',
    'acme',
    'acme/',
    '/models',
    'acme/*',
    '*/models',
    'acme/mod?ls',
    'acme/models/x',
    'acme/models:ref',
    'https://github.com/acme/models',
    'acme/..',
    'acme /models',
    'acme/models\n',
    '-acme/models',
  ])('is refused for the repository %j, and the error says what it was and what it may be', (repository) => {
    expect(() => one({ repository })).toThrow(
      `repository must be one repository as 'owner/name', of letters, digits and - . _ (no wildcard), got: '${repository}'`,
    )
  })

  test.each([
    ['branch', ''],
    ['branch', '*'],
    ['branch', 'ma?n'],
    ['branch', 'a b'],
    ['branch', 'main:x'],
    ['branch', 'a\nb'],
    ['environment', 'prod*'],
    ['environment', 'a:b'],
  ] as const)('is refused for the %s %j', (kind, name) => {
    expect(() => GitHubRef[kind](name)).toThrow(`got: '${name}'`)
  })

  test.each(['', '*', '**', 'a b', 'x:y', 'v?'])('is refused for the tags %j', (pattern) => {
    expect(() => GitHubRef.tags(pattern)).toThrow(`got: '${pattern}'`)
  })
})

describe('the provider', () => {
  test('is made once a stack, for the audience of AWS, without a function', () => {
    const template = templateOf((stack) => {
      for (const id of ['One', 'Two'])
        new GitHubRole(stack, id, { repository: 'acme/models', gitRef: GitHubRef.pullRequests() })
    })
    const [[, provider] = [], ...more] = resourcesOf(template, 'AWS::IAM::OIDCProvider')
    expect(more).toEqual([])
    expect(provider?.Properties).toMatchObject({
      Url: `https://${host}`,
      ClientIdList: ['sts.amazonaws.com'],
    })
    expect(resourcesOf(template, 'AWS::Lambda::Function')).toEqual([])
  })

  test('may be the one that the account has', () => {
    const arn = `arn:aws:iam::111122223333:oidc-provider/${host}`
    const template = templateOf((stack) => {
      const provider = OidcProviderNative.fromOidcProviderArn(stack, 'Provider', arn)
      new GitHubRole(stack, 'Role', { repository: 'a/b', gitRef: GitHubRef.pullRequests(), provider })
    })
    expect(resourcesOf(template, 'AWS::IAM::OIDCProvider')).toEqual([])
    expect(trustOf(template)[0]).toMatchObject({ Principal: { Federated: arn } })
  })
})

describe('the roles of a workflow', () => {
  const roles = (props: Partial<GitHubReleaseRolesProps> = {}) =>
    templateOf((stack) => {
      new GitHubReleaseRoles(stack, 'CI', {
        platform: new NamedGrants(),
        repository: 'acme/models',
        ...props,
      })
    })

  test('are three, and each may what its jobs do', () => {
    const template = roles()
    const rights = Object.fromEntries(
      resourcesOf<PolicyProperties>(template, 'AWS::IAM::Policy').map(([, { Properties }]) => [
        Properties.Roles[0]?.Ref.replace(/^CI(\w+?)Role.*$/, '$1'),
        Properties.PolicyDocument.Statement.flatMap(({ Action }) => Action).toSorted(),
      ]),
    )
    expect(rights).toEqual({
      PullRequests: ['test:ReadHistory'],
      Publisher: ['test:Publish', 'test:ReadHistory'],
      Promoter: ['test:Promote', 'test:ReadHistory'],
    })
    const subjects = JSON.stringify(trustOf(template)).match(/repo:[^"]*/g)
    expect(subjects?.toSorted()).toEqual([
      'repo:acme/models:pull_request',
      'repo:acme/models:ref:refs/heads/main',
      'repo:acme/models:ref:refs/tags/*/v*',
      'repo:acme/models:ref:refs/tags/*@*',
    ])
  })

  test('take another branch, other tags and longer sessions', () => {
    const template = roles({ branch: 'trunk', tags: ['rel-*'], maxSessionDuration: Duration.hours(4) })
    expect(JSON.stringify(trustOf(template))).toContain('refs/heads/trunk')
    expect(JSON.stringify(trustOf(template))).toContain('refs/tags/rel-*')
    for (const [, { Properties }] of resourcesOf<RoleProperties>(template, 'AWS::IAM::Role')) {
      expect(Properties.MaxSessionDuration).toBe(4 * 3600)
      expect(Properties.ManagedPolicyArns).toBeUndefined()
    }
  })
})
