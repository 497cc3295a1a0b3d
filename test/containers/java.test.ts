import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { debianBase } from '../harness/containers/debian-base.ts'
import { runtimeImage } from '../harness/containers/runtime-image.ts'
import { invocations, ping, stageOf } from './stage.ts'
import { whereDebianIsMade } from './where-containers-run.ts'

const example = join(import.meta.dirname, '..', '..', 'examples', 'java', '1.0.0')
const iris = { sepal_length: [5.1], sepal_width: [3.5], petal_length: [1.4], petal_width: [0.2] }
const setosa = [{ species: 'setosa', probabilities: expect.arrayContaining([expect.closeTo(0.9974525)]) }]

whereDebianIsMade('the image of the java runtime', () => {
  const stage = stageOf(async (engine) => {
    const base = await debianBase(engine, ['openjdk-17-jre-headless'])
    const others = { COMPILER_IMAGE: await debianBase(engine, ['openjdk-17-jdk-headless']) }
    return runtimeImage(engine, 'java', { base, others })
  })

  test('serves a jar as a user of no rights, on a root that cannot be written to, and without a compiler', async () => {
    const { engine, pod } = stage
    const container = await stage.started(example)
    await pod.wait(ping)
    expect(await pod.ask(invocations, { inputs: iris })).toEqual({
      status: 200,
      body: { predictions: setosa },
    })
    expect(await engine.log(container)).toBe('')
    expect(await engine.docker('exec', container, 'id', '-u')).toBe('1000')
    await expect(engine.docker('exec', container, 'mkdir', '/tmp/new')).rejects.toThrow(
      /Read-only file system/,
    )
    await expect(engine.docker('exec', container, 'javac', '-version')).rejects.toThrow()
  })

  test('starts from the classes that it has archived', async () => {
    const { engine, image } = stage
    const container = ['run', '--rm', '--network=none', '--entrypoint=java', image]
    const shared = [
      '-XX:SharedArchiveFile=/opt/sluice/runtime/server.jsa',
      '-Xshare:on',
      '-cp',
      '/opt/sluice/runtime/server.jar',
    ]
    const shown = await engine.docker(...container, '-Xlog:class+load', ...shared, 'sluice.serving.Rehearsal')
    expect(shown).toMatch(/sluice\.serving\.JsonReader source: shared objects file \(top\)/)
  })

  test('that is told to end answers what has begun to come, and ends with 0', async () => {
    const { engine, pod } = stage
    const container = await stage.started(example)
    await pod.wait(ping)
    const { answer } = await pod.askByHalves(invocations, { inputs: iris })
    await engine.docker('kill', '--signal=TERM', container)
    expect(await answer).toEqual({ status: 200, body: { predictions: setosa } })
    expect(await pod.ended(container)).toBe(0)
  })

  test('whose jar is damaged ends with 1, and one line says so', async () => {
    const { engine, pod } = stage
    const container = await stage.started({ 'iris.jar': 'no jar' })
    expect(await pod.ended(container)).toBe(1)
    expect(await engine.log(container)).toMatch(
      /^the model cannot be loaded: iris\.jar is no jar, or a damaged one/,
    )
  })
})
