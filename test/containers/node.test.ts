import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { nodeRequirements } from '../../lib/rules/node/node-requirements.ts'
import { baseImage } from '../harness/containers/base-image.ts'
import { resolvedLock, runtimeImage } from '../harness/containers/runtime-image.ts'
import { invocations, ping, stageOf } from './stage.ts'
import { whereContainersRun } from './where-containers-run.ts'

const example = join(import.meta.dirname, '..', '..', 'examples', 'node', '1.0.0')
const iris = { sepal_length: [5.1], sepal_width: [3.5], petal_length: [1.4], petal_width: [0.2] }

whereContainersRun('the image of the node runtime', () => {
  const stage = stageOf(async (engine) => {
    const lock = nodeRequirements({ lock: await readFile(join(example, 'package-lock.json'), 'utf8') })
    return runtimeImage(engine, 'node', { lock })
  })

  test('serves a program with the packages of its lock, as a user of no rights, on a root that cannot be written to', async () => {
    const { engine, pod } = stage
    const container = await stage.started(example)
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
    const { engine, pod } = stage
    const container = await stage.started(example)
    await pod.wait(ping)
    const { answer } = await pod.askByHalves(invocations, { inputs: iris })
    await engine.docker('kill', '--signal=TERM', container)
    expect(await answer).toEqual({ status: 200, body: { predictions: ['setosa'] } })
    expect(await pod.ended(container)).toBe(0)
  })

  test('whose program needs another package ends with 1, and one line says which', async () => {
    const { engine, pod } = stage
    const container = await stage.started({ 'predict.mjs': "import 'left-pad'\n" })
    expect(await pod.ended(container)).toBe(1)
    expect(await engine.log(container)).toBe(
      "the model cannot be loaded: predict.mjs line 1: the package 'left-pad' is missing: add it to package.json",
    )
  })

  test('resolves what a package.json asks for, and says what there is no version of', async () => {
    const { engine } = stage
    const base = await baseImage(engine)
    const asking = (dependencies: object) =>
      resolvedLock(engine, 'node', { requirements: JSON.stringify({ dependencies }), base })
    const { packages } = JSON.parse(await asking({ 'ml-cart': '2.1.1' }))
    expect(packages['node_modules/ml-cart']).toMatchObject({
      version: '2.1.1',
      integrity: expect.stringMatching(/^sha512-/),
    })
    await expect(asking({ 'ml-cart': '^99.0.0' })).rejects.toThrow(/^npm error code ETARGET$/m)
  })
})
