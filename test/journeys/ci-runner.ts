import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { root } from './stage.ts'

const run = promisify(execFile)

interface Step {
  readonly name?: string
  readonly id?: string
  readonly uses?: string
  readonly env?: Readonly<Record<string, string>>
  readonly run?: string
}
interface Job {
  readonly permissions: Readonly<Record<string, string>>
  readonly 'timeout-minutes': number
  readonly if: string
  readonly outputs?: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}
export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: object
  readonly concurrency: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<'check' | 'compare' | 'comment' | 'push' | 'promote', Job>>
}

export interface JobRun {
  readonly code: number
  readonly output: string
  readonly outputs: Readonly<Record<string, string>>
}

/** `gh` as far as the workflow calls it: the comments of a pull request, in a file. */
const gh = `#!/usr/bin/env node
const { execFileSync } = require('node:child_process')
const { readFileSync, writeFileSync } = require('node:fs')
const args = process.argv.slice(2)
const file = process.env.COMMENTS
const comments = JSON.parse(readFileSync(file, 'utf8'))
const after = (flag) => args[args.indexOf(flag) + 1]
const path = args.find((one) => one.startsWith('repos/'))
if (process.env.GH_TOKEN !== 'job-token') throw new Error('gh is not signed in')
if (args.includes('--jq')) {
  process.stdout.write(execFileSync('jq', ['-r', after('--jq')], { input: JSON.stringify(comments) }))
} else {
  const body = after('--field').slice('body='.length)
  const id = Number(path.split('/').at(-1))
  const user = { login: 'github-actions[bot]' }
  if (after('--method') === 'PATCH') comments.find((one) => one.id === id).body = body
  else comments.push({ id: 100 + comments.length, user, body })
  writeFileSync(file, JSON.stringify(comments))
}
`

/** A repository in a folder of its own, and what runs the shell parts of its workflow as GitHub does. */
export class Repository {
  readonly folder: string
  readonly #beside: string

  private constructor(folder: string) {
    this.#beside = folder
    this.folder = join(folder, 'repository')
  }

  static async open(): Promise<Repository> {
    const made = new Repository(await mkdtemp(join(tmpdir(), 'sluice-ci-')))
    await mkdir(made.folder)
    await made.git('init', '--quiet', '--initial-branch=main')
    const bin = join(made.#beside, 'bin')
    await mkdir(bin)
    const sluice = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'sluice.js')}' "$@"\n`
    await writeFile(join(bin, 'sluice'), sluice, { mode: 0o755 })
    await writeFile(join(bin, 'gh'), gh, { mode: 0o755 })
    await writeFile(join(made.#beside, 'comments.json'), '[]')
    return made
  }

  async close(): Promise<void> {
    await rm(this.#beside, { recursive: true, force: true })
  }

  async git(...args: string[]): Promise<string> {
    const as = ['-c', 'user.name=ana', '-c', 'user.email=ana@example.com', '-c', 'commit.gpgsign=false']
    return (await run('git', [...as, ...args], { cwd: this.folder })).stdout.trim()
  }

  /** Write files, commit them. @returns the commit */
  async commit(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, path)), { recursive: true })
      await writeFile(join(this.folder, path), content)
    }
    await this.git('add', '--all')
    await this.git('commit', '--quiet', '--allow-empty', '--message', 'a change')
    return this.git('rev-parse', 'HEAD')
  }

  async workflow(): Promise<Workflow> {
    return parse(await readFile(join(this.folder, '.github', 'workflows', 'sluice.yml'), 'utf8')) as Workflow
  }

  async comments(): Promise<{ readonly id: number; readonly body: string }[]> {
    return JSON.parse(await readFile(join(this.#beside, 'comments.json'), 'utf8'))
  }

  async setComments(comments: readonly object[]): Promise<void> {
    await writeFile(join(this.#beside, 'comments.json'), JSON.stringify(comments))
  }

  /**
   * Run a job's scripts one after the other, each by bash as GitHub starts it. An expression that the event does not
   * answer is an error of the test.
   */
  async run(name: keyof Workflow['jobs'], event: Readonly<Record<string, string>>): Promise<JobRun> {
    const { jobs, env } = await this.workflow()
    const temporary = await mkdtemp(join(this.#beside, 'runner-'))
    const files = {
      GITHUB_OUTPUT: join(temporary, 'output'),
      GITHUB_STEP_SUMMARY: join(temporary, 'summary'),
    }
    let output = ''
    for (const step of jobs[name].steps) {
      // The command is this checkout's, not the registry's.
      if (step.run === undefined || step.name === 'Install Sluice') continue
      const script = join(temporary, 'script.sh')
      await writeFile(script, step.run)
      const given = Object.entries(step.env ?? {}).map(([key, value]) => [key, filledIn(value, event)])
      const surroundings = {
        PATH: `${join(this.#beside, 'bin')}:${dirname(process.execPath)}:${process.env['PATH']}`,
        HOME: temporary,
        RUNNER_TEMP: temporary,
        COMMENTS: join(this.#beside, 'comments.json'),
        ...files,
        ...env,
        ...Object.fromEntries(given),
      }
      try {
        const ran = await run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
          cwd: this.folder,
          env: surroundings,
        })
        output += ran.stdout + ran.stderr
      } catch (error) {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
        return { code, output: output + stdout + stderr, outputs: await outputsIn(files.GITHUB_OUTPUT) }
      }
    }
    return { code: 0, output, outputs: await outputsIn(files.GITHUB_OUTPUT) }
  }
}

function filledIn(value: string, event: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const found = event[expression]
    if (found === undefined) throw new Error(`the event does not answer ${expression}`)
    return found
  })
}

/** `name<<END`, lines, `END`, as GitHub reads them. */
async function outputsIn(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const found: Record<string, string> = {}
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i += 1) {
    const [, name, end] = /^(\w+)<<(.+)$/.exec(lines[i] ?? '') ?? []
    if (name === undefined || end === undefined) continue
    const last = lines.indexOf(end, i + 1)
    if (last < 0) throw new Error(`the output ${name} does not end`)
    found[name] = lines.slice(i + 1, last).join('\n')
    i = last
  }
  return found
}
