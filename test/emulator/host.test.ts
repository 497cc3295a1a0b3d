import { join } from 'node:path'
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { describe } from '@jest/globals'
import { Ecr } from '../../lambdas/aws/ecr.ts'
import { LambdaHost } from '../../lambdas/aws/lambda-host.ts'
import { LayeredImages } from '../../lambdas/aws/layered-images.ts'
import { missing } from '../harness/containers/engine.ts'
import { emulated } from '../harness/emulator/ministack.ts'
import { imageHost } from '../harness/emulator/registry-door.ts'
import { endpointHostContract } from '../ports/endpoint-host-contract.ts'
import type { HostWorld } from '../ports/endpoints.ts'
import { Account } from './account.ts'
import { AwsWorld } from './aws-world.ts'

const templates = join(import.meta.dirname, '..', '..', 'model-templates')

/** The host of AWS over real containers: the runtime's image is built here, and every version's is appended to it. */
async function lambdaWorld(): Promise<HostWorld> {
  const account = await Account.open()
  const { store, put, close } = await new AwsWorld(account.emulator).store()
  await new ECRClient(account.client).send(new CreateRepositoryCommand({ repositoryName: 'hosts/onnx' }))
  const runtime = `${imageHost}/hosts/onnx:deps-test`
  await account.engine.docker('build', '--quiet', '--network=host', '--tag', runtime, join(templates, 'onnx'))
  await account.engine.docker('push', '--quiet', runtime)
  const images = new LayeredImages(
    new Ecr(new ECRClient(account.client), 'hosts/', account.emulator.endpoint),
    { request: () => Promise.reject(new Error('nothing is to be built')) },
    () => 'test',
    (file) => store.openFrozen(file),
  )
  const host = new LambdaHost(new LambdaClient({ ...account.client, maxAttempts: 1 }), {
    platform: 'hosts',
    roleArn: `arn:aws:iam::${emulated.account}:role/serving`,
    logGroup: '/sluice/models',
  })
  const closeAll = async () => {
    await close()
    await account.close()
  }
  // One environment of Lambda serves one call at a time: sixty at once would be sixty processes on this machine.
  return { store, put, images, host, callsAtOnce: 4, close: closeAll }
}

if ((await missing('cargo', 'python3')) === undefined) endpointHostContract('AWS', lambdaWorld)
else describe.skip('the endpoint host of AWS', () => {})
