import { apiKeysContract } from './api-keys-contract.ts'
import { artifactStoreContract } from './artifact-store-contract.ts'
import { callBookContract } from './call-book-contract.ts'
import { captureStoreContract } from './capture-store-contract.ts'
import { eventsContract } from './events-contract.ts'
import { imageFactoryContract } from './image-factory-contract.ts'
import {
  laptopCallBook,
  laptopCaptures,
  laptopEvents,
  laptopKeys,
  laptopMetrics,
  laptopMonitoring,
  laptopRegistry,
  laptopStore,
  laptopWorkflows,
} from './laptop-world.ts'
import { metricsContract } from './metrics-contract.ts'
import { monitoringStoreContract } from './monitoring-store-contract.ts'
import { registryContract } from './registry-contract.ts'
import { workflowsContract } from './workflows-contract.ts'

artifactStoreContract('the laptop', laptopStore)
registryContract('the laptop', laptopRegistry)
apiKeysContract('the laptop', laptopKeys)
imageFactoryContract('the laptop', laptopStore)
metricsContract('the laptop', laptopMetrics)
callBookContract('the laptop', laptopCallBook)
captureStoreContract('the laptop', laptopCaptures)
monitoringStoreContract('the laptop', laptopMonitoring)
workflowsContract('the laptop', laptopWorkflows)
eventsContract('the laptop', laptopEvents)
