import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { debianBase } from '../harness/containers/debian-base.ts'
import { type Engine, proxyArguments, startEngine } from '../harness/containers/engine.ts'
import { runtimeImage } from '../harness/containers/runtime-image.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { Pod } from './pod.ts'
import { buildTime, whereContainersRun } from './where-containers-run.ts'

const [ping, invocations] = ['http://127.0.0.1:8080/ping', 'http://127.0.0.1:8080/invocations']
const folder = await temporaryFolder()
const example = join(import.meta.dirname, '..', '..', 'examples', 'java', '1.0.0')
const iris = { sepal_length: [5.1], sepal_width: [3.5], petal_length: [1.4], petal_width: [0.2] }
const setosa = [{ species: 'setosa', probabilities: expect.arrayContaining([expect.closeTo(0.9974525)]) }]

/** Stands in for eclipse-temurin. Debian's packages of Java do not install where there is no folder for their manuals. */
async function withJava(engine: Engine, name: string): Promise<string> {
  const place = join(folder, name)
  await mkdir(place)
  const install = `DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ${name}`
  const steps = ['mkdir -p /usr/share/man/man1', 'apt-get update', install, 'apt-get clean']
  await writeFile(join(place, 'Dockerfile'), `FROM ${await debianBase(engine)}\nRUN ${steps.join(' && ')}\n`)
  const image = `sluice-test/${name}`
  await engine.docker('build', '--quiet', '--network=host', ...proxyArguments(), '--tag', image, place)
  return image
}

whereContainersRun('the image of the java runtime', () => {
  let engine: Engine
  let image: string
  let pod: Pod

  beforeAll(async () => {
    engine = await startEngine()
    const base = await withJava(engine, 'openjdk-17-jre-headless')
    const others = { COMPILER_IMAGE: await withJava(engine, 'openjdk-17-jdk-headless') }
    image = await runtimeImage(engine, 'java', { base, others })
  }, buildTime)
  afterAll(async () => {
    await engine?.stop()
  })
  beforeEach(async () => {
    pod = await Pod.open(engine)
  })
  afterEach(() => pod.close())

  /** Start a container with a model in it, read-only. */
  async function started(name: string, damaged = false): Promise<string> {
    const place = join(folder, name)
    await mkdir(place, { recursive: true })
    await cp(example, place, { recursive: true })
    if (damaged) await writeFile(join(place, 'iris.jar'), 'no jar')
    return pod.start(image, [`--volume=${place}:/opt/sluice/model:ro`])
  }

  test('serves a jar as a user of no rights, on a root that cannot be written to, and without a compiler', async () => {
    const container = await started('iris')
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
    const container = await started('iris-ending')
    await pod.wait(ping)
    const { answer } = await pod.askByHalves(invocations, { inputs: iris })
    await engine.docker('kill', '--signal=TERM', container)
    expect(await answer).toEqual({ status: 200, body: { predictions: setosa } })
    expect(await pod.ended(container)).toBe(0)
  })

  test('whose jar is damaged ends with 1, and one line says so', async () => {
    const container = await started('damaged', true)
    expect(await pod.ended(container)).toBe(1)
    expect(await engine.log(container)).toMatch(
      /^the model cannot be loaded: iris\.jar is no jar, or a damaged one/,
    )
  })
})
