import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { extract } from 'tar-stream'
import { LayeredImages } from '../../lambdas/aws/layered-images.ts'
import type { PackInput } from '../../lambdas/ports.ts'
import { described, type ImageConfig, type ImageManifest, mediaTypes } from '../../lib/rules/image-layers.ts'
import type { Image } from '../../lib/rules/model-version.ts'
import { refused } from '../harness/refused.ts'
import { unasked, withoutBuilds } from '../harness/unasked.ts'
import { type RegistryOverHttp, registryOverHttp } from '../iam/registry-over-http.ts'

const host = '111122223333.dkr.ecr.eu-west-1.amazonaws.com'
const image = `${host}/sluice/images/churn:1`
const input: PackInput = {
  model: 'churn',
  version: '1.0.0',
  runtime: 'container',
  architecture: 'arm64',
  digest: 'sha256:00',
  files: [{ path: 'model.yaml', size: 0, sha256: '', ref: '' }],
  entry: 'model.yaml',
  layout: 'image',
  image,
}

describe('a version whose manifest names an image', () => {
  let registry: RegistryOverHttp
  let asked: string[]
  let images: LayeredImages

  beforeAll(async () => {
    registry = await registryOverHttp((command, { repository }) => asked.push(`${command} ${repository}`))
  })
  afterAll(() => registry.stop())
  beforeEach(() => {
    registry.forget()
    asked = []
    registry.hold('sluice/container', 'deps-test')
    registry.hold('sluice/images/churn', '1')
    images = new LayeredImages({
      registry: {
        access: async () => ({ endpoint: registry.endpoint }),
        host: async () => host,
        remove: unasked,
        repositoryPrefix: 'sluice/',
      },
      ...withoutBuilds('test'),
      open: async () => Readable.from([]),
    })
  })

  const at = (repository: string) => `${registry.endpoint}/v2/${repository}`
  const packed = async (of = input): Promise<Image> => {
    const made = await images.pack(of)
    if ('building' in made) throw new Error(made.building)
    return made
  }
  const manifestOf = async ({ digest }: Pick<Image, 'digest'>) =>
    (await (await fetch(`${at('sluice/container')}/manifests/${digest}`)).json()) as ImageManifest
  const configOf = async (of: Image) => {
    const { config } = await manifestOf(of)
    return (await (await fetch(`${at('sluice/container')}/blobs/${config.digest}`)).json()) as ImageConfig
  }
  /** Put another image under the name. */
  async function holdUnder(tag: string, manifest: object, ...blobs: readonly string[]) {
    const push = async (repository: string, bytes: string) => {
      const begun = await fetch(`${at(repository)}/blobs/uploads/`, { method: 'POST' })
      const place = new URL(begun.headers.get('location') ?? '', registry.endpoint)
      place.searchParams.set('digest', described(bytes).digest)
      await fetch(place, { method: 'PUT', body: bytes })
    }
    for (const bytes of blobs) await push('sluice/images/churn', bytes)
    await fetch(`${at('sluice/images/churn')}/manifests/${tag}`, {
      method: 'PUT',
      body: JSON.stringify(manifest),
    })
  }

  test('is that image, copied by its digest, the adapter, and the files of the version', async () => {
    const made = await packed()
    const { layers } = await manifestOf(made)
    const own = `sha256:${createHash('sha256').update('a runtime').digest('hex')}`
    expect(layers.map(({ digest }) => digest)).toEqual([own, own, expect.any(String)])
    expect(made.uri).toBe(`${host}/sluice/container@${made.digest}`)
    expect(made.from).toMatch(new RegExp(`^${host}/sluice/images/churn@sha256:[0-9a-f]{64}$`))
    expect((await configOf(made)).config?.Labels).toMatchObject({
      'sluice.version': 'churn@1.0.0',
      'sluice.image': made.from,
    })
    expect(await (await fetch(`${at('sluice/container')}/blobs/${own}`)).text()).toBe('a runtime')
  })

  test('finds its files where SageMaker would put them, too, without taking what lies there away', async () => {
    const { layers } = await manifestOf(await packed())
    const blob = await (await fetch(`${at('sluice/container')}/blobs/${layers.at(-1)?.digest}`)).bytes()
    const found: string[] = []
    for await (const entry of extract().end(gunzipSync(blob))) {
      const { name, type, linkname } = entry.header
      found.push(type === 'link' ? `${name} -> ${linkname}` : name)
      await text(entry)
    }
    expect(found).toEqual([
      ...['opt/', 'opt/sluice/', 'opt/sluice/model/', 'opt/ml/', 'opt/ml/model/'],
      'opt/sluice/model/model.yaml',
      'opt/ml/model/model.yaml -> opt/sluice/model/model.yaml',
      'opt/sluice/version.json',
    ])
  })

  test('is made once, and read again without copying anything', async () => {
    const first = await packed()
    asked = []
    expect(await packed()).toEqual(first)
    expect(asked.filter((one) => /POST|PATCH|PUT/.test(one))).toEqual([])
  })

  test('has its layers mounted where the registry does so, and carries them over where not', async () => {
    // Of each the configuration is read, and the one layer that cannot be mounted.
    const read = () => asked.filter((one) => one === 'registry.GET blobs sluice/images/churn').length
    registry.forgetLayers('sluice/container')
    await packed()
    expect(read()).toBe(2)
    registry.forgetLayers('sluice/container')
    registry.mounting()
    asked = []
    await packed({ ...input, version: '1.0.1' })
    expect(read()).toBe(1)
  })

  test('shares what was brought with the next version of the same', async () => {
    await packed()
    const other = { ...input, version: '1.1.0' }
    asked = []
    await packed(other)
    // What was brought for one version is there for the next: only the configuration is read anew.
    expect(asked.filter((one) => one.includes('sluice/images/churn'))).toEqual([
      'registry.GET manifests sluice/images/churn',
      'registry.GET blobs sluice/images/churn',
    ])
  })

  test('is another image when its manifest starts or asks its server in another way', async () => {
    const one = await packed()
    const other = await packed({ ...input, container: { startCommand: ['/other'], serverPort: 5000 } })
    expect(other.digest).not.toBe(one.digest)
    expect((await configOf(other)).config).toMatchObject({
      Entrypoint: ['/other'],
      Env: expect.arrayContaining(['PORT=5000', 'AWS_LWA_PORT=5000']),
    })
  })

  test('takes the one for its processor out of a list, and tells which that was', async () => {
    const config = JSON.stringify({
      os: 'linux',
      architecture: 'arm64',
      rootfs: { type: 'layers', diff_ids: [] },
    })
    const oci = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...described(config) },
      layers: [],
    })
    await holdUnder('oci', JSON.parse(oci), config)
    const list = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ mediaType: 'any', ...described(oci), platform: { os: 'linux', architecture: 'arm64' } }],
    }
    await holdUnder('many', list)
    const made = await packed({ ...input, image: image.replace(':1', ':many') })
    expect(made.from).toContain(described(oci).digest)
    expect(await manifestOf(made)).toMatchObject({
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.config },
      layers: [{ mediaType: mediaTypes.layer }, { mediaType: mediaTypes.layer }],
    })
  })

  test.each<[string, Partial<PackInput>, string, RegExp]>([
    [
      'is not there',
      { image: image.replace(':1', ':2') },
      'image-unavailable',
      /^there is no image .*:2: push it/,
    ],
    ['lies elsewhere', { image: 'ghcr.io/a/churn:1' }, 'image-unavailable', /on AWS images come from ECR/],
    [
      'is for another processor',
      { architecture: 'x86_64' },
      'image-unavailable',
      /host: \{architecture: arm64\}/,
    ],
  ])('that %s is refused, and nothing is pushed', async (_, more, code, why) => {
    const problem = await refused(images.pack({ ...input, ...more }))
    expect([problem.code, problem.message]).toEqual([code, expect.stringMatching(why)])
    expect(asked.filter((one) => /POST|PATCH|PUT/.test(one))).toEqual([])
  })

  test('that the platform may not read is refused with who changes that', async () => {
    registry.forbid('sluice/images/churn')
    const { code, message } = await refused(images.pack(input))
    expect([code, message]).toEqual([
      'image-unavailable',
      expect.stringMatching(/may not be read: .*imageSources/),
    ])
  })
})
