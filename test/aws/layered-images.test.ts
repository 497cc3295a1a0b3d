import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { extract } from 'tar-stream'
import { DependencyLocks, type KeptText } from '../../lambdas/aws/dependency-locks.ts'
import { LayeredImages, type Registry } from '../../lambdas/aws/layered-images.ts'
import { failureStandsMs, type RuntimeBuild } from '../../lambdas/aws/runtime-builds.ts'
import type { PackInput } from '../../lambdas/ports.ts'
import { sha256Hex } from '../../lib/rules/digest.ts'
import { dependencyTag, type ImageManifest, lockedKey } from '../../lib/rules/image-layers.ts'
import { lockKeys } from '../../lib/wiring/store-layout.ts'
import { refused } from '../harness/refused.ts'
import { unasked, withoutBuilds } from '../harness/unasked.ts'
import { type RegistryOverHttp, registryOverHttp } from '../iam/registry-over-http.ts'

const asked: PackInput = {
  model: 'churn',
  version: '1.0.0',
  runtime: 'python',
  architecture: 'arm64',
  digest: 'sha256:00',
  files: [],
  signature: { inputs: [], outputs: [] },
  entry: 'model.joblib',
  layout: 'pickle',
  requirements: 'numpy\nscikit-learn==1.9.1\n',
}
const resolved =
  'numpy==2.4.6 \\\n    --hash=sha256:aa\nscikit-learn==1.9.1 \\\n    --hash=sha256:bb\nuvicorn==0.54.0 \\\n    --hash=sha256:cc\n'

const nowhere: Registry = { access: unasked, host: unasked, remove: unasked, repositoryPrefix: 'sluice/' }

test('a runtime without an image on AWS is refused, with what to do, before anything is asked for', async () => {
  const images = new LayeredImages({
    registry: nowhere,
    ...withoutBuilds('any'),
    templateOf: () => undefined,
    open: unasked,
  })
  const { code, message } = await refused(images.pack(asked))
  expect([code, message]).toEqual([
    'host-unable',
    'the python runtime is served on the laptop today; on AWS there is no image of it yet: release this model on the laptop, or as ONNX',
  ])
})

test('an image is removed from its repository by its digest, and none of another platform is', async () => {
  const removed: string[] = []
  const remove = async (repository: string, digest: string) => {
    removed.push(`${repository} ${digest}`)
  }
  const images = new LayeredImages({
    registry: { ...nowhere, remove },
    ...withoutBuilds('any'),
    open: unasked,
  })
  const image = (repository: string) => ({
    digest: 'sha256:00',
    uri: `1.dkr.ecr.eu-west-1.amazonaws.com/${repository}@sha256:00`,
  })
  await images.remove(image('sluice/onnx'))
  expect(removed).toEqual(['sluice/onnx sha256:00'])
  await expect(images.remove(image('other/onnx'))).rejects.toThrow('in no repository of this platform')
  expect(removed).toHaveLength(1)
})

describe('a version with dependencies', () => {
  let texts: Map<string, KeptText>
  let built: RuntimeBuild[]
  let registry: RegistryOverHttp
  let resolves: boolean
  let images: LayeredImages

  beforeAll(async () => {
    registry = await registryOverHttp(() => {})
  })
  afterAll(() => registry.stop())
  beforeEach(() => {
    registry.forget()
    texts = new Map()
    built = []
    resolves = true
    const builds = {
      request: async (build: RuntimeBuild) => {
        built.push(build)
      },
    }
    const kept = {
      read: async (key: string) => texts.get(key),
      keep: async (key: string, text: string) => write(key, text),
    }
    images = new LayeredImages({
      registry: {
        ...nowhere,
        access: async () => ({ endpoint: registry.endpoint }),
        host: async () => 'images.example',
      },
      builds,
      locks: new DependencyLocks(kept, builds),
      texts: kept,
      templateOf: () => ({ key: 'template', resolves }),
      open: unasked,
    })
  })

  function write(key: string, text: string, writtenAt = Date.now()): void {
    if (!texts.has(key)) texts.set(key, { text, writtenAt })
  }

  /** Let a build have resolved what it was asked for. */
  async function resolvedTo(text: string): Promise<void> {
    await images.pack(asked)
    const [build] = built.splice(0)
    write(lockKeys.resolved(build?.key ?? ''), text)
  }

  /** Let the dependency image of a lock be there. */
  function builtOf(lock: string): void {
    registry.hold('sluice/python', dependencyTag(lockedKey('template', sha256Hex(lock))))
  }

  /** The files of an image's last layer, by their paths. */
  async function lastLayer(image: string): Promise<ReadonlyMap<string, string>> {
    const at = `${registry.endpoint}/v2/sluice/python`
    const { layers } = (await (await fetch(`${at}/manifests/${image}`)).json()) as ImageManifest
    const blob = await (await fetch(`${at}/blobs/${layers.at(-1)?.digest}`)).bytes()
    const files = new Map<string, string>()
    for await (const entry of extract().end(gunzipSync(blob))) files.set(entry.header.name, await text(entry))
    return files
  }

  const digestOf = async (input: PackInput) => {
    const image = await images.pack(input)
    if ('building' in image) throw new Error(image.building)
    return image
  }

  test('has them resolved first, out of a text that no command holds', async () => {
    expect(await images.pack(asked)).toEqual({ building: 'resolving 2 requirements' })
    expect(built).toEqual([
      {
        task: 'lock',
        runtime: 'python',
        architecture: 'arm64',
        key: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ])
    const [{ key = '' } = {}] = built
    expect(texts.get(lockKeys.asked(key))?.text).toBe(asked.requirements)
  })

  test('has its dependency image built of the lock, which is kept under its digest', async () => {
    await resolvedTo(resolved)
    expect(await images.pack(asked)).toEqual({ building: 'building the python runtime with 3 packages' })
    const lock = sha256Hex(resolved)
    expect(texts.get(lockKeys.lock(lock))?.text).toBe(resolved)
    const of = { runtime: 'python', architecture: 'arm64', lock, key: lockedKey('template', lock) }
    expect(built).toEqual([{ task: 'image', ...of, repository: 'images.example/sluice/python' }])
  })

  test('is laid upon that image, with what its server is told, and says which lock it has', async () => {
    await resolvedTo(resolved)
    builtOf(resolved)
    const image = await digestOf(asked)
    expect(image.lock).toBe(`sha256:${sha256Hex(resolved)}`)
    expect(built).toEqual([])
    const files = await lastLayer(image.digest)
    expect(JSON.parse(files.get('opt/sluice/version.json') ?? '')).toEqual({
      entry: 'model.joblib',
      layout: 'pickle',
      signature: asked.signature,
    })
  })

  test('is another image where its server is told something else', async () => {
    await resolvedTo(resolved)
    builtOf(resolved)
    const signature = { inputs: [{ name: 'x', type: 'float32', shape: [] }], outputs: [] } as const
    const [one, other, again] = [
      await digestOf(asked),
      await digestOf({ ...asked, signature }),
      await digestOf(asked),
    ]
    expect(other.digest).not.toBe(one.digest)
    expect(again).toEqual(one)
  })

  test('that asks for the same in other words shares the image of the same lock', async () => {
    await resolvedTo(resolved)
    builtOf(resolved)
    const first = await digestOf(asked)
    const reordered = { ...asked, version: '1.1.0', requirements: 'scikit-learn==1.9.1\nnumpy\n' }
    await images.pack(reordered)
    write(lockKeys.resolved(built[0]?.key ?? ''), resolved)
    const second = await digestOf(reordered)
    expect(second.lock).toBe(first.lock)
    expect(built.map(({ task }) => task)).toEqual(['lock'])
  })

  test('gets the bytes that it pinned itself, whatever the index tells', async () => {
    const own = `sha256:${'ab'.repeat(32)}`
    const pinned = { ...asked, requirements: `numpy==2.4.6 --hash=${own}\n` }
    await images.pack(pinned)
    write(lockKeys.resolved(built[0]?.key ?? ''), resolved)
    await images.pack(pinned)
    const lock = [...texts].find(([key]) => /^locks\/by-digest\/[0-9a-f]{64}$/.test(key))?.[1].text
    expect(lock).toContain(`numpy==2.4.6 \\\n    --hash=${own}\n`)
    expect(lock).not.toContain('sha256:aa')
  })

  describe('of Node', () => {
    const wants = '{"dependencies":{"six":"^1.0.0"}}'
    const lock =
      '{"lockfileVersion":3,"packages":{"":{"dependencies":{"six":"^1.0.0"}},"node_modules/six":{"integrity":"sha512-aa","version":"1.2.0"}}}'
    const program: PackInput = { ...asked, runtime: 'node', requirements: wants }

    test('that brings its lock is built of it, and nothing is resolved', async () => {
      expect(await images.pack({ ...program, requirements: lock })).toEqual({
        building: 'building the node runtime with 1 package',
      })
      expect(texts.get(lockKeys.lock(sha256Hex(lock)))?.text).toBe(lock)
      expect(built).toMatchObject([{ task: 'image', runtime: 'node', lock: sha256Hex(lock) }])
    })

    test('that needs no packages is built without any', async () => {
      expect(await images.pack({ ...program, requirements: '' })).toEqual({
        building: 'building the node runtime with 0 packages',
      })
      expect(built).toMatchObject([{ task: 'image', lock: sha256Hex('') }])
    })

    test('that brings no lock has one made, which the image names', async () => {
      expect(await images.pack(program)).toEqual({ building: 'resolving 1 package' })
      const [{ key = '' } = {}] = built.splice(0)
      expect(texts.get(lockKeys.asked(key))?.text).toBe(wants)
      const { packages } = JSON.parse(lock)
      write(lockKeys.resolved(key), JSON.stringify({ name: 'tmp', lockfileVersion: 3, packages }, null, 2))
      expect(await images.pack(program)).toEqual({ building: 'building the node runtime with 1 package' })
      expect(built).toMatchObject([{ task: 'image', lock: sha256Hex(lock) }])
    })

    test('is told why npm makes none', async () => {
      await images.pack(program)
      write(
        lockKeys.refused(built[0]?.key ?? ''),
        'npm error code ETARGET\nnpm error notarget No matching version found for six@^99.\n',
      )
      const { code, message } = await refused(images.pack(program))
      expect([code, message]).toEqual([
        'environment-failed',
        "there is no such version: 'six@^99'; ask for one that is there",
      ])
    })
  })

  test('of R is told which package could not be put into its image', async () => {
    resolves = false
    const requirements = '{"packages":{"absent":null}}'
    const input: PackInput = { ...asked, runtime: 'r', requirements }
    expect(await images.pack(input)).toEqual({ building: 'building the r runtime with 1 package' })
    write(
      lockKeys.refused(built[0]?.key ?? ''),
      'Step 9/20 : RUN if Rscript\nsluice: the package absent is not installed, and there is no index of packages at ' +
        'https://cran.example: see that it can be reached; on Debian and Ubuntu also by apt-get install r-cran-absent\n',
    )
    const { code, message } = await refused(images.pack(input))
    expect([code, message]).toEqual([
      'environment-failed',
      'the package absent is not installed, and there is no index of packages at https://cran.example: see that it can be reached',
    ])
  })

  const conflict = [
    '  × No solution found when resolving dependencies:',
    'error: No solution found when resolving dependencies:',
    '  cause: Because no-such-package was not found in the package registry and you require no-such-package, we can conclude that your requirements are unsatisfiable.',
    'the server needs uvicorn>=0.30',
  ].join('\n')

  test('is told why nothing fits what it asks for, in the words of a laptop', async () => {
    await images.pack(asked)
    write(lockKeys.refused(built[0]?.key ?? ''), conflict)
    const { code, message } = await refused(images.pack(asked))
    expect([code, message]).toEqual([
      'environment-failed',
      'no packages fit the requirements: no-such-package was not found in the package registry and you require no-such-package',
    ])
    expect(built).toHaveLength(1)
  })

  test('is told which package could not be put into its image', async () => {
    await resolvedTo(resolved)
    const key = lockedKey('template', sha256Hex(resolved))
    const said =
      'Step 9/20 : RUN uv pip sync\nerror: Failed to build `gensim==3.8.3`\n  cause: The build backend returned an error\n  cause: no C compiler\n'
    write(lockKeys.refused(key), said)
    const { code, message } = await refused(images.pack(asked))
    expect([code, message]).toEqual([
      'environment-failed',
      'gensim==3.8.3 has no wheel for this Python and platform, and building it failed: no C compiler',
    ])
  })

  test('is resolved anew when a failure is old, or was none of packages', async () => {
    await images.pack(asked)
    const [{ key = '' } = {}] = built
    texts.set(lockKeys.refused(key), {
      text: conflict,
      writtenAt: Date.now() - failureStandsMs - 120_000,
    })
    expect(await images.pack(asked)).toEqual({ building: 'resolving 2 requirements' })
    texts.set(lockKeys.refused(key), { text: 'no space left', writtenAt: Date.now() })
    expect(await images.pack(asked)).toEqual({ building: 'resolving 2 requirements' })
    expect(built).toHaveLength(3)
  })
})
