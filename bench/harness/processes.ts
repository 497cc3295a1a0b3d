import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { onCore } from './cores.ts'

const repository = join(import.meta.dirname, '..', '..')
const sluice = join(repository, 'bin', 'sluice.js')

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

export interface ProcessOptions {
  /** What its environment has besides this process's own. */
  readonly environment?: Readonly<Record<string, string>>
  /** Bind it, and whatever it starts, to this core. */
  readonly core?: number
  /** Where it answers 200 once it serves. @default '/ping' */
  readonly readyPath?: string
}

/** A platform in a process of its own, as a person would start it. */
export interface PlatformProcess extends ServerProcess {
  readonly store: string
}

export interface PlatformOptions extends ProcessOptions {
  /** The folder it lives in, which stays; without it, one of its own, which goes with it. */
  readonly home?: string
  /** Without it, any free one. */
  readonly port?: number
}

export async function startPlatform(options: PlatformOptions = {}): Promise<PlatformProcess> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'sluice-bench-')))
  const up = ['up', '--bare', '--json', '--port', `${options.port ?? 0}`, '--home', home]
  const [program, args] = onCore(options.core, process.execPath, [sluice, ...up])
  const env = { ...process.env, ...options.environment }
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`the platform ended with ${code}`)
  })
  gone.catch(() => {})
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), gone])
  const { url, store } = JSON.parse(String(line)) as { url: string; store: string }
  const stop = async () => {
    await ended(child)
    if (options.home === undefined) await rm(home, { recursive: true, force: true })
  }
  return { url, store, pid: child.pid ?? 0, stop }
}

/** What a verb of the command printed with `--json`, and whether it was done. */
export interface Said {
  readonly done: boolean
  readonly document: unknown
}

/** Run one verb of the command against a platform. */
export function command(url: string, ...args: readonly string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const asked = [sluice, '--json', '--platform', url, ...args]
    execFile(process.execPath, asked, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`sluice ${args.join(' ')} said nothing: ${stderr}`))
      else resolve({ done: error === null, document: JSON.parse(stdout) })
    })
  })
}

/** The template's own server with one model, as a container runs it. */
export async function startModelServer(modelDir: string): Promise<ServerProcess> {
  const template = join(repository, 'model-templates', 'onnx', 'serve.mjs')
  const port = await freePort()
  const environment = { PORT: `${port}`, MODEL_DIR: modelDir, SLUICE_THREADS: '1' }
  return startServer(port, process.execPath, [template, 'serve'], { environment })
}

/**
 * Start a server, and wait until it answers 200 where it says that it is ready.
 * @param port where it was told to listen @throws Error where it ends instead
 */
export async function startServer(
  port: number,
  program: string,
  args: readonly string[],
  { environment = {}, core, readyPath = '/ping' }: ProcessOptions = {},
): Promise<ServerProcess> {
  const env = { ...process.env, ...environment }
  const child = spawn(...onCore(core, program, args), { stdio: ['ignore', 'ignore', 'inherit'], env })
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    const ready = await fetch(`${url}${readyPath}`).catch(() => undefined)
    if (ready?.status === 200) return { url, pid: child.pid ?? 0, stop: () => ended(child) }
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`)
    await pause(20)
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

/** Processor time that a process has used so far, in microseconds (Linux: /proc, 100 ticks a second). */
export function ownProcessorMicroseconds(pid: number): number {
  return ticksOf(pid) * 10_000
}

function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return Number(fields[11]) + Number(fields[12])
}
