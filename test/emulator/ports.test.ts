import { afterAll } from '@jest/globals'
import { apiKeysContract } from '../ports/api-keys-contract.ts'
import { artifactStoreContract } from '../ports/artifact-store-contract.ts'
import { callBookContract } from '../ports/call-book-contract.ts'
import { captureStoreContract } from '../ports/capture-store-contract.ts'
import { eventsContract } from '../ports/events-contract.ts'
import { imageFactoryContract } from '../ports/image-factory-contract.ts'
import { metricsContract } from '../ports/metrics-contract.ts'
import { monitoringStoreContract } from '../ports/monitoring-store-contract.ts'
import { registryContract } from '../ports/registry-contract.ts'
import { workflowsContract } from '../ports/workflows-contract.ts'
import { AwsWorld } from './aws-world.ts'
import { shadowCases } from './shadow-cases.ts'

const aws = await AwsWorld.start()
afterAll(() => aws.stop())

registryContract('AWS', () => aws.registry())
apiKeysContract('AWS', () => aws.keys())
artifactStoreContract('AWS', () => aws.store())
metricsContract('AWS', () => aws.metrics())
callBookContract('AWS', () => aws.callBook())
captureStoreContract('AWS', () => aws.captures())
monitoringStoreContract('AWS', () => aws.monitoring())
workflowsContract('AWS', () => aws.workflows())
eventsContract('AWS', () => aws.events())
imageFactoryContract('AWS', () => aws.images())
shadowCases(aws)
