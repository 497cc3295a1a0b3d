import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Endpoint } from '../../../lib/rules/model-version.ts'
import { isAlive } from '../../harness/model-servers.ts'
import { temporaryFolder } from '../../harness/temporary-folder.ts'
import { until } from '../../harness/until.ts'
import { type Outcome, type Start, UnrulyHost } from './unruly-host.ts'

/** A neighbour of a model that does harm waits no longer than this, on a machine that is busy with other tests. */
const neighbourWithinMs = 1500
const timeoutMs = 400

const root = await temporaryFolder()
let world: UnrulyHost
let neighbour: Endpoint
beforeAll(async () => {
  world = new UnrulyHost(join(root, 'home'))
  neighbour = await world.create('neighbour')
  await until('the neighbour answers', () => world.answers(neighbour))
})
afterAll(() => world.stop())

/** Processes of a group, and those that carry a folder in their environment. */
function inGroup(group: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' })
  return table.split('\n').flatMap((line) => {
    const [pid, pgid, stat = 'Z'] = line.trim().split(/\s+/)
    return Number(pgid) === group && !stat.startsWith('Z') ? [Number(pid)] : []
  })
}

/** Keep calling the neighbour while something goes on. Every call is to be answered in good time. */
async function whileTheNeighbourAnswers<T>(work: () => Promise<T>): Promise<T> {
  let over = false
  const calls: Outcome[] = []
  const calling = (async () => {
    do {
      calls.push(await world.call(neighbour, { x: [1] }))
    } while (!over)
  })()
  try {
    return await work()
  } finally {
    over = true
    await calling
    expect(new Set(calls.map(({ status }) => status))).toEqual(new Set([200]))
    expect(Math.max(...calls.map(({ ms }) => ms))).toBeLessThan(neighbourWithinMs)
  }
}

/** The processes of a home besides the neighbour's. */
async function processesOf(): Promise<Awaited<ReturnType<UnrulyHost['processes']>>> {
  return (await world.processes()).filter(({ pid }) => pid !== neighboursPid)
}

let neighboursPid = 0
beforeAll(async () => {
  neighboursPid = (await world.processes())[0]?.pid ?? 0
})

describe('a model that, when it is asked,', () => {
  const gone = { code: 'endpoint-unavailable' }
  const late = { code: 'model-timeout' }
  const broken = { code: 'model-failed' }
  test.each([
    ['hangs', 'hang', late],
    ['never answers', 'never', late],
    ['stops in the middle of an answer', 'stall', late],
    ['exits with 0', 'exit0', gone],
    ['exits with 1', 'exit1', gone],
    ['aborts', 'abort', gone],
    ['is killed', 'killed', gone],
    ['closes the connection', 'close', broken],
    ['answers half, and closes the connection', 'half', broken],
    ['answers what is no HTTP', 'no-http', broken],
    ['answers without end', 'huge', broken],
  ] as const)(
    '%s, fails its own callers only, and answers again',
    async (_, deed, expected) => {
      const endpoint = await world.create(`does-${deed}`)
      await until('it answers', () => world.answers(endpoint))
      const before = await processesOf()
      await whileTheNeighbourAnswers(async () => {
        const outcome = await world.call(endpoint, { do: [deed] }, timeoutMs * (expected === late ? 1 : 20))
        expect(outcome).toMatchObject(expected)
        if (expected === gone) expect(outcome.retryAfterSeconds).toBe(1)
        if (expected === late) expect(outcome.ms).toBeLessThan(timeoutMs + 1000)
        else expect(outcome.ms).toBeLessThan(5000)
        await until('it answers again', () => world.answers(endpoint))
      })
      await world.host.remove(endpoint)
      for (const { pid, folder } of before) {
        expect(inGroup(pid)).toEqual([])
        expect(existsSync(folder)).toBe(false)
      }
      expect(await processesOf()).toEqual([])
    },
    20_000,
  )

  test('eats memory is ended before it takes much more than it may', async () => {
    const endpoint = await world.create('does-eat', 'well', 300)
    await until('it answers', () => world.answers(endpoint))
    await whileTheNeighbourAnswers(async () => {
      const outcome = await world.call(endpoint, { do: ['eat'] }, 15_000)
      expect(outcome).toMatchObject({ code: 'endpoint-unavailable' })
      await until('it answers again', () => world.answers(endpoint))
    })
    expect((await world.lines(endpoint)).join('\n')).toMatch(/it takes \d+ MB, and host\.memoryMb is 300/)
    await world.host.remove(endpoint)
  }, 20_000)

  test('forks children that will not end leaves none of them behind, not even out of its group', async () => {
    const endpoint = await world.create('does-fork')
    await until('it answers', () => world.answers(endpoint))
    const { body = '' } = await world.call(endpoint, { do: ['fork'] })
    const children = (JSON.parse(body) as { predictions: number[] }).predictions
    expect(children.filter(isAlive)).toHaveLength(3)
    await whileTheNeighbourAnswers(() => world.host.remove(endpoint))
    await until('all of them have ended', () => !children.some(isRunning), 3000)
  }, 20_000)

  test('forks without end is ended with all that it has started', async () => {
    const endpoint = await world.create('does-bomb')
    await until('it answers', () => world.answers(endpoint))
    const [server] = await processesOf()
    await whileTheNeighbourAnswers(async () => {
      await world.call(endpoint, { do: ['bomb'] })
      await until('it is ended', () => !isRunning(server?.pid ?? 0), 15_000)
      expect(inGroup(server?.pid ?? 0)).toEqual([])
      await until('it answers again', () => world.answers(endpoint))
    })
    expect((await world.lines(endpoint)).join('\n')).toMatch(/has started \d+ processes, and 64 are allowed/)
    await world.host.remove(endpoint)
  }, 30_000)

  test.each(['flood', 'dust'])(
    'makes a %s of its log keeps it within two megabytes, and nobody waits for that',
    async (deed) => {
      const endpoint = await world.create(`does-${deed}`)
      await until('it answers', () => world.answers(endpoint))
      await whileTheNeighbourAnswers(async () => {
        await world.call(endpoint, { do: [deed] })
        const rotated = join(world.home.logs, 'versions', `${endpoint.name}.log.1`)
        await until('its log is full once', () => existsSync(rotated))
        for (let i = 0; i < 5; i += 1) expect(await world.answers(endpoint)).toBe(true)
      })
      await world.host.remove(endpoint)
      const lines = await world.host.log(endpoint)
      const size = lines.reduce((sum, { at, text }) => sum + at.length + text.length + 2, 0)
      expect(size).toBeLessThan(2.2 * 2 ** 20)
      expect(lines.every(({ at }, i) => i === 0 || at > (lines[i - 1]?.at ?? ''))).toBe(true)
    },
    20_000,
  )

  test('answers several with too few lines, or with none that can be read, fails just those', async () => {
    const endpoint = await world.create('does-lines')
    await until('it answers', () => world.answers(endpoint))
    for (const [deed, expected] of [
      ['few-lines', { code: 'model-failed' }],
      ['bad-lines', { status: 500 }],
    ] as const) {
      // While the first is at work the others wait, and then go together.
      const first = world.call(endpoint, { do: ['slow'] })
      const together = await Promise.all([1, 2, 3].map((x) => world.call(endpoint, { x: [x], do: [deed] })))
      expect(await first).toMatchObject({ status: 200 })
      for (const outcome of together) expect(outcome).toMatchObject(expected)
      expect(await world.answers(endpoint)).toBe(true)
    }
    await world.host.remove(endpoint)
  }, 20_000)

  test('answers garbage has that handed on as it is, for the router to refuse', async () => {
    const endpoint = await world.create('does-garbage')
    await until('it answers', () => world.answers(endpoint))
    expect(await world.call(endpoint, { do: ['garbage'] })).toMatchObject({ status: 200, body: '\0 no JSON' })
    await world.host.remove(endpoint)
  })
})

/** A zombie waits for somebody to ask for its end: it is none of ours any more. */
function isRunning(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    return false
  }
}

describe('a model that, when it is loaded,', () => {
  test.each<[Start, RegExp]>([
    ['silent', /died|within|could not|listen/],
    ['no-ping', /died|within|listen/],
    ['always-loading', /not loaded within 1\.5 s/],
    ['spins', /died|within|listen/],
    ['exits', /its server died while it loaded the model: it ended with 0/],
    ['aborts', /\w/],
    ['refuses', /^it wants a thing called xgboost$/],
  ])(
    'does as in %s is found to have failed, says why, and serves when it behaves',
    async (start, reason) => {
      await whileTheNeighbourAnswers(async () => {
        const endpoint = await world.create(`starts-${start}`, start)
        const truth = await until(
          'it has failed',
          async () => {
            const seen = await world.host.describe(endpoint)
            return seen.state === 'failed' && seen
          },
          15_000,
        )
        expect(truth.reason).toMatch(reason)
        const outcome = await world.call(endpoint, { x: [1] })
        expect(outcome).toMatchObject({ code: 'endpoint-unavailable' })
        expect(outcome.retryAfterSeconds).toBeGreaterThanOrEqual(1)
        // It goes on having failed while it waits for its next start: nobody is told that it is on its way.
        expect((await world.host.describe(endpoint)).state).toBe('failed')
        await world.startsBy(`starts-${start}`, 'well')
        await until('it answers', () => world.answers(endpoint), 15_000)
        expect(await world.host.describe(endpoint)).toMatchObject({ state: 'active' })
        await world.host.remove(endpoint)
      })
    },
    40_000,
  )
})

describe('a rush', () => {
  test('that comes all at once is taken on as far as it is answered in time, and no further', async () => {
    const endpoint = await world.create('popular')
    await until('it answers', () => world.answers(endpoint))
    const call = () => world.call(endpoint, { do: ['each'] })
    for (let i = 0; i < 5; i += 1) await call()
    for (let i = 0; i < 10; i += 1) await Promise.all([call(), call(), call()])
    const outcomes = await Promise.all(Array.from({ length: 200 }, call))
    const answered = outcomes.filter(({ status }) => status === 200)
    expect(answered.length).toBeGreaterThanOrEqual(1)
    // Four on a machine with nothing else to do: what else it does makes the pace that was learnt uneven.
    expect(answered.length).toBeLessThanOrEqual(40)
    const refused = outcomes.filter(({ status }) => status === undefined)
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['model-busy']))
    expect(Math.max(...refused.map(({ ms }) => ms))).toBeLessThan(100)
    await world.host.remove(endpoint)
  }, 20_000)
})

describe('restarts', () => {
  test('come after growing pauses, which callers are told of', async () => {
    const patient = new UnrulyHost(join(root, 'patient'), { loadMs: 5000, longestPauseMs: 30_000 })
    try {
      const endpoint = await patient.create('dies')
      const pauses: number[] = []
      for (let death = 1; death <= 6; death += 1) {
        await until('it answers', () => patient.answers(endpoint))
        await patient.call(endpoint, { do: ['killed'] })
        const since = performance.now()
        await until('it answers', () => patient.answers(endpoint))
        pauses.push(performance.now() - since)
      }
      // 50 ms times 2, 4, 8, 16, 32 after the first: the least that it can have been.
      expect(pauses.slice(1).every((ms, i) => ms >= 0.9 * 100 * 2 ** i)).toBe(true)
      const told = await patient.call(endpoint, { do: ['killed'] })
      expect(told).toMatchObject({ code: 'endpoint-unavailable', retryAfterSeconds: 4 })
    } finally {
      await patient.stop()
    }
  }, 30_000)
})

describe('a version that is removed', () => {
  test('while callers wait for it starts no server for them again', async () => {
    const endpoint = await world.create('leaves')
    await until('it answers', () => world.answers(endpoint))
    const first = world.call(endpoint, { do: ['hang'] }, 10_000)
    const waiting = [1, 2, 3].map(() => world.call(endpoint, { x: [1] }, 10_000))
    await world.host.remove(endpoint)
    for (const outcome of await Promise.all([first, ...waiting]))
      expect(outcome).toMatchObject({ code: 'endpoint-unavailable' })
    expect(await processesOf()).toEqual([])
  }, 20_000)
})

describe('a platform that is killed', () => {
  test('leaves a hung model and its children to the next one, which ends them', async () => {
    const home = join(root, 'killed')
    const program = `import { UnrulyHost } from ${JSON.stringify(join(import.meta.dirname, 'unruly-host.ts'))}
      const world = new UnrulyHost(${JSON.stringify(home)})
      const endpoint = await world.create('orphan')
      while (!await world.answers(endpoint));
      const { body } = await world.call(endpoint, { do: ['fork'] })
      void world.call(endpoint, { do: ['hang'] }, 60_000)
      setTimeout(async () => console.log(JSON.stringify([...JSON.parse(body).predictions, ...(await world.processes()).map(({ pid }) => pid)])), 300)`
    const platform = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    platform.stdout.on('data', (chunk) => {
      said += chunk
    })
    const pids = await until('it hangs', () => said.includes('\n') && (JSON.parse(said) as number[]), 15_000)
    platform.kill('SIGKILL')
    expect(pids).toHaveLength(4)
    await until('the platform has ended', () => platform.signalCode !== null)
    expect(pids.filter(isRunning)).toHaveLength(4)
    const next = new UnrulyHost(home)
    try {
      await until('what it left has ended', () => !pids.some(isRunning), 5000)
      expect(await readdir(join(home, 'processes'))).toEqual([])
    } finally {
      await next.stop()
    }
  }, 30_000)
})
