import { afterAll } from '@jest/globals'
import { startMoto } from '../harness/emulator/moto.ts'
import { artifactStoreContract } from '../ports/artifact-store-contract.ts'
import { metricsContract } from '../ports/metrics-contract.ts'
import { registryContract } from '../ports/registry-contract.ts'
import { AwsWorld } from './aws-world.ts'

const aws = new AwsWorld(await startMoto())
afterAll(() => aws.stop())

const restores =
  'moto undoes a transaction by restoring the whole table, and with it what others wrote meanwhile'
registryContract('AWS, as moto has it', () => aws.registry(), {
  'made many times at once loses none': restores,
  'noted by many at once loses no note': restores,
})
artifactStoreContract('AWS, as moto has it', () => aws.store())
metricsContract('AWS, as moto has it', () => aws.metrics())
