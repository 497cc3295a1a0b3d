import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { Problem, shown } from '../../lib/rules/problem.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { type WorkflowProps, workflowText } from '../ci/workflow.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'

export interface InitCiOptions {
  readonly role?: string
  readonly readRole?: string
  readonly publishRole?: string
  readonly promoteRole?: string
  readonly region?: string
  readonly models: string
  readonly branch: string
  readonly dryRun?: boolean
  readonly force?: boolean
}

const place = join('.github', 'workflows', 'sluice.yml')

/** Write the workflow of GitHub that checks, pushes and promotes models. Asks nothing. */
export async function initCi({ talk, platform }: Context, options: InitCiOptions): Promise<ExitCode> {
  const text = workflowText(propsOf(platform.url, platform.address.deployed, options))
  const root = repositoryRoot(process.cwd())
  const path = join(root, place)
  const told = relative(process.cwd(), path)
  if (options.dryRun) {
    talk.data({ path: told, written: false, text }, text.trimEnd())
    return exitCode.done
  }
  const standing = await readFile(path, 'utf8').catch(() => undefined)
  if (standing !== undefined && standing !== text && !options.force)
    throw changedBySomebody(told, standing, text)
  const written = standing !== text
  if (written) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  talk.say(`${talk.paint('green', '✔')} ${told} ${written ? 'is written' : 'is as it would be written'}`)
  talk.say('  Commit it. Its roles: GitHubReleaseRoles in your CDK app, for this repository alone.')
  talk.data({ path: told, written }, told)
  return exitCode.done
}

/** @throws Problem `usage` for what cannot stand in a workflow, or is missing there */
function propsOf(platform: string, deployed: boolean, options: InitCiOptions): WorkflowProps {
  const { models, branch } = options
  const folder = models.replace(/^\.\/(?=.)|\/+$/g, '')
  if (!/^[\w.-]+(?:\/[\w.-]+)*$/.test(folder) || folder.split('/').includes('..') || folder.startsWith('-'))
    throw usage(
      '--models',
      models,
      "a folder of the repository, as 'models' or '.', of letters, digits and . _ - /",
    )
  if (!/^[\w][\w./-]{0,199}$/.test(branch)) throw usage('--branch', branch, "the name of a branch, as 'main'")
  const aws = deployed ? { aws: awsOf(platform, options) } : {}
  return { platform, models: folder, branch, sluice: packageJson.version, ...aws }
}

function awsOf(platform: string, options: InitCiOptions): NonNullable<WorkflowProps['aws']> {
  const [, named] = /\.execute-api\.([a-z]{2,}(?:-[a-z]+)+-\d)\./.exec(platform) ?? []
  const region = options.region ?? named
  if (region === undefined || !/^[a-z]{2,}(?:-[a-z]+)+-\d$/.test(region))
    throw usage('--region', region, "the platform's Region, as eu-central-1")
  const role = (flag: string, own: string | undefined) => {
    const arn = own ?? options.role
    if (arn === undefined || !/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/.test(arn))
      throw usage(own === undefined ? '--role' : flag, arn, 'a role as arn:aws:iam::111122223333:role/NAME')
    return arn
  }
  return {
    region,
    readRole: role('--read-role', options.readRole),
    publishRole: role('--publish-role', options.publishRole),
    promoteRole: role('--promote-role', options.promoteRole),
  }
}

function usage(flag: string, found: string | undefined, allowed: string): Problem {
  return new Problem(
    'usage',
    `${flag} is ${found === undefined ? 'missing' : shown(found)}; needed is ${allowed}`,
  )
}

/** Where the repository begins; the folder itself where it is none. */
function repositoryRoot(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at
    if (resolve(at) === dirname(resolve(at))) return folder
  }
}

const mostLines = 10

function changedBySomebody(path: string, standing: string, text: string): Problem {
  const [before, after] = [standing.split('\n'), text.split('\n')]
  const only = (lines: readonly string[], others: readonly string[], sign: string) =>
    lines.filter((line) => line.trim() !== '' && !others.includes(line)).map((line) => `${sign} ${line}`)
  const lines = [...only(before, after, '-'), ...only(after, before, '+')]
  const more = lines.length > mostLines ? `\n... and ${lines.length - mostLines} lines more` : ''
  return new Problem(
    'usage',
    `${path} is there and differs from what would be written (- as it is, + as it would be); --force writes over it:\n` +
      `${lines.slice(0, mostLines).join('\n')}${more}`,
  )
}
