import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../until.ts'
import { run } from './run.ts'

/** Something that builds and runs images. */
export interface Engine {
  /** Where it listens, as DOCKER_HOST has it. */
  readonly host: string
  /** One command of docker's command line. @returns what it wrote @throws Error with what it said */
  docker(...args: readonly string[]): Promise<string>
  /** What a container has written, on both of its outputs. */
  log(container: string): Promise<string>
  /** Ends an engine that was started here, with all that is in it. One that was there before is left alone. */
  stop(): Promise<void>
}

interface EngineOptions {
  /** More flags for dockerd, such as `--insecure-registry=HOST:PORT`; of two that contradict each other the later wins. */
  readonly flags?: readonly string[]
  /** More of its environment, such as HTTP_PROXY. */
  readonly environment?: Readonly<Record<string, string>>
}

/** The capability without which nobody mounts anything: bit 21 of a process's capabilities. */
const systemAdministrator = 1n << 21n

const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']

/** What hands a build the proxies of this machine: Docker knows these by name, and writes none into an image. */
export function proxyArguments(): readonly string[] {
  return proxies.filter((name) => process.env[name] !== undefined).flatMap((name) => ['--build-arg', name])
}

/** Why containers cannot be run here, in one line; undefined if they can. @param programs what else must be there */
export async function missing(...programs: readonly string[]): Promise<string | undefined> {
  if (process.platform !== 'linux')
    return 'the images of these tests are made of a Linux machine’s own programs'
  for (const program of ['docker', ...programs])
    if (!(await has(program))) return `there is no ${program} on the PATH`
  if ((await runningEngine()) !== undefined) return undefined
  if (!(await has('dockerd'))) return 'no Docker engine answers, and there is no dockerd to start one'
  const status = await readFile('/proc/self/status', 'utf8')
  const [, capabilities = '0'] = /^CapEff:\s*([0-9a-f]+)/m.exec(status) ?? []
  if ((BigInt(`0x${capabilities}`) & systemAdministrator) === 0n)
    return 'no Docker engine answers, and this process may not start one: it is not root, or in a container'
  return undefined
}

/** The engine that docker's command line finds by itself; one of its own if there is none, or if it must be special. */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  const special = options.flags !== undefined || options.environment !== undefined
  const host = special ? undefined : await runningEngine()
  return host === undefined ? startPrivateEngine(options) : { ...clientOf(host), stop: async () => {} }
}

async function startPrivateEngine({ flags = [], environment = {} }: EngineOptions): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-engine-'))
  const host = `unix://${join(folder, 'socket')}`
  const log = join(folder, 'log')
  const output = openSync(log, 'a')
  // No bridge and no firewall rules: what runs in this engine changes nothing about the network of this machine.
  const args = [
    `--host=${host}`,
    `--data-root=${join(folder, 'data')}`,
    `--exec-root=${join(folder, 'exec')}`,
    `--pidfile=${join(folder, 'pid')}`,
    ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
    ...flags,
  ]
  const child = spawn('dockerd', args, {
    stdio: ['ignore', output, output],
    env: { ...process.env, ...environment },
  })
  closeSync(output)
  const orphan = () => child.kill('SIGTERM')
  process.once('exit', orphan)
  const client = clientOf(host)
  const stop = async () => {
    await ended(child)
    process.off('exit', orphan)
    await unmountAllIn(folder)
    await rm(folder, { recursive: true, force: true })
  }
  const answers = () =>
    client.docker('version').then(
      () => true,
      () => child.exitCode !== null,
    )
  await until('the engine answers', answers, 60_000).catch(() => {})
  if (child.exitCode === null && (await client.docker('version').catch(() => '')) !== '')
    return { ...client, stop }
  const said = await readFile(log, 'utf8')
  await stop()
  throw new Error(`dockerd did not start: ${said.trimEnd().split('\n').at(-1)}`)
}

/** End it, and wait: it ends its containers first. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const forced = setTimeout(() => child.kill('SIGKILL'), 30_000)
  await exit
  clearTimeout(forced)
}

/** An engine leaves the network of the machine mounted among its things once a container has used it. */
async function unmountAllIn(folder: string): Promise<void> {
  const table = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '')
  for (const place of table.reverse())
    if (place.startsWith(`${folder}/`)) await run('umount', ['--lazy', place])
}

function clientOf(host: string): Omit<Engine, 'stop'> {
  // Debian has no buildx, and the builder it makes up for is in every engine.
  const environment = { DOCKER_HOST: host, DOCKER_BUILDKIT: '0' }
  return {
    host,
    docker: (...args) => run('docker', args, environment),
    log: (container) => run('sh', ['-c', 'docker logs "$1" 2>&1', 'sh', container], environment),
  }
}

/** Where the engine listens that docker's command line finds: DOCKER_HOST, its context, its usual place. */
async function runningEngine(): Promise<string | undefined> {
  try {
    await run('docker', ['version'])
    return await run('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])
  } catch {
    return undefined
  }
}

async function has(program: string): Promise<boolean> {
  return run('sh', ['-c', 'command -v "$1"', 'sh', program]).then(
    () => true,
    () => false,
  )
}
