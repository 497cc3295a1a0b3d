import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openDatabase } from '../../local/database.ts'
import { ProcessHost } from '../../local/hosting/process-host.ts'
import { isAlive, modelServers } from '../harness/model-servers.ts'
import { loopModel, timesModel } from '../harness/onnx-models.ts'
import { refused } from '../harness/refused.ts'
import { until } from '../harness/until.ts'
import { endpointHostContract } from './endpoint-host-contract.ts'
import { ask, settled, specOf } from './endpoints.ts'
import { laptopHost } from './laptop-world.ts'

const root = join(import.meta.dirname, '..', '..')

endpointHostContract('the laptop', laptopHost)

/** Talk to a model server behind the host's back. */
async function tamper(socketPath: string, method: string, path: string, body?: unknown): Promise<number> {
  const sent = request({ socketPath, method, path })
  sent.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = await once(sent, 'response')
  response.resume()
  await once(response, 'end')
  return response.statusCode
}

/** A host, and the processes that it has started. */
async function watchedHost() {
  const known = new Set(modelServers().map(({ pid }) => pid))
  const world = await laptopHost()
  return { ...world, servers: () => modelServers().filter(({ pid }) => !known.has(pid)) }
}

/** A program of its own over these modules of the repository, for what must not be left in this process. */
const programOver = (modules: Readonly<Record<string, string>>, body: string) => {
  const imports = Object.entries(modules).map(
    ([names, path]) =>
      `import ${names} from ${JSON.stringify(path.startsWith('node:') ? path : join(root, path))}`,
  )
  return ['--input-type=module', '-e', [...imports, body].join('\n')]
}

/** Whether a server is stuck in a prediction: it does not even answer a ping. */
async function isStuck(socket: string): Promise<boolean> {
  const answered = tamper(socket, 'GET', '/ping').then(
    () => false,
    () => false,
  )
  return Promise.race([answered, pause(200, true, { ref: false })])
}

describe('endpoints as child processes', () => {
  let world: Awaited<ReturnType<typeof watchedHost>>

  beforeAll(async () => {
    world = await watchedHost()
  })
  afterAll(() => world.close())

  test('share one process, and all answer again within two seconds of a kill -9', async () => {
    const { host, servers } = world
    const endpoints = [
      await host.create(await specOf(world, 'killed', '1.0.0', timesModel(2))),
      await host.create(await specOf(world, 'killed', '2.0.0', timesModel(3))),
    ]
    const [server, ...others] = servers()
    expect(others).toEqual([])
    process.kill(server?.pid ?? 0, 'SIGKILL')
    const since = performance.now()
    for (const [i, endpoint] of endpoints.entries()) {
      const predictions = async () => (await ask(host, endpoint, { x: [1] })).predictions
      const left = 2000 - (performance.now() - since)
      expect(await until('it answers', () => predictions().catch(() => undefined), left)).toEqual([2 + i])
    }
    expect(servers().map(({ pid }) => pid)).not.toContain(server?.pid)
  })

  test('answer right or with 503 while their process starts again, and never that the model failed', async () => {
    const { host, servers } = world
    const spec = await specOf(world, 'shot', '1.0.0', timesModel(4))
    // A release of many folders takes a moment to load, and that moment is what this is about.
    for (let i = 0; i < 500; i += 1)
      await mkdir(join(spec.image.uri, `${i % 20}`, `${i}`), { recursive: true })
    const endpoint = await host.create(spec)
    const statusNow = (): Promise<unknown> =>
      ask(host, endpoint, { x: [1] }).then(
        ({ status }) => status,
        ({ code }) => code,
      )
    expect(await statusNow()).toBe(200)
    for (const { pid } of servers()) process.kill(pid, 'SIGKILL')
    await until('the process is away', async () => (await statusNow()) !== 200)
    const statuses = new Set<unknown>()
    while (!statuses.has(200)) {
      statuses.add(await statusNow())
      await nextTurn()
    }
    statuses.delete('endpoint-unavailable')
    expect([...statuses]).toEqual([200])
  }, 20_000)

  test('are described by what their process has really loaded, not by what was asked for', async () => {
    const { host, servers } = world
    const [ours, theirs] = [
      await specOf(world, 'truth', '1.0.0', timesModel(1)),
      await specOf(world, 'truth', '2.0.0', timesModel(2)),
    ]
    const endpoint = await host.create(ours)
    expect((await settled(host, endpoint)).digest).toBe(ours.image.digest)
    const holds = ({ socket }: { socket: string }) => tamper(socket, 'GET', `/models/${endpoint.name}`)
    const statuses = await Promise.all(servers().map(holds))
    const server = servers()[statuses.indexOf(200)]
    const loaded = { model_name: endpoint.name, url: theirs.image.uri }
    expect(await tamper(server?.socket ?? '', 'POST', '/models', loaded)).toBe(200)
    expect(await host.describe(endpoint)).toEqual({ state: 'active', digest: theirs.image.digest })
    await tamper(server?.socket ?? '', 'DELETE', `/models/${endpoint.name}`)
    expect((await host.describe(endpoint)).state).not.toBe('active')
  })

  test('are known to the next process of the platform, which loads them when they are called', async () => {
    const spec = await specOf(world, 'restarted', '1.0.0', timesModel(6))
    const endpoint = await world.host.create(spec)
    const database = openDatabase(world.home.database)
    const next = new ProcessHost(database, world.home, 'test')
    try {
      expect((await ask(next, endpoint, { x: [1] })).predictions).toEqual([6])
      expect(await settled(next, endpoint)).toEqual({ state: 'active', digest: spec.image.digest })
    } finally {
      await next.stop()
      database.close()
    }
  })

  test('are moved to one process of their own when several calls hang at once, and none is left at the end', async () => {
    const program = programOver(
      {
        '{ laptopHost }': 'test/ports/laptop-world.ts',
        '{ ask, specOf }': 'test/ports/endpoints.ts',
        '{ loopModel }': 'test/harness/onnx-models.ts',
        '{ modelServers }': 'test/harness/model-servers.ts',
        '{ until }': 'test/harness/until.ts',
      },
      `const world = await laptopHost()
      const endpoint = await world.host.create(await specOf(world, 'stuck', '1.0.0', loopModel()))
      const hangs = () => ask(world.host, endpoint, { rounds: [1e15] }, 300).catch(({ code }) => code)
      const codes = await Promise.all(Array.from({ length: 6 }, hangs))
      await until('it answers', () => ask(world.host, endpoint, { rounds: [1] }).catch(() => undefined))
      const during = modelServers().length
      await world.close()
      console.log(JSON.stringify({ codes, during, after: modelServers().length }))
      process.exit()`,
    )
    const { stdout } = await promisify(execFile)(process.execPath, program)
    const { codes, during, after } = JSON.parse(stdout)
    for (const code of codes) expect(['model-timeout', 'endpoint-unavailable']).toContain(code)
    expect(codes).toContain('model-timeout')
    expect({ during, after }).toEqual({ during: 2, after: 0 })
  }, 20_000)

  test('get a process of their own where they keep the others waiting, who go on in theirs', async () => {
    const own = await watchedHost()
    try {
      const hot = await own.host.create(await specOf(own, 'hot', '1.0.0', loopModel()))
      const cool = await own.host.create(await specOf(own, 'cool', '1.0.0', timesModel(2)))
      expect(own.servers()).toHaveLength(1)
      let over = false
      const busy = async () => {
        while (!over) expect((await ask(own.host, hot, { rounds: [100_000] })).status).toBe(200)
      }
      const heating = Promise.all([busy(), busy()])
      await until(
        'there are two processes',
        async () => {
          expect((await ask(own.host, cool, { x: [1] })).predictions).toEqual([2])
          return own.servers().length === 2
        },
        25_000,
      )
      over = true
      await heating
    } finally {
      await own.close()
    }
  }, 30_000)

  test('cannot be kept from stopping by a prediction that hangs', async () => {
    const own = await watchedHost()
    const endpoint = await own.host.create(await specOf(own, 'stuck', '1.0.0', loopModel()))
    const [server] = own.servers()
    const call = refused(ask(own.host, endpoint, { rounds: [1e15] }, 60_000))
    await until('it is stuck', () => isStuck(server?.socket ?? ''))
    await own.close()
    expect((await call).code).toBe('endpoint-unavailable')
    await until('it has ended', () => !isAlive(server?.pid ?? 0), 3000)
  }, 20_000)

  test('take nobody down when their log cannot be written', async () => {
    const program = programOver(
      {
        '{ rm }': 'node:fs/promises',
        '{ laptopHost }': 'test/ports/laptop-world.ts',
        '{ ask, specOf }': 'test/ports/endpoints.ts',
        '{ timesModel }': 'test/harness/onnx-models.ts',
        '{ modelServers }': 'test/harness/model-servers.ts',
        '{ until }': 'test/harness/until.ts',
      },
      `const world = await laptopHost()
      const endpoint = await world.host.create(await specOf(world, 'mute', '1.0.0', timesModel(2)))
      await rm(world.home.logs, { recursive: true })
      for (const { pid } of modelServers()) process.kill(pid, 'SIGKILL')
      const answer = () => ask(world.host, endpoint, { x: [3] }).catch(() => undefined)
      console.log(JSON.stringify((await until('it answers again', answer)).predictions))
      await world.close()
      process.exit()`,
    )
    const { stdout } = await promisify(execFile)(process.execPath, program)
    expect(JSON.parse(stdout)).toEqual([6])
  }, 20_000)

  test('end with the platform, even if it is killed', async () => {
    const program = programOver(
      {
        '{ laptopHost }': 'test/ports/laptop-world.ts',
        '{ specOf }': 'test/ports/endpoints.ts',
        '{ timesModel }': 'test/harness/onnx-models.ts',
      },
      `const world = await laptopHost()
      await world.host.create(await specOf(world, 'orphan', '1.0.0', timesModel(2)))
      setInterval(() => {}, 1000)`,
    )
    const parent = spawn(process.execPath, program, { stdio: 'ignore' })
    const [child] = await until('it has a model server', () => {
      const found = modelServers(parent.pid)
      return found.length > 0 && found
    })
    parent.kill('SIGKILL')
    await until('its model server has ended', () => !isAlive(child?.pid ?? 0), 5000)
  }, 20_000)
})
