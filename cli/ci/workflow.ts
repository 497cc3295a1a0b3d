import {
  changedModels,
  checkModels,
  compareModels,
  promoteTag,
  pushModels,
  writeComment,
} from './workflow-scripts.ts'

export interface WorkflowProps {
  /** The platform's URL. */
  readonly platform: string
  /** The folder, from the repository's root, under which models lie. */
  readonly models: string
  /** The version of the command that the workflow installs. */
  readonly sluice: string
  /** The branch whose merges are pushed. */
  readonly branch: string
  /** What AWS takes; absent for a platform that asks for no credentials. */
  readonly aws?: {
    readonly region: string
    readonly readRole: string
    readonly publishRole: string
    readonly promoteRole: string
  }
}

/** Actions by the commits of their releases: a tag could be moved to other code. */
const actions = {
  checkout: 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0',
  node: 'actions/setup-node@a0853c24544627f65ddf259abe73b1d18a591444 # v5.0.0',
  credentials: 'aws-actions/configure-aws-credentials@a03048d87541d1d9fcf2ecf528a4a65ba9bd7838 # v5.0.0',
}

/** `.github/workflows/sluice.yml`: pull request, merge, tag. Comments say why it is as it is. */
export function workflowText(props: WorkflowProps): string {
  return `\
# Written by \`sluice init ci\`, which also tells what differs where this file was changed.
#   pull request      sluice check, and sluice diff as a comment
#   merge to ${props.branch}     sluice push of the models that changed
#   tag MODEL@1.2.3   sluice promote (MODEL/v1.2.3 is the same)
name: sluice

# Not pull_request_target: that would run with the rights of this repository beside the code of a stranger. A pull
# request from a fork is checked without any right, and gets neither a comment nor a look at the platform.
on:
  pull_request:
    paths: [${quoted(props.models === '.' ? '**' : `${props.models}/**`)}]
  push:
    branches: [${quoted(props.branch)}]
    tags: ['*@*', '*/v*']

# No job has a right that it does not ask for.
permissions: {}

# A newer push to a pull request replaces the older run. Nothing else is cancelled, nor waits: a run that waits is
# dropped when another comes, and its models would never be pushed. The platform itself takes one release at a time.
concurrency:
  group: sluice-\${{ github.event.pull_request.number || github.run_id }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}

defaults:
  run:
    shell: bash

env:
  SLUICE_PLATFORM_URL: ${quoted(props.platform)}
  MODELS: ${quoted(props.models)}
  NO_COLOR: '1'

jobs:
  check:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
    steps:
${steps(props)}
${changed(pullRequest)}
${script('Check them', checkModels)}

  compare:
    if: github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read${props.aws === undefined ? '' : '\n      id-token: write'}
    outputs:
      comment: \${{ steps.compare.outputs.comment }}
    steps:
${steps(props, 'readRole')}
${changed(pullRequest)}
${script('See what changes for callers', compareModels, {}, 'compare')}

  # The only job that may write to the pull request. It has no code of the branch, and no credentials of AWS.
  comment:
    needs: compare
    if: always() && needs.compare.outputs.comment != ''
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      pull-requests: write
    steps:
${script('Say it, or say it anew', writeComment, {
  GH_TOKEN: filledIn('github.token'),
  REPOSITORY: filledIn('github.repository'),
  PULL_REQUEST: filledIn('github.event.pull_request.number'),
  COMMENT: filledIn('needs.compare.outputs.comment'),
})}

  push:
    if: github.event_name == 'push' && github.ref_type == 'branch'
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read${props.aws === undefined ? '' : '\n      id-token: write'}
    steps:
${steps(props, 'publishRole')}
${changed({ BEFORE: filledIn('github.event.before'), AFTER: filledIn('github.sha') })}
${script('Push them', pushModels)}

  # Its end is that of the rollout: 0 promoted, 3 rolled back. A session of AWS lasts an hour: where rollouts last
  # longer, give role-duration-seconds and the role's longest session more, or promote with --no-wait.
  promote:
    if: github.event_name == 'push' && github.ref_type == 'tag'
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read${props.aws === undefined ? '' : '\n      id-token: write'}
    steps:
${steps(props, 'promoteRole', false)}
${script('Promote', promoteTag, {
  TAG: filledIn('github.ref_name'),
  ACTOR: filledIn('github.actor'),
  WAIT_SECONDS: "'1200'",
})}
`
}

/** What GitHub fills in: never within a script. */
const filledIn = (expression: string) => `\${{ ${expression} }}`

const pullRequest = { BEFORE: filledIn('github.event.pull_request.base.sha'), AFTER: filledIn('github.sha') }

/** The command comes before the code of the branch, whose settings of npm are then not there to be read. */
function steps(
  { aws, sluice }: WorkflowProps,
  role?: 'readRole' | 'publishRole' | 'promoteRole',
  code = true,
): string {
  const parts = [
    `      - uses: ${actions.node}
        with:
          node-version: 24`,
    script('Install Sluice', 'npm install --global --no-fund --no-audit "sluice@$SLUICE_VERSION"\n', {
      SLUICE_VERSION: quoted(sluice),
    }),
    ...(code
      ? [
          `      - uses: ${actions.checkout}
        with:
          fetch-depth: 0
          persist-credentials: false`,
        ]
      : []),
    ...(aws !== undefined && role !== undefined
      ? [
          `      - uses: ${actions.credentials}
        with:
          role-to-assume: ${quoted(aws[role])}
          aws-region: ${quoted(aws.region)}`,
        ]
      : []),
  ]
  return parts.join('\n')
}

function changed(env: Readonly<Record<string, string>>): string {
  return script('Find the models that changed', changedModels, env)
}

function script(name: string, text: string, env: Readonly<Record<string, string>> = {}, id?: string): string {
  const given = Object.entries(env).map(([key, value]) => `          ${key}: ${value}`)
  return [
    `      - name: ${name}`,
    ...(id === undefined ? [] : [`        id: ${id}`]),
    ...(given.length === 0 ? [] : ['        env:', ...given]),
    '        run: |',
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? '' : `          ${line}`)),
  ].join('\n')
}

/** A text that YAML reads as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
