import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Descriptor, type ImageManifest, imageTag, mediaTypes } from '../../lib/rules/image-layers.ts'
import type { Image } from '../../lib/rules/model-version.ts'
import { type Engine, startEngine } from '../harness/containers/engine.ts'
import { runtimeImage } from '../harness/containers/runtime-image.ts'
import { noise, runtimeRepository, runtimeTag } from './appending.ts'
import { ModelImages } from './model-image.ts'
import { buildTime, whereContainersRun } from './where-containers-run.ts'

const kills = 50
const megabyte = 2 ** 20

/** What a process of its own is to append: bytes by a seed, and their files in the order in which they are listed. */
interface Order {
  readonly version: string
  readonly seed: number
  readonly files: readonly (readonly [path: string, size: number])[]
}

/** Says when the append begins, and what has become of it. */
const appending = `
import { append, noise } from ${JSON.stringify(join(import.meta.dirname, 'appending.ts'))}
const { host, version, seed, files } = JSON.parse(process.argv[1])
const bytes = files.map(([path, size]) => [path, noise(seed, size)])
console.log('begun')
console.log(JSON.stringify(await append({ host, model: 'big', version, files: Object.fromEntries(bytes) })))`

whereContainersRun('an image that is put together in a registry', () => {
  let engine: Engine
  let images: ModelImages
  let repository: string

  beforeAll(async () => {
    engine = await startEngine()
    images = await ModelImages.open(engine, await runtimeImage(engine))
    repository = `http://${images.host}/v2/${runtimeRepository}`
  }, buildTime)
  afterAll(async () => {
    await images?.close()
    await engine?.stop()
  })

  /** Append in a process of its own. @returns that process once it has begun, and what it says at its end */
  async function begin(order: Order) {
    const input = JSON.stringify({ host: images.host, ...order })
    const child = spawn(process.execPath, ['--input-type=module', '-e', appending, input], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exit = once(child, 'exit')
    await once(child.stdout, 'data')
    const image = Promise.all([text(child.stdout), exit]).then(([said]): Image => JSON.parse(said))
    return { child, exit, image }
  }

  async function appended(order: Order): Promise<Image> {
    return (await begin(order)).image
  }

  async function manifest(reference: string): Promise<ImageManifest & { readonly digest: string | null }> {
    const answer = await fetch(`${repository}/manifests/${reference}`, {
      headers: { accept: mediaTypes.manifest },
    })
    expect({ reference, status: answer.status }).toEqual({ reference, status: 200 })
    expect(answer.headers.get('content-type')).toBe(mediaTypes.manifest)
    return {
      ...((await answer.json()) as ImageManifest),
      digest: answer.headers.get('docker-content-digest'),
    }
  }

  async function tags(): Promise<readonly string[]> {
    const answer = await fetch(`${repository}/tags/list`)
    return ((await answer.json()) as { readonly tags: readonly string[] }).tags
  }

  /** Every blob of some images is there, byte for byte: an engine asks only for those that it has not. */
  async function expectWhole(references: readonly string[]): Promise<void> {
    const seen = new Set<string>()
    for (const reference of references) await expectBlobs(reference, seen)
  }

  async function expectBlobs(reference: string, seen: Set<string>): Promise<void> {
    const { config, layers } = await manifest(reference)
    for (const { digest, size } of [config, ...layers] satisfies Descriptor[]) {
      if (seen.has(digest)) continue
      seen.add(digest)
      const blob = await (await fetch(`${repository}/blobs/${digest}`)).bytes()
      const found = `sha256:${createHash('sha256').update(blob).digest('hex')}`
      expect({ reference, found, size: blob.length }).toEqual({ reference, found: digest, size })
    }
  }

  /** An engine takes the image, whose last layer it has not. */
  async function expectPulls(reference: string): Promise<void> {
    await engine.docker('pull', '--quiet', reference)
    await engine.docker('rmi', reference)
  }

  const name = (tag: string) => `${images.host}/${runtimeRepository}:${tag}`

  test('is what Lambda and SageMaker take, and says whose it is', async () => {
    const { digest, uri } = await images.append(
      { 'model.onnx': 'weights', 'parts/a': 'a' },
      { version: '7.1.0' },
    )
    await engine.docker('pull', '--quiet', uri)
    expect(await manifest(digest)).toMatchObject({
      digest,
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.config },
      layers: [...(await manifest(runtimeTag)).layers, { mediaType: mediaTypes.layer }],
    })
    const [image] = JSON.parse(await engine.docker('inspect', uri))
    expect(image.RepoDigests).toContain(`${images.host}/${runtimeRepository}@${digest}`)
    expect(image.Config.Labels).toMatchObject({
      'sluice.version': 'small@7.1.0',
      'sluice.artifact': expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    })
    const look = 'cd /opt/sluice/model && cat model.onnx parts/a && ls -lnR'
    const listing = await engine.docker('run', '--rm', '--network=none', '--entrypoint=sh', uri, '-c', look)
    expect(listing.replaceAll(/ +/g, ' ').split('\n')).toEqual([
      'weightsa.:',
      'total 8',
      '-r--r--r-- 1 0 0 7 Jan 1 1970 model.onnx',
      'drwxr-xr-x 2 0 0 4096 Jan 1 1970 parts',
      '',
      './parts:',
      'total 4',
      '-r--r--r-- 1 0 0 1 Jan 1 1970 a',
    ])
  })

  test('is the same from two processes, in whatever order the files are listed', async () => {
    const files = [
      ['a', 3000],
      ['b/c', 200_000],
      ['b.d', 1],
    ] as const
    const [one, other] = [
      { version: '1.0.0', seed: 1, files },
      { version: '1.0.0', seed: 1, files: files.toReversed() },
    ]
    const first = await appended(one)
    const { layers } = await manifest(first.digest)
    // Whoever comes second finds the image: it must be gone to be made again.
    const gone = await fetch(`${repository}/manifests/${first.digest}`, { method: 'DELETE' })
    expect(gone.status).toBe(202)
    const second = await appended(other)
    expect((await manifest(second.digest)).layers).toEqual(layers)
    expect(second).toEqual(first)
  })

  test('is a success the second time, too, and nothing is pushed', async () => {
    const first = await images.append({ 'model.onnx': noise(9, 1000) }, { version: '2.0.0' })
    const before = await tags()
    expect(await images.append({ 'model.onnx': noise(9, 1000) }, { version: '2.0.0' })).toEqual(first)
    expect(await tags()).toEqual(before)
  })

  test('does not take the place of something else', async () => {
    const { digest: below } = await manifest(runtimeTag)
    const artifact = `sha256:${createHash('sha256').update('mine').digest('hex')}`
    const tag = imageTag({ model: 'small', version: '3.0.0', artifact }, below ?? '')
    await engine.docker('tag', images.runtime, name(tag))
    await engine.docker('push', '--quiet', name(tag))
    await expect(images.append({ 'model.onnx': 'mine' }, { version: '3.0.0' })).rejects.toMatchObject({
      name: 'Problem',
      code: 'served-is-not-ours',
    })
    expect((await manifest(tag)).digest).toBe(below)
    await engine.docker('rmi', name(tag))
  })

  test(`is whole or not there when its maker is killed, ${kills} times`, async () => {
    const order = (i: number): Order => ({
      version: `4.${i}.0`,
      seed: i,
      files: [
        ['model.onnx', 10 * megabyte],
        ['weights.bin', 10 * megabyte],
      ],
    })
    const earlier: Image[] = []
    let duration = 0
    for (let i = kills; i < kills + 3; i += 1) {
      const { image } = await begin(order(i))
      const begun = performance.now()
      earlier.push(await image)
      duration += (performance.now() - begun) / 3
    }
    const before = await tags()
    for (let i = 0; i < kills; i += 1) {
      const { child, exit, image } = await begin(order(i))
      image.catch(() => {})
      await pause(((i + Math.random()) / kills) * duration)
      child.kill('SIGKILL')
      await exit
    }
    const after = await tags()
    const finished = after.length - before.length
    process.stderr.write(
      `${kills} kills within ${duration.toFixed(0)} ms: ${finished} images were there already\n`,
    )
    expect(finished).toBeLessThan(kills / 2)
    expect(after).toEqual(expect.arrayContaining([...before]))
    await expectWhole(after)
    for (const tag of after.filter((each) => each.startsWith('big_4'))) await expectPulls(name(tag))
    await engine.docker('pull', '--quiet', images.runtime)
    for (const { uri } of earlier) await expectPulls(uri)
    for (let i = 0; i < kills; i += 1) await expectPulls((await appended(order(i))).uri)
    await expectWhole(await tags())
  }, 600_000)
})
