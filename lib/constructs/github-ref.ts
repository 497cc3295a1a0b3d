/** What of a repository may take a role on: the end of the subject that GitHub signs. */
export class GitHubRef {
  /** One branch: pushes and merges to it. @param name such as `main`, without wildcards */
  static branch(name: string): GitHubRef {
    return new GitHubRef([`ref:refs/heads/${plain('branch', name)}`], false)
  }

  /** Tags by their patterns. @param patterns such as `*@*`; `*` stands for any characters */
  static tags(...patterns: string[]): GitHubRef {
    if (patterns.length === 0) throw new Error('tags must have a pattern, got none')
    for (const pattern of patterns) checkPattern(pattern)
    return new GitHubRef(
      patterns.map((pattern) => `ref:refs/tags/${pattern}`),
      true,
    )
  }

  /** A deployment environment, whose own rules (reviewers, branches) then guard the role. @param name without wildcards */
  static environment(name: string): GitHubRef {
    return new GitHubRef([`environment:${plain('environment', name)}`], false)
  }

  /**
   * Pull requests of branches of the repository itself: those of a fork get no token that a role can be taken on with.
   */
  static pullRequests(): GitHubRef {
    return new GitHubRef(['pull_request'], false)
  }

  /** The ends of the subjects. */
  readonly subjects: string[]
  /** Whether `*` in it stands for any characters. */
  readonly isPattern: boolean

  private constructor(subjects: string[], isPattern: boolean) {
    this.subjects = subjects
    this.isPattern = isPattern
  }
}

function checkPattern(pattern: string): void {
  if (!/^[\w.@/*+-]{1,200}$/.test(pattern) || /^\**$/.test(pattern))
    throw new Error(
      `tags must be a pattern of letters, digits and . _ @ / + - *, with more than *, got: '${pattern}'`,
    )
}

function plain(what: string, name: string): string {
  // A colon ends a part of the subject, and ? and * are wildcards to IAM.
  if (!/^[^\p{C}\s:*?]{1,200}$/u.test(name))
    throw new Error(`${what} must be 1 to 200 characters without spaces, colons, * and ?, got: '${name}'`)
  return name
}
