import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { run } from '../harness/containers/run.ts'
import { runtimeImage } from '../harness/containers/runtime-image.ts'
import { loopModel, timesModel } from '../harness/onnx-models.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { ModelImages } from './model-image.ts'
import { Pod } from './pod.ts'
import { buildTime, whereContainersRun } from './where-containers-run.ts'

const [ping, invocations] = ['http://127.0.0.1:8080/ping', 'http://127.0.0.1:8080/invocations']
const folder = await temporaryFolder()

whereContainersRun('the image of the onnx runtime', () => {
  let engine: Engine
  let image: string
  let images: ModelImages
  let pod: Pod

  beforeAll(async () => {
    engine = await startEngine()
    image = await runtimeImage(engine)
    images = await ModelImages.open(engine, image)
  }, buildTime)
  afterAll(async () => {
    await images?.close()
    await engine?.stop()
  })
  beforeEach(async () => {
    pod = await Pod.open(engine)
  })
  afterEach(() => pod.close())

  test('serves the model in it as a user of no rights, on a root that cannot be written to', async () => {
    const container = await pod.start(await images.of(timesModel(3)))
    await pod.wait(ping)
    expect(await pod.ask(ping)).toEqual({ status: 200, body: {} })
    expect(await pod.ask(invocations, { inputs: { x: [1, 2.5] } })).toEqual({
      status: 200,
      body: { predictions: [3, 7.5] },
    })
    expect(await engine.log(container)).toBe('')
    expect(await engine.docker('exec', container, 'id', '-u')).toBe('1000')
    expect(await engine.docker('inspect', '--format', '{{.Config.User}}', container)).toBe('1000')
    await expect(engine.docker('exec', container, 'mkdir', '/tmp/new')).rejects.toThrow(
      /Read-only file system/,
    )
  })

  test('listens before its model is loaded, and says 503 until it is', async () => {
    // To look for a model among so many folders takes a second: long enough for somebody to ask meanwhile.
    await run('sh', ['-c', 'cd "$1" && chmod 755 . && seq 20000 | xargs mkdir', 'sh', folder])
    await writeFile(join(folder, 'model.onnx'), timesModel(3))
    const heard = pod.wait(ping)
    await pod.start(image, [`--volume=${folder}:/opt/sluice/model:ro`])
    expect(await heard).toEqual(['ECONNREFUSED', '503', '200'])
  })

  test('that is told to end takes nothing new, answers what has begun to come, and ends with 0', async () => {
    const container = await pod.start(await images.of(timesModel(3)))
    await pod.wait(ping)
    const { answer } = await pod.askByHalves(invocations, { inputs: { x: [7] } })
    await engine.docker('kill', '--signal=TERM', container)
    expect(await answer).toEqual({ status: 200, body: { predictions: [21] } })
    expect(await pod.ended(container)).toBe(0)
  })

  test('that is told to end in the middle of a prediction gives its answer first', async () => {
    const container = await pod.start(await images.of(loopModel()))
    await pod.wait(ping)
    const rounds = 2_000_000
    const said = pod.ask(invocations, { inputs: { rounds: [rounds] } })
    // A prediction takes the whole process: while it is at work nobody hears a ping.
    await pod.wait(ping, 'silence', 500)
    await engine.docker('kill', '--signal=TERM', container)
    expect(await said).toEqual({ status: 200, body: { predictions: [rounds] } })
    expect(await pod.ended(container)).toBe(0)
  })

  test.each<[string, () => Promise<string>, RegExp]>([
    ['is none', () => images.of('this is no model'), /Protobuf parsing failed/],
    ['is missing', async () => image, /no such file or directory/],
  ])('whose model %s ends with 1, and one line says why', async (_, imageOf, why) => {
    const container = await pod.start(await imageOf())
    expect(await pod.ended(container)).toBe(1)
    const log = await engine.log(container)
    expect(log.split('\n')).toEqual([expect.stringMatching(/^the model cannot be loaded: \w/)])
    expect(log).toMatch(why)
    expect(log).not.toMatch(/[\\/][\w.-]+[\\/][\w.-]+/)
  })

  test('carries the library of its own platform only, and nothing that its making left behind', async () => {
    const list = 'cd /opt/sluice/runtime/node_modules/onnxruntime-node/bin/napi-v6 && echo */* && ls -A /tmp'
    const container = ['run', '--rm', '--network=none', '--entrypoint=sh', image, '-c', list]
    expect(await engine.docker(...container)).toBe(`linux/${process.arch}`)
  })
})
