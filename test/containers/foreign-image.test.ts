import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ImageRepository } from '../../lambdas/aws/image-registry.ts'
import type { ContainerFields } from '../../lib/rules/container/container-schema.ts'
import { described, type ImageManifest, mediaTypes } from '../../lib/rules/image-layers.ts'
import { invocationEvent } from '../../lib/rules/invocation-event.ts'
import type { Image } from '../../lib/rules/model-version.ts'
import { baseImage } from '../harness/containers/base-image.ts'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { goProgram } from '../harness/containers/go-program.ts'
import { startRegistry } from '../harness/containers/registry.ts'
import { runtimeImage } from '../harness/containers/runtime-image.ts'
import { noise } from './appending.ts'
import { functionUrl, startLambda } from './lambda-container.ts'
import { ModelImages } from './model-image.ts'
import { Pod } from './pod.ts'
import { buildTime, whereContainersRun } from './where-containers-run.ts'

const source = join(import.meta.dirname, '..', 'fixtures', 'foreign-server', 'main.go')
const files = { 'weights.txt': '7', 'model.yaml': '' }
const elsewhere = { serverPort: 5000, predictEndpoint: '/predictions', readinessEndpoint: '/health-check' }
const words = ['/server', '--port=5000', '--predict=/predictions', '--ready=/health-check']

whereContainersRun('an image of somebody else’s without an adapter', () => {
  let engine: Engine
  let images: ModelImages
  let named: string

  beforeAll(async () => {
    engine = await startEngine()
    images = await ModelImages.open(engine, await runtimeImage(engine, 'container'), {
      runtime: 'container',
      entry: 'model.yaml',
      layout: 'image',
    })
    named = `${images.host}/sluice/images/churn:1`
    await build(engine, named)
    await engine.docker('push', '--quiet', named)
  }, buildTime)
  afterAll(async () => {
    await images?.close()
    await engine?.stop()
  })

  /** Make the image of a version that names it, without any engine. */
  async function packed(container?: ContainerFields, image = named): Promise<Image> {
    const made = await images.append(files, { as: { image, ...(container !== undefined && { container }) } })
    await images.pull(made.uri)
    return made
  }

  describe('as a Lambda', () => {
    let pod: Pod
    let container: string
    beforeAll(async () => {
      pod = await Pod.open(engine)
      const { uri } = await packed({ startCommand: words, ...elsewhere })
      container = await startLambda(engine, pod, uri)
    }, buildTime)
    afterAll(() => pod?.close())

    const say = async (body: string) => {
      const event = {
        method: 'POST',
        path: '/predictions',
        contentType: 'text/plain',
        accept: 'image/png',
        body,
      } as const
      return (await pod.ask(functionUrl, invocationEvent(event))).body as {
        readonly statusCode: number
        readonly headers: Readonly<Record<string, string>>
        readonly body: string
      }
    }

    test('is started and asked as its manifest says, and answers what it likes', async () => {
      const answer = await say('hello')
      expect(answer).toMatchObject({ statusCode: 200, body: 'hello' })
      expect(answer.headers).toMatchObject({ 'content-type': 'text/plain', 'x-accepted': 'image/png' })
      expect((await say('args')).body).toBe(words.slice(1).join(' '))
      expect(await say('status 422')).toMatchObject({ statusCode: 422, body: '{"error": "it is 422"}' })
    })

    test('finds its model where the contract says, and where SageMaker puts one', async () => {
      expect((await say('env MODEL_DIR')).body).toBe('/opt/sluice/model')
      expect((await say('env PORT')).body).toBe('5000')
      for (const folder of ['/opt/sluice/model', '/opt/ml/model'])
        expect((await say(`read ${folder}/weights.txt`)).body).toBe('7')
      expect(JSON.parse((await say('read /opt/sluice/version.json')).body)).toMatchObject({ layout: 'image' })
      // What the image had there itself is there still.
      expect((await say('read /opt/ml/model/own.txt')).body).toBe('its own')
    })

    test('has got the adapter as the extension that Lambda looks for', async () => {
      expect(await engine.log(container)).toMatch(/External agent lambda-adapter \S+ registered/)
    })

    test('is not taken for ready by a page that is not there', async () => {
      const waiting = await Pod.open(engine)
      try {
        const { uri } = await packed({ readinessEndpoint: '/nowhere' })
        await startLambda(engine, waiting, uri, 3)
        const event = invocationEvent({ method: 'GET', path: '/nowhere' })
        await expect(waiting.ask(functionUrl, event)).rejects.toThrow(/Task timed out after 3/)
      } finally {
        await waiting.close()
      }
    })
  })

  test('is started by SageMaker with the word serve, and answers its pings and invocations', async () => {
    const pod = await Pod.open(engine)
    try {
      await pod.start((await packed()).uri, ['--tmpfs=/tmp'], ['serve'])
      expect((await pod.wait('http://127.0.0.1:8080/ping', '204')).at(-1)).toBe('204')
      expect(await pod.ask('http://127.0.0.1:8080/invocations', '"as it came"')).toEqual({
        status: 200,
        body: 'as it came',
      })
    } finally {
      await pod.close()
    }
  })

  test('keeps its own entrypoint and user, and runs as the digest that is recorded', async () => {
    const { uri, digest, from } = await packed()
    const [of] = JSON.parse(await engine.docker('inspect', uri))
    expect(of.Config).toMatchObject({ Entrypoint: ['/server'], User: '1000:1000' })
    expect(of.RepoDigests).toContain(`${images.host}/sluice/container@${digest}`)
    const pushed = await fetch(`http://${images.host}/v2/sluice/images/churn/manifests/1`, {
      headers: { accept: mediaTypes.manifest },
    })
    expect(from).toBe(`${images.host}/sluice/images/churn@${pushed.headers.get('docker-content-digest')}`)
  })

  test('of OCI, in a list, is what Lambda and SageMaker take', async () => {
    const repository = `http://${images.host}/v2/sluice/images/churn`
    const put = async (reference: string, type: string, body: object) => {
      const text = JSON.stringify({ ...body, mediaType: type })
      const headers = { 'content-type': type }
      const answer = await fetch(`${repository}/manifests/${reference}`, {
        method: 'PUT',
        headers,
        body: text,
      })
      expect([answer.status, answer.status === 201 ? '' : await answer.text()]).toEqual([201, ''])
      return { mediaType: type, ...described(text) }
    }
    const docker = (await (
      await fetch(`${repository}/manifests/1`, { headers: { accept: mediaTypes.manifest } })
    ).json()) as ImageManifest
    const oci = 'application/vnd.oci.image'
    const image = await put('oci', `${oci}.manifest.v1+json`, {
      ...docker,
      config: { ...docker.config, mediaType: `${oci}.config.v1+json` },
      layers: docker.layers.map((layer) => ({ ...layer, mediaType: `${oci}.layer.v1.tar+gzip` })),
    })
    const platform = { os: 'linux', architecture: 'amd64' }
    await put('list', `${oci}.index.v1+json`, { schemaVersion: 2, manifests: [{ ...image, platform }] })
    const made = await packed(undefined, named.replace(':1', ':list'))
    expect(made.from).toContain(image.digest)
    const manifest = (await (
      await fetch(`http://${images.host}/v2/sluice/container/manifests/${made.digest}`, {
        headers: { accept: mediaTypes.manifest },
      })
    ).json()) as ImageManifest
    expect(manifest.mediaType).toBe(mediaTypes.manifest)
    expect(new Set(manifest.layers.map(({ mediaType }) => mediaType))).toEqual(new Set([mediaTypes.layer]))
  })
})

whereContainersRun('a layer', () => {
  const [piece, pieces] = [2 ** 20, 256]

  test('goes from one registry to another as it comes, whatever its size', async () => {
    const registries = [await startRegistry(), await startRegistry()]
    try {
      const [from, into] = registries.map(({ url }) => new ImageRepository({ endpoint: url }, 'a/b'))
      const { layer, kept } = await (from as ImageRepository).pushLayer(noiseLayer())
      await kept
      const before = process.memoryUsage().rss
      let most = before
      const looks = setInterval(() => {
        most = Math.max(most, process.memoryUsage().rss)
      }, 5)
      await (into as ImageRepository).take(layer.digest, from as ImageRepository)
      clearInterval(looks)
      expect(await (into as ImageRepository).has(layer.digest)).toBe(true)
      const grown = Math.round((most - before) / 2 ** 20)
      process.stderr.write(`a layer of ${pieces} MiB was copied with ${grown} MiB more\n`)
      expect(grown).toBeLessThan(128)
    } finally {
      for (const registry of registries) await registry.stop()
    }
  })

  function noiseLayer() {
    const hash = createHash('sha256')
    async function* bytes() {
      for (let i = 0; i < pieces; i += 1) {
        const bytes = noise(i, piece)
        hash.update(bytes)
        yield bytes
      }
    }
    const end = () => ({ digest: `sha256:${hash.digest('hex')}`, size: piece * pieces, diffId: '' })
    return { bytes: bytes(), end }
  }
})

/**
 * A server that nobody wrote for Sluice, with a model of its own where SageMaker would look. It needs nothing; the adapter
 * that is built here needs a C library, which the published one does not.
 */
async function build(engine: Engine, name: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-foreign-'))
  try {
    await copyFile(await goProgram(source), join(folder, 'server'))
    await writeFile(join(folder, 'own.txt'), 'its own')
    const lines = [
      `FROM ${await baseImage(engine)}`,
      'COPY server /server',
      'COPY own.txt /opt/ml/model/own.txt',
    ]
    const dockerfile = [...lines, 'USER 1000:1000', 'ENTRYPOINT ["/server"]'].join('\n')
    await writeFile(join(folder, 'Dockerfile'), `${dockerfile}\n`)
    await engine.docker('build', '--quiet', '--tag', name, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
