/**
 * How fast a release, a rollback and a call are, on this machine, in one run.
 * `npm run bench:release`. Load goes to loopback only and stops by itself.
 */
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Pool } from 'undici'
import { PlatformClient } from '../cli/platform-client.ts'
import type { HistoryEntry } from '../lib/rules/audit.ts'
import { figure, median, quantile } from './harness/figures.ts'
import {
  ownProcessorMicroseconds,
  type PlatformProcess,
  startModelServer,
  startPlatform,
} from './harness/processes.ts'

const rounds = 20
const iris = join(import.meta.dirname, '..', 'examples', 'iris')
const request = JSON.stringify(
  JSON.parse(await readFile(join(iris, '1.0.0', 'examples', 'setosa.json'), 'utf8')),
)
const rows = (JSON.parse(await readFile(join(iris, 'rows.json'), 'utf8')) as unknown[]).map((row) =>
  JSON.stringify(row),
)

/** Ask again and again until the answer is as wanted, and say how long that took. */
async function until(wanted: () => Promise<boolean>, started: number): Promise<number> {
  while (!(await wanted())) {
    // Ask again at once: what is measured is the platform, not a pause.
  }
  return performance.now() - started
}

async function releases(platform: PlatformProcess): Promise<number[]> {
  const client = new PlatformClient(platform.url)
  await mkdir(join(platform.store, 'models', 'iris'), { recursive: true })
  const times: number[] = []
  for (let i = 0; i < rounds; i += 1) {
    const version = `1.${i}.0`
    const started = performance.now()
    await copyFile(
      join(iris, '1.0.0', 'model.onnx'),
      join(platform.store, 'models', 'iris', `${version}.onnx`),
    )
    const answered = async () =>
      (await client.invoke('iris', `versions/${version}`, request, 'application/json')).status === 200
    times.push(await until(answered, started))
  }
  return times
}

async function rollbacks(platform: PlatformProcess): Promise<number[]> {
  const client = new PlatformClient(platform.url)
  const live = async () =>
    (await client.invoke('iris', '', request, 'application/json')).headers.get('model-version')
  const times: number[] = []
  for (let i = 0; i < rounds; i += 1) {
    const before = await live()
    const version = before === '1.1.0' ? '1.2.0' : '1.1.0'
    await client.promote('iris', { version, rollout: 'all-at-once' })
    await until(async () => (await live()) === version, 0)
    const started = performance.now()
    const asked = client.rollback('iris', { reason: 'bench' })
    times.push(await until(async () => (await live()) === before, started))
    await asked
  }
  return times
}

interface Load {
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
}

/** Keep so many connections busy for a while. */
async function load(
  origin: string,
  path: string,
  body: string,
  connections: number,
  seconds: number,
): Promise<Load> {
  const pool = new Pool(origin, { connections, pipelining: 1 })
  const latencies: number[] = []
  const end = performance.now() + seconds * 1000
  const headers = { 'content-type': 'application/json' }
  const ask = async () => {
    while (performance.now() < end) {
      const started = performance.now()
      const answer = await pool.request({ path, method: 'POST', body, headers })
      await answer.body.bytes()
      if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`)
      latencies.push(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: connections }, ask))
  await pool.close()
  return { p50: median(latencies), p99: quantile(latencies, 0.99), perSecond: latencies.length / seconds }
}

/** What the router adds: the same request through it, and straight to the same server in a process of its own. */
async function overhead(platform: PlatformProcess): Promise<string[]> {
  const direct = await startModelServer(join(iris, '1.0.0'))
  const record = JSON.parse(request) as Record<string, number>
  const canonical = JSON.stringify({
    inputs: Object.fromEntries(Object.entries(record).map(([name, value]) => [name, [value]])),
  })
  const throughRouter = (connections: number, seconds: number) =>
    load(platform.url, '/models/iris/invocations', request, connections, seconds)
  const straight = (connections: number, seconds: number) =>
    load(direct.url, '/invocations', canonical, connections, seconds)
  await throughRouter(8, 2)
  await straight(8, 2)
  const pairs: { router: number; direct: number }[] = []
  for (let i = 0; i < 5; i += 1)
    pairs.push({ direct: (await straight(1, 1)).p50, router: (await throughRouter(1, 1)).p50 })
  const before = ownProcessorMicroseconds(platform.pid)
  const busy = await throughRouter(32, 5)
  const processor = (ownProcessorMicroseconds(platform.pid) - before) / (busy.perSecond * 5)
  const busyDirect = await straight(32, 5)
  await direct.stop()
  return [
    figure('direct to the model server, p50 at 1 connection', median(pairs.map((pair) => pair.direct)), 'ms'),
    figure('through the router, p50 at 1 connection', median(pairs.map((pair) => pair.router)), 'ms'),
    figure(
      'the router adds, p50 at 1 connection',
      median(pairs.map((pair) => pair.router - pair.direct)),
      'ms',
      0.3,
    ),
    figure('CPU of the platform process per request at 32 connections', processor, 'us'),
    figure('through the router, requests a second at 32 connections', busy.perSecond, '/s'),
    figure('direct, requests a second at 32 connections', busyDirect.perSecond, '/s'),
  ]
}

interface Seen {
  readonly version: string
  readonly status: number
  readonly sent: number
  readonly received: number
}

/** Calls across a promotion and a rollback: every one must succeed, by a version that the alias held meanwhile. */
async function acrossMoves(platform: PlatformProcess): Promise<string[]> {
  const client = new PlatformClient(platform.url)
  const pool = new Pool(platform.url, { connections: 64, pipelining: 1 })
  const total = 10_000
  const seen: Seen[] = []
  let sentSoFar = 0
  const ask = async () => {
    while (sentSoFar < total) {
      const body = rows[sentSoFar % rows.length] ?? request
      sentSoFar += 1
      const sent = Date.now()
      const headers = { 'content-type': 'application/json' }
      const answer = await pool.request({ path: '/models/iris/invocations', method: 'POST', body, headers })
      await answer.body.bytes()
      const version = String(answer.headers['model-version'])
      seen.push({ version, status: answer.statusCode, sent, received: Date.now() })
    }
  }
  const callers = Promise.all(Array.from({ length: 64 }, ask))
  const reached = async (count: number) => {
    while (seen.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await reached(total * 0.2)
  await client.promote('iris', { version: '1.3.0', rollout: 'canary:50%/0s', reason: 'bench' })
  await reached(total * 0.7)
  await client.rollback('iris', { reason: 'bench' })
  await callers
  await pool.close()
  const failed = seen.filter(({ status }) => status !== 200).length
  const history = await client.history('iris')
  const astray = seen.filter((one) => !wasInAlias(one, history)).length
  const versions = Object.entries(Object.groupBy(seen, ({ version }) => version)).map(
    ([version, list]) => `${version} ${list?.length}`,
  )
  return [
    `${total} requests at concurrency 64 across a promotion and a rollback: ${failed} failed, ${astray} by a version not in the alias`,
    `  answered by ${versions.join(', ')}; moves meanwhile: ${history
      .filter(({ at }) => Date.parse(at) >= (seen[0]?.sent ?? 0))
      .map(({ kind }) => kind)
      .join(', ')}`,
  ]
}

/** Whether the version was the alias's stable or canary at any moment between the sending and the answer. */
function wasInAlias({ version, sent, received }: Seen, history: readonly HistoryEntry[]): boolean {
  return history.some(({ at, after }, i) => {
    const from = Date.parse(at)
    const to = Date.parse(history[i + 1]?.at ?? '9999-01-01')
    const live = after.aliases['live']
    return from <= received && to >= sent && (live?.stable === version || live?.canary?.version === version)
  })
}

const platform = await startPlatform()
try {
  const dropped = await releases(platform)
  const rolledBack = await rollbacks(platform)
  const lines = [
    figure(
      `(a) file dropped → first 200 at its version path, median of ${rounds}`,
      median(dropped),
      'ms',
      300,
    ),
    figure('    the first one, state machines synthesized meanwhile', dropped[0] ?? Number.NaN, 'ms'),
    figure(
      `(b) rollback asked → first answer by the old version, median of ${rounds}`,
      median(rolledBack),
      'ms',
      50,
    ),
    '(c)',
    ...(await overhead(platform)),
    '(d)',
    ...(await acrossMoves(platform)),
  ]
  console.log(lines.join('\n'))
} finally {
  await platform.stop()
}
