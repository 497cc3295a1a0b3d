import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Endpoint } from '../../lib/rules/model-version.ts'
import { homeWord } from '../../local/docker/home-word.ts'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { goProgram } from '../harness/containers/go-program.ts'
import { refused } from '../harness/refused.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { until } from '../harness/until.ts'
import { ForeignHost } from './foreign-host.ts'
import { buildTime, whereContainersRun } from './where-containers-run.ts'

const source = join(import.meta.dirname, '..', 'fixtures', 'foreign-server', 'main.go')
const dockerfile = 'FROM scratch\nCOPY server /server\nUSER 1000:1000\nENTRYPOINT ["/server"]\n'
const folder = await temporaryFolder()

whereContainersRun('a version in a container of its own', () => {
  let engine: Engine
  let server: Uint8Array
  let world: ForeignHost
  const files = (content = dockerfile) => ({ Dockerfile: content, server, 'weights.txt': '7' })
  const arguments_ = (...words: readonly string[]) =>
    `container: {startCommand: [/server, ${words.join(', ')}]}`

  beforeAll(async () => {
    engine = await startEngine()
    server = await readFile(await goProgram(source))
    world = new ForeignHost(join(folder, 'home'))
  }, buildTime)
  afterAll(async () => {
    await world?.stop()
    await until('nothing is left', async () => (await ofHome(world, 'ps', '--all')).length === 0)
    const images = (await engine.docker('images', '--quiet', '--filter=reference=sluice/*/*')).split('\n')
    if (images[0] !== '') await engine.docker('rmi', '--force', ...new Set(images))
    await engine?.stop()
  })

  /** What the engine has of a home, by ids. */
  async function ofHome(of: ForeignHost, ...list: readonly string[]): Promise<string[]> {
    const word = homeWord(of.home)
    const filter =
      list[0] === 'ps' ? `--filter=label=sluice.home=${word}` : `--filter=reference=sluice/${word}/*`
    return (await engine.docker(...list, '--quiet', filter)).split('\n').filter((id) => id !== '')
  }

  describe('of a Dockerfile', () => {
    let endpoint: Endpoint
    beforeAll(async () => {
      endpoint = await world.release('plain', files())
    }, buildTime)
    const say = async (body: string) => (await world.call(endpoint, body)).body

    test('answers with what its server says, under the type that it says', async () => {
      expect(endpoint.host).toBe('docker')
      const truth = await until(
        'it is active',
        async () => {
          const seen = await world.host.describe(endpoint)
          return seen.state === 'active' && seen
        },
        30_000,
      )
      expect(truth).toEqual({
        state: 'active',
        digest: expect.stringMatching(/^sha256:/),
      })
      const answer = await world.call(endpoint, 'hello', 5000, 'image/png')
      expect(answer).toEqual({ status: 200, body: 'hello', contentType: 'text/plain' })
    })

    test('finds its model and how it is asked where the contract says, and may write to /tmp alone', async () => {
      expect(await say('env MODEL_DIR')).toBe('/opt/sluice/model')
      expect(await say('env PORT')).toBe('8080')
      expect(await say('read /opt/sluice/model/weights.txt')).toBe('7')
      expect(JSON.parse((await say('read /opt/sluice/version.json')) ?? '')).toMatchObject({
        runtime: 'container',
      })
      expect(await say('write /opt/sluice/model/weights.txt')).toMatch(/read-only file system/)
      expect(await say('write /new')).toMatch(/read-only file system/)
      expect(await say('write /tmp/new')).toBe('<nil>')
      expect(await say('uid')).toBe('1000')
    })

    test('reaches nothing outside', async () => {
      expect(await say('reach 192.0.2.1:80')).toMatch(/network is unreachable|i\/o timeout/)
    })

    test.each([
      ['status 422', 422],
      ['status 404', 404],
      ['status 500', 500],
      ['status 503', 503],
      ['status 204', 204],
    ])('that answers "%s" is handed on', async (body, status) => {
      expect(await world.call(endpoint, body)).toMatchObject({ status })
    })

    test('answers many at a time, and one that is late does not end the others', async () => {
      const late = world.call(endpoint, 'hang', 1500)
      const answers = Promise.all(Array.from({ length: 20 }, () => world.call(endpoint, 'slow')))
      expect(new Set((await answers).map(({ body }) => body))).toEqual(new Set(['slow']))
      expect(await late).toMatchObject({ code: 'model-timeout' })
      expect(await say('still here')).toBe('still here')
      expect(await world.log(endpoint)).not.toMatch(/has gone/)
    })

    test('breaks off an answer without end, and goes on', async () => {
      expect(await world.call(endpoint, 'huge')).toMatchObject({ code: 'model-failed' })
      expect(await say('still here')).toBe('still here')
    })

    test.each([
      ['hangs', 'hang', 'model-timeout', /did not answer within [\d.]+ s/],
      ['exits', 'exit 3', 'endpoint-unavailable', /it ended with 3/],
      ['takes all memory', 'eat', 'endpoint-unavailable', /it took more memory than the 256 MB/],
    ])('that %s is ended and started again', async (_, body, code, why) => {
      const small = await world.release('small', files(), 'host: {memoryMb: 256}')
      await until('it answers', async () => (await world.call(small, 'x')).body === 'x', 20_000)
      expect(await world.call(small, body, body === 'hang' ? 1000 : 20_000)).toMatchObject({ code })
      await until('its end is noticed', async () => why.test(await world.log(small)), 20_000)
      await until('it answers again', async () => (await world.call(small, 'x')).body === 'x', 20_000)
      await world.host.remove(small)
    })

    test('that is parked is started by the next call, and removed leaves no container', async () => {
      await world.host.park(endpoint)
      expect(await ofHome(world, 'ps', '--all')).toEqual([])
      expect(await say('awake')).toBe('awake')
      expect(await ofHome(world, 'ps')).toHaveLength(1)
      await world.host.remove(endpoint)
      expect(await ofHome(world, 'ps', '--all')).toEqual([])
      expect(await world.call(endpoint, 'x')).toMatchObject({ code: 'endpoint-unavailable' })
    })
  })

  test('names its own paths, port and command, as Truss writes them', async () => {
    const words = '/server --port=5000 --predict=/predictions --ready=/health-check'
    const paths = 'server_port: 5000, predict_endpoint: /predictions, readiness_endpoint: /health-check'
    const endpoint = await world.release('foreign', files(), `container: {start_command: ${words}, ${paths}}`)
    expect(await world.call(endpoint, 'args')).toMatchObject({ body: words.slice('/server '.length) })
    await world.host.remove(endpoint)
  })

  test('that hears no SIGTERM is ended all the same', async () => {
    const endpoint = await world.release('deaf', files(), arguments_('--start=deaf'))
    expect(await world.call(endpoint, 'x')).toMatchObject({ body: 'x' })
    await world.host.remove(endpoint)
    expect(await ofHome(world, 'ps', '--all')).toEqual([])
  })

  describe('fails, and says why, where its server', () => {
    let impatient: ForeignHost
    beforeAll(() => {
      impatient = new ForeignHost(join(folder, 'impatient'), 5000)
    })
    afterAll(() => impatient.stop())
    const nothing = 'the last it said: it listens on'
    test.each([
      ['exits at once', ['--start=exit'], '', /^the weights are missing$/],
      [
        'listens elsewhere',
        ['--port=5000'],
        '',
        new RegExp(`nothing answers HTTP at port 8080.*${nothing} :5000$`),
      ],
      [
        'is ready elsewhere',
        ['--ready=/health'],
        '',
        new RegExp(`GET /ping, which .* answers 404; ${nothing}`),
      ],
      ['is never ready', ['--start=loading'], '', /GET \/ping, .* answers 503/],
      ['is not there', [], '[/nowhere]', /exec: "\/nowhere".*no such file/],
    ])('%s', async (_, words, command, why) => {
      const text = command === '' ? arguments_(...words) : `container: {startCommand: ${command}}`
      const endpoint = await impatient.release('broken', files(), text)
      const failed = async () => {
        const { state, reason } = await impatient.host.describe(endpoint)
        return state === 'failed' && reason
      }
      expect(await until('it is given up', failed, 30_000)).toMatch(why)
      await impatient.host.remove(endpoint)
      await until('nothing is left', async () => (await ofHome(impatient, 'ps', '--all')).length === 0)
    })
  })

  describe('cannot be built', () => {
    test.each([
      [
        'of a file that is not there',
        'FROM scratch\n\n# weights\nCOPY weights.bin /\n',
        4,
        /COPY weights\.bin .*weights\.bin/,
      ],
      ['by an instruction that is none', 'FROM scratch\nCOPPY a b\n', 2, /COPPY/],
      ['of a base that is not there', 'FROM localhost:1/nobody/nothing:1\n', 1, /localhost:1/],
    ])('%s: the line is told', async (_, content, line, why) => {
      const problem = await refused(world.pack('unbuilt', { Dockerfile: content }))
      expect(problem).toMatchObject({ code: 'image-build-failed', errors: [{ line }] })
      expect(problem.message).toMatch(why)
      expect(problem.message).toMatch(`line ${line} of the Dockerfile`)
    })
  })

  test('is built once, with its steps told, and is another for other files', async () => {
    const told: string[] = []
    const one = await world.pack('told', files(), '', told)
    expect(told).toEqual(expect.arrayContaining([expect.stringMatching(/^building the image/)]))
    const again: string[] = []
    expect(await world.pack('told', files(), '', again)).toEqual(one)
    expect(again).toEqual([])
    const other = await world.pack('told', { ...files(), 'weights.txt': '8' })
    expect(other.digest).not.toBe(one.digest)
    await world.images.remove(other)
    expect(
      await engine.docker('images', '--format', '{{.Tag}}', `sluice/${homeWord(world.home)}/told`),
    ).toMatch(/^1\.0\.0-\w+$/)
  })

  describe('of an image that is there already', () => {
    const name = 'sluice-test/foreign:1'
    beforeAll(async () => {
      await world.pack('named', files())
      await engine.docker('tag', await onlyImageOf('named'), name)
    })
    const onlyImageOf = (model: string) =>
      engine.docker('images', '--quiet', `sluice/${homeWord(world.home)}/${model}`)

    test('finds the files beside the manifest, also where SageMaker puts them, and stays with its bytes', async () => {
      const endpoint = await world.release('image', { 'weights.txt': '9' }, `image: ${name}`)
      expect(await world.call(endpoint, 'read /opt/ml/model/weights.txt')).toMatchObject({ body: '9' })
      await engine.docker('rmi', name)
      await world.host.park(endpoint)
      expect(await world.call(endpoint, 'x')).toMatchObject({ body: 'x' })
      await world.host.remove(endpoint)
    })

    test('is refused where it is neither here nor anywhere', async () => {
      const { code, message } = await refused(
        world.pack('nowhere', {}, 'image: localhost:1/nobody/nothing:1'),
      )
      expect(code).toBe('image-unavailable')
      expect(message).toMatch(
        /'localhost:1\/nobody\/nothing:1' is not on this machine and could not be pulled: /,
      )
    })
  })

  test('that a platform left behind is removed by the next', async () => {
    const other = new ForeignHost(join(folder, 'killed'))
    const endpoint = await other.release('left', files())
    const running = () => engine.docker('ps', '--quiet', `--filter=label=sluice.home=${homeWord(other.home)}`)
    const left = await until('it runs', running)
    // As after a kill: another one in the same home, of which the first knows nothing.
    const next = new ForeignHost(join(folder, 'killed'))
    expect(await next.call(endpoint, 'x')).toMatchObject({ body: 'x' })
    expect((await running()).split('\n')).not.toContain(left)
    await next.stop()
    await other.stop()
    expect(await running()).toBe('')
  })
})
