import { MemoryCaptures, MemoryMonitoring } from '../harness/captures.ts'
import { MemoryEvents } from '../harness/memory-world/memory-events.ts'
import { MemoryImages } from '../harness/memory-world/memory-images.ts'
import { MemoryMetrics } from '../harness/memory-world/memory-metrics.ts'
import { MemoryRegistry } from '../harness/memory-world/memory-registry.ts'
import { MemoryStore } from '../harness/memory-world/memory-store.ts'
import { artifactStoreContract } from './artifact-store-contract.ts'
import { captureStoreContract } from './capture-store-contract.ts'
import { eventsContract } from './events-contract.ts'
import { imageFactoryContract } from './image-factory-contract.ts'
import { metricsContract } from './metrics-contract.ts'
import { monitoringStoreContract } from './monitoring-store-contract.ts'
import { registryContract } from './registry-contract.ts'

/** What the simulation stands on keeps the same word as the worlds that it stands in for. */

const clock = { now: () => Date.now() }
const close = async () => {}

async function store() {
  const kept = new MemoryStore(clock)
  const put = async (key: string, content: string | Uint8Array) => kept.put(key, content)
  return { store: kept, images: new MemoryImages(), put, close }
}

artifactStoreContract('the simulation', store)
imageFactoryContract('the simulation', store)
registryContract('the simulation', async () => ({ registry: new MemoryRegistry(), close }))
metricsContract('the simulation', async () => {
  const metrics = new MemoryMetrics()
  return { metrics, reopen: async () => metrics, close }
})
captureStoreContract('the simulation', async () => ({ captures: new MemoryCaptures(), close }))
monitoringStoreContract('the simulation', async () => ({ monitoring: new MemoryMonitoring(), close }))
eventsContract('the simulation', async () => {
  const events = new MemoryEvents('test', clock)
  return { events, heard: async () => events.heard, close }
})
