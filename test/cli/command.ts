import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { expect } from '@jest/globals'

const sluice = join(import.meta.dirname, '..', '..', 'bin', 'sluice.js')

/** The environment of a person without colours, habits or a platform of their own. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const {
    FORCE_COLOR: _,
    SLUICE_PLATFORM_URL: __,
    SLUICE_API_KEY: ___,
    SLUICE_HOME: ____,
    ...env
  } = process.env
  return env
}

/** A command that ran: what it said, and what came of it. */
export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** The one JSON document on standard output. */
  readonly json: Record<string, unknown>
}

export interface Surroundings {
  readonly input?: string
  readonly env?: NodeJS.ProcessEnv
  /** The folder that it is typed in. */
  readonly cwd?: string
}

/** Run `sluice` with these arguments, as a script does: no terminal. */
export async function sluiceRun(args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  return sluiceStart(args, surroundings).ran
}

/** Start `sluice` as a script does; who has the process may end it. */
export function sluiceStart(
  args: readonly string[],
  { input = '', env = {}, cwd }: Surroundings,
): { readonly child: ChildProcess; readonly ran: Promise<Ran> } {
  const child = spawn(process.execPath, [sluice, ...args], {
    env: { ...plainEnvironment(), ...env },
    ...(cwd !== undefined && { cwd }),
  })
  child.stdin.end(input)
  const ended = Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  const ran = ended.then(([stdout, stderr, [code, signal]]) => {
    // Nobody reads colours out of a pipe.
    expect(`${stdout}${stderr}`).not.toContain('\u001b')
    return {
      code,
      signal,
      stdout,
      stderr,
      get json() {
        expect(stdout.trimEnd().split('\n')).toHaveLength(1)
        return JSON.parse(stdout) as Record<string, unknown>
      },
    }
  })
  return { child, ran }
}

/** A platform that was started by the command, with all it has said on standard output so far. */
export interface UpPlatform {
  readonly child: ChildProcess
  readonly stdout: string[]
  readonly stderr: string[]
}

/** `sluice up --json`, ready. */
export async function sluiceUp(home: string, args: readonly string[] = []): Promise<UpPlatform> {
  const child = spawn(process.execPath, [sluice, 'up', '--json', '--port', '0', '--home', home, ...args], {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stdout: string[] = []
  const stderr: string[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => stdout.push(line))
  createInterface({ input: child.stderr }).on('line', (line) => stderr.push(line))
  await Promise.race([once(lines, 'line'), once(child, 'exit')])
  return { child, stdout, stderr }
}

/** `sluice console --json`, ready: the address that it shows, with its key. */
export async function sluiceConsole(platform: string, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [sluice, 'console', '--json', '--platform', platform], {
    env: { ...plainEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit'),
  ])
  const { url } = JSON.parse(String(line)) as { url: string }
  const end = async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { url, end }
}
