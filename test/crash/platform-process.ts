import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { PlatformClient } from '../../cli/platform-client.ts'
import { isAlive, type ModelServerProcess, modelServers } from '../harness/model-servers.ts'
import { until } from '../harness/until.ts'

const sluice = join(import.meta.dirname, '..', '..', 'bin', 'sluice.js')

export interface Surroundings {
  /** A module that the process loads before anything else. */
  readonly preload?: string
  readonly port?: number
  /** The user that it runs as; without it, this one. */
  readonly uid?: number
  readonly env?: Readonly<Record<string, string>>
}

/** What a command that ended by itself said. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The platform as a person starts it: `sluice up`, a process of its own, which can be killed at any moment. */
export class PlatformProcess {
  static readonly #all = new Set<ChildProcess>()
  readonly #child: ChildProcess
  readonly #said: { stdout: string; stderr: string }
  readonly client: PlatformClient

  private constructor(child: ChildProcess, said: { stdout: string; stderr: string }, url: string) {
    this.#child = child
    this.#said = said
    this.client = new PlatformClient(url)
  }

  /** Start a platform and wait until it is ready. @throws Error with what it said where it ended instead */
  static async start(home: string, surroundings: Surroundings = {}): Promise<PlatformProcess> {
    const { child, said } = spawned(home, surroundings)
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    const ready = await Promise.race([once(lines, 'line'), once(child, 'exit')])
    const line = String(ready[0])
    if (!line.includes('"ready":true')) throw new Error(`the platform did not start: ${said.stderr}${line}`)
    PlatformProcess.#all.add(child)
    return new PlatformProcess(child, said, (JSON.parse(line) as { url: string }).url)
  }

  /** Kill whatever a test that failed has left running. */
  static async killAll(): Promise<void> {
    await Promise.all([...PlatformProcess.#all].map(killed))
    PlatformProcess.#all.clear()
  }

  /** Start a platform and kill it so many milliseconds later, ready or not. */
  static async startAndKill(home: string, afterMs: number): Promise<void> {
    const { child } = spawned(home, {})
    await pause(afterMs)
    await killed(child)
  }

  /** Start a platform that is to end by itself. */
  static async ended(home: string, surroundings: Surroundings = {}): Promise<Ended> {
    const { child, said } = spawned(home, surroundings)
    const tooLong = setTimeout(() => child.kill('SIGKILL'), 15_000)
    const [code] = (await once(child, 'close')) as [number | null]
    clearTimeout(tooLong)
    return { code, ...said }
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** All it has said on standard error. */
  get stderr(): string {
    return this.#said.stderr
  }

  modelServers(): ModelServerProcess[] {
    return modelServers(this.#child.pid)
  }

  /** SIGKILL to the platform and to nobody else; its model servers have to notice by themselves. */
  async kill(): Promise<void> {
    const orphans = this.modelServers()
    await killed(this.#child)
    await until('no model server outlives its platform', () => !orphans.some(({ pid }) => isAlive(pid)), 5000)
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return
    this.#child.kill('SIGTERM')
    await once(this.#child, 'exit')
  }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function spawned(home: string, { preload, port = 0, uid, env: more }: Surroundings) {
  const args = ['up', '--bare', '--json', '--port', String(port), '--home', home]
  const { FORCE_COLOR: _, SLUICE_PLATFORM_URL: __, NODE_OPTIONS: ___, ...env } = process.env
  const child = spawn(
    process.execPath,
    [...(preload === undefined ? [] : ['--import', preload]), sluice, ...args],
    {
      env: { ...env, ...more },
      ...(uid !== undefined && { uid }),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const said = { stdout: '', stderr: '' }
  child.stdout?.on('data', (text) => {
    said.stdout += text
  })
  child.stderr?.on('data', (text) => {
    said.stderr += text
  })
  return { child, said }
}
