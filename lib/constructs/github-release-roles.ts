import type { Duration } from 'aws-cdk-lib'
import type { IOidcProvider } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { GitHubRef } from './github-ref.ts'
import { GitHubRole, type IReleaseGrants } from './github-role.ts'

export interface GitHubReleaseRolesProps {
  /** The platform that the workflows release to. */
  readonly platform: IReleaseGrants
  /** The one repository whose workflows may release: `owner/name`, spelt as GitHub spells it. */
  readonly repository: string
  /** The branch whose merges are pushed. @default 'main' */
  readonly branch?: string
  /** Tags that promote, as `sluice init ci` has them: `*` stands for any characters. @default ['*@*', '*\/v*'] */
  readonly tags?: string[]
  /** GitHub's identity provider in this account. @default - one is made, once a stack */
  readonly provider?: IOidcProvider
  /** How long one sign-in lasts: a promotion is watched to its end. @default Duration.hours(1) */
  readonly maxSessionDuration?: Duration
}

/** The three roles that the workflow of `sluice init ci` takes on, each with the rights of its own jobs only. */
export class GitHubReleaseRoles extends Construct {
  /** Pull requests: may read what there is. */
  readonly pullRequests: GitHubRole
  /** The branch: may upload versions too. */
  readonly publisher: GitHubRole
  /** Tags: may move aliases too. */
  readonly promoter: GitHubRole

  constructor(scope: Construct, id: string, props: GitHubReleaseRolesProps) {
    super(scope, id)
    const { platform, repository, provider, maxSessionDuration } = props
    const role = (name: string, gitRef: GitHubRef) =>
      new GitHubRole(this, name, {
        repository,
        gitRef,
        ...(provider !== undefined && { provider }),
        ...(maxSessionDuration !== undefined && { maxSessionDuration }),
      })
    this.pullRequests = role('PullRequests', GitHubRef.pullRequests())
    this.publisher = role('Publisher', GitHubRef.branch(props.branch ?? 'main'))
    this.promoter = role('Promoter', GitHubRef.tags(...(props.tags ?? ['*@*', '*/v*'])))
    for (const reader of [this.pullRequests, this.publisher, this.promoter]) platform.grantReadHistory(reader)
    platform.grantPublish(this.publisher)
    platform.grantPromote(this.promoter)
  }
}
