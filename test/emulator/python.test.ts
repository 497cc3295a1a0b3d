import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CodeBuildClient, CreateProjectCommand } from '@aws-sdk/client-codebuild'
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CodeBuild } from '../../lambdas/aws/code-build.ts'
import { DependencyLocks } from '../../lambdas/aws/dependency-locks.ts'
import { Ecr } from '../../lambdas/aws/ecr.ts'
import { LambdaHost } from '../../lambdas/aws/lambda-host.ts'
import { LayeredImages } from '../../lambdas/aws/layered-images.ts'
import { S3Locks } from '../../lambdas/aws/s3-locks.ts'
import type { PackInput } from '../../lambdas/ports.ts'
import { buildCommands } from '../../lib/constructs/build-commands.ts'
import { runtimeTemplate } from '../../lib/constructs/runtime-templates.ts'
import { sha256Hex } from '../../lib/rules/digest.ts'
import { fillManifest, parseManifest } from '../../lib/rules/manifest-text.ts'
import type { Image } from '../../lib/rules/model-version.ts'
import { lockKeys } from '../../lib/wiring/store-layout.ts'
import { buildTime, whereDebianIsMade } from '../containers/where-containers-run.ts'
import { run } from '../harness/containers/run.ts'
import { providePythonBase } from '../harness/emulator/lambda-base-image.ts'
import { emulated } from '../harness/emulator/ministack.ts'
import { refused } from '../harness/refused.ts'
import { until } from '../harness/until.ts'
import { ask, settled } from '../ports/endpoints.ts'
import { frozenRelease } from '../ports/packing.ts'
import { Account } from './account.ts'
import { AwsWorld } from './aws-world.ts'

const templates = join(import.meta.dirname, '..', '..', 'model-templates')
const [project, prefix] = ['pythons', 'pythons/']

/** A program with a package of its own: what it answers shows which version of that is there. */
const program = `
import six

def predict(inputs):
    return [f"{text} by six {six.__version__}" for text in inputs["text"]]
`
const signature = {
  inputs: [{ name: 'text', type: 'string', shape: [] }],
  outputs: [{ name: 'text', type: 'string', shape: [] }],
} as const

whereDebianIsMade('a version with Python packages, by builds of the project’s own commands,', () => {
  let account: Account
  let images: LayeredImages
  let host: LambdaHost
  let s3: S3Client
  let bucket: string
  let release: (version: string, requirements: string) => Promise<PackInput>

  beforeAll(async () => {
    account = await Account.open()
    await providePythonBase(account.engine)
    const world = await new AwsWorld(account.emulator).store()
    s3 = world.client
    bucket = world.bucket
    const builds = await openProject(account, { bucket, put: world.put })
    const ecr = new ECRClient(account.client)
    await ecr.send(new CreateRepositoryCommand({ repositoryName: `${prefix}python` }))
    const { x86_64: key, resolves = false } = runtimeTemplate('python')
    images = new LayeredImages({
      registry: new Ecr(ecr, prefix, account.emulator.endpoint),
      builds,
      locks: new DependencyLocks(new S3Locks(s3, bucket), builds),
      templateOf: () => ({ key, resolves }),
      open: (file) => world.store.openFrozen(file),
    })
    host = new LambdaHost(new LambdaClient({ ...account.client, maxAttempts: 1 }), {
      platform: 'pythons',
      roleArn: `arn:aws:iam::${emulated.account}:role/serving`,
      logGroup: '/sluice/models',
      tags: {},
    })
    release = async (version, requirements) => ({
      ...(await frozenRelease(world, 'six', version, { 'predict.py': program })),
      ...({ runtime: 'python', entry: 'predict.py', layout: 'program' } as const),
      ...{ signature, requirements },
    })
  }, buildTime)
  afterAll(async () => {
    await account?.close()
  }, 60_000)

  /** Pack until there is an image. @returns it, and what was told meanwhile, each once */
  async function packed(input: PackInput): Promise<{ image: Image; told: readonly string[] }> {
    const told: string[] = []
    const look = async () => {
      const image = await images.pack(input)
      if (!('building' in image)) return image
      if (told.at(-1) !== image.building) told.push(image.building)
      return undefined
    }
    return { image: await until('an image', look, buildTime), told }
  }

  test(
    'is resolved, built, and answers as a function with the packages that it asked for',
    async () => {
      const input = await release('1.0.0', 'six==1.16.0\n')
      const { image, told } = await packed(input)
      expect(told).toEqual([
        'resolving 1 requirement',
        expect.stringMatching(/^building the python runtime with \d+ packages$/),
      ])
      const { manifest } = fillManifest(
        parseManifest('host: { architecture: x86_64 }'),
        { model: input.model, version: input.version, runtime: 'python' },
        [],
      )
      const endpoint = await host.create({ model: input.model, version: input.version, image, manifest })
      expect(await settled(host, endpoint)).toMatchObject({ state: 'active', digest: image.digest })
      expect((await ask(host, endpoint, { text: ['told'] })).predictions).toEqual(['told by six 1.16.0'])
    },
    buildTime,
  )

  test(
    'has a lock with hashes, which is kept under the digest that its image names',
    async () => {
      const { image } = await packed(await release('1.0.0', 'six==1.16.0\n'))
      const hex = image.lock?.replace('sha256:', '') ?? ''
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: lockKeys.lock(hex) }))
      const lock = (await Body?.transformToString()) ?? ''
      expect(sha256Hex(lock)).toBe(hex)
      expect(lock).toMatch(/^six==1\.16\.0 \\\n {4}--hash=sha256:/m)
    },
    buildTime,
  )

  test(
    'shares what was built with another version of the same lock',
    async () => {
      const before = account.builds.builds.length
      const first = await packed(await release('1.0.0', 'six==1.16.0\n'))
      const second = await packed(await release('1.1.0', '# the same\nsix==1.16.0\n'))
      expect(second.image.lock).toBe(first.image.lock)
      expect(second.image.digest).not.toBe(first.image.digest)
      expect(second.told).toEqual(['resolving 1 requirement'])
      expect(account.builds.builds.length).toBe(before + 1)
    },
    buildTime,
  )

  test(
    'that asks for what there is none of is told so in a sentence',
    async () => {
      const input = await release('2.0.0', 'no-such-package-zzqx==1.0\n')
      const { code, message } = await refused(packed(input))
      expect(code).toBe('environment-failed')
      expect(message).toMatch(/^no packages fit the requirements: no-such-package-zzqx was not found/)
      expect(message).not.toMatch(/https?:|uvicorn/)
    },
    buildTime,
  )
})

/** A project of CodeBuild with our own commands, over the templates as its source. */
async function openProject(
  account: Account,
  store: { readonly bucket: string; put(key: string, content: Uint8Array): Promise<void> },
): Promise<CodeBuild> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-source-'))
  try {
    const zip = join(folder, 'source.zip')
    await run('sh', ['-c', 'cd "$1" && python3 -m zipfile -c "$2" python', 'sh', templates, zip])
    await store.put('source.zip', await readFile(zip))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const phases = { build: { commands: buildCommands } }
  await new CodeBuildClient(account.client).send(
    new CreateProjectCommand({
      name: project,
      source: {
        type: 'S3',
        location: `${store.bucket}/source.zip`,
        buildspec: JSON.stringify({ version: '0.2', phases }),
      },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'aws/codebuild/amazonlinux-x86_64-standard:5.0',
        computeType: 'BUILD_GENERAL1_SMALL',
        environmentVariables: [{ name: 'STORE', value: store.bucket }],
      },
      serviceRole: `arn:aws:iam::${emulated.account}:role/builds`,
    }),
  )
  const client = new CodeBuildClient({ ...account.client, endpoint: account.builds.endpoint })
  return new CodeBuild(client, project)
}
