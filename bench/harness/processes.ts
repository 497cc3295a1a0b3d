import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

const repository = join(import.meta.dirname, '..', '..')

/** A platform in a process of its own, as a person would start it. */
export interface PlatformProcess {
  readonly url: string
  readonly store: string
  readonly pid: number
  stop(): Promise<void>
}

export async function startPlatform(): Promise<PlatformProcess> {
  const home = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const child = spawn(
    process.execPath,
    [join(repository, 'bin', 'sluice.js'), 'up', '--bare', '--json', '--port', '0', '--home', home],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { url, store } = JSON.parse(String(line)) as { url: string; store: string }
  const stop = async () => {
    await ended(child)
    await rm(home, { recursive: true, force: true })
  }
  return { url, store, pid: child.pid ?? 0, stop }
}

/** The template's own server with one model, as a container runs it. */
export async function startModelServer(
  modelDir: string,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort()
  const child = spawn(process.execPath, [join(repository, 'model-templates', 'onnx', 'serve.mjs'), 'serve'], {
    stdio: 'ignore',
    env: { ...process.env, PORT: `${port}`, MODEL_DIR: modelDir, SLUICE_THREADS: '1' },
  })
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    const ready = await fetch(`${url}/ping`).catch(() => undefined)
    if (ready?.status === 200) return { url, stop: () => ended(child) }
    await pause(20)
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
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
