import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { debianBase } from '../harness/containers/debian-base.ts'
import { runtimeImage } from '../harness/containers/runtime-image.ts'
import { invocations, ping, stageOf } from './stage.ts'
import { whereDebianIsMade } from './where-containers-run.ts'

const examples = join(import.meta.dirname, '..', '..', 'examples')
const lock = JSON.stringify({ packages: { ranger: null } })

whereDebianIsMade('the image of the r runtime', () => {
  const stage = stageOf(async (engine) => runtimeImage(engine, 'r', { base: await debianBase(engine), lock }))

  const text = (name: string, values?: readonly string[]) => ({ name, type: 'string', shape: [], values })
  const number = (name: string) => ({ name, type: 'float64', shape: [] })

  test('serves a predict.R as a user of no rights, on a root that cannot be written to', async () => {
    const { engine, pod } = stage
    const signature = {
      inputs: [text('wool', ['A', 'B']), text('tension', ['L', 'M', 'H'])],
      outputs: [number('breaks')],
    }
    const container = await stage.started(join(examples, 'r-glm', '1.0.0'), {
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
    const { pod } = stage
    await stage.started(join(examples, 'r-vetiver', '1.0.0'), {
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
    const { engine, pod } = stage
    const slow = 'predict_model <- function(inputs) { cat("begins\\n"); Sys.sleep(2); inputs$x }\n'
    const container = await stage.started({ 'predict.R': slow }, { entry: 'predict.R' })
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
    const { engine, pod } = stage
    const broken = 'x <- 1\nlibrary(absent.package)\n'
    const container = await stage.started({ 'predict.R': broken }, { entry: 'predict.R' })
    expect(await pod.ended(container)).toBe(1)
    expect(await engine.log(container)).toContain(
      "the model cannot be loaded: predict.R line 2: the package 'absent.package' is missing: add it to renv.lock",
    )
  })
})
