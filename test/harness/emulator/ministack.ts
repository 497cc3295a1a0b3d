import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { answers } from '../answers.ts'
import { until } from '../until.ts'
import { pythonWith } from './python-with.ts'

/** The emulator of AWS that every test of the AWS world runs against. */
const ministack = 'ministack==1.5.33'

/** What the emulator takes for the account and the Region, and anybody's keys. */
export const emulated = {
  account: '000000000000',
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
} as const

export interface Emulator {
  readonly endpoint: string
  /** Makes every AWS client, of this process or another, speak to the emulator. */
  readonly environment: Readonly<Record<string, string>>
  readonly log: string
  stop(): Promise<void>
}

/** Install the emulator, once a checkout. @returns the python that runs it */
export function installEmulator(): Promise<string> {
  return pythonWith('ministack', [ministack, 'docker'])
}

/** Start an emulator of its own, with nothing in it, on a free port. */
export async function startEmulator(more: Readonly<Record<string, string>> = {}): Promise<Emulator> {
  const python = await installEmulator()
  const folder = await mkdtemp(join(tmpdir(), 'sluice-emulator-'))
  const port = Number(more['GATEWAY_PORT'] ?? (await freePort()))
  const endpoint = `http://127.0.0.1:${port}`
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: emulated.region,
    AWS_DEFAULT_REGION: emulated.region,
    AWS_ACCESS_KEY_ID: emulated.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: emulated.credentials.secretAccessKey,
  }
  const log = join(folder, 'emulator.log')
  const child = spawn(python, ['-m', 'ministack'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...environment,
      // Functions of the platform run as processes of the Node that runs the tests.
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      NODE_OPTIONS: '',
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      STATE_DIR: join(folder, 'state'),
      S3_DATA_DIR: join(folder, 's3'),
      TMPDIR: folder,
      LOG_LEVEL: 'WARNING',
      ...more,
    },
  })
  const sink = createWriteStream(log)
  child.stdout.pipe(sink, { end: false })
  child.stderr.pipe(sink, { end: false })
  const ended = once(child, 'exit')
  await until('the emulator answers', () => answers(`${endpoint}/_ministack/health`), 60_000)
  return {
    endpoint,
    environment,
    log,
    stop: async () => {
      child.kill('SIGTERM')
      const forced = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(forced)
      sink.end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
