import { artifactStoreContract } from './artifact-store-contract.ts'
import { eventsContract } from './events-contract.ts'
import { imageFactoryContract } from './image-factory-contract.ts'
import { laptopEvents, laptopMetrics, laptopRegistry, laptopStore, laptopWorkflows } from './laptop-world.ts'
import { metricsContract } from './metrics-contract.ts'
import { registryContract } from './registry-contract.ts'
import { workflowsContract } from './workflows-contract.ts'

artifactStoreContract('the laptop', laptopStore)
registryContract('the laptop', laptopRegistry)
imageFactoryContract('the laptop', laptopStore)
metricsContract('the laptop', laptopMetrics)
workflowsContract('the laptop', laptopWorkflows)
eventsContract('the laptop', laptopEvents)
