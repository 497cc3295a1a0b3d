import { Pool } from 'undici'
import { until } from '../../test/harness/until.ts'
import { filesOnDisk, megabytes } from './disk.ts'
import { median } from './figures.ts'
import { acceptAll, irisRequest, type Member, release } from './fleet.ts'
import { atRest, memoryOf, processorMicroseconds } from './process-tree.ts'
import { freePort, type PlatformProcess, startPlatform } from './processes.ts'

const starts = 5
const lists = 20
const calls = 2000

/** What was measured, by what it is, with its unit at the end: `GET /models, ms`. */
export type Figures = Readonly<Record<string, number>>

/** A fleet, and the home of the platform that has it. */
export interface Housed {
  readonly fleet: readonly Member[]
  /** An empty folder. */
  readonly home: string
  /** Whether every version is promoted in turn before anything but the releases is measured. */
  readonly accepted: boolean
}

/**
 * Release fleets into platforms of their own, start these again and again, and measure what they then take. Times are
 * taken in turn, so that a slow moment of the machine hits all of them; memory is that of a platform alone.
 * @returns the figures of each
 */
export async function measureFleets(
  all: readonly Housed[],
  say: (line: string) => void,
): Promise<readonly Figures[]> {
  const found = all.map((): Record<string, number> => ({}))
  const eachAlone = async (what: string, measure: (housed: Housed) => Promise<Figures>) => {
    for (const [i, housed] of all.entries()) {
      say(`${what}: ${housed.fleet.length}`)
      Object.assign(found[i] ?? {}, await measure(housed))
    }
  }
  await eachAlone('releasing', ({ home, fleet, accepted }) =>
    withPlatform(home, async (platform) => ({
      'releases a second': await release(platform, fleet),
      ...(accepted && { 'promotions a second': await acceptAll(platform, fleet) }),
      ...memory(platform, 'after the releases'),
    })),
  )
  say(`starting ${starts} times`)
  for (const [i, figures] of (await measureStarts(all)).entries()) Object.assign(found[i] ?? {}, figures)
  await eachAlone('calling each version once', ({ home, fleet }) =>
    withPlatform(home, async (platform) => ({
      ...(await untilQuiet(platform)),
      ...memory(platform, 'after a start, before any call'),
      ...(await measureFirstCalls(platform, fleet)),
      ...memory(platform, 'after one call to each version'),
    })),
  )
  say('lists and routes')
  for (const [i, figures] of (await measureTogether(all)).entries()) Object.assign(found[i] ?? {}, figures)
  await eachAlone('looking at the disk', ({ home }) => measureDisk(home))
  return found
}

function memory({ pid }: PlatformProcess, when: string): Figures {
  const { rss, pss } = memoryOf(pid)
  return { [`RSS of all processes ${when}, MB`]: rss, [`PSS of all processes ${when}, MB`]: pss }
}

async function measureStarts(all: readonly Housed[]): Promise<Figures[]> {
  const times = all.map(() => new Samples(`median of ${starts}`))
  for (let i = 0; i < starts; i += 1)
    for (const [which, housed] of all.entries()) {
      const port = await freePort()
      const started = performance.now()
      const since = () => performance.now() - started
      const answers = async () => (await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.ok
      const health = until('the platform answers', answers, 60_000).then(since)
      const platform = await startPlatform({ home: housed.home, port })
      times[which]?.add('sluice up until it says so', since())
      times[which]?.add('sluice up until it answers', await health)
      const caller = await callerOf(platform)
      times[which]?.add(
        'first call of all right after that',
        await caller.call(exactly(picked(housed.fleet, i))),
      )
      await caller.close()
      await platform.stop()
    }
  return times.map((samples) => samples.medians())
}

/** What the platform does by itself after a start. */
async function untilQuiet({ pid }: PlatformProcess): Promise<Figures> {
  await atRest(pid)
  return { 'CPU of a start until the platform rests, ms': processorMicroseconds(pid) / 1000 }
}

/** All platforms at once, asked in turn. */
async function measureTogether(all: readonly Housed[]): Promise<Figures[]> {
  const platforms: PlatformProcess[] = []
  try {
    for (const { home } of all) platforms.push(await startPlatform({ home }))
    const callers = await Promise.all(platforms.map(callerOf))
    for (const [i, { fleet }] of all.entries())
      for (const member of fleet) await callers[i]?.call(exactly(member))
    const figures = [await measureLists(all, callers), await measureRoutes(all, callers)]
    for (const caller of callers) await caller.close()
    return all.map((_, i) => Object.assign({}, ...figures.map((list) => list[i])))
  } finally {
    for (const platform of platforms) await platform.stop()
  }
}

async function measureLists(all: readonly Housed[], callers: readonly Caller[]): Promise<Figures[]> {
  const times = all.map(() => new Samples(`median of ${lists}`))
  const sizes = all.map((): Record<string, number> => ({}))
  for (let i = 0; i < lists; i += 1)
    for (const [which, { fleet }] of all.entries()) {
      const { model } = newestOf(fleet)
      for (const [path, name] of [
        ['/models', 'GET /models'],
        [`/models/${model}`, 'GET /models/m'],
        [`/models/${model}/versions`, 'GET /models/m/versions'],
      ] as const) {
        const { ms = Number.NaN, bytes = Number.NaN } = (await callers[which]?.get(path)) ?? {}
        times[which]?.add(name, ms)
        Object.assign(sizes[which] ?? {}, { [`${name}, its answer, kB`]: bytes / 1000 })
      }
    }
  return times.map((samples, i) => ({ ...samples.medians(), ...sizes[i] }))
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

/** Warm calls of every kind. */
async function measureRoutes(all: readonly Housed[], callers: readonly Caller[]): Promise<Figures[]> {
  const times = all.map(() => new Samples(`p50 of ${calls}`))
  for (let i = 0; i < calls; i += 1)
    for (const [which, { fleet }] of all.entries()) {
      const any = picked(fleet, i)
      const kinds = [
        ['to the newest', exactly(newestOf(fleet))],
        ['to any version', exactly(any)],
        ['by the range ^1', `/models/${any.model}/versions/^1/invocations`],
        ['to live', `/models/${any.model}/invocations`],
      ] as const
      // Each comes first in turn: the first finds its platform asleep.
      for (const [kind, path] of [...kinds.slice(i % 4), ...kinds.slice(0, i % 4)])
        times[which]?.add(`warm call ${kind}`, (await callers[which]?.call(path)) ?? Number.NaN)
    }
  return times.map((samples) => samples.medians())
}

async function measureDisk(home: string): Promise<Figures> {
  const files = await filesOnDisk(home)
  const database = files.filter(({ place }) => place.includes('registry.sqlite'))
  return {
    'database, MB': megabytes(database),
    'disk, MB': megabytes(files),
    'files on it': files.length,
  }
}

type Caller = Awaited<ReturnType<typeof callerOf>>

/** Requests over one connection. */
async function callerOf({ url }: PlatformProcess) {
  const pool = new Pool(url, { connections: 1, pipelining: 1 })
  const request = { body: await irisRequest(), headers: { 'content-type': 'application/json' } }
  /** @throws Error where the answer is not 200 */
  const timed = async (path: string, asked: Partial<typeof request> & { method: 'GET' | 'POST' }) => {
    const started = performance.now()
    const answer = await pool.request({ path, ...asked })
    const bytes = await answer.body.bytes()
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${Buffer.from(bytes)}`)
    return { ms: performance.now() - started, bytes: bytes.length }
  }
  return {
    get: (path: string) => timed(path, { method: 'GET' }),
    /** @returns milliseconds */
    call: async (path: string) => (await timed(path, { method: 'POST', ...request })).ms,
    close: () => pool.close(),
  }
}

/** Times by what they are of. */
class Samples {
  readonly #note: string
  readonly #times = new Map<string, number[]>()

  /** @param note how many there are of each */
  constructor(note: string) {
    this.#note = note
  }

  add(what: string, ms: number): void {
    const known = this.#times.get(what)
    if (known === undefined) this.#times.set(what, [ms])
    else known.push(ms)
  }

  medians(): Figures {
    return Object.fromEntries(
      [...this.#times].map(([what, list]) => [`${what}, ${this.#note}, ms`, median(list)]),
    )
  }
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
