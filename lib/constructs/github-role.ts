import { Annotations, Duration, Stack } from 'aws-cdk-lib'
import {
  type Grant,
  type IGrantable,
  type IOidcProvider,
  type IPrincipal,
  type IRole,
  OidcProviderNative,
  Role,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { GitHubRef } from './github-ref.ts'

const issuer = 'token.actions.githubusercontent.com'
const audience = 'sts.amazonaws.com'

/** What a platform can allow a workflow: the part of ModelPlatform that roles of CI are given rights by. */
export interface IReleaseGrants {
  /** Upload versions and watch their releases. */
  grantPublish(grantee: IGrantable): Grant
  /** Move aliases. */
  grantPromote(grantee: IGrantable): Grant
  /** Read models, versions, operations and history. */
  grantReadHistory(grantee: IGrantable): Grant
}

export interface GitHubRoleProps {
  /** The one repository whose workflows may take the role on: `owner/name`, spelt as GitHub spells it. */
  readonly repository: string
  /** What of the repository may take it on. */
  readonly gitRef: GitHubRef
  /**
   * GitHub's identity provider in this account; an account has one.
   * @default - one is made, once a stack
   */
  readonly provider?: IOidcProvider
  /** How long one sign-in lasts: 1 to 12 hours. @default Duration.hours(1) */
  readonly maxSessionDuration?: Duration
}

/**
 * A role that workflows of one GitHub repository take on by OpenID Connect, without a key that lives anywhere. It is
 * bound to the repository and to a branch, tags, an environment or pull requests, and may nothing until it is granted.
 */
export class GitHubRole extends Construct implements IGrantable {
  readonly role: IRole
  readonly grantPrincipal: IPrincipal

  constructor(scope: Construct, id: string, props: GitHubRoleProps) {
    super(scope, id)
    const { gitRef } = props
    const repository = checkedRepository(props.repository)
    const subjects = gitRef.subjects.map((end) => `repo:${repository}:${end}`)
    const subject = subjects.length === 1 ? subjects[0] : subjects
    const provider = props.provider ?? providerOf(this)
    this.role = new Role(this, 'Role', {
      description: `Workflows of ${repository}: ${gitRef.subjects.join(', ')}`.replaceAll(
        /[^\u0020-\u007e]/g,
        '?',
      ),
      assumedBy: new WebIdentityPrincipal(provider.oidcProviderArn, {
        StringEquals: {
          [`${issuer}:aud`]: audience,
          ...(!gitRef.isPattern && { [`${issuer}:sub`]: subject }),
        },
        ...(gitRef.isPattern && { StringLike: { [`${issuer}:sub`]: subject } }),
      }),
      maxSessionDuration: props.maxSessionDuration ?? Duration.hours(1),
    })
    this.grantPrincipal = this.role.grantPrincipal
  }
}

/** One provider serves every role of a stack. */
function providerOf(scope: Construct): IOidcProvider {
  const stack = Stack.of(scope)
  const id = 'GitHubProvider'
  const made = stack.node.tryFindChild(id) as OidcProviderNative | undefined
  if (made !== undefined) return made
  Annotations.of(stack).addInfoV2(
    '@sluice/github-provider',
    'An account has one identity provider of GitHub: where there is one already, pass it as `provider`.',
  )
  return new OidcProviderNative(stack, id, { url: `https://${issuer}`, clientIds: [audience] })
}

function checkedRepository(repository: string): string {
  if (
    !/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/.test(repository) ||
    /\/\.{1,2}$/.test(repository)
  )
    throw new Error(
      `repository must be one repository as 'owner/name', of letters, digits and - . _ (no wildcard), got: '${repository}'`,
    )
  return repository
}
