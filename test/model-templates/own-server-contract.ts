import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { until } from '../harness/until.ts'
import { answerTo, oddValues } from './server.ts'
import { machinePath, TemplateServer } from './template-server.ts'

/** A runtime whose server holds one model, and the two models that show how it behaves. */
interface Subject {
  readonly command: () => readonly [string, ...string[]]
  readonly env?: () => Readonly<Record<string, string>>
  /** The folder of a model that answers with what it was given, each input under `echo_NAME`, and its entry. */
  readonly echo: () => string
  readonly echoEntry: string
  /** The folder of a model that does what the mood of its first record says. */
  readonly moody: () => string
  readonly moodyEntry: string
  /** By mood: what is told of the user's code that failed so. */
  readonly faults: readonly (readonly [mood: string, told: string])[]
  /** It listens at its port until what was begun is answered, since it cannot stop listening and keep connections. */
  readonly listensToTheEnd?: true
}

const inputs = [
  { name: 'text', type: 'string', shape: [] },
  { name: 'count', type: 'int64', shape: [] },
  { name: 'big', type: 'uint64', shape: [] },
  { name: 'small', type: 'uint8', shape: [] },
  { name: 'flag', type: 'boolean', shape: [] },
  { name: 'value', type: 'float64', shape: [] },
  { name: 'grid', type: 'float32', shape: [2, 2] },
  { name: 'free', type: 'int32', shape: [null] },
]
const record = {
  ...oddValues,
  big: [0, '18446744073709551615'],
  small: [0, 255],
  free: [[1, 2, 3], []],
}
const one = Object.fromEntries(Object.entries(record).map(([name, values]) => [name, values.slice(0, 1)]))
const echoed = [0, 1].map((i) =>
  Object.fromEntries(Object.entries(record).map(([name, values]) => [`echo_${name}`, values[i]])),
)

/** What every server of our own does, whatever language its models are written in. */
export function ownServerContract(subject: Subject): void {
  let folder: string
  const signatures = { echo: { inputs }, moody: { inputs: [{ name: 'mood', type: 'string', shape: [] }] } }

  async function launch(model: 'echo' | 'moody') {
    const versionFile = join(folder, `${model}.json`)
    const entry = model === 'echo' ? subject.echoEntry : subject.moodyEntry
    await writeFile(versionFile, JSON.stringify({ entry, layout: 'program', signature: signatures[model] }))
    const env = subject.env?.()
    return { command: subject.command(), model: subject[model](), versionFile, ...(env && { env }) }
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  describe.each(['on a port', 'behind a socket'])('%s', (where) => {
    let server: TemplateServer
    beforeAll(async () => {
      server =
        where === 'on a port'
          ? await TemplateServer.onPort(await launch('echo'))
          : TemplateServer.behind(join(folder, 'echo.sock'), await launch('echo'))
      await server.pings(200)
    })
    afterAll(() => server.kill())

    test('gives every type as it is declared, and answers one entry a record by the names of its outputs', async () => {
      const { status, body } = await server.invoke(record)
      expect([status, body.error]).toEqual([200, undefined])
      expect(body.predictions).toMatchObject(echoed)
    })

    test.each<[unknown, unknown]>([
      [9007199254740991, 9007199254740991],
      ['9007199254740993', '9007199254740993'],
      ['-9223372036854775808', '-9223372036854775808'],
      ['12', 12],
      [3.0, 3],
    ])('carries the 64-bit integer %j without losing a digit', async (count, answered) => {
      const { body } = await server.invoke({ ...one, count: [count] })
      expect(body.predictions).toMatchObject([{ echo_count: answered }])
    })

    test.each<[string, unknown, string]>([
      ['an input is missing', { text: ['x'] }, 'input count is missing'],
      ['an input is unknown', { ...one, tenure: [1] }, 'input tenure is unknown: the inputs are text, count'],
      ['an input has more values', { ...one, count: [1, 2] }, 'input count has 2 values, text has 1'],
      ['an input is no list', { ...one, count: 7 }, 'input count is no list with one value a record'],
      [
        'a row is too short',
        { ...one, grid: [[[1, 2], [3]]] },
        'input grid: record 0 has a list of 1 where 2 are declared',
      ],
      [
        'a row is no list',
        { ...one, grid: [[1, 2]] },
        'input grid: record 0 holds 1 where a list is declared',
      ],
      [
        'an integer of the second record is a text',
        Object.fromEntries(Object.entries({ ...record, count: [1, 'many'] })),
        'input count: record 1 holds "many", which is no int64',
      ],
      ['an integer has a fraction', { ...one, count: [1.5] }, 'record 0 holds 1.5, which is no int64'],
      ['an integer is too large', { ...one, small: [256] }, 'record 0 holds 256, which is no uint8'],
      ['an integer is below zero', { ...one, small: [-1] }, 'record 0 holds -1, which is no uint8'],
      ['an integer is a boolean', { ...one, count: [true] }, 'record 0 holds true, which is no int64'],
      [
        'an integer is beyond its type',
        { ...one, count: ['9223372036854775808'] },
        'record 0 holds "9223372036854775808", which is no int64',
      ],
      ['a boolean is a number', { ...one, flag: [1] }, 'record 0 holds 1, which is no boolean'],
      ['a text is a number', { ...one, text: [1] }, 'record 0 holds 1, which is no string'],
      ['a number is null', { ...one, value: [null] }, 'record 0 holds null, which is no float64'],
      ['a number is a list', { ...one, value: [[1]] }, 'record 0 holds [1], which is no float64'],
      ['there are no inputs', null, 'the request has no inputs'],
    ])('refuses a request in which %s, and goes on', async (_, wrong, why) => {
      const { status, body } = await server.invoke(wrong)
      expect([status, body.error]).toEqual([400, expect.stringContaining(why)])
      expect((await server.invoke(record)).status).toBe(200)
    })

    test.each(['', '{', 'null', '[]', '7', '{"inputs": {"value": [NaN]}}', '\u0000', '{"instances": []}'])(
      'refuses the body %j, and goes on',
      async (body) => {
        const refused = await server.ask('POST', '/invocations', body)
        expect([refused.status, refused.body.error]).toEqual([400, expect.stringMatching(/\w{3}/)])
        expect(refused.body.error).not.toMatch(machinePath)
        expect((await server.invoke(record)).status).toBe(200)
      },
    )

    test('is not pinged by POST', async () => {
      const sent = server.begin('POST', '/ping').end()
      const [response] = await once(sent, 'response')
      response.resume()
      expect([400, 404, 405]).toContain(response.statusCode)
    })

    test.each(['GET /', 'GET /invocations', 'POST /models'])('has nothing at %s', async (what) => {
      const [method = '', at = ''] = what.split(' ')
      expect((await server.ask(method, at)).status).toBe(404)
    })

    test('answers a request without records with none', async () => {
      const none = Object.fromEntries(inputs.map(({ name }) => [name, []]))
      expect((await server.invoke(none)).body).toEqual({ predictions: [] })
    })

    test('answers lines, each in its place, the bad ones too', async () => {
      const lines = await server.invokeLines([
        { inputs: record },
        '{',
        { inputs: { ...one, count: ['many'] } },
        { inputs: { ...one, count: [5] } },
      ])
      expect(lines).toMatchObject([
        { predictions: echoed },
        { error: expect.stringMatching(/no JSON/), status: 400 },
        { error: 'input count: record 0 holds "many", which is no int64', status: 400 },
        { predictions: [{ echo_count: 5 }] },
      ])
    })

    test('answers many at once, each its own', async () => {
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, i) => server.invoke({ ...one, count: [i] })),
      )
      expect(
        answers.map(({ body }) => (body.predictions as { echo_count: number }[])[0]?.echo_count),
      ).toEqual(Array.from({ length: 60 }, (_, i) => i))
    })

    test('answers a request of 4 MB', async () => {
      const text = 'käse'.repeat(800_000)
      const { body } = await server.invoke({ ...one, text: [text] })
      expect((body.predictions as { echo_text: string }[])[0]?.echo_text === text).toBe(true)
    })
  })

  describe('a model of one', () => {
    let server: TemplateServer
    const invoke = async (...mood: unknown[]) => server.invoke({ mood })
    beforeAll(async () => {
      server = TemplateServer.behind(join(folder, 'moody.sock'), await launch('moody'))
      await server.pings(200)
    })
    afterAll(() => server.kill())

    test.each(subject.faults)(
      'that goes wrong by "%s" says where and why, without a path, and goes on',
      async (mood, why) => {
        const { status, body } = await invoke(mood, 'calm')
        expect([status, body.error]).toEqual([500, expect.stringContaining(why)])
        expect(body.error).not.toMatch(machinePath)
        expect((await invoke('calm', 'calm')).body).toEqual({ predictions: [2, 2] })
      },
    )

    test('answers null for what JSON cannot carry, and strings beyond 2^53', async () => {
      expect((await invoke('numbers')).body).toEqual({
        predictions: [[null, null, 9007199254740991, '9007199254740992', '-1152921504606846976']],
      })
    })

    test('answers lines of which one fails, and it spoils no other', async () => {
      const calm = { inputs: { mood: ['calm'] } }
      const [mood, why] = subject.faults[0] ?? []
      expect(await server.invokeLines([calm, { inputs: { mood: [mood] } }, calm])).toEqual([
        { predictions: [1] },
        { error: expect.stringContaining(why ?? 'nothing'), status: 500 },
        { predictions: [1] },
      ])
    })

    test('prints into the log as it goes', async () => {
      await invoke('say:hello')
      await until(
        'it is said',
        () => server.stdout.includes('hello\n') && server.stderr.includes('hello wrongly\n'),
      )
      expect(server.stdout).toMatch(/^loaded\n/)
    })

    test('lets nobody but its own user ask', async () => {
      expect((await stat(join(folder, 'moody.sock'))).mode & 0o777).toBe(0o600)
    })
  })

  describe.each(['on a port', 'behind a socket'])('%s, told to end', (where) => {
    test('answers what was begun, takes nothing new, and ends with 0', async () => {
      const server =
        where === 'on a port'
          ? await TemplateServer.onPort(await launch('moody'))
          : TemplateServer.behind(join(folder, 'ending.sock'), await launch('moody'))
      const agent = new Agent({ keepAlive: true })
      try {
        await server.pings(200)
        await server.ask('GET', '/ping', undefined, { agent })
        const gate = join(folder, `gate ${where}`)
        const begun = server.begin('POST', '/invocations', { agent })
        const said = answerTo(begun)
        begun.end(JSON.stringify({ inputs: { mood: [`wait:${gate}`] } }))
        await until('it waits', () => server.stdout.includes(`waits for ${gate}`))
        server.child.kill('SIGTERM')
        if (where === 'behind a socket' || !subject.listensToTheEnd) await server.refuses()
        expect(server.child.exitCode).toBeNull()
        await writeFile(gate, '')
        expect(await said).toMatchObject({ status: 200 })
        expect(await until('it ends', () => server.child.exitCode ?? undefined)).toBe(0)
      } finally {
        agent.destroy()
        await server.kill()
      }
    })
  })

  test('behind a socket ignores Ctrl+C, and ends at once when its parent does', async () => {
    const server = TemplateServer.behind(join(folder, 'orphan.sock'), await launch('moody'))
    try {
      await server.pings(200)
      server.child.kill('SIGINT')
      // A server that drains takes nothing new within this.
      await pause(500)
      expect((await server.invoke({ mood: ['calm'] })).status).toBe(200)
      const stuck = server.invoke({ mood: ['hang'] }).catch(() => 'gone')
      await until('it hangs', () => server.stdout.includes('hangs\n'))
      server.child.stdin?.end()
      const { child } = server
      await until('it ends', () => child.exitCode !== null || child.signalCode !== null, 3000)
      expect(await stuck).toBe('gone')
    } finally {
      await server.kill()
    }
  })
}
