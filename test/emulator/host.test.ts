import { join } from 'node:path'
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda'
import { describe, expect, test } from '@jest/globals'
import { Ecr } from '../../lambdas/aws/ecr.ts'
import { LambdaHost } from '../../lambdas/aws/lambda-host.ts'
import { LayeredImages } from '../../lambdas/aws/layered-images.ts'
import { resourceName } from '../../lib/rules/names.ts'
import { missing } from '../harness/containers/engine.ts'
import { emulated } from '../harness/emulator/ministack.ts'
import { imageHost } from '../harness/emulator/registry-door.ts'
import { timesModel } from '../harness/onnx-models.ts'
import { refused } from '../harness/refused.ts'
import { withoutBuilds } from '../harness/unasked.ts'
import { endpointHostContract } from '../ports/endpoint-host-contract.ts'
import { ask, type HostWorld, settled, specOf } from '../ports/endpoints.ts'
import { Account } from './account.ts'
import { AwsWorld } from './aws-world.ts'

const templates = join(import.meta.dirname, '..', '..', 'model-templates')

/** The host of AWS over real containers: the runtime's image is built here, and every version's is appended to it. */
async function lambdaWorld(): Promise<HostWorld & { readonly client: LambdaClient }> {
  const account = await Account.open()
  const { store, put, close } = await new AwsWorld(account.emulator).store()
  await new ECRClient(account.client).send(new CreateRepositoryCommand({ repositoryName: 'hosts/onnx' }))
  const runtime = `${imageHost}/hosts/onnx:deps-test`
  await account.engine.docker('build', '--quiet', '--network=host', '--tag', runtime, join(templates, 'onnx'))
  await account.engine.docker('push', '--quiet', runtime)
  const images = new LayeredImages({
    registry: new Ecr(new ECRClient(account.client), 'hosts/', account.emulator.endpoint),
    ...withoutBuilds('test'),
    open: (file) => store.openFrozen(file),
  })
  const client = new LambdaClient({ ...account.client, maxAttempts: 1 })
  const host = new LambdaHost(client, {
    platform: 'hosts',
    roleArn: `arn:aws:iam::${emulated.account}:role/serving`,
    logGroup: '/sluice/models',
    tags: {},
  })
  const closeAll = async () => {
    await close()
    await account.close()
  }
  // One environment of Lambda serves one call at a time: sixty at once would be sixty processes on this machine.
  return { store, put, images, host, client, callsAtOnce: 4, close: closeAll }
}

const isPossible = (await missing('cargo', 'python3', 'ip')) === undefined
let opened: ReturnType<typeof lambdaWorld> | undefined
/** One account for all that is below; the contract, which comes last, closes it. */
const world = () => {
  opened ??= lambdaWorld()
  return opened
}

const describeIfPossible = isPossible ? describe : describe.skip
describeIfPossible('a function of a version', () => {
  test('with another image is what a failed release left, and is replaced', async () => {
    const made = await world()
    const left = await specOf(made, 'left-over', '1.0.0', timesModel(2))
    const wanted = { ...left, image: (await specOf(made, 'left-over', '1.0.0', timesModel(3))).image }
    await made.host.create(left)
    const endpoint = await made.host.create(wanted)
    expect(await settled(made.host, endpoint)).toEqual({ state: 'active', digest: wanted.image.digest })
    expect(await ask(made.host, endpoint, { x: [1] })).toMatchObject({ predictions: [3] })
  })

  test("with other tags is somebody else's, and is left alone", async () => {
    const made = await world()
    const spec = await specOf(made, 'foreign', '1.0.0', timesModel(2))
    const FunctionName = resourceName('hosts', 'foreign', '1.0.0')
    await made.client.send(
      new CreateFunctionCommand({
        FunctionName,
        PackageType: 'Image',
        Code: { ImageUri: spec.image.uri },
        Role: `arn:aws:iam::${emulated.account}:role/serving`,
        Tags: { owner: 'somebody else' },
      }),
    )
    expect((await refused(made.host.create(spec))).code).toBe('served-is-not-ours')
    const { Tags } = await made.client.send(new GetFunctionCommand({ FunctionName }))
    expect(Tags).toEqual({ owner: 'somebody else' })
  })

  test('that is called more often than it may be says so at once', async () => {
    const made = await world()
    const endpoint = await made.host.create(await specOf(made, 'throttled', '1.0.0', timesModel(2)))
    await settled(made.host, endpoint)
    await made.client.send(
      new PutFunctionConcurrencyCommand({ FunctionName: endpoint.name, ReservedConcurrentExecutions: 0 }),
    )
    const since = performance.now()
    expect((await refused(ask(made.host, endpoint, { x: [1] }))).code).toBe('model-busy')
    expect(performance.now() - since).toBeLessThan(1000)
    expect(await made.host.describe(endpoint)).toMatchObject({ state: 'active' })
  })

  test('has the memory, the time, the processor and the concurrency of its manifest', async () => {
    const made = await world()
    const spec = await specOf(made, 'configured', '1.0.0', timesModel(2))
    const host = { ...spec.manifest.host, memoryMb: 512, timeoutSeconds: 7, maxConcurrency: 3 }
    const { name } = await made.host.create({ ...spec, manifest: { ...spec.manifest, host } })
    const { Configuration, Concurrency } = await made.client.send(
      new GetFunctionCommand({ FunctionName: name }),
    )
    expect(Configuration).toMatchObject({ MemorySize: 512, Timeout: 7, Architectures: ['x86_64'] })
    expect(Concurrency).toEqual({ ReservedConcurrentExecutions: 3 })
  })
})

if (isPossible) endpointHostContract('AWS', world)
