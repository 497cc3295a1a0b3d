import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { adapterVersion } from '../harness/containers/adapter-image.ts'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { runtimeImage } from '../harness/containers/runtime-image.ts'
import { emulatorPackage } from '../harness/containers/runtime-interface-emulator.ts'
import { tableModel } from '../harness/onnx-models.ts'
import { eventOf, functionUrl, startLambda } from './lambda-container.ts'
import { ModelImages } from './model-image.ts'
import { Pod } from './pod.ts'
import { buildTime, whereContainersRun } from './where-containers-run.ts'

whereContainersRun('the image of the onnx runtime, as a Lambda', () => {
  let engine: Engine
  let images: ModelImages
  let pod: Pod
  let container: string

  beforeAll(async () => {
    engine = await startEngine()
    images = await ModelImages.open(engine, await runtimeImage(engine))
    pod = await Pod.open(engine)
    container = await startLambda(engine, pod, await images.of(tableModel()))
  }, buildTime)
  afterAll(async () => {
    await pod?.close()
    await images?.close()
    await engine?.stop()
  })

  const invoke = async (event: unknown) => (await pod.ask(functionUrl, event)).body
  const request = (at: readonly number[]) => JSON.stringify({ inputs: { at } })

  test('answers the event of an HTTP API', async () => {
    const answer = await invoke(eventOf(request([0, 2])))
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/json' },
      isBase64Encoded: false,
    })
    expect(JSON.parse((answer as { body: string }).body)).toEqual({ predictions: [10, 30] })
    const [, took = '?'] = /\tDuration: (\S+ ms)/.exec(await engine.log(container)) ?? []
    process.stderr.write(
      `RIE of ${emulatorPackage}, Lambda Web Adapter ${adapterVersion}: cold start to answer ${took}\n`,
    )
  })

  test('takes a body in base64', async () => {
    const body = Buffer.from(request([1])).toString('base64')
    expect(await invoke(eventOf(body, true))).toMatchObject({ statusCode: 200, body: '{"predictions":[20]}' })
  })

  test("hands on the server's status and words when the model fails, and goes on", async () => {
    const failed = await invoke(eventOf(request([7])))
    expect(failed).toMatchObject({ statusCode: 500, body: expect.stringMatching(/out of data bounds/) })
    expect(await invoke(eventOf(request([1])))).toMatchObject({ statusCode: 200 })
  })

  test('refuses what the model does not take with 400', async () => {
    expect(await invoke(eventOf('{"inputs":{}}'))).toMatchObject({ statusCode: 400 })
  })

  test('runs the adapter as the extension that Lambda finds in /opt/extensions', async () => {
    expect(await engine.log(container)).toMatch(/External agent lambda-adapter \S+ registered/)
  })

  test('whose model cannot be loaded fails the call, and does not hang', async () => {
    const broken = await Pod.open(engine)
    try {
      const id = await startLambda(engine, broken, await images.of('this is no model'))
      expect((await broken.ask(functionUrl, eventOf(request([1])))).status).toBe(502)
      expect(await engine.log(id)).toMatch(/^the model cannot be loaded: .*Protobuf parsing failed/m)
    } finally {
      await broken.close()
    }
  })
})
