import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers } from '../answers.ts'
import { freePort } from '../emulator/ministack.ts'
import { until } from '../until.ts'

export interface ContainerRegistry {
  /** As it stands before the name of an image: `127.0.0.1:PORT`, which every engine trusts without TLS. */
  readonly host: string
  readonly url: string
  readonly log: string
  stop(): Promise<void>
}

/** A real registry of images with nothing in it, on a loopback port of its own. */
export async function startRegistry(): Promise<ContainerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-registry-'))
  const host = `127.0.0.1:${await freePort()}`
  const url = `http://${host}`
  const [configuration, log] = [join(folder, 'config.yml'), join(folder, 'log')]
  // JSON is YAML. Deletion is on, since a collector of images needs it.
  const settings = {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: host },
  }
  await writeFile(configuration, JSON.stringify(settings))
  const output = openSync(log, 'a')
  const child = spawn('docker-registry', ['serve', configuration], {
    stdio: ['ignore', output, output],
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  })
  closeSync(output)
  const stop = async () => {
    await ended(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await until('the registry answers', () => answers(`${url}/v2/`), 15_000)
  } catch (error) {
    const said = await readFile(log, 'utf8')
    await stop()
    throw new Error(`docker-registry did not start: ${said.trimEnd().split('\n').at(-1)}`, { cause: error })
  }
  return { host, url, log, stop }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}
