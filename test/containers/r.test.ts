import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { debianBase } from '../harness/containers/debian-base.ts'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { runtimeImage } from '../harness/containers/runtime-image.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { Pod } from './pod.ts'
import { buildTime, whereContainersRun } from './where-containers-run.ts'

const [ping, invocations] = ['http://127.0.0.1:8080/ping', 'http://127.0.0.1:8080/invocations']
const folder = await temporaryFolder()
const examples = join(import.meta.dirname, '..', '..', 'examples')
const lock = JSON.stringify({ packages: { ranger: null } })

whereContainersRun('the image of the r runtime', () => {
  let engine: Engine
  let image: string
  let pod: Pod

  beforeAll(async () => {
    engine = await startEngine()
    image = await runtimeImage(engine, 'r', { base: await debianBase(engine), lock })
  }, buildTime)
  afterAll(async () => {
    await engine?.stop()
  })
  beforeEach(async () => {
    pod = await Pod.open(engine)
  })
  afterEach(() => pod.close())

  /** Start a container with a model in it and what is known of its version, both read-only. */
  async function started(name: string, model: string, version: object): Promise<string> {
    const place = join(folder, name)
    await mkdir(place, { recursive: true })
    await cp(model, join(place, 'model'), { recursive: true })
    await writeFile(join(place, 'version.json'), JSON.stringify(version))
    return pod.start(image, [
      `--volume=${join(place, 'model')}:/opt/sluice/model:ro`,
      `--volume=${join(place, 'version.json')}:/opt/sluice/version.json:ro`,
    ])
  }

  /** A folder with a predict.R. */
  async function program(name: string, code: string): Promise<string> {
    const place = join(folder, `${name}-source`)
    await mkdir(place, { recursive: true })
    await writeFile(join(place, 'predict.R'), code)
    return place
  }

  const text = (name: string, values?: readonly string[]) => ({ name, type: 'string', shape: [], values })
  const number = (name: string) => ({ name, type: 'float64', shape: [] })

  test('serves a predict.R as a user of no rights, on a root that cannot be written to', async () => {
    const signature = {
      inputs: [text('wool', ['A', 'B']), text('tension', ['L', 'M', 'H'])],
      outputs: [number('breaks')],
    }
    const container = await started('glm', join(examples, 'r-glm', '1.0.0'), {
      entry: 'predict.R',
      signature,
    })
    await pod.wait(ping)
    expect(await pod.ask(ping)).toEqual({ status: 200, body: {} })
    const { status, body } = await pod.ask(invocations, { inputs: { wool: ['A', 'B'], tension: ['L', 'M'] } })
    const { predictions = [] } = body as { predictions?: number[] }
    expect([status, predictions.map((value) => value.toFixed(4))]).toEqual([200, ['44.5556', '28.7778']])
    expect(await engine.log(container)).toBe('')
    expect(await engine.docker('exec', container, 'id', '-u')).toBe('1000')
    await expect(engine.docker('exec', container, 'mkdir', '/tmp/new')).rejects.toThrow(/Read-only/)
  })

  test('serves a pin of vetiver with the package that it asks for', async () => {
    const inputs = ['Sepal.Length', 'Sepal.Width', 'Petal.Length', 'Petal.Width'].map(number)
    const entry = 'iris/20261130T090000Z-1935a/iris.rds'
    await started('pin', join(examples, 'r-vetiver', '1.0.0'), {
      entry,
      layout: 'pin',
      signature: { inputs, outputs: [text('.pred')] },
    })
    await pod.wait(ping)
    const values = [[5.1], [3.5], [1.4], [0.2]]
    const asked = Object.fromEntries(inputs.map(({ name }, i) => [name, values[i]]))
    expect(await pod.ask(invocations, { inputs: asked })).toEqual({
      status: 200,
      body: { predictions: ['setosa'] },
    })
  })

  test('that is told to end in the middle of a prediction gives its answer first, and ends with 0', async () => {
    const model = await program(
      'slow',
      'predict_model <- function(inputs) { cat("begins\\n"); Sys.sleep(2); inputs$x }\n',
    )
    const container = await started('slow', model, { entry: 'predict.R' })
    await pod.wait(ping)
    const said = pod.ask(invocations, { inputs: { x: [7] } })
    while (!(await engine.log(container)).includes('begins'));
    // Whoever asks how it is, is answered meanwhile.
    expect((await pod.ask(ping)).status).toBe(200)
    await engine.docker('kill', '--signal=TERM', container)
    expect(await said).toEqual({ status: 200, body: { predictions: [7] } })
    expect(await pod.ended(container)).toBe(0)
  })

  test('says in one line why a model cannot be loaded, and ends with 1', async () => {
    const model = await program('broken', 'x <- 1\nlibrary(absent.package)\n')
    const container = await started('broken', model, { entry: 'predict.R' })
    expect(await pod.ended(container)).toBe(1)
    expect(await engine.log(container)).toContain(
      "the model cannot be loaded: predict.R line 2: the package 'absent.package' is missing: add it to renv.lock",
    )
  })
})
