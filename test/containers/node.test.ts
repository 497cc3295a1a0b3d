import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { nodeRequirements } from '../../lib/rules/node/node-requirements.ts'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { runtimeImage } from '../harness/containers/runtime-image.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { Pod } from './pod.ts'
import { buildTime, whereContainersRun } from './where-containers-run.ts'

const [ping, invocations] = ['http://127.0.0.1:8080/ping', 'http://127.0.0.1:8080/invocations']
const folder = await temporaryFolder()
const example = join(import.meta.dirname, '..', '..', 'examples', 'node', '1.0.0')
const iris = { sepal_length: [5.1], sepal_width: [3.5], petal_length: [1.4], petal_width: [0.2] }

whereContainersRun('the image of the node runtime', () => {
  let engine: Engine
  let image: string
  let pod: Pod

  beforeAll(async () => {
    engine = await startEngine()
    const lock = nodeRequirements({ lock: await readFile(join(example, 'package-lock.json'), 'utf8') })
    image = await runtimeImage(engine, 'node', { lock })
  }, buildTime)
  afterAll(async () => {
    await engine?.stop()
  })
  beforeEach(async () => {
    pod = await Pod.open(engine)
  })
  afterEach(() => pod.close())

  /** Start a container with a model in it, read-only. */
  async function started(name: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
    const place = join(folder, name)
    await mkdir(place, { recursive: true })
    if (Object.keys(files).length === 0) await cp(example, place, { recursive: true })
    for (const [file, text] of Object.entries(files)) await writeFile(join(place, file), text)
    return pod.start(image, [`--volume=${place}:/opt/sluice/model:ro`])
  }

  test('serves a program with the packages of its lock, as a user of no rights, on a root that cannot be written to', async () => {
    const container = await started('iris')
    await pod.wait(ping)
    expect(await pod.ask(invocations, { inputs: iris })).toEqual({
      status: 200,
      body: { predictions: ['setosa'] },
    })
    expect(await engine.log(container)).toBe('')
    expect(await engine.docker('exec', container, 'id', '-u')).toBe('1000')
    await expect(engine.docker('exec', container, 'mkdir', '/tmp/new')).rejects.toThrow(
      /Read-only file system/,
    )
  })

  test('that is told to end answers what has begun to come, and ends with 0', async () => {
    const container = await started('iris-ending')
    await pod.wait(ping)
    const { answer } = await pod.askByHalves(invocations, { inputs: iris })
    await engine.docker('kill', '--signal=TERM', container)
    expect(await answer).toEqual({ status: 200, body: { predictions: ['setosa'] } })
    expect(await pod.ended(container)).toBe(0)
  })

  test('whose program needs another package ends with 1, and one line says which', async () => {
    const container = await started('lacking', { 'predict.mjs': "import 'left-pad'\n" })
    expect(await pod.ended(container)).toBe(1)
    expect(await engine.log(container)).toBe(
      "the model cannot be loaded: predict.mjs line 1: the package 'left-pad' is missing: add it to package.json",
    )
  })
})
