import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { until } from '../../test/harness/until.ts'
import { median } from './figures.ts'
import { acceptAll, irisRequest, type Member, release } from './fleet.ts'
import { memoryOf, processorMicroseconds } from './process-tree.ts'
import { freePort, type PlatformProcess, startPlatform } from './processes.ts'

const starts = 5
const lists = 20
const calls = 2000

/** What was measured, by what it is, with its unit at the end: `GET /models, ms`. */
export type Figures = Readonly<Record<string, number>>

export interface FleetProps {
  readonly fleet: readonly Member[]
  /** Whether every version is promoted in turn before anything is measured but the releases. */
  readonly accepted: boolean
  /** An empty folder. */
  readonly home: string
  readonly say: (line: string) => void
}

/** Release a fleet into a platform, start it again and again, and measure what it then takes. */
export async function measureFleet({ fleet, accepted, home, say }: FleetProps): Promise<Figures> {
  say(`releasing ${fleet.length}`)
  const released = await withPlatform(home, async (platform) => ({
    'releases a second': await release(platform, fleet),
    ...(accepted && { 'promotions a second': await acceptAll(platform, fleet) }),
    ...memory(platform, 'after the releases'),
  }))
  say(`starting ${starts} times`)
  const restarted = await measureStarts(home, fleet)
  say('lists and calls')
  const served = await withPlatform(home, async (platform) => ({
    ...(await untilQuiet(platform)),
    ...memory(platform, 'after a start, before any call'),
    ...(await measureLists(platform, fleet)),
    ...(await measureFirstCalls(platform, fleet)),
    ...memory(platform, 'after one call to each version'),
    ...(await measureRoutes(platform, fleet)),
  }))
  return { ...released, ...restarted, ...served, ...(await measureDisk(home)) }
}

function memory({ pid }: PlatformProcess, when: string): Figures {
  const { rss, pss } = memoryOf(pid)
  return { [`RSS of all processes ${when}, MB`]: rss, [`PSS of all processes ${when}, MB`]: pss }
}

async function measureStarts(home: string, fleet: readonly Member[]): Promise<Figures> {
  const answered: number[] = []
  const said: number[] = []
  const first: number[] = []
  for (let i = 0; i < starts; i += 1) {
    const port = await freePort()
    const started = performance.now()
    const since = () => performance.now() - started
    const answers = async () => (await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.ok
    const health = until('the platform answers', answers, 60_000).then(since)
    const platform = await startPlatform({ home, port })
    said.push(since())
    answered.push(await health)
    const caller = await callerOf(platform)
    first.push(await caller.call(exactly(picked(fleet, i))))
    await caller.close()
    await platform.stop()
  }
  return {
    [`sluice up until it answers, median of ${starts}, ms`]: median(answered),
    [`sluice up until it says so, median of ${starts}, ms`]: median(said),
    [`first call of all right after that, median of ${starts}, ms`]: median(first),
  }
}

/** What the platform does by itself after a start: the time until it does nothing any more. */
async function untilQuiet({ pid }: PlatformProcess): Promise<Figures> {
  const started = performance.now()
  for (let before = -1, now = 0; now - before > 20_000; ) {
    before = processorMicroseconds(pid)
    await pause(300)
    now = processorMicroseconds(pid)
    if (performance.now() - started > 120_000) throw new Error('the platform does not come to rest')
  }
  return { 'CPU of a start until the platform rests, ms': processorMicroseconds(pid) / 1000 }
}

async function measureLists(platform: PlatformProcess, fleet: readonly Member[]): Promise<Figures> {
  const { model } = newestOf(fleet)
  const figures: Record<string, number> = {}
  const pool = new Pool(platform.url, { connections: 1 })
  for (const [path, name] of [
    ['/models', 'GET /models'],
    [`/models/${model}`, 'GET /models/m'],
    [`/models/${model}/versions`, 'GET /models/m/versions'],
  ] as const) {
    const times: number[] = []
    let size = 0
    for (let i = 0; i < lists; i += 1) {
      const started = performance.now()
      const answer = await pool.request({ path, method: 'GET' })
      size = (await answer.body.bytes()).length
      if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`)
      times.push(performance.now() - started)
    }
    figures[`${name}, median of ${lists}, ms`] = median(times)
    figures[`${name}, its answer, kB`] = size / 1000
  }
  await pool.close()
  return figures
}

/** Every version is called for the first time since the start. */
async function measureFirstCalls(platform: PlatformProcess, fleet: readonly Member[]): Promise<Figures> {
  const caller = await callerOf(platform)
  const times: number[] = []
  for (const member of fleet) times.push(await caller.call(exactly(member)))
  await caller.close()
  const [first = Number.NaN, ...rest] = times
  return {
    'first call of all, the platform at rest, ms': first,
    'first call of a version, its server running, median of all, ms': median(rest),
  }
}

/** Warm calls of every kind in turn, so that a slow moment of the machine hits them all. */
async function measureRoutes(platform: PlatformProcess, fleet: readonly Member[]): Promise<Figures> {
  const caller = await callerOf(platform)
  const newest = newestOf(fleet)
  const kinds: Record<string, (i: number) => string> = {
    'to the newest': () => exactly(newest),
    'to any version': (i) => exactly(picked(fleet, i)),
    'by the range ^1': (i) => `/models/${picked(fleet, i).model}/versions/^1/invocations`,
    'to live': (i) => `/models/${picked(fleet, i).model}/invocations`,
  }
  const times = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]))
  for (let i = 0; i < calls; i += 1)
    for (const [kind, path] of Object.entries(kinds)) times.get(kind)?.push(await caller.call(path(i)))
  await caller.close()
  return Object.fromEntries(
    [...times].map(([kind, list]) => [`warm call ${kind}, p50 of ${calls}, ms`, median(list)]),
  )
}

async function measureDisk(home: string): Promise<Figures> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true })
  const places = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const found = await Promise.all(places.map(async (place) => ({ place, ...(await stat(place)) })))
  // A file under two names is on the disk once.
  const files = [...new Map(found.map((file) => [file.ino, file])).values()]
  const sum = (list: readonly { blocks: number }[]) => list.reduce((all, { blocks }) => all + blocks, 0) * 512
  const database = files.filter(({ place }) => place.includes('registry.sqlite'))
  return { 'database, MB': sum(database) / 1e6, 'disk, MB': sum(files) / 1e6, 'files on it': files.length }
}

/** Calls over one connection. */
async function callerOf({ url }: PlatformProcess) {
  const pool = new Pool(url, { connections: 1, pipelining: 1 })
  const body = await irisRequest()
  const headers = { 'content-type': 'application/json' }
  /** @returns milliseconds @throws Error where the answer is not 200 */
  const call = async (path: string): Promise<number> => {
    const started = performance.now()
    const answer = await pool.request({ path, method: 'POST', body, headers })
    const text = await answer.body.text()
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${text}`)
    return performance.now() - started
  }
  return { call, close: () => pool.close() }
}

async function withPlatform<T>(home: string, act: (platform: PlatformProcess) => Promise<T>): Promise<T> {
  const platform = await startPlatform({ home })
  try {
    return await act(platform)
  } finally {
    await platform.stop()
  }
}

function exactly({ model, version }: Member): string {
  return `/models/${model}/versions/${version}/invocations`
}

function newestOf(fleet: readonly Member[]): Member {
  return fleet.at(-1) as Member
}

/** Some member, another one for each `i`, the same in every run: 7919 is prime. */
function picked(fleet: readonly Member[], i: number): Member {
  return fleet[(i * 7919 + 17) % fleet.length] as Member
}
