import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { extract } from 'tar-stream'
import type { KeptText } from '../../lambdas/aws/dependency-locks.ts'
import { LayeredImages } from '../../lambdas/aws/layered-images.ts'
import { type RuntimeBuild, reasonStandsMs } from '../../lambdas/aws/runtime-builds.ts'
import type { PackInput } from '../../lambdas/ports.ts'
import { builtTag, contextTag, dockerfileKey } from '../../lib/rules/container/context-image.ts'
import type { ImageManifest } from '../../lib/rules/image-layers.ts'
import { lockKeys } from '../../lib/wiring/store-layout.ts'
import { refused } from '../harness/refused.ts'
import { unasked, withoutBuilds } from '../harness/unasked.ts'
import { type RegistryOverHttp, registryOverHttp } from '../iam/registry-over-http.ts'

const host = '111122223333.dkr.ecr.eu-west-1.amazonaws.com'
const contents: Readonly<Record<string, string>> = {
  Dockerfile: 'FROM scratch\nCOPY server /server\nRUN make\n',
  server: 'a server',
}
const input: PackInput = {
  model: 'churn',
  version: '1.0.0',
  runtime: 'container',
  architecture: 'arm64',
  digest: 'sha256:00',
  files: Object.entries(contents).map(([path, content]) => ({
    path,
    size: content.length,
    sha256: '',
    ref: path,
  })),
  entry: 'Dockerfile',
  layout: 'dockerfile',
}
const key = dockerfileKey(input.digest, 'arm64')

describe('a version with a Dockerfile', () => {
  let registry: RegistryOverHttp
  let texts: Map<string, KeptText>
  let built: RuntimeBuild[]
  let images: LayeredImages

  beforeAll(async () => {
    registry = await registryOverHttp(() => {})
  })
  afterAll(() => registry.stop())
  beforeEach(() => {
    registry.forget()
    registry.hold('sluice/container', 'deps-test')
    texts = new Map()
    built = []
    const { locks, templateOf } = withoutBuilds('test')
    images = new LayeredImages({
      registry: {
        access: async () => ({ endpoint: registry.endpoint }),
        host: async () => host,
        remove: unasked,
        repositoryPrefix: 'sluice/',
      },
      ...{ locks, templateOf },
      builds: {
        request: async (build) => {
          built.push(build)
        },
      },
      texts: { read: async (of) => texts.get(of), keep: unasked },
      open: async ({ ref }) => Readable.from([contents[ref] ?? '']),
    })
  })

  const at = (path: string) => fetch(`${registry.endpoint}/v2/sluice/container/${path}`)

  test('is built of files that lie in the repository, by a key and no word that a person wrote', async () => {
    expect(await images.pack(input)).toEqual({ building: 'building the image of the Dockerfile' })
    const repository = `${host}/sluice/container`
    expect(built).toEqual([
      { task: 'dockerfile', runtime: 'container', architecture: 'arm64', key, repository },
    ])
    const { layers } = (await (await at(`manifests/${contextTag(key)}`)).json()) as ImageManifest
    const found = new Map<string, string>()
    const blob = await (await at(`blobs/${layers[0]?.digest}`)).bytes()
    for await (const entry of extract().end(gunzipSync(blob))) found.set(entry.header.name, await text(entry))
    for (const [path, content] of Object.entries(contents))
      expect(found.get(`opt/sluice/model/${path}`)).toBe(content)
  })

  test('is laid upon what was built, with the adapter and its own files, and named by no image', async () => {
    registry.hold('sluice/container', builtTag(key))
    const made = await images.pack(input)
    if ('building' in made) throw new Error(made.building)
    expect(built).toEqual([])
    expect(made).not.toHaveProperty('from')
    const { layers } = (await (await at(`manifests/${made.digest}`)).json()) as ImageManifest
    expect(layers).toHaveLength(3)
    expect(await images.pack(input)).toEqual(made)
  })

  test('shares its build with whoever brings the same files for the same processor, and with nobody else', () => {
    expect(dockerfileKey('sha256:00', 'arm64')).toBe(key)
    expect(key).toMatch(/^[0-9a-f]{32}$/)
    expect(dockerfileKey('sha256:00', 'x86_64')).not.toBe(key)
    expect(dockerfileKey('sha256:01', 'arm64')).not.toBe(key)
  })

  test('that could not be built is told its line and the words of what failed, and is not built again at once', async () => {
    const said = 'Step 3/3 : RUN make\n ---> Running in 0123456789ab\nmake: no rule\nThe command returned 2\n'
    texts.set(lockKeys.unbuilt(key), { text: said, writtenAt: Date.now() })
    const { code, message, errors } = await refused(images.pack(input))
    expect([code, message]).toEqual([
      'image-build-failed',
      'line 3 of the Dockerfile failed (RUN make): The command returned 2',
    ])
    expect(errors).toMatchObject([{ line: 3, found: expect.stringContaining('make: no rule') }])
    expect(built).toEqual([])
    texts.set(lockKeys.unbuilt(key), { text: said, writtenAt: Date.now() - reasonStandsMs - 1000 })
    await images.pack(input)
    expect(built).toHaveLength(1)
  })
})
