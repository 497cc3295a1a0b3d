import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { inspectRelease } from '../../cli/inspected-release.ts'
import { readRelease } from '../../cli/release-files.ts'
import { Pod } from '../containers/pod.ts'
import { whereDebianIsMade } from '../containers/where-containers-run.ts'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { canonicalBody } from './canonical-body.ts'
import { cases } from './cases.ts'
import { addRow } from './report.ts'
import { type Made, Unavailable } from './runtime-case.ts'
import { TemplateImages } from './template-images.ts'
import { worstDifference } from './worst-difference.ts'

const [ping, invocations] = ['http://127.0.0.1:8080/ping', 'http://127.0.0.1:8080/invocations']
const folder = await temporaryFolder()

whereDebianIsMade('in a container', () => {
  let engine: Engine
  let images: TemplateImages

  beforeAll(async () => {
    engine = await startEngine()
    images = new TemplateImages(engine)
  })
  afterAll(() => engine?.stop())

  describe.each(
    cases.filter(({ runsInImages = true }) => runsInImages).map((one, i) => ({ ...one, place: `case-${i}` })),
  )('$name', ({ name, runtime, make, place }) => {
    let made: Made
    let image: string
    let volumes: readonly string[]
    let megabytes: number
    let pod: Pod
    let unavailable: string | undefined
    const shows = (what: string, work: () => Promise<void>) =>
      test(what, async () => {
        if (unavailable === undefined) await work()
      })

    beforeAll(async () => {
      const source = join(folder, place)
      await mkdir(source, { recursive: true })
      try {
        made = await make(source)
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error
        unavailable = error.message
        return
      }
      const release = await readRelease(made.path, { model: 'case', version: '1.0.0' })
      const { entry, layout, signature, requirements = '', sizeBytes } = await inspectRelease(release)
      image = await images.of(runtime, requirements)
      megabytes = sizeBytes / 1e6
      const version = join(folder, `${place}.json`)
      await writeFile(version, JSON.stringify({ entry, layout, signature }))
      const model = release.ending === undefined ? made.path : dirname(made.path)
      volumes = [`--volume=${model}:/opt/sluice/model:ro`, `--volume=${version}:/opt/sluice/version.json:ro`]
    })
    afterEach(() => pod?.close())

    /** Start it as strictly as a host may, in a pod of its own, and wait until it answers. */
    async function started(): Promise<string> {
      pod = await Pod.open(engine)
      const container = await pod.start(image, [...volumes, '--memory=2g'])
      expect((await pod.wait(ping)).at(-1)).toBe('200')
      return container
    }
    const ask = (request: unknown) => pod.ask(invocations, canonicalBody(request, made.signature))

    shows('answers as its framework does, without rights, network and a place to write to', async () => {
      const began = performance.now()
      await started()
      const readyMs = performance.now() - began
      const { status, body } = await ask(made.request)
      expect([status, status === 200 ? '' : body]).toEqual([200, ''])
      const worst = worstDifference(made.expected, (body as { predictions: unknown }).predictions)
      const bytes = await engine.docker('image', 'inspect', '--format', '{{.Size}}', image)
      addRow({
        ...{ case: name, runtime, in: 'container', framework: made.framework, megabytes, readyMs, worst },
        imageMegabytes: Number(bytes) / 1e6,
      })
      expect(worst).toBeLessThanOrEqual(made.tolerance ?? 1e-6)
    })

    shows('refuses what does not fit, fails on what breaks its code, and answers the next', async () => {
      await started()
      const [input] = made.signature.inputs
      const wrong = { inputs: { [input?.name ?? '']: [{ neither: 'a value' }] } }
      const refused = await pod.ask(invocations, wrong)
      expect(refused).toMatchObject({ status: 400, body: { error: expect.any(String) } })
      if (made.crash !== undefined) {
        const failed = await ask(made.crash.request)
        expect(failed).toMatchObject({ status: 500, body: { error: expect.stringMatching(made.crash.told) } })
      }
      expect((await ask(made.request)).status).toBe(200)
    })

    shows('answers what has begun when it is told to end, and ends with 0', async () => {
      const container = await started()
      // httpuv goes on taking what is new until nobody has asked for a moment, so that half a request would be asked for
      // ever: that R answers what has begun is seen in test/containers, by a model that takes its time.
      const canonical = JSON.parse(canonicalBody(made.request, made.signature))
      const { answer } =
        runtime === 'r'
          ? { answer: Promise.resolve(await ask(made.request)) }
          : await pod.askByHalves(invocations, canonical)
      await engine.docker('kill', '--signal=TERM', container)
      expect((await answer).status).toBe(200)
      expect(await pod.ended(container)).toBe(0)
    })
  })
})
